"""Loads the contract that a setting names."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import sys
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Final

from reclaim.contracts.contract import Contract, ContractError
from reclaim.model.errors import SettingsError

DEFAULT: Final = "reclaim.contracts.client_created:contract"


@cache
def load_contract(reference: str) -> Contract:
    """The contract at ``package.module:name`` or ``path/file.py:name``; loaded once for each reference.

    Raises:
        SettingsError: there is none, it is no contract, or it contradicts itself; nothing was touched.
    """
    place, _, name = reference.rpartition(":")
    if not place or not name.isidentifier():
        raise _refusal(reference, "it must be package.module:name or path/file.py:name")
    try:
        module = _file(Path(place)) if place.endswith(".py") else importlib.import_module(place)
    except SettingsError:
        raise
    except ContractError as error:
        raise _refusal(reference, str(error)) from error
    except Exception as error:  # (anything else that a user's module raises)
        first_line = next(iter(str(error).splitlines()), "no reason given")
        raise _refusal(reference, f"{type(error).__name__}: {first_line}") from error
    if not hasattr(module, name):
        raise _refusal(reference, f"{place} has no {name}")
    found = getattr(module, name)
    if not isinstance(found, Contract):
        raise _refusal(reference, f"{name} is a {type(found).__name__}, not a reclaim.contracts.contract.Contract")
    return found


def beside_contract(reference: str, file: str) -> str:
    """Where a file is that a contract names: beside the contract's module, or else as it stands.

    Args:
        reference: of a contract that was loaded.
        file: a path; what is not beside the contract is looked for from the current folder and from the project.
    """
    place = reference.rpartition(":")[0]
    module = place if place.endswith(".py") else importlib.import_module(place).__file__
    beside = Path(module or "").resolve().parent / file
    return str(beside) if beside.is_file() else file


def _file(path: Path) -> ModuleType:
    if not path.is_file():
        raise _refusal(str(path), "there is no such file")
    # Under a name of its own, so that two files called contract.py do not stand for each other.
    name = f"reclaim_contract_{hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:12]}"
    spec = importlib.util.spec_from_file_location(name, path.resolve())
    if spec is None or spec.loader is None:
        raise _refusal(str(path), "it cannot be loaded")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _refusal(reference: str, problem: str) -> SettingsError:
    line = " ".join(problem.split()).rstrip(".")
    return SettingsError(
        f"RECLAIM_CONTRACT names {reference}, which cannot be used: {line}; nothing was touched.",
        "Correct it; examples/order_created/README.md says what a contract holds.",
    )
