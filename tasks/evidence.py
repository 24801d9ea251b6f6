"""The tasks that close a run's folder with its manifest. Whatever ends a run with a report calls `sealed` last."""

from __future__ import annotations

from reclaim.adapters.bootstrap import Adapters, Target, adapters
from reclaim.evidence.keys import Signer
from reclaim.model.errors import ReclaimError
from reclaim.model.run import RunRecord
from reclaim.runs import sealing
from tasks.retrying import Retries, step


def sealed(retries: Retries, target: Target, record: RunRecord) -> RunRecord:
    """Seal the folder of this finished run; the record with the fingerprints of all its files.

    Call it when everything is in the folder and nothing will be written there any more, and save what it returns.
    A run whose chain or signer does not answer is sealed all the same, and its manifest says what it lacks.
    """
    try:
        evidence = retries.around(seal)(target, record)
    except ReclaimError as error:
        evidence = seal_alone(target, record, str(error))
    return record.model_copy(update={"evidence": evidence})


@step
def seal(target: Target, record: RunRecord) -> dict[str, str]:
    """Hash the run's folder, take the next place in the chain and write the manifest; SHA-256 by file."""
    outside = adapters(target)
    folder = _folder(outside, record, outside.signer)
    return sealing.seal(folder, outside.evidence, outside.reports.location, outside.clock.now())


@step
def seal_alone(target: Target, record: RunRecord, why: str) -> dict[str, str]:
    """The same without a place in the chain, and without a signature if nobody can give one."""
    outside = adapters(target)
    try:
        signer = outside.signer
        folder = _folder(outside, record, signer)
    except ReclaimError as error:
        why, folder = f"{why} {error}", _folder(outside, record, None)
    return sealing.seal_alone(folder, outside.clock.now(), why)


def _folder(outside: Adapters, record: RunRecord, signer: Signer | None) -> sealing.Folder:
    return sealing.prepare_folder(outside.reports.folder(record.run_id), record, signer)
