"""How AWS services are reached, what their errors mean to this program, and ARNs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import boto3
from boto3.exceptions import S3UploadFailedError
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    NoCredentialsError,
    NoRegionError,
    ParamValidationError,
    PartialCredentialsError,
    ProfileNotFound,
)

from reclaim.model.errors import QueueUnavailable, SettingsError

_MISSING: Final = {
    "AWS.SimpleQueueService.NonExistentQueue": "Name another with --queue, or create it: `reclaim provision`.",
    "QueueDoesNotExist": "Name another with --queue, or create it: `reclaim provision`.",
    "NoSuchBucket": "Create it, or set RECLAIM_REPORTS_URL to another.",
}
_FORBIDDEN: Final = (
    "AccessDenied",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "SignatureDoesNotMatch",
    "UnrecognizedClient",
    "ExpiredToken",
    "RequestExpired",
)
"""Parts of codes: services put prefixes and suffixes to them."""

_SERVER_ERROR: Final = 500


def aws_service(name: str, *, connections: int = 10, read_timeout: float = 30.0) -> Any:  # noqa: ANN401
    """The service of that name, by boto3 and the standard configuration chain; safe to share between threads.

    The SDK retries little (a blip); the task retries around it last longer, and the message's own visibility
    longest.

    Raises:
        SettingsError: no region or profile is configured, or an endpoint that is no URL.
    """
    config = Config(
        retries={"mode": "standard", "max_attempts": 3},
        parameter_validation=False,  # requests are built by the adapters
        connect_timeout=3,
        read_timeout=read_timeout,
        max_pool_connections=connections,
        tcp_keepalive=True,
    )
    with translated(name):
        session: Any = boto3.session.Session()  # its overloads list every service by name
        try:
            return session.client(name, config=config)
        except ValueError as error:  # the SDK has no type of its own for an endpoint that is no URL
            raise _not_configured(name, error) from error


@contextmanager
def translated(what: str) -> Iterator[None]:
    """Turn the SDK's errors into this program's: unreachable is transient, refused is a matter of settings.

    Raises:
        QueueUnavailable: not reachable, throttled, or failing on the server's side.
        SettingsError: the queue does not exist, or the credentials do not suffice.
    """
    try:
        yield
    except ClientError as error:
        raise _from_response(error, what) from error
    except S3UploadFailedError as error:
        refused = error.__context__  # the answer that it wraps
        raise _from_response(refused, what) if isinstance(refused, ClientError) else error from error
    except (NoCredentialsError, PartialCredentialsError, NoRegionError, ProfileNotFound) as error:
        raise _not_configured(what, error) from error
    except ParamValidationError as error:
        raise SettingsError(f"{what} has no name that AWS allows.", "Correct it and try again.") from error
    except BotoCoreError as error:
        raise QueueUnavailable(
            f"{what} cannot be reached: {_first_line(error)}.",
            "Check AWS_ENDPOINT_URL and the network, then run again.",
        ) from error


def _from_response(error: ClientError, what: str) -> Exception:
    code = error.response.get("Error", {}).get("Code", "")
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if code in _MISSING:
        return SettingsError(f"{what} does not exist.", _MISSING[code])
    if any(part in code for part in _FORBIDDEN):
        return SettingsError(
            f"AWS refuses access to {what} ({code}).", "Use credentials that may read and delete there."
        )
    if status >= _SERVER_ERROR or "Throttl" in code or "TooManyRequests" in code:
        return QueueUnavailable(f"{what} does not answer properly now ({code}).", "Run again later.")
    return error


def _not_configured(what: str, error: Exception) -> SettingsError:
    return SettingsError(
        f"AWS is not configured for {what}: {_first_line(error)}.",
        "Set AWS_PROFILE or the AWS_… variables, or run `reclaim up`.",
    )


def _first_line(error: BaseException) -> str:
    return str(error).splitlines()[0].rstrip(".") if str(error) else type(error).__name__


class Arns:
    """ARNs in the account and region of the standard configuration chain, also of what does not exist yet."""

    def __init__(self) -> None:
        self._sts: Any = aws_service("sts")
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
                # arn:aws:iam::123456789012:user/name: the partition differs in China and in government regions.
                _, partition, _, _, account, _ = self._sts.get_caller_identity()["Arn"].split(":", 5)
            self._account = partition, account
        partition, account = self._account
        return f"arn:{partition}:{service}:{self.region}:{account}:{resource}"
