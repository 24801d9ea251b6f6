"""A setting names a contract; whatever is wrong with it is one sentence, before anything is touched."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from reclaim.contracts import client_created
from reclaim.contracts.loading import DEFAULT, beside_contract, load_contract
from reclaim.model.errors import ExitCode, SettingsError
from reclaim.settings import read_settings

EXAMPLE = Path(__file__).parents[3] / "examples" / "order_created" / "contract.py"
SOURCE = EXAMPLE.read_text()


@pytest.fixture
def write(tmp_path: Path) -> Path:
    """Where a test may write a contract."""
    return tmp_path / "contract.py"


def refusal(reference: str) -> str:
    with pytest.raises(SettingsError) as caught:
        load_contract(reference)
    assert caught.value.exit_code is ExitCode.USAGE
    assert "\n" not in caught.value.what
    assert caught.value.what.endswith("; nothing was touched.")
    return caught.value.what


def test_the_default_is_the_one_of_the_module() -> None:
    assert load_contract(DEFAULT) is client_created.contract


def test_a_contract_of_a_file_is_loaded_once_whatever_the_file_is_called(write: Path) -> None:
    write.write_text(SOURCE.replace('name="order_created"', 'name="mine"'))

    found = load_contract(f"{write}:contract")

    assert found.name == "mine"
    assert load_contract(f"{write}:contract") is found
    assert load_contract(f"{EXAMPLE}:contract").name == "order_created"


@pytest.mark.parametrize(
    "reference", ["", "contract.py", ":contract", "reclaim.contracts", "a.py:", "a.py:my contract"]
)
def test_a_reference_that_names_no_contract_is_refused(reference: str) -> None:
    assert "it must be package.module:name or path/file.py:name" in refusal(reference)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert f"{tmp_path}/none.py, which cannot be used: there is no such file" in refusal(f"{tmp_path}/none.py:contract")


def test_a_module_that_is_not_there_is_named() -> None:
    assert "ModuleNotFoundError: No module named 'no_such_package'" in refusal("no_such_package.contracts:contract")


def test_a_name_that_is_not_there_is_named() -> None:
    assert "reclaim.contracts.client_created has no contracts" in refusal("reclaim.contracts.client_created:contracts")
    assert f"{EXAMPLE} has no contracts" in refusal(f"{EXAMPLE}:contracts")


def test_what_is_not_a_contract_is_said_to_be_what_it_is() -> None:
    assert "TRACKING_ID is a IdentityScheme, not a reclaim.contracts.contract.Contract" in refusal(
        "reclaim.contracts.client_created:TRACKING_ID"
    )


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("contract = (", "SyntaxError: '(' was never closed (contract.py, line 1)"),
        ("import no_such_package", "ModuleNotFoundError: No module named 'no_such_package'"),
        ("contract = [].contract", "AttributeError: 'list' object has no attribute 'contract'"),
        ("raise ValueError('first\\nsecond')", "ValueError: first"),
        ("raise ValueError", "ValueError: no reason given; nothing"),
        (
            SOURCE.replace('collection="orders"', 'collection="dead_letters"'),
            "which cannot be used: contract 'order_created': its collection cannot be 'dead_letters'",
        ),
        (SOURCE.replace('    name="order_created",\n', ""), "missing 1 required positional argument: 'name'"),
    ],
)
def test_a_file_that_fails_says_why_and_leaves_no_module_behind(write: Path, text: str, problem: str) -> None:
    write.write_text(text)
    before = set(sys.modules)

    assert problem in refusal(f"{write}:contract")

    assert not {name for name in set(sys.modules) - before if name.startswith("reclaim_contract")}


def test_a_contract_that_was_corrected_is_loaded(write: Path) -> None:
    write.write_text("contract = (")
    refusal(f"{write}:contract")
    write.write_text(SOURCE)

    assert load_contract(f"{write}:contract").name == "order_created"


def test_what_a_contract_names_is_found_beside_it_wherever_one_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    assert beside_contract(f"{EXAMPLE}:contract", "ownership.yaml") == str(EXAMPLE.with_name("ownership.yaml"))
    assert beside_contract(DEFAULT, "client_created.py") == client_created.__file__


def test_what_is_not_beside_the_contract_is_looked_for_from_here() -> None:
    assert beside_contract(DEFAULT, "ops/ownership.yaml") == "ops/ownership.yaml"


def test_the_settings_take_from_the_contract_what_the_environment_leaves_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECLAIM_CONTRACT", f"{EXAMPLE}:contract")
    monkeypatch.setenv("RECLAIM_SOURCE_QUEUE", "mine")
    for name in ("RECLAIM_QUEUE", "RECLAIM_CHECKLIST", "RECLAIM_REPAIR_RULES"):
        monkeypatch.delenv(name, raising=False)

    settings = read_settings()

    assert (settings.queue, settings.source_queue) == ("order-created-dlq", "mine")
    assert settings.checklist == str(EXAMPLE.with_name("ownership.yaml"))
    assert settings.repair_rules == str(EXAMPLE.with_name("repair_rules.yaml"))


def test_a_wrong_contract_is_a_wrong_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECLAIM_CONTRACT", "no_such_package:contract")

    with pytest.raises(SettingsError, match="RECLAIM_CONTRACT names no_such_package:contract") as caught:
        read_settings()

    assert caught.value.next_step == "Correct it; examples/order_created/README.md says what a contract holds."
