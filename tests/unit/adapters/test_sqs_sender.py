"""How partial failures of SendMessageBatch are handled, which no local server produces."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from reclaim.adapters.aws.sqs import SqsQueue
from reclaim.adapters.aws.sqs_sender import SqsSender
from reclaim.model.clock import ManualClock
from reclaim.model.errors import QueueUnavailable
from reclaim.model.message import MessageAttribute, Outgoing

MESSAGES = [Outgoing(body) for body in ("a", "b", "c")]


class ScriptedSqs:
    """Answers one call after the other: per call, the bodies that fail and whose fault it is, or an error."""

    def __init__(self, *script: dict[str, bool] | Exception) -> None:
        self.script = list(script)
        self.calls: list[list[dict[str, Any]]] = []

    def get_queue_url(self, **_: str) -> dict[str, str]:
        return {"QueueUrl": "http://127.0.0.1:1/000000000000/dlq"}

    def send_message_batch(self, *, Entries: list[dict[str, Any]], **_: str) -> dict[str, Any]:  # noqa: N803
        self.calls.append(Entries)
        answer = self.script.pop(0) if self.script else {}
        if isinstance(answer, Exception):
            raise answer
        return {
            "Successful": [
                {"Id": e["Id"], "MessageId": f"new-{e['MessageBody']}"}
                for e in Entries
                if e["MessageBody"] not in answer
            ],
            "Failed": [
                {"Id": e["Id"], "SenderFault": answer[e["MessageBody"]]} for e in Entries if e["MessageBody"] in answer
            ],
        }


def sender_with(sqs: ScriptedSqs, monkeypatch: pytest.MonkeyPatch) -> SqsSender:
    monkeypatch.setattr("reclaim.adapters.aws.sqs.aws_service", lambda *_, **__: sqs)
    monkeypatch.setattr("reclaim.adapters.aws.sqs_sender.aws_service", lambda *_, **__: sqs)
    return SqsSender(SqsQueue("dlq"), clock=ManualClock())


def test_what_fails_on_the_servers_side_is_sent_again_and_only_that(monkeypatch: pytest.MonkeyPatch) -> None:
    sqs = ScriptedSqs({"b": False}, {})

    assert sender_with(sqs, monkeypatch).send(MESSAGES) == ["new-a", "new-b", "new-c"]
    assert [[entry["MessageBody"] for entry in call] for call in sqs.calls] == [["a", "b", "c"], ["b"]]


def test_what_sqs_refuses_for_good_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    sqs = ScriptedSqs({"b": True})

    assert sender_with(sqs, monkeypatch).send(MESSAGES) == ["new-a", None, "new-c"]
    assert len(sqs.calls) == 1


def test_it_gives_up_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    sqs = ScriptedSqs(*[{"b": False}] * 9)

    assert sender_with(sqs, monkeypatch).send(MESSAGES) == ["new-a", None, "new-c"]
    assert len(sqs.calls) == 4


def test_an_sqs_that_is_away_is_said_to_be_away(monkeypatch: pytest.MonkeyPatch) -> None:
    away = EndpointConnectionError(endpoint_url="http://127.0.0.1:1")

    with pytest.raises(QueueUnavailable):
        sender_with(ScriptedSqs(away), monkeypatch).send(MESSAGES)


def test_what_was_sent_before_sqs_went_away_is_not_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    away = EndpointConnectionError(endpoint_url="http://127.0.0.1:1")

    assert sender_with(ScriptedSqs({"b": False}, away), monkeypatch).send(MESSAGES) == ["new-a", None, "new-c"]


def test_an_attribute_goes_as_what_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    attributes = (MessageAttribute("n", "Number.int", "7"), MessageAttribute("b", "Binary.png", b"\x00"))
    sqs = ScriptedSqs()

    sender_with(sqs, monkeypatch).send([Outgoing("a", attributes, "Root=1-2-3")])

    assert sqs.calls == [
        [
            {
                "Id": "0",
                "MessageBody": "a",
                "MessageAttributes": {
                    "n": {"DataType": "Number.int", "StringValue": "7"},
                    "b": {"DataType": "Binary.png", "BinaryValue": b"\x00"},
                },
                "MessageSystemAttributes": {"AWSTraceHeader": {"DataType": "String", "StringValue": "Root=1-2-3"}},
            }
        ]
    ]
