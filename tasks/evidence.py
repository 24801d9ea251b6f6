"""The tasks that close a run's folder with its manifest. Whatever ends a run with a report calls `sealed` last."""

from __future__ import annotations

from reclaim.adapters.bootstrap import Ports
from reclaim.evidence.keys import Signer
from reclaim.model.errors import ReclaimError
from reclaim.model.run import RunRecord
from reclaim.runs import sealing
from tasks.retrying import Retries, step


def sealed(retries: Retries, ports: Ports, record: RunRecord) -> RunRecord:
    """Seal the folder of this finished run; the record with the fingerprints of all its files.

    Call it when everything is in the folder and nothing will be written there any more, and save what it returns.
    A run whose chain or signer does not answer is sealed all the same, and its manifest says what it lacks.
    """
    try:
        evidence = retries.around(seal)(ports, record)
    except ReclaimError as error:
        evidence = seal_alone(ports, record, str(error))
    return record.model_copy(update={"evidence": evidence})


@step
def seal(ports: Ports, record: RunRecord) -> dict[str, str]:
    """Hash the run's folder, take the next place in the chain and write the manifest; SHA-256 by file."""
    folder = _folder(ports, record, ports.signer)
    return sealing.seal(folder, ports.evidence, ports.reports.location, ports.clock.now())


@step
def seal_alone(ports: Ports, record: RunRecord, why: str) -> dict[str, str]:
    """The same without a place in the chain, and without a signature if nobody can give one."""
    try:
        signer = ports.signer
        folder = _folder(ports, record, signer)
    except ReclaimError as error:
        why, folder = f"{why} {error}", _folder(ports, record, None)
    return sealing.seal_alone(folder, ports.clock.now(), why)


def _folder(ports: Ports, record: RunRecord, signer: Signer | None) -> sealing.RunFolder:
    return sealing.prepare_folder(ports.reports.folder(record.run_id), record, signer)
