"""`reclaim.ports.EvidenceChain`: in MongoDB and in memory."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import replace

import pytest
from pymongo.database import Database

from reclaim.adapters.mongo.evidence import MongoEvidence
from reclaim.model.chain import Link
from reclaim.model.errors import StoreUnavailable
from reclaim.ports import EvidenceChain
from tests.contract.conftest import Documents

FIRST = Link("s3://audit", "run-1", 1, "run-1", "a" * 64, '{"näme": 1}\n')
SECOND = replace(FIRST, sequence=2, run_id="run-2", sha256="b" * 64)


def test_an_empty_chain_has_no_head(chain: EvidenceChain) -> None:
    assert chain.head("s3://audit") is None
    assert chain.of_run("s3://audit", "run-1") is None


def test_links_follow_one_another_and_come_back_as_they_were(chain: EvidenceChain) -> None:
    assert chain.append(FIRST)
    assert chain.append(SECOND)

    assert chain.head("s3://audit") == SECOND
    assert chain.of_run("s3://audit", "run-1") == FIRST


def test_a_place_is_taken_once(chain: EvidenceChain) -> None:
    chain.append(FIRST)

    assert not chain.append(replace(FIRST, run_id="run-9"))
    assert chain.head("s3://audit") == FIRST


def test_each_location_has_a_chain_of_its_own(chain: EvidenceChain) -> None:
    chain.append(FIRST)

    assert chain.head("s3://audit/2") is None
    assert chain.append(replace(FIRST, location="s3://audit/2"))
    assert chain.of_run("s3://audit/3", "run-1") is None


def test_of_many_runs_that_want_one_place_one_gets_it(chain: EvidenceChain) -> None:
    rivals = [replace(FIRST, run_id=f"run-{number}") for number in range(8)]

    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(chain.append, rivals))

    assert taken.count(True) == 1
    assert chain.head("s3://audit") == rivals[taken.index(True)]


@pytest.mark.stack
def test_a_chain_that_does_not_answer_is_unavailable(
    database: Database[Documents], failing: Callable[..., AbstractContextManager[None]]
) -> None:
    chain = MongoEvidence(database)

    with failing("insert", errorCode=262), pytest.raises(StoreUnavailable):  # ExceededTimeLimit
        chain.append(FIRST)
    with failing("find", errorCode=262), pytest.raises(StoreUnavailable):
        chain.head("s3://audit")
