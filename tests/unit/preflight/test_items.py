"""On a healthy system every item passes; break one, and exactly that one fails."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from reclaim.adapters.memory.preflight import healthy_alarms, healthy_queues, healthy_store
from reclaim.model.errors import ExitCode
from reclaim.preflight.checklist import DUTIES
from reclaim.preflight.evaluation import Observations, blocking_failures, evaluate
from reclaim.preflight.items import NoAnswer
from reclaim.preflight.keys import KeysSeen
from reclaim.preflight.orchestrator import OrchestratorSeen
from reclaim.preflight.result import Preflight, Severity, Status
from reclaim.preflight.samples import SamplesSeen
from tests.builders import CONTRACT, NOW
from tests.unit.preflight.checklists import PROJECT, a_checklist, checklist_data, healthy, ownership

FIELDS = CONTRACT.event_fields


def statuses(seen: Observations) -> dict[str, Status]:
    return {finding.code: finding.status for finding in evaluate(seen, CONTRACT)}


def result_of(seen: Observations) -> Preflight:
    return Preflight(checked_at=NOW, queue="dlq", checklist="ops/ownership.yaml", findings=evaluate(seen, CONTRACT))


def source(**changes: Any) -> Observations:  # noqa: ANN401
    seen = healthy_queues()
    assert seen.source
    return healthy(queues=replace(seen, source=replace(seen.source, **changes)))


def dead_letters(**changes: Any) -> Observations:  # noqa: ANN401
    seen = healthy_queues()
    assert seen.dead_letters
    return healthy(queues=replace(seen, dead_letters=replace(seen.dead_letters, **changes)))


def store(**changes: Any) -> Observations:  # noqa: ANN401
    return healthy(store=replace(healthy_store(), **changes))


def alarms(**changes: Any) -> Observations:  # noqa: ANN401
    return healthy(alarms=replace(healthy_alarms(), **changes))


def keys(tracking: str | None = "", evidence: str | None = "") -> Observations:
    return healthy(keys=KeysSeen(tracking, evidence))


def unowned(field: str) -> Observations:
    data = checklist_data()
    next(one for one in data["fields"] if one["field"] == field).pop("owner")
    return healthy(ownership=ownership(type(a_checklist()).model_validate(data)))


def absent(field: str) -> Observations:
    return healthy(samples=SamplesSeen("a file", 3, Counter({field: 2}), Counter()))


BREAKS: dict[str, Callable[[], Observations]] = {
    "ownership.checklist": lambda: healthy(ownership=ownership(None, problem="line 3: no YAML")),
    **{f"ownership.{field}": lambda field=field: unowned(field) for field in FIELDS},  # type: ignore[misc]
    "ownership.documents": lambda: healthy(ownership=ownership(a_checklist(), missing_documents=("docs/gone.md",))),
    **{f"events.{field}": lambda field=field: absent(field) for field in FIELDS},  # type: ignore[misc]
    "keys.tracking_present": lambda: keys(tracking=None),
    "keys.tracking_strong": lambda: keys(tracking="repeats itself"),
    "keys.evidence_present": lambda: keys(evidence=None),
    "keys.evidence_strong": lambda: keys(evidence="is only 3 bytes long"),
    "keys.tracking_derives": lambda: store(mismatched=1),
    "queue.exists": lambda: healthy(queues=replace(healthy_queues(), dead_letters=None, missing=("dlq",))),
    "queue.contract": lambda: source(contract="order_created"),
    "queue.redrive_policy": lambda: source(redrives_to="", max_receives=0),
    "queue.dead_letters_stay": lambda: dead_letters(redrives_to="arn:aws:sqs:eu-central-1:0:further"),
    "queue.max_receives": lambda: source(max_receives=1),
    "queue.retention": lambda: dead_letters(retention=timedelta(days=4)),
    "queue.visibility": lambda: source(visibility=timedelta(seconds=1)),
    "queue.clock": lambda: healthy(queues=replace(healthy_queues(), skew=-30.0)),
    "store.majority": lambda: store(majority=""),
    "store.indexes": lambda: store(missing_indexes=("index clients.tracking_id_unique is missing",)),
    "store.validators": lambda: store(missing_validators=("collection clients has another validator",)),
    "store.clock": lambda: store(skew=30.0),
    "alarms.exist": lambda: alarms(wanted=("depth", "growth")),
    "alarms.act": lambda: alarms(found=(*healthy_alarms().found, replace(healthy_alarms().found[0], actions=()))),
    "alarms.topics": lambda: alarms(subscribers={}),
    "alarms.heard": lambda: alarms(subscribers=dict.fromkeys(healthy_alarms().subscribers, 0)),
    "orchestrator.limits": lambda: healthy(orchestrator=OrchestratorSeen("http://p", "", ("a", "b"), unlimited=("b",))),
}


def test_a_healthy_system_passes_every_item() -> None:
    found = result_of(healthy())

    assert set(statuses(healthy()).values()) == {Status.PASS}
    assert found.exit_code == ExitCode.DONE


@pytest.mark.parametrize("code", BREAKS)
def test_break_one_item_and_exactly_that_one_fails(code: str) -> None:
    found = result_of(BREAKS[code]())

    assert [finding.code for finding in found.failed] == [code]
    assert found.exit_code == ExitCode.NEEDS_A_PERSON
    (finding,) = found.failed
    assert finding.seen
    assert finding.todo
    assert finding.call or code == "ownership.checklist"


def test_every_item_can_fail() -> None:
    cannot = {"orchestrator.server"}  # it does not answer instead
    assert set(statuses(healthy())) == set(BREAKS) | cannot


@pytest.mark.parametrize(
    ("seen", "code"),
    [
        (dead_letters(contract="order_created"), "queue.contract"),
        (source(redrives_to="arn:aws:sqs:eu-central-1:0:other"), "queue.redrive_policy"),
        (healthy(queues=replace(healthy_queues(), source=None)), "queue.redrive_policy"),
        (source(max_receives=500), "queue.max_receives"),
        (source(visibility=timedelta(hours=2)), "queue.visibility"),
        # Three receives of an hour outlast three hours: the message is dropped before it becomes a dead letter.
        (source(visibility=timedelta(hours=1), retention=timedelta(hours=3)), "queue.visibility"),
    ],
)
def test_there_is_more_than_one_way_to_fail(seen: Observations, code: str) -> None:
    assert [finding.code for finding in result_of(seen).failed] == [code]


def test_dead_letters_kept_for_less_than_the_source_keeps_them_are_said_to_be_gone_at_once() -> None:
    (finding,) = result_of(dead_letters(retention=timedelta(days=4))).failed

    assert "4 days, less than jobs (14 days)" in finding.seen


def test_a_server_that_does_not_answer_is_no_failure_but_leaves_the_question_open() -> None:
    found = result_of(healthy(orchestrator=OrchestratorSeen("http://p", problem="does not answer")))

    assert [finding.code for finding in found.having(Status.UNREACHABLE)] == ["orchestrator.server"]
    assert found.exit_code == ExitCode.UNREACHABLE


def test_what_does_not_answer_outweighs_what_fails() -> None:
    silent = NoAnswer(Status.UNREACHABLE, "MongoDB cannot be reached.")
    found = result_of(replace(source(max_receives=1), store=silent))

    assert found.exit_code == ExitCode.UNREACHABLE
    assert [finding.code for finding in found.failed] == ["queue.max_receives"]
    assert {finding.seen for finding in found.having(Status.UNREACHABLE)} == {"MongoDB cannot be reached."}


def test_what_was_not_checked_is_skipped_and_fails_nothing() -> None:
    found = result_of(Observations(ownership(a_checklist())))

    assert found.exit_code == ExitCode.DONE
    assert {finding.family for finding in found.having(Status.SKIP)} == set(DUTIES) - {"ownership"}


def test_queues_that_are_tagged_for_this_contract_pass() -> None:
    assert result_of(source(contract=CONTRACT.name)).failed == ()


def test_only_blocking_failures_keep_a_recovery_from_starting() -> None:
    both = evaluate(replace(source(max_receives=1), store=replace(healthy_store(), majority="")), CONTRACT)

    assert [finding.code for finding in blocking_failures(both)] == ["store.majority"]


def test_there_is_a_team_to_call_for_every_family() -> None:
    assert {finding.family for finding in evaluate(healthy(), CONTRACT)} == set(DUTIES)


def test_the_document_lists_every_item_as_it_is() -> None:
    rows = re.findall(
        r"^\| `([a-z_.<>]+)` \| (\w+) \| (.+) \|$", (PROJECT / "docs/preflight.md").read_text(), re.MULTILINE
    )
    documented = {code: (severity, title) for code, severity, title in rows}
    of_fields = {f"{family}.{field}" for family in ("ownership", "events") for field in FIELDS}
    found = {finding.code: finding for finding in evaluate(healthy(), CONTRACT)}

    assert documented.keys() - {"ownership.<field>", "events.<field>"} == found.keys() - of_fields
    for code, finding in found.items():
        if code not in of_fields:
            assert documented[code] == (finding.severity.value, finding.title)
    for code in of_fields:
        assert documented[f"{code.partition('.')[0]}.<field>"][0] == found[code].severity


def test_the_system_is_checked_although_the_checklist_is_unreadable() -> None:
    found = result_of(BREAKS["ownership.checklist"]())

    assert found.failed[0].severity is Severity.BLOCKING
    assert "store.indexes" in {finding.code for finding in found.having(Status.PASS)}
