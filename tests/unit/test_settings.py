"""What is wrong with a setting is said by its name; what it was set to is not."""

from __future__ import annotations

import os

import pytest

from reclaim.model.errors import ExitCode, SettingsError
from reclaim.settings import Settings, read_settings

SECRET = "s3cret-" + "x" * 40


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("RECLAIM_"):
            monkeypatch.delenv(name)


def test_every_setting_has_a_default_but_the_key() -> None:
    settings = read_settings()

    assert settings.queue == "client-created-dlq"
    assert settings.mongo_database == "tracking"
    assert settings.tracking_key is None


def test_every_setting_says_what_it_is() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BATCH_SIZE", "0"),
        ("BATCH_SIZE", "5001"),
        ("BATCH_SIZE", "many"),
        ("BATCH_SIZE", "1.5"),
        ("LANES", "0"),
        ("LANES", "33"),
        ("RATE", "0"),
        ("RATE", "-1"),
        ("BATCH_BYTES", "1"),
        ("SLOW_WRITE_SECONDS", "0"),
        ("VISIBILITY_TIMEOUT_SECONDS", "3"),
        ("VISIBILITY_TIMEOUT_SECONDS", "43201"),
        ("WAIT_TIME_SECONDS", "21"),
        ("EMPTY_POLLS", "0"),
        ("PATIENCE_SECONDS", "-1"),
        ("DEFER_SECONDS", "0"),
        ("STORE_TIMEOUT_SECONDS", "0"),
        ("TASK_RETRIES", "-1"),
        ("RETRY_SECONDS", "0"),
        ("BREAKER_THRESHOLD", "0"),
        ("BREAKER_THRESHOLD", "1.1"),
        ("MONGO_DATABASE", ""),
    ],
)
def test_a_value_out_of_bounds_names_its_variable(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"RECLAIM_{name}", value)

    with pytest.raises(SettingsError, match=f"^RECLAIM_{name} is not usable") as caught:
        read_settings()

    assert caught.value.exit_code is ExitCode.USAGE


def test_a_bad_value_is_not_repeated_for_it_may_be_a_secret_in_the_wrong_place(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("RECLAIM_BATCH_SIZE", SECRET)

    with pytest.raises(SettingsError) as caught:
        read_settings()

    assert SECRET not in str(caught.value)
    assert SECRET not in str(caught.value.__cause__)


def test_settings_do_not_show_their_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECLAIM_TRACKING_KEY", SECRET)
    monkeypatch.setenv("RECLAIM_MONGO_URI", f"mongodb://user:{SECRET}@127.0.0.1/")

    settings = read_settings()

    assert SECRET not in repr(settings)
    assert SECRET not in str(settings.model_dump())
    assert SECRET not in settings.model_dump_json()


@pytest.mark.parametrize(
    ("key", "problem"),
    [
        (None, "is not set"),
        ("", "is not set"),
        ("x" * 31, "is only 31 bytes long"),
        ("é" * 15, "is only 30 bytes long"),
    ],
)
def test_without_a_key_that_is_long_enough_nothing_starts(
    key: str | None, problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if key is not None:
        monkeypatch.setenv("RECLAIM_TRACKING_KEY", key)

    with pytest.raises(SettingsError, match=f"RECLAIM_TRACKING_KEY {problem}") as caught:
        read_settings().require_tracking_key()

    assert not key or key not in str(caught.value)


@pytest.mark.parametrize("key", ["x" * 32, "é" * 16])
def test_the_key_is_counted_in_bytes(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECLAIM_TRACKING_KEY", key)

    assert len(read_settings().require_tracking_key()) == 32


def test_a_key_may_be_any_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environb, b"RECLAIM_TRACKING_KEY", b"\xff\xfe" * 20)

    assert read_settings().require_tracking_key() == b"\xff\xfe" * 20
