"""What AWS and the producer put around an event, whole and broken.

The formats are those that `reclaim.model.envelope` names; the names in them are made from the contract's words.
"""

from __future__ import annotations

from random import Random
from typing import Any, Final

from reclaim.contracts.contract import Contract, value_at
from reclaim.local.outage.events import Payload, render
from reclaim.local.outage.mix import MessageKind

_ACCOUNT: Final = "123456789012"
_REGION: Final = "us-east-1"


class EnvelopeWriter:
    """Wraps events of one contract."""

    def __init__(self, contract: Contract, rng: Random) -> None:
        self._contract = contract
        self._rng = rng
        self._type = str(contract.event_type.value)
        self._name = contract.words.record.replace(" ", "-")

    def attributes(self) -> dict[str, str | bytes]:
        """What a producer attaches: nearly always a W3C trace context, now and then a binary checksum."""
        attributes: dict[str, str | bytes] = {"producer": f"{self._name}-service"}
        draw = self._rng.random()
        if draw < 0.95:  # noqa: PLR2004
            attributes["traceparent"] = f"00-{self._rng.getrandbits(128):032x}-{self._rng.getrandbits(64):016x}-01"
        if draw < 0.02:  # noqa: PLR2004
            attributes["checksum"] = self._rng.randbytes(16)
        return attributes

    def wrapped(self, payload: Payload, kind: MessageKind) -> str:
        """The event in the envelope of `kind`."""
        if kind is MessageKind.SNS:  # every third time it had come to SNS from EventBridge
            message = render(self._bus_event(payload, payload) if self._rng.randrange(3) == 0 else payload)
            return render(self._notification(payload, message))
        if kind is MessageKind.EVENTBRIDGE:
            return render(self._bus_event(payload, payload))
        # Every other time the function had been fed by SQS.
        records = {"Records": [self._record(payload)]} if self._rng.randrange(2) == 0 else payload
        return render(self._failure(payload) | {"requestPayload": records})

    def s3_pointer(self, payload: Payload) -> str:
        """A pointer to S3: what is in the queue in place of an event that was too large for it."""
        bucket = f"{self._name}-events-large"
        pointer = {"s3BucketName": bucket, "s3Key": f"{self._event_id(payload)}-{self._hexadecimal(32)}"}
        return render(["software.amazon.payloadoffloading.PayloadS3Pointer", pointer])

    def unreadable(self, payload: Payload, turn: int) -> str:
        """An envelope without a readable event in it; `turn` says in which way."""
        match turn % 4:
            case 0:
                text = f"{self._type.replace('.', ' ')}, see {self._event_id(payload)}"
                return render(self._notification(payload, text))
            case 1:
                return render(self._failure(payload))
            case 2:
                return render(self._bus_event(payload, [payload]))
            case _:
                return render({"Records": [self._record(payload), self._record(payload)]})

    def _event_id(self, payload: Payload) -> str:
        return str(value_at(payload, self._contract.event_id))

    def _occurred_at(self, payload: Payload) -> str:
        return str(value_at(payload, self._contract.occurred_at))

    def _notification(self, payload: Payload, message: str) -> dict[str, Any]:
        return {
            "Type": "Notification",
            "MessageId": self._uuid(),
            "TopicArn": f"arn:aws:sns:{_REGION}:{_ACCOUNT}:{self._name}-events",
            "Message": message,
            "Timestamp": self._occurred_at(payload),
            "SignatureVersion": "1",
            "Signature": self._hexadecimal(64),
            "MessageAttributes": {"event_type": {"Type": "String", "Value": self._type}},
        }

    def _bus_event(self, payload: Payload, detail: object) -> dict[str, Any]:
        return {
            "version": "0",
            "id": self._uuid(),
            "detail-type": self._type,
            "source": f"{self._name}-service",
            "account": _ACCOUNT,
            "time": self._occurred_at(payload),
            "region": _REGION,
            "resources": [],
            "detail": detail,
        }

    def _failure(self, payload: Payload) -> dict[str, Any]:
        return {
            "version": "1.0",
            "timestamp": self._occurred_at(payload),
            "requestContext": {
                "requestId": self._uuid(),
                "functionArn": f"arn:aws:lambda:{_REGION}:{_ACCOUNT}:function:{self._name}-consumer:$LATEST",
                "condition": "RetriesExhausted",
                "approximateInvokeCount": 3,
            },
            "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
            "responsePayload": {"errorType": "KeyError", "errorMessage": f"'{identity_name(self._contract)}'"},
        }

    def _record(self, payload: Payload) -> dict[str, Any]:
        queue = f"arn:aws:sqs:{_REGION}:{_ACCOUNT}:{self._name}-events"
        return {"messageId": self._uuid(), "body": render(payload), "eventSource": "aws:sqs", "eventSourceARN": queue}

    def _uuid(self) -> str:
        digits = self._hexadecimal(32)
        return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))

    def _hexadecimal(self, digits: int) -> str:
        return f"{self._rng.getrandbits(4 * digits):0{digits}x}"


def identity_name(contract: Contract) -> str:
    """The event's own name for the identity, without what it stands in."""
    return contract.identity_path.rpartition(".")[2]
