from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reclaim.contracts.reading import read_event
from reclaim.local.outage import plan_outage
from reclaim.model.errors import SettingsError, UsageError
from reclaim.model.event import Event, Rejection
from reclaim.model.outcome import Cause
from reclaim.quarantine.edits import DoesNotApply
from reclaim.quarantine.rule_file import read_rules, rule_called
from reclaim.quarantine.rules import RepairRule
from tests.builders import CONTRACT, a_body, an_event
from tests.unit.quarantine.quarantine_world import an_entry

SHIPPED = Path(__file__).parents[3] / "ops" / "repair_rules.yaml"
RATE = "client.billing.rate_minor: Input should be a valid integer"


def a_rule(*steps: dict[str, Any], **match: Any) -> RepairRule:  # noqa: ANN401
    return RepairRule.model_validate(
        {"name": "r", "version": 1, "match": {"cause": "schema_violation", **match}, "steps": list(steps)}
    )


def repaired(rule: RepairRule, event: object, detail: str = "") -> Any:  # noqa: ANN401
    return json.loads(rule.body_of(an_entry(json.dumps(event), detail=detail), CONTRACT))


def test_every_step_does_what_it_is_called() -> None:
    rule = a_rule(
        {"set": {"path": "/client/country", "value": "NO"}},
        {"set": {"path": "/tags/0", "value": "first"}},
        {"set": {"path": "/tags/-", "value": "last"}},
        {"move": {"from": "/client/title", "to": "/client/name"}},
        {"remove": {"path": "/client/junk"}},
        {"cast": {"path": "/client/billing/rate_minor", "to": "minor_units"}},
        {"regenerate": {}},
    )
    event = an_event(title="Beta", junk=[1], tracking_id="nonsense") | {"tags": ["old", "older"]}
    event["client"]["billing"]["rate_minor"] = "12.50"

    found = repaired(rule, event)

    assert found["tags"] == ["first", "older", "last"]
    record = found["client"]
    assert (record["country"], record["name"], record["tracking_id"]) == ("NO", "Beta", None)
    assert record["billing"]["rate_minor"] == 1250
    assert record.keys().isdisjoint({"title", "junk"})


@pytest.mark.parametrize(
    "step",
    [
        {"move": {"from": "/nothing", "to": "/a"}},
        {"remove": {"path": "/nothing"}},
        {"cast": {"path": "/nothing", "to": "integer"}},
        {"cast": {"path": "/client/name", "to": "integer"}},
        {"cast": {"path": "/client/billing/rate_minor", "to": "minor_units", "currency": "/nothing"}},
        {"set": {"path": "/nothing/there", "value": 1}},
    ],
)
def test_all_steps_or_none_and_the_refusal_says_which(step: dict[str, Any]) -> None:
    rule = a_rule({"set": {"path": "/producer", "value": "me"}}, step)

    with pytest.raises(DoesNotApply, match=r"^step 2, "):
        repaired(rule, an_event())


@pytest.mark.parametrize(
    ("match", "fits"),
    [
        ({}, True),
        ({"cause": "malformed_json"}, False),
        ({"detail": "rate_minor"}, True),
        ({"detail": "^rate_minor"}, False),
        ({"where": "producer == 'client-service'"}, True),
        ({"where": "producer == 'somebody-else'"}, False),
        ({"cause": "malformed_json", "where": "producer == 'client-service'"}, False),
        ({"detail": "^rate_minor", "where": "producer == 'client-service'"}, False),
    ],
)
def test_a_rule_fits_where_all_its_conditions_hold(match: dict[str, Any], fits: bool) -> None:  # noqa: FBT001
    entry = an_entry(a_body(), detail=RATE)
    try:
        a_rule({"regenerate": {}}, **match).body_of(entry, CONTRACT)
    except DoesNotApply:
        assert not fits
    else:
        assert fits


def test_a_rule_is_known_by_all_that_it_says() -> None:
    one, same, other = (a_rule({"set": {"path": "/a", "value": value}}) for value in (1, 1, "1"))

    assert (one.label.rule, one.label.rule_version) == ("r", 1)
    assert one.label == same.label
    assert one.label.sha256 != other.label.sha256


