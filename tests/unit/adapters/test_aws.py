"""What AWS's errors mean to this program, and that services are built from usable settings."""

from __future__ import annotations

import pytest
from boto3.exceptions import S3UploadFailedError
from botocore.exceptions import (
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
    ParamValidationError,
    ProfileNotFound,
    ReadTimeoutError,
)

from reclaim.adapters.aws.connection import aws_service, translated
from reclaim.adapters.aws.sqs import SqsQueue
from reclaim.model.errors import QueueUnavailable, SettingsError


def answer(code: str, status: int = 400) -> ClientError:
    return ClientError(
        {"Error": {"Code": code, "Message": "…"}, "ResponseMetadata": {"HTTPStatusCode": status}},  # type: ignore[typeddict-item]
        "ReceiveMessage",
    )


@pytest.mark.parametrize(
    "error",
    [
        answer("ThrottlingException"),
        answer("RequestThrottled", 403),
        answer("KmsThrottled"),
        answer("RequestLimitExceeded", 503),
        answer("TooManyRequestsException"),
        answer("InternalFailure", 500),
        answer("ServiceUnavailable", 503),
        EndpointConnectionError(endpoint_url="http://127.0.0.1:1"),
        ReadTimeoutError(endpoint_url="http://127.0.0.1:1"),
    ],
)
def test_what_may_be_back_soon_is_transient(error: Exception) -> None:
    with pytest.raises(QueueUnavailable, match="queue dlq"), translated("queue dlq"):
        raise error


@pytest.mark.parametrize(
    "error",
    [
        answer("AWS.SimpleQueueService.NonExistentQueue"),
        answer("QueueDoesNotExist"),
        answer("NoSuchBucket", 404),
        answer("AccessDenied", 403),
        answer("KMS.AccessDeniedException"),
        answer("InvalidClientTokenId", 403),
        answer("InvalidAccessKeyId", 403),
        answer("SignatureDoesNotMatch", 403),
        answer("ExpiredToken"),
        answer("ExpiredTokenException"),
        answer("RequestExpired"),
        NoCredentialsError(),
        NoRegionError(),
        ProfileNotFound(profile="night-shift"),
        ParamValidationError(report="QueueName"),
    ],
)
def test_what_only_other_settings_resolve_is_a_matter_of_settings(error: Exception) -> None:
    with pytest.raises(SettingsError, match="queue dlq"), translated("queue dlq"):
        raise error


def test_an_upload_that_was_refused_is_what_it_was_refused_for() -> None:
    failed = S3UploadFailedError("Failed to upload")
    failed.__context__ = answer("AccessDenied", 403)

    with pytest.raises(SettingsError, match="refuses access to bucket evidence"), translated("bucket evidence"):
        raise failed


def test_an_error_that_is_not_listed_is_not_translated() -> None:
    with pytest.raises(ClientError), translated("queue dlq"):
        raise answer("SomethingNew")


@pytest.mark.parametrize("url", ["nonsense", "http://", "127.0.0.1:4566"])
def test_an_endpoint_that_is_no_url_is_a_matter_of_settings(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", url)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")

    with pytest.raises(SettingsError, match="AWS is not configured"):
        aws_service("sqs")


def test_a_profile_that_does_not_exist_is_a_matter_of_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "night-shift")

    with pytest.raises(SettingsError, match="night-shift"):
        aws_service("sqs")


def test_a_queue_without_a_name_is_a_matter_of_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("ACCESS_KEY_ID", "test"), ("SECRET_ACCESS_KEY", "test"), ("DEFAULT_REGION", "us-east-1")):
        monkeypatch.setenv(f"AWS_{name}", value)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")

    with pytest.raises((SettingsError, QueueUnavailable), match="queue"):
        SqsQueue("").depth()
