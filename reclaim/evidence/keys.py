"""Keys that sign evidence, and how signatures are checked without a network.

HMAC: a checker holds the very key that signed, and could have signed as well. ECDSA: a checker holds a public key only.
A key's ID is a fingerprint that reveals nothing of the key.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from typing import Final, Literal, Protocol

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from reclaim.evidence.manifest import Signature
from reclaim.model.errors import SettingsError, UsageError
from reclaim.model.identity import MIN_KEY_BYTES

HMAC: Final = "HMAC-SHA256"
ECDSA: Final = "ECDSA-P256-SHA256"
Algorithm = Literal["HMAC-SHA256", "ECDSA-P256-SHA256"]

_KEY_ID_DIGITS: Final = 32


class Signer(Protocol):
    """Signs manifests.

    Attributes:
        algorithm: how.
        key_id: the key's public fingerprint.
        public_key: what checks the signatures, as PEM; empty where only the key itself does.
    """

    @property
    def algorithm(self) -> Algorithm: ...  # noqa: D102  (above)

    @property
    def key_id(self) -> str: ...  # noqa: D102  (above)

    @property
    def public_key(self) -> bytes: ...  # noqa: D102  (above)

    def sign(self, payload: bytes) -> str:
        """The signature of `payload`, in hexadecimal.

        Raises:
            TransientError: the service that holds the key does not answer.
        """
        ...


class HmacKey:
    """Signs, and checks what it signed.

    Raises:
        SettingsError: the key is too short to be safe.
    """

    algorithm: Final = HMAC
    public_key: Final = b""

    def __init__(self, key: bytes) -> None:
        if len(key) < MIN_KEY_BYTES:
            raise SettingsError(
                f"The evidence key is only {len(key)} bytes long, so it would prove little.",
                f"Use {MIN_KEY_BYTES} bytes or more in RECLAIM_EVIDENCE_KEY or the key file.",
            )
        self._key = key
        self.key_id = hmac.new(key, b"reclaim evidence key id", hashlib.sha256).hexdigest()[:_KEY_ID_DIGITS]

    def sign(self, payload: bytes) -> str:
        """HMAC-SHA256."""
        return hmac.new(self._key, payload, hashlib.sha256).hexdigest()

    def vouches(self, payload: bytes, value: str) -> bool:
        """Whether `value` is this key's signature of `payload`; takes the same time whatever the answer."""
        return hmac.compare_digest(self.sign(payload), value)


class PublicKey:
    """Checks what the private key to it signed.

    Args:
        pem: the key as PEM (or DER).

    Raises:
        UsageError: it is no public key on the curve P-256.
    """

    algorithm: Final = ECDSA

    def __init__(self, pem: bytes) -> None:
        try:
            load = serialization.load_pem_public_key if b"-----BEGIN" in pem else serialization.load_der_public_key
            key = load(pem)
        except (ValueError, UnsupportedAlgorithm) as error:
            raise UsageError("This is no public key.", "Give the PEM file of an ECC_NIST_P256 key.") from error
        if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
            raise UsageError("This public key is not on the curve P-256.", "Evidence takes ECC_NIST_P256 keys.")
        self._key = key
        der = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        self.key_id = hashlib.sha256(der).hexdigest()[:_KEY_ID_DIGITS]

    @property
    def pem(self) -> bytes:
        """The key as PEM, in its one form."""
        return self._key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)

    def vouches(self, payload: bytes, value: str) -> bool:
        """Whether `value` (DER in hexadecimal) is the key's signature of `payload`."""
        try:
            self._key.verify(bytes.fromhex(value), payload, ec.ECDSA(hashes.SHA256()))
        except (InvalidSignature, ValueError):
            return False
        return True


class KeyRing:
    """The keys that are trusted in a check."""

    def __init__(self, keys: Iterable[HmacKey | PublicKey] = ()) -> None:
        self._keys = {(key.algorithm, key.key_id): key for key in keys}

    def __bool__(self) -> bool:
        return bool(self._keys)

    def find(self, signature: Signature) -> HmacKey | PublicKey | None:
        """The key that `signature` names, if it is trusted."""
        return self._keys.get((signature.algorithm, signature.key_id))

    def has_one_for(self, algorithm: str) -> bool:
        """Whether any trusted key makes such signatures."""
        return any(kind == algorithm for kind, _ in self._keys)

    @property
    def ids(self) -> list[str]:
        """The fingerprints of the keys."""
        return sorted(key_id for _, key_id in self._keys)
