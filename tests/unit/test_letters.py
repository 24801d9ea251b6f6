from __future__ import annotations

import pytest

from reclaim.model.message import queue_name


@pytest.mark.parametrize(
    "queue",
    [
        "client-events-dlq.fifo",
        "https://sqs.eu-central-1.amazonaws.com/123456789012/client-events-dlq.fifo",
        "http://localhost:4566/000000000000/client-events-dlq.fifo/",
        "arn:aws:sqs:eu-central-1:123456789012:client-events-dlq.fifo",
    ],
)
def test_a_queues_name_is_in_its_name_its_url_and_its_arn(queue: str) -> None:
    assert queue_name(queue) == "client-events-dlq.fifo"
