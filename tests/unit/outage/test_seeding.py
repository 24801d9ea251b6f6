from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr

from reclaim.local.outage import plan_outage
from reclaim.local.outage.staging import SeedResult, seed_stack
from reclaim.model.errors import UsageError
from reclaim.settings import Settings


@pytest.fixture(autouse=True)
def aws(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.delenv("AWS_PROFILE", raising=False)


@pytest.mark.parametrize(
    ("endpoint", "mongo", "named"),
    [
        ("https://sqs.us-east-1.amazonaws.com", "127.0.0.1", "sqs.us-east-1.amazonaws.com"),
        ("http://127.0.0.1:4566", "db.example.invalid", "db.example.invalid"),
        ("http://10.0.0.8:4566", "localhost", "10.0.0.8"),
    ],
)
def test_a_stack_elsewhere_is_not_touched_unless_that_is_meant(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, endpoint: str, mongo: str, named: str
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    settings = Settings(mongo_uri=SecretStr(f"mongodb://{mongo}:1"))
    truth = tmp_path / "truth.json"

    with pytest.raises(UsageError, match=f"^{named} is not this machine"):
        seed_stack(plan_outage(1, 1), settings, truth, lambda *_: None)

    assert not truth.exists()


def test_the_summary_names_what_was_staged_but_not_every_event(tmp_path: Path) -> None:
    summary = SeedResult(
        plan_outage(50, 3), "dlq", "events", tmp_path / "t.json", arrived=50, seconds=1.23456
    ).as_dict()

    assert summary["messages"] == summary["arrived"] == summary["counts"]["received"] == 50
    assert sum(summary["kinds"].values()) == 50
    assert summary["seconds"] == 1.235
    assert "events" not in summary
