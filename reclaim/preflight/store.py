"""MongoDB: whether it enforces what a recovery relies on."""

from __future__ import annotations

from dataclasses import dataclass

from reclaim.preflight.items import MAX_SKEW_SECONDS, Item, ItemCheck, clock_agrees, failed, holds, passed, skipped
from reclaim.preflight.result import Severity


@dataclass(frozen=True, slots=True)
class StoreSeen:
    """The database.

    Attributes:
        missing_indexes, missing_validators: what is not in place, a phrase each.
        majority: what a majority is counted among (a replica set's name, a sharded cluster); empty for a lone server.
        skew: how far MongoDB's clock is ahead of ours, in seconds.
        compared: how many records with a regenerated identity were compared; None without a key to derive with.
        mismatched: how many of them hold another identity than this key derives.
    """

    missing_indexes: tuple[str, ...]
    missing_validators: tuple[str, ...]
    majority: str
    skew: float | None
    compared: int | None
    mismatched: int = 0


def store_items() -> tuple[Item[StoreSeen], ...]:
    """That indexes, validators and write concern are as they must be, and that the key is the one used so far."""
    return (
        Item(
            "store.majority",
            "MongoDB is a replica set: a majority can confirm writes",
            Severity.BLOCKING,
            "Set RECLAIM_MONGO_URI to a replica set or a sharded cluster.",
            lambda seen: holds(seen.majority, seen.majority, "a lone server: what it confirms can be rolled back"),
        ),
        Item(
            "store.indexes",
            "The indexes are in place, that of unique identities first of all",
            Severity.BLOCKING,
            "Run `reclaim provision`.",
            lambda seen: _nothing(seen.missing_indexes),
        ),
        Item(
            "store.validators",
            "The collections refuse documents that are not valid",
            Severity.BLOCKING,
            "Run `reclaim provision`.",
            lambda seen: _nothing(seen.missing_validators),
        ),
        Item(
            "store.clock",
            f"MongoDB's clock and this machine's are within {MAX_SKEW_SECONDS:.0f} s",
            Severity.BLOCKING,
            "Have both clocks set by NTP.",
            lambda seen: clock_agrees("MongoDB", seen.skew),
        ),
        Item(
            "keys.tracking_derives",
            "The tracking key derives the IDs that MongoDB already holds",
            Severity.BLOCKING,
            "Use the key of earlier recoveries and of the service that creates identities.",
            _derives,
        ),
    )


def _nothing(missing: tuple[str, ...]) -> ItemCheck:
    return holds(not missing, "all in place", "; ".join(missing))


def _derives(seen: StoreSeen) -> ItemCheck:
    if seen.compared is None:
        return skipped("There is no usable key.")
    if not seen.compared:
        return skipped("No recovery has regenerated an ID yet.")
    if seen.mismatched:
        return failed(f"{seen.mismatched} of {seen.compared} regenerated IDs are not what this key derives")
    return passed(f"{seen.compared} regenerated IDs agree")
