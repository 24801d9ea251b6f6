"""How partial failures of SQS's batch calls are handled, which no local server produces."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from reclaim.adapters.aws.sqs import SqsQueue
from reclaim.model.errors import QueueUnavailable
from reclaim.model.message import Receipt

RECEIPTS = [Receipt(f"m-{number}", f"handle-{number}") for number in range(25)]


class ScriptedSqs:
    """Answers batch calls; each handle fails as often as it is told to, on the server's side or the sender's."""

    def __init__(self, server: dict[str, int] | None = None, sender: Iterable[str] = ()) -> None:
        self.server = dict(server or {})
        self.sender = set(sender)
        self.calls: list[list[dict[str, Any]]] = []
        self.tags: dict[str, str] | Exception = {}

    def get_queue_url(self, **_: str) -> dict[str, str]:
        return {"QueueUrl": "http://127.0.0.1:1/000000000000/dlq"}

    def list_queue_tags(self, **_: str) -> dict[str, Any]:
        self.calls.append([])
        if isinstance(self.tags, Exception):
            raise self.tags
        return {"Tags": self.tags} if self.tags else {}

    def delete_message_batch(self, *, Entries: list[dict[str, Any]], **_: str) -> dict[str, Any]:  # noqa: N803
        self.calls.append(Entries)
        return {
            "Failed": [{"Id": e["Id"], "SenderFault": fault} for e in Entries if (fault := self._fault(e)) is not None]
        }

    change_message_visibility_batch = delete_message_batch

    def _fault(self, entry: dict[str, Any]) -> bool | None:
        handle = entry["ReceiptHandle"]
        if handle in self.sender:
            return True
        if self.server.get(handle, 0) > 0:
            self.server[handle] -= 1
            return False
        return None

    @property
    def handles(self) -> list[list[str]]:
        return [[entry["ReceiptHandle"] for entry in call] for call in self.calls]


def queue_with(sqs: ScriptedSqs, monkeypatch: pytest.MonkeyPatch) -> SqsQueue:
    monkeypatch.setattr("reclaim.adapters.aws.sqs.aws_service", lambda *_, **__: sqs)
    monkeypatch.setattr("reclaim.adapters.aws.sqs._PAUSE_SECONDS", 0.0)
    return SqsQueue("dlq")


def test_calls_are_made_in_tens_with_ids_that_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    sqs = ScriptedSqs()

    assert queue_with(sqs, monkeypatch).delete(RECEIPTS) == []
    assert [len(call) for call in sqs.calls] == [10, 10, 5]
    assert all(len({entry["Id"] for entry in call}) == len(call) for call in sqs.calls)


def test_what_failed_on_the_servers_side_is_tried_again_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    sqs = ScriptedSqs(server={"handle-3": 1, "handle-7": 2})

    assert queue_with(sqs, monkeypatch).delete(RECEIPTS[:10]) == []
    assert sqs.handles[1:] == [["handle-3", "handle-7"], ["handle-7"]]


def test_what_keeps_failing_is_named_and_the_rest_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    sqs = ScriptedSqs(server={"handle-3": 99})

    assert queue_with(sqs, monkeypatch).delete(RECEIPTS) == ["m-3"]
    assert [len(call) for call in sqs.calls] == [10, 1, 1, 10, 5]


def test_what_the_sender_is_at_fault_for_is_named_and_not_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    sqs = ScriptedSqs(sender=["handle-0", "handle-12"], server={"handle-1": 1})

    assert queue_with(sqs, monkeypatch).delete(RECEIPTS) == ["m-0", "m-12"]
    assert sqs.handles[1] == ["handle-1"]


def test_hiding_tries_again_with_the_same_time(monkeypatch: pytest.MonkeyPatch) -> None:
    sqs = ScriptedSqs(server={"handle-1": 1})

    refused = queue_with(sqs, monkeypatch).hide({RECEIPTS[0]: 30, RECEIPTS[1]: 600})

    assert refused == []
    assert sqs.calls[1] == [{"Id": "0", "ReceiptHandle": "handle-1", "VisibilityTimeout": 600}]


# --- the contract's tag --------------------------------------------------------------------------------------


def refused(code: str, status: int) -> ClientError:
    answer: Any = {"Error": {"Code": code, "Message": "no"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, "ListQueueTags")


@pytest.mark.parametrize(
    ("tags", "contract"), [({}, ""), ({"team": "x"}, ""), ({"reclaim:contract": "order_created"}, "order_created")]
)
def test_the_contract_is_a_tag_of_the_queue_that_is_read_once(
    tags: dict[str, str], contract: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sqs = ScriptedSqs()
    sqs.tags = tags
    queue = queue_with(sqs, monkeypatch)

    assert [queue.contract(), queue.contract()] == [contract, contract]
    assert len(sqs.calls) == 1


@pytest.mark.parametrize(
    "error", [refused("AccessDenied", 403), refused("InvalidAction", 400), refused("InternalFailure", 501)]
)
def test_tags_that_may_not_be_read_are_a_warning_and_never_a_stop(
    error: Exception, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    sqs = ScriptedSqs()
    sqs.tags = error

    assert queue_with(sqs, monkeypatch).contract() == ""
    assert "the tags of queue dlq cannot be read" in caplog.text


@pytest.mark.parametrize("error", [refused("InternalFailure", 500), EndpointConnectionError(endpoint_url="http://x")])
def test_an_sqs_that_does_not_answer_is_not_taken_for_a_queue_without_a_contract(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    sqs = ScriptedSqs()
    sqs.tags = error

    with pytest.raises(QueueUnavailable):
        queue_with(sqs, monkeypatch).contract()


def test_making_a_queue_calls_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reclaim.adapters.aws.sqs.aws_service", lambda *_, **__: None)

    assert SqsQueue("dlq").name == "dlq"
