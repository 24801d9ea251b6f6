"""Start LocalStack 4.12 with three corrections. Runs in LocalStack's own environment.

- Of the address in GATEWAY_LISTEN only the port reaches the web server, which then listens on every interface.
  (Its other web server, hypercorn, listens at that address but does not end on SIGTERM.)
- SQS calls CloudWatch once or twice for every message sent, received and deleted, over HTTP and one by one: a few
  thousand messages keep half a core busy for minutes afterwards. Their sums go once a second.
- KMS derives key ids with `uuid5(namespace, bytes)`, which Python takes from 3.12 on; on 3.11 CreateKey fails.
"""

from __future__ import annotations

import functools
import hashlib
import os
import sys
import threading
import time
import uuid
from collections import defaultdict
from dataclasses import asdict, dataclass

from localstack.aws.connect import connect_to  # type: ignore[import-not-found] # its environment is not ours
from localstack.runtime import main  # type: ignore[import-not-found] # likewise
from localstack.services.sqs import provider  # type: ignore[import-not-found] # likewise
from twisted.internet import endpoints  # type: ignore[import-not-found] # likewise


def listen_only_where_told(gateway_listen: str) -> None:
    """Bind the web server to the host of `host:port`."""
    host = gateway_listen.rpartition(":")[0]
    endpoints.TCP4ServerEndpoint = functools.partial(endpoints.TCP4ServerEndpoint, interface=host)


@dataclass
class Statistics:
    """What CloudWatch keeps of many values of one metric."""

    SampleCount: float = 0
    Sum: float = 0
    Minimum: float = float("inf")
    Maximum: float = float("-inf")

    def add(self, value: float) -> None:
        """Take one more value in."""
        self.SampleCount += 1
        self.Sum += value
        self.Minimum = min(self.Minimum, value)
        self.Maximum = max(self.Maximum, value)


class SummingDispatcher(provider.CloudwatchDispatcher):  # type: ignore[misc] # its base is not ours
    """Adds up the metrics of a second and publishes their statistics: the same sums, averages and extremes."""

    def __init__(self, num_thread: int = 1) -> None:
        super().__init__(num_thread)
        self._waiting: defaultdict[tuple[str, ...], Statistics] = defaultdict(Statistics)
        self._lock = threading.Lock()
        threading.Thread(target=self._publish_every_second, daemon=True).start()

    def dispatch_sqs_metric(
        self, account_id: str, region: str, queue_name: str, metric: str, value: float = 1, unit: str = "Count"
    ) -> None:
        """Add the value to those that wait."""
        with self._lock:
            self._waiting[account_id, region, queue_name, metric, unit].add(value)

    def _publish_every_second(self) -> None:
        while self.running:
            time.sleep(1)
            with self._lock:
                waiting, self._waiting = self._waiting, defaultdict(Statistics)
            for (account_id, region, queue_name, metric, unit), statistics in waiting.items():
                datum = {
                    "MetricName": metric,
                    "Dimensions": [{"Name": "QueueName", "Value": queue_name}],
                    "Unit": unit,
                    "StatisticValues": asdict(statistics),
                }
                cloudwatch = connect_to(region_name=region, aws_access_key_id=account_id).cloudwatch
                cloudwatch.put_metric_data(Namespace="AWS/SQS", MetricData=[datum])


def uuid5(namespace: uuid.UUID, name: str | bytes) -> uuid.UUID:
    """What `uuid.uuid5` does from Python 3.12 on."""
    raw = name.encode() if isinstance(name, str) else name
    digest = hashlib.sha1(namespace.bytes + raw, usedforsecurity=False).digest()
    return uuid.UUID(bytes=digest[:16], version=5)


if __name__ == "__main__":
    listen_only_where_told(os.environ["GATEWAY_LISTEN"])
    if sys.version_info < (3, 12):
        uuid.uuid5 = uuid5
    if os.environ.get("SUM_METRICS", "1") == "1":
        provider.CloudwatchDispatcher = SummingDispatcher
    main.main()
