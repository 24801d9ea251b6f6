"""ARNs of things that need not exist yet."""

from __future__ import annotations

from typing import Any

from reclaim.adapters.aws.connection import client, translated


class Arns:
    """Of the account and the region that the standard configuration chain leads to."""

    def __init__(self) -> None:
        self._sts: Any = client("sts")
        self._account: tuple[str, str] | None = None

    @property
    def region(self) -> str:
        """Its code, such as eu-central-1."""
        return str(self._sts.meta.region_name)

    def of(self, service: str, resource: str) -> str:
        """The ARN.

        Raises:
            QueueUnavailable: AWS cannot be reached.
            SettingsError: the credentials do not suffice.
        """
        if self._account is None:
            with translated("AWS"):
                # arn:aws:iam::123456789012:user/somebody: the partition differs in China and in government regions.
                _, partition, _, _, account, _ = self._sts.get_caller_identity()["Arn"].split(":", 5)
            self._account = partition, account
        partition, account = self._account
        return f"arn:{partition}:{service}:{self.region}:{account}:{resource}"
