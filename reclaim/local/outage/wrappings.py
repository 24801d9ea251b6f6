"""What AWS puts around an event, whole and broken. The formats are those that `reclaim.model.envelope` names."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any, Final

from reclaim.local.outage.drafts import Draft, render, timestamp

_ACCOUNT: Final = "123456789012"
_REGION: Final = "us-east-1"
_TOPIC: Final = f"arn:aws:sns:{_REGION}:{_ACCOUNT}:client-events"
_QUEUE: Final = f"arn:aws:sqs:{_REGION}:{_ACCOUNT}:client-events"
_FUNCTION: Final = f"arn:aws:lambda:{_REGION}:{_ACCOUNT}:function:client-consumer:$LATEST"


def in_sns(draft: Draft, rng: Random) -> str:
    """The event in an SNS notification; every third time it had come to SNS from EventBridge."""
    message = in_eventbridge(draft, rng) if rng.randrange(3) == 0 else render(draft.payload())
    return render(_notification(draft, message, rng))


def in_eventbridge(draft: Draft, rng: Random) -> str:
    """The event in an EventBridge event."""
    return render(_bus_event(draft, draft.payload(), rng))


def in_lambda_destination(draft: Draft, rng: Random) -> str:
    """The event in an on-failure record; every other time the function had been fed by SQS."""
    payload: Any = draft.payload()
    if rng.randrange(2) == 0:
        payload = {"Records": [_record(render(payload), rng)]}
    return render(_failure(draft, rng) | {"requestPayload": payload})


def s3_pointer(draft: Draft, rng: Random) -> str:
    """What the SQS extended client leaves in the queue of an event that was too large for it."""
    pointer = {"s3BucketName": "client-events-large", "s3Key": f"{draft.event_id}-{_hexadecimal(rng, 32)}"}
    return render(["software.amazon.payloadoffloading.PayloadS3Pointer", pointer])


def unreadable(draft: Draft, rng: Random, turn: int) -> str:
    """An envelope whose content cannot be had; `turn` says in which way."""
    return _UNREADABLE[turn % len(_UNREADABLE)](draft, rng)


def _notification_of_text(draft: Draft, rng: Random) -> str:
    return render(_notification(draft, f"client created, see {draft.event_id}", rng))


def _failure_without_request(draft: Draft, rng: Random) -> str:
    return render(_failure(draft, rng))


def _bus_event_of_list(draft: Draft, rng: Random) -> str:
    return render(_bus_event(draft, [draft.payload()], rng))


def _batch_of_two(draft: Draft, rng: Random) -> str:
    body = render(draft.payload())
    return render({"Records": [_record(body, rng), _record(body, rng)]})


_UNREADABLE: Final[tuple[Callable[[Draft, Random], str], ...]] = (
    _notification_of_text,
    _failure_without_request,
    _bus_event_of_list,
    _batch_of_two,
)


def _notification(draft: Draft, message: str, rng: Random) -> dict[str, Any]:
    return {
        "Type": "Notification",
        "MessageId": _uuid(rng),
        "TopicArn": _TOPIC,
        "Message": message,
        "Timestamp": timestamp(draft.occurred_at),
        "SignatureVersion": "1",
        "Signature": _hexadecimal(rng, 64),
        "MessageAttributes": {"event_type": {"Type": "String", "Value": "client.created"}},
    }


def _bus_event(draft: Draft, detail: object, rng: Random) -> dict[str, Any]:
    return {
        "version": "0",
        "id": _uuid(rng),
        "detail-type": "client.created",
        "source": "client-service",
        "account": _ACCOUNT,
        "time": timestamp(draft.occurred_at),
        "region": _REGION,
        "resources": [],
        "detail": detail,
    }


def _failure(draft: Draft, rng: Random) -> dict[str, Any]:
    return {
        "version": "1.0",
        "timestamp": timestamp(draft.occurred_at),
        "requestContext": {
            "requestId": _uuid(rng),
            "functionArn": _FUNCTION,
            "condition": "RetriesExhausted",
            "approximateInvokeCount": 3,
        },
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
        "responsePayload": {"errorType": "KeyError", "errorMessage": "'tracking_id'"},
    }


def _record(body: str, rng: Random) -> dict[str, Any]:
    return {"messageId": _uuid(rng), "body": body, "eventSource": "aws:sqs", "eventSourceARN": _QUEUE}


def _uuid(rng: Random) -> str:
    digits = _hexadecimal(rng, 32)
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def _hexadecimal(rng: Random, digits: int) -> str:
    return f"{rng.getrandbits(4 * digits):0{digits}x}"
