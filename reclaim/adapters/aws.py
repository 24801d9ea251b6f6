"""How every AWS client is built, and what its errors mean to this program."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ProfileNotFound,
)

from reclaim.errors import QueueUnavailable, SettingsError

_MISSING: Final = {"AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"}
_FORBIDDEN: Final = {
    "AccessDenied",
    "AccessDeniedException",
    "InvalidClientTokenId",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
    "ExpiredToken",
}
_SERVER_ERROR: Final = 500


def client(service: str, *, connections: int = 10, read_timeout: float = 30.0) -> Any:  # noqa: ANN401
    """A boto3 client from the standard configuration chain; safe to share between threads.

    The SDK retries little (a blip); the task retries around it last longer, and the message's own visibility
    longest.

    Raises:
        SettingsError: no region or profile is configured.
    """
    config = Config(
        retries={"mode": "standard", "max_attempts": 3},
        connect_timeout=3,
        read_timeout=read_timeout,
        max_pool_connections=connections,
        tcp_keepalive=True,
    )
    with translated(service):
        session: Any = boto3.session.Session()  # its overloads list every service by name
        return session.client(service, config=config)


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
    except (NoCredentialsError, PartialCredentialsError, NoRegionError, ProfileNotFound) as error:
        raise SettingsError(
            f"AWS is not configured for {what}: {error}.",
            "Set AWS_PROFILE or the AWS_… variables, or run `reclaim up`.",
        ) from error
    except BotoCoreError as error:
        raise QueueUnavailable(
            f"{what} cannot be reached: {_first_line(error)}.",
            "Check AWS_ENDPOINT_URL and the network, then run again.",
        ) from error


def _from_response(error: ClientError, what: str) -> Exception:
    code = error.response.get("Error", {}).get("Code", "")
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if code in _MISSING:
        return SettingsError(f"{what} does not exist.", "Name another with --queue, or create it: `reclaim provision`.")
    if code in _FORBIDDEN:
        return SettingsError(
            f"AWS refuses access to {what} ({code}).", "Use credentials that may read and delete there."
        )
    if status >= _SERVER_ERROR or "Throttl" in code or "TooManyRequests" in code:
        return QueueUnavailable(f"{what} does not answer properly now ({code}).", "Run again later.")
    return error


def _first_line(error: BaseException) -> str:
    return str(error).splitlines()[0].rstrip(".") if str(error) else type(error).__name__
