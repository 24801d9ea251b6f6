"""Unwraps an event from the envelopes that AWS puts around it.

Formats, as AWS documents them:

- SNS notification: https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html
- EventBridge event: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-structure.html
- Lambda destination record: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
- Pointer to a payload in S3: https://github.com/awslabs/payload-offloading-java-common-lib-for-aws
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

RAW: Final = "raw"
"""The envelope kind of a body that is the event itself."""

_MAX_DEPTH: Final = 4
"""Envelopes nest (EventBridge through SNS, SNS through a Lambda destination), but no deeper than this."""

_S3_POINTERS: Final = ("PayloadS3Pointer", "MessageS3Pointer")
"""The ends of the Java class names that begin a pointer to S3, of the library's present version and of its first."""


class MalformedJson(ValueError):
    """The text is not JSON, or holds values that no program can hold."""


class UnreadableEnvelope(ValueError):
    """An envelope was recognised, but what it should hold is not there or cannot be read."""

    def __init__(self, message: str, envelope: str) -> None:
        super().__init__(message)
        self.envelope = envelope


class PayloadUnavailable(ValueError):
    """The body is a pointer to the event, which is stored elsewhere."""


@dataclass(frozen=True, slots=True)
class Opened:
    """What was inside: the payload and the kinds of envelope around it, outermost first, joined by ``/``."""

    payload: Any
    envelope: str


def open_body(body: str, type_path: str, number: Callable[[str], Any] | None = None) -> Opened:
    """Parse `body` and unwrap it until no known envelope is left.

    Args:
        body: the text as received.
        type_path: where the event says its type, as a dotted path: what has that field is the event itself.
        number: makes a value of a number's text; None for Python's own integers and floats.

    Raises:
        MalformedJson: `body` is no JSON, or nested, long or encoded beyond what a program can hold.
        UnreadableEnvelope: an envelope without a readable payload.
        PayloadUnavailable: the body is a pointer to S3.
    """
    payload = parse(body, number)
    kinds: list[str] = []
    type_field = type_path.partition(".")[0]
    while kind := _kind_of(payload, type_field):
        kinds.append(kind)
        if len(kinds) > _MAX_DEPTH:
            raise UnreadableEnvelope(f"more than {_MAX_DEPTH} envelopes around one event", "/".join(kinds))
        payload = _unwrap(payload, kind, "/".join(kinds), number)
    _refuse_s3_pointer(payload)
    return Opened(payload, "/".join(kinds) or RAW)


def parse(text: str, number: Callable[[str], Any] | None = None) -> Any:  # noqa: ANN401  (JSON is any value)
    """The value that `text` holds, with `number` as `open_body` takes it.

    Raises:
        MalformedJson: it is no JSON, or nested, long or encoded beyond what a program can hold.
    """
    try:
        value = _decoder(number).decode(text)
        if "\\u" in text:
            # An escaped lone surrogate parses, but no store or file can hold it.
            json.dumps(value, ensure_ascii=False, default=str).encode()
    except RecursionError as error:
        raise MalformedJson("nested too deeply") from error
    except UnicodeEncodeError as error:
        raise MalformedJson("holds escapes that are no valid Unicode text") from error
    except json.JSONDecodeError as error:
        raise MalformedJson(f"{error.msg} at line {error.lineno} column {error.colno}") from error
    except ValueError as error:
        raise MalformedJson("holds a number that no program can hold") from error
    return value


@cache
def _decoder(number: Callable[[str], Any] | None) -> json.JSONDecoder:
    """One for each kind of numbers: making one takes half as long as reading a message with it."""
    return json.JSONDecoder(parse_constant=_refuse_constant, parse_float=number, parse_int=number)


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _kind_of(payload: Any, type_field: str) -> str | None:  # noqa: ANN401
    if not isinstance(payload, dict) or type_field in payload:
        return None
    if payload.get("Type") == "Notification" and ("TopicArn" in payload or "Message" in payload):
        return "sns"
    if "requestContext" in payload and ("requestPayload" in payload or "responseContext" in payload):
        return "lambda_destination"
    if "detail-type" in payload and "source" in payload:
        return "eventbridge"
    if "Records" in payload:
        return "records"
    return None


def _unwrap(payload: dict[str, Any], kind: str, path: str, number: Callable[[str], Any] | None) -> Any:  # noqa: ANN401
    if kind == "records":
        inner = _only_record(payload["Records"], path)
    else:
        key = {"sns": "Message", "lambda_destination": "requestPayload", "eventbridge": "detail"}[kind]
        if key not in payload:
            raise UnreadableEnvelope(f"the {kind} envelope has no {key}", path)
        inner = payload[key]
    if isinstance(inner, str):
        try:
            inner = parse(inner, number)
        except MalformedJson as error:
            raise UnreadableEnvelope(f"the payload of the {kind} envelope is not JSON: {error}", path) from error
    _refuse_s3_pointer(inner)
    if not isinstance(inner, dict):
        raise UnreadableEnvelope(f"the payload of the {kind} envelope is no object", path)
    return inner


def _only_record(records: Any, path: str) -> Any:  # noqa: ANN401
    """The one event of a Lambda batch (SQS or SNS); more than one cannot be settled as one message."""
    if not isinstance(records, list) or len(records) != 1 or not isinstance(records[0], dict):
        raise UnreadableEnvelope("the batch envelope does not hold exactly one record", path)
    record = records[0]
    sns = record.get("Sns")
    inner = sns.get("Message") if isinstance(sns, dict) else record.get("body")
    if inner is None:
        raise UnreadableEnvelope("the batch envelope's record has neither body nor Sns.Message", path)
    return inner


def _refuse_s3_pointer(payload: Any) -> None:  # noqa: ANN401
    match payload:
        case [str(name), _] if name.endswith(_S3_POINTERS):
            raise PayloadUnavailable("the body is a pointer to S3; the event itself is not in the message")