def test_the_rules_that_are_shipped_repair_what_a_staged_outage_holds() -> None:
    rules = read_rules(SHIPPED)
    used = set()
    for message in plan_outage(4000, seed=7).messages:
        reading = read_event(message.body, CONTRACT)
        if not isinstance(reading, Rejection) or reading.cause is not Cause.SCHEMA_VIOLATION:
            continue
        entry = an_entry(message.body, detail=reading.detail)
        for name, rule in rules.items():
            try:
                body = rule.body_of(entry, CONTRACT)
            except DoesNotApply:
                continue
            assert isinstance(read_event(body, CONTRACT), Event), (name, reading.detail)
            used.add(name)

    assert used == rules.keys() - {"rate-in-units"}
    event = an_event(billing={"model": "cpa", "rate": "12.5", "currency": "KWD"})
    missing = "client.billing.rate_minor: Field required"
    assert repaired(rules["rate-in-units"], event, missing)["client"]["billing"]["rate_minor"] == 12500


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("rules: [", "line 1, column 9"),
        ("- rules", "the file"),
        ("ruels: []", "ruels: is not known|rules: Field required"),
        ("rules: []\nrules: []", "rules is there twice"),
        ("a: &a 1\nrules: *a", "aliases are not used here"),
        ("rules: !!python/object/apply:os.system ['true']", "could not determine a constructor"),
        ("rules: [{NAME, version: 1, MATCH, steps: [{jump: {path: /a}}]}]", "rule r, steps.1.jump: is not known"),
        ("rules: [{NAME, version: 1, MATCH, steps: [{remove: {path: a}}]}]", "rule r, steps.1.remove.path: must be a"),
        ("rules: [{NAME, version: 1, MATCH, steps: [{remove: {path: '/~2'}}]}]", "remove.path: must be a JSON Pointer"),
        ("rules: [{NAME, version: 1, MATCH, steps: [{}]}]", "rule r, steps.1: must be exactly one of"),
        ("rules: [{NAME, version: 1, MATCH, steps: [{regenerate: {}, remove: {path: /a}}]}]", "must be exactly one of"),
        ("rules: [{NAME, version: 1, MATCH, steps: []}]", "rule r, steps: "),
        ("rules: [{NAME, version: 1.0, MATCH, steps: [{regenerate: {}}]}]", "rule r, version: "),
        ("rules: [{NAME, version: true, MATCH, steps: [{regenerate: {}}]}]", "rule r, version: "),
        ("rules: [{NAME, version: 1, match: {cause: late}, steps: [{regenerate: {}}]}]", "rule r, match.cause: "),
        (
            "rules: [{NAME, version: 1, match: {cause: already_recovered}, steps: [{regenerate: {}}]}]",
            "rule r, match.cause: must be a cause of quarantine",
        ),
        (
            "rules: [{NAME, version: 1, match: {cause: schema_violation, detail: '('}, steps: [{regenerate: {}}]}]",
            "rule r, match.detail: must be a regular expression",
        ),
        (
            "rules: [{NAME, version: 1, match: {cause: schema_violation, where: 'a == '}, STEPS}]",
            "rule r, match.where: must be a JMESPath expression .column 6: it ends too early",
        ),
        ("rules: [{NAME, version: 1, MATCH, steps: [{set: {path: /a, value: 1.5}}]}]", "must not be a number with"),
        (f"rules: [{{NAME, version: 1, MATCH, steps: [{{set: {{path: /a, value: {2**64}}}}}]}}]", "must fit into 64"),
        ("rules: [{NAME, version: 1, MATCH, steps: [{cast: {path: /a, to: float}}]}]", "rule r, steps.1.cast.to: "),
        ("rules: [{name: A b, version: 1, MATCH, steps: [{regenerate: {}}]}]", "rule A b, name: "),
        ("rules: [5]", "rule 1: "),
        ("rules: [{RULE}, {RULE}]", "there are two rules called r"),
        ("\x00", "not usable"),
    ],
)
def test_what_is_no_rule_is_refused_with_file_rule_and_place(text: str, sentence: str, tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    text = text.replace("RULE", "NAME, version: 1, MATCH, steps: [{regenerate: {}}]")
    path.write_text(
        text.replace("NAME", "name: r")
        .replace("MATCH", "match: {cause: schema_violation}")
        .replace("STEPS", "steps: [{regenerate: {}}]")
    )

    with pytest.raises(UsageError, match=sentence) as refusal:
        read_rules(path)
    assert str(path) in refusal.value.what


def test_plain_words_stay_words(tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    values = "[NO, on, 2026-11-20, 12:30, 007, 0x1F, 1_000, null, true, -5]"
    step = f"{{set: {{path: /a, value: {values}}}}}"
    path.write_text(f"rules: [{{name: r, version: 1, match: {{cause: schema_violation}}, steps: [{step}]}}]")

    assert repaired(read_rules(path)["r"], {})["a"] == [
        "NO",
        "on",
        "2026-11-20",
        "12:30",
        "007",
        "0x1F",
        "1_000",
        None,
        True,
        -5,
    ]


def test_a_rule_is_found_by_its_name_or_what_there_is_is_told(tmp_path: Path) -> None:
    assert rule_called("array-of-one", str(SHIPPED)).name == "array-of-one"
    with pytest.raises(UsageError, match=r"has no rule nonsense\. It has whole-rate, "):
        rule_called("nonsense", str(SHIPPED))
    with pytest.raises(UsageError, match="cannot be read"):
        rule_called("r", str(tmp_path / "nowhere.yaml"))
    with pytest.raises(SettingsError, match="RECLAIM_REPAIR_RULES is not set"):
        rule_called("r", None)
