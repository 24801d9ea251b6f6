"""Evidence signed by AWS KMS, as LocalStack has it, and checked without it."""

from __future__ import annotations

from typing import Any

import boto3
import pytest

from reclaim.adapters.aws.kms import KmsSigner
from reclaim.evidence.keys import PublicKey
from reclaim.model.errors import QueueUnavailable, SettingsError

pytestmark = pytest.mark.stack

PAYLOAD = b"what was found"


@pytest.fixture(scope="module")
def keys() -> dict[str, str]:
    """The keys made so far, by what they are for."""
    return {}


@pytest.fixture
def key(aws: Any, keys: dict[str, str]) -> Any:  # noqa: ANN401
    """Makes a key, or finds the one made before."""

    def made(spec: str = "ECC_NIST_P256", usage: str = "SIGN_VERIFY") -> str:
        if spec not in keys:
            keys[spec] = boto3.client("kms").create_key(KeySpec=spec, KeyUsage=usage)["KeyMetadata"]["KeyId"]
        return keys[spec]

    return made


def test_what_kms_signs_its_public_key_checks_offline(key: Any) -> None:  # noqa: ANN401
    signer = KmsSigner(key())

    value = signer.sign(PAYLOAD)

    public = PublicKey(signer.public_key)
    assert public.key_id == signer.key_id
    assert public.vouches(PAYLOAD, value)
    assert not public.vouches(PAYLOAD + b"!", value)


def test_the_public_key_is_the_one_that_kms_hands_out(key: Any) -> None:  # noqa: ANN401
    der = boto3.client("kms").get_public_key(KeyId=key())["PublicKey"]

    assert KmsSigner(key()).key_id == PublicKey(der).key_id


@pytest.mark.parametrize(("spec", "usage"), [("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT"), ("RSA_2048", "SIGN_VERIFY")])
def test_a_key_of_another_kind_cannot_sign_evidence(key: Any, spec: str, usage: str) -> None:  # noqa: ANN401
    with pytest.raises(SettingsError, match="cannot sign evidence"):
        _ = KmsSigner(key(spec, usage)).key_id


def test_a_key_that_does_not_exist_is_a_matter_of_settings(aws: Any) -> None:  # noqa: ANN401
    with pytest.raises(SettingsError, match="KMS answers NotFoundException"):
        _ = KmsSigner("00000000-0000-0000-0000-000000000000").key_id


def test_a_kms_that_cannot_be_reached_is_transient(aws: Any, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ANN401
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")

    with pytest.raises(QueueUnavailable, match="AWS KMS cannot be reached"):
        _ = KmsSigner("alias/evidence").key_id
