"""The house keeps its rules: one owner for each class name, and no word of one contract in code that serves all."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

PROJECT: Final = Path(__file__).parents[2]
PACKAGES: Final = ("reclaim", "flows", "tasks", "expectations")

FORBIDDEN: Final = re.compile(r"(?<![a-z])clients?(?![a-z])|tracking_id|trk_|(?<![a-z])billing", re.IGNORECASE)
"""Words of the default contract."""

EXCEPTED: Final = (
    "reclaim/contracts/client_created.py",
    "reclaim/reconciliation/",  # the revenue audit: clients, applications, charges
    "reclaim/cli/reconcile.py",
    "tasks/reconcile.py",
    "reclaim/reports/revenue/",
    "reclaim/reports/templates/reconciliation/",
    "reclaim/local/outage/client_created/",  # the texts of the outage generator
    *(
        f"reclaim/adapters/{store}/{name}.py"
        for store in ("mongo", "memory")
        for name in ("applications", "attributions", "revenue", "reversals")
    ),
    *(f"expectations/{name}.py" for name in ("applications", "charges", "reconciliation", "audit_frames")),
)

SDK_NAMES: Final = frozenset(
    {
        "Client",  # httpx
        "ClientError",  # botocore
        "ClientSession",  # pymongo
        "MongoClient",
        "CloudWatchClient",  # boto3-stubs
        "SQSClient",
        "SyncPrefectClient",
        "client",  # boto3's Session.client, pymongo's Database.client
        "get_client",  # Prefect
        "sync_client",
        "reclaim.contracts.client_created:contract",  # where the default contract is
    }
)


def sources(*suffixes: str) -> list[Path]:
    return [
        path
        for package in PACKAGES
        for path in sorted((PROJECT / package).rglob("*"))
        if path.suffix in suffixes and "locks" not in path.parts
    ]


def is_excepted(path: Path) -> bool:
    return path.relative_to(PROJECT).as_posix().startswith(EXCEPTED)


def test_no_public_class_name_is_defined_twice() -> None:
    places: defaultdict[str, list[str]] = defaultdict(list)
    for path in sources(".py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places[node.name].append(f"{path.relative_to(PROJECT)}:{node.lineno}")

    assert {name: found for name, found in places.items() if len(found) > 1} == {}


def names_and_texts(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Every identifier and every text of a module, with its line. Names of imported modules are not ours."""
    for node in ast.walk(tree):
        line = getattr(node, "lineno", 0)
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.arg(arg=name):
                yield line, name
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                yield line, name
            case ast.keyword(arg=str(name)):
                yield line, name
            case ast.alias(asname=str(name)):
                yield line, name
            case ast.Constant(value=str(text)):
                yield line, text


@pytest.mark.parametrize("path", [p for p in sources(".py") if not is_excepted(p)], ids=lambda p: p.stem)
def test_code_that_serves_every_contract_names_none(path: Path) -> None:
    found = [
        f"{path.relative_to(PROJECT)}:{line}: {text[:80]!r}"
        for line, text in names_and_texts(ast.parse(path.read_text()))
        if text not in SDK_NAMES and FORBIDDEN.search(text)
    ]

    assert found == []


@pytest.mark.parametrize("path", [p for p in sources(".j2") if not is_excepted(p)], ids=lambda p: p.name)
def test_pages_that_serve_every_contract_name_none(path: Path) -> None:
    found = [
        f"{path.relative_to(PROJECT)}:{number}"
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if FORBIDDEN.search(line)
    ]

    assert found == []


def test_the_rule_finds_what_it_forbids() -> None:
    guilty = ast.parse("client_id = document['tracking_id']\n\ndef clients_of(x): return x.billing\n")

    assert [text for _, text in names_and_texts(guilty) if FORBIDDEN.search(text)] == [
        "clients_of",
        "client_id",
        "tracking_id",
        "billing",
    ]
