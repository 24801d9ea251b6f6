"""Signs evidence with a key that never leaves AWS KMS; its public half is kept with the evidence."""

from __future__ import annotations

import hashlib
from functools import cached_property
from typing import Any, Final

from botocore.exceptions import ClientError

from reclaim.adapters.aws.connection import aws_service, translated
from reclaim.evidence.keys import ECDSA, PublicKey
from reclaim.model.errors import SettingsError, UsageError

_UNUSABLE: Final = (
    "NotFoundException",
    "DisabledException",
    "KMSInvalidStateException",
    "InvalidKeyUsageException",
    "UnsupportedOperationException",
    "ValidationException",
    "InvalidArnException",
)
"""Errors that only another key can resolve (the operations' errors in the AWS KMS API reference)."""


class KmsSigner:
    """See `reclaim.evidence.keys.Signer`.

    Args:
        key_id: the ID, ARN or alias of an asymmetric key: ECC_NIST_P256 for SIGN_VERIFY.
    """

    algorithm: Final = ECDSA

    def __init__(self, key_id: str) -> None:
        self._key = key_id
        self._kms = aws_service("kms")

    @property
    def key_id(self) -> str:
        """The public key's fingerprint, which stays the same when an alias is pointed at another key.

        Raises:
            SettingsError: there is no such key, or it is of another kind.
            TransientError: KMS does not answer.
        """
        return self._public.key_id

    @property
    def public_key(self) -> bytes:
        """As PEM; raises what `key_id` does."""
        return self._public.pem

    def sign(self, payload: bytes) -> str:
        """The signature in DER, as hexadecimal; only the payload's SHA-256 is sent. Raises what `key_id` does."""
        digest = hashlib.sha256(payload).digest()
        answer = self._call("sign", Message=digest, MessageType="DIGEST", SigningAlgorithm="ECDSA_SHA_256")
        return bytes(answer["Signature"]).hex()

    @cached_property
    def _public(self) -> PublicKey:
        answer = self._call("get_public_key")
        if answer.get("KeyUsage") != "SIGN_VERIFY":
            raise self._unusable(f"its use is {answer.get('KeyUsage')}.")
        try:
            return PublicKey(answer["PublicKey"])
        except UsageError as error:
            raise self._unusable(str(error)) from error

    def _call(self, operation: str, **parameters: Any) -> Any:  # noqa: ANN401
        with translated("AWS KMS"):
            try:
                return getattr(self._kms, operation)(KeyId=self._key, **parameters)
            except ClientError as error:
                code = error.response.get("Error", {}).get("Code", "")
                if code in _UNUSABLE:
                    raise self._unusable(f"KMS answers {code}.") from error
                raise

    def _unusable(self, why: str) -> SettingsError:
        return SettingsError(
            f"The key in RECLAIM_EVIDENCE_KMS_KEY_ID cannot sign evidence: {why}",
            "Name an enabled ECC_NIST_P256 key for SIGN_VERIFY.",
        )
