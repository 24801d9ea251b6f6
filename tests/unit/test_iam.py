"""The policies in `ops/iam` allow every AWS call that the code makes, and no other."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any, Final

import boto3
import pytest
from botocore import xform_name
from botocore.session import get_session
from moto import mock_aws

PROJECT: Final = Path(__file__).parents[2]
POLICIES: Final = sorted((PROJECT / "ops" / "iam").glob("*.json"))
SERVICES: Final = ("sqs", "cloudwatch", "sns", "s3", "kms", "sts")

IN_POLICIES: Final = {
    "sqs:ChangeMessageVisibilityBatch": "sqs:ChangeMessageVisibility",
    "sqs:DeleteMessageBatch": "sqs:DeleteMessage",
    "sqs:SendMessageBatch": "sqs:SendMessage",
}
"""Calls that IAM knows by another name."""

HIGHER_LEVEL: Final = {"upload_file": "s3:PutObject", "download_file": "s3:GetObject"}
"""boto3's own methods, and what they call."""

BESIDES: Final = {"s3:ListBucket"}
"""Of use to a person with a console, or without which S3 answers 403 instead of 404; no code calls it."""

LOCAL_ONLY: Final = {"outage.py"}
"""Stage outages on local stacks."""


def actions_of(policy: dict[str, Any]) -> set[str]:
    return {action for statement in policy["Statement"] for action in statement["Action"]}


def test_every_call_is_allowed_to_somebody_and_nothing_else_is() -> None:
    allowed = set().union(*(actions_of(json.loads(path.read_text())) for path in POLICIES))

    assert allowed - BESIDES == called()


@pytest.mark.parametrize("path", POLICIES, ids=lambda path: path.stem)
def test_a_policy_is_one_that_iam_accepts(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        iam = boto3.client("iam", region_name="eu-central-1", aws_access_key_id="x", aws_secret_access_key="x")
        created = iam.create_policy(PolicyName=path.stem, PolicyDocument=path.read_text())["Policy"]
        held = iam.get_policy_version(PolicyArn=created["Arn"], VersionId=created["DefaultVersionId"])["PolicyVersion"]

    assert held["Document"] == json.loads(path.read_text())


@pytest.mark.parametrize("path", POLICIES, ids=lambda path: path.stem)
def test_no_policy_has_a_wildcard_where_a_name_would_do(path: Path) -> None:
    for statement in json.loads(path.read_text())["Statement"]:
        assert not [action for action in statement["Action"] if "*" in action]
        if "*" in statement["Resource"]:
            assert set(statement["Action"]) <= {
                "cloudwatch:DescribeAlarms",
                "cloudwatch:PutMetricData",
                "sts:GetCallerIdentity",
            }


@pytest.mark.parametrize("role", ["watcher", "auditor"])
def test_a_role_that_only_reads_cannot_delete_a_dead_letter(role: str) -> None:
    policy = json.loads((PROJECT / "ops" / "iam" / f"{role}.json").read_text())

    deleting = [s["Resource"] for s in policy["Statement"] if "sqs:DeleteMessage" in s["Action"]]

    assert not [arn for resources in deleting for arn in resources if arn.endswith("-dlq")]


def called() -> set[str]:
    """The IAM actions behind every method of a client of AWS that an adapter names."""
    known = methods()
    found = set()
    for path in (PROJECT / "reclaim" / "adapters").rglob("*.py"):
        if path.name not in LOCAL_ONLY and "memory" not in path.parts:
            found |= {known[name] for name in names_in(path) & known.keys()}
    return {IN_POLICIES.get(action, action) for action in found}


def names_in(path: Path) -> set[str]:
    """Attributes, and texts, which is how a paginator is told what to call."""
    nodes = list(ast.walk(ast.parse(path.read_text())))
    attributes = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    return attributes | {n.value for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str)}


def methods() -> dict[str, str]:
    """From the name of a client's method to the action."""
    known = dict(HIGHER_LEVEL)
    for service in SERVICES:
        names = get_session().get_service_model(service).operation_names
        known |= {xform_name(name): f"{service}:{name}" for name in names}
    return known
