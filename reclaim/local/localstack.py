"""LocalStack as a plain process: SQS, SNS, CloudWatch and the rest of AWS that Reclaim touches."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path

from reclaim.local.layout import Layout
from reclaim.local.ports import LOOPBACK
from reclaim.local.processes import ServiceCommand
from reclaim.local.readiness import answers
from reclaim.local.service import bare_environment
from reclaim.local.toolchain import Tool, folder_of, install, lock_file

SERVICES = "sqs,cloudwatch,sns,sts,s3,events,logs,kms,iam"
REGION = "us-east-1"


def _steps(folder: Path, lock: Path) -> Sequence[Sequence[str]]:
    packages = ("--require-hashes", "-r", str(lock), "--build-constraints", str(lock_file("build")))
    return [
        ("venv", "--quiet", "--relocatable", "--allow-existing", "--python", sys.executable, str(folder)),
        ("pip", "install", "--python", str(_python(folder)), *packages),
    ]


TOOL = Tool(name="localstack", title="LocalStack", steps=_steps)


class LocalStack:
    """AWS on loopback. Its state is in memory and ends with it."""

    name = "localstack"
    title = "LocalStack"
    starts_within = 90.0
    stops_within = 5.0  # it has nothing to save

    def is_installed(self, layout: Layout) -> bool:
        """Whether its environment is there."""
        return folder_of(TOOL, layout.tools).is_dir()

    def command(self, layout: Layout, ports: Mapping[str, int], cancelled: threading.Event) -> ServiceCommand:
        """Through our launcher, which corrects three defects of 4.12."""
        python = _python(install(TOOL, layout.tools, cancelled))
        launcher = Path(str(files("reclaim.local") / "launch" / "localstack_launcher.py"))
        # -P: or the launcher's folder would come first on the module search path.
        argv = [str(python), "-P", str(launcher)]
        return ServiceCommand(argv, self._environment(layout, ports[self.name]), layout.data(self.name))

    def probe(self, port: int) -> bool:
        """Whether its gateway answers."""
        return answers(f"{self.url(port)}/_localstack/health")

    def url(self, port: int) -> str:
        """One endpoint for every AWS service."""
        return f"http://{LOOPBACK}:{port}"

    def variables(self, layout: Layout, port: int) -> dict[str, str]:  # noqa: ARG002 - the protocol's
        """The endpoint, with credentials that LocalStack does not check but SDKs insist on."""
        return {
            "AWS_ENDPOINT_URL": self.url(port),
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": REGION,
            "AWS_REGION": REGION,
        }

    def _environment(self, layout: Layout, port: int) -> dict[str, str]:
        return bare_environment(layout, self.name) | {
            "SERVICES": SERVICES,
            "GATEWAY_LISTEN": f"{LOOPBACK}:{port}",
            "LOCALSTACK_HOST": f"{LOOPBACK}:{port}",  # in queue URLs; its default name needs a DNS that answers
            "FILESYSTEM_ROOT": str(layout.data(self.name)),
            "DNS_ADDRESS": "0",  # or it takes port 53 and rewrites resolv.conf where it may
            "SKIP_SSL_CERT_DOWNLOAD": "1",
            "DISABLE_EVENTS": "1",
            "SQS_CLOUDWATCH_METRICS_REPORT_INTERVAL": "5",
            "SQS_ENDPOINT_STRATEGY": "path",
            # A benchmark may want LocalStack as it comes; otherwise its calls to itself only cost time.
            "SUM_METRICS": os.environ.get("RECLAIM_LOCALSTACK_SUMS_METRICS", "1"),
            "LS_LOG": "warning",  # a line per request would cost a tenth of the throughput
        }


def _python(folder: Path) -> Path:
    return folder / "bin" / "python"
