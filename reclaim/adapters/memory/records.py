"""The in-memory twin of the collection `clients`."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from typing import Any

from reclaim.model.documents import document_of, recovery_document
from reclaim.model.outcome import Outcome
from reclaim.model.record import Client, ClientWrite, WriteKind
from reclaim.ports import Ledger


class MemoryClients:
    """Clients in a dictionary; see `reclaim.ports.ClientStore`."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._clients: dict[str, Client] = {}
        self._owners: dict[str, str] = {}
        self._lock = threading.RLock()

    def put(self, client: Client) -> None:
        """Let somebody else's client exist."""
        with self._lock:
            self._clients[client.client_id] = replace(client, document=client.document or document_of(client))
            if client.tracking_id:
                self._owners[client.tracking_id] = client.client_id

    def drop(self, client_id: str) -> None:
        """Let a client be gone, its tracking ID with it."""
        with self._lock:
            held = self._clients.pop(client_id, None)
            if held and held.tracking_id:
                self._owners.pop(held.tracking_id, None)

    def all(self) -> list[Client]:
        """Every client."""
        with self._lock:
            return list(self._clients.values())

    def find(self, client_ids: Collection[str]) -> dict[str, Client]:
        """By ID."""
        with self._lock:
            return {one: self._clients[one] for one in client_ids if one in self._clients}

    def attributable(self, client_ids: Collection[str]) -> frozenset[str]:
        """By ID."""
        return frozenset(one for one, client in self.find(client_ids).items() if client.tracking_id)

    def owners(self, tracking_ids: Collection[str]) -> dict[str, str]:
        """By tracking ID."""
        with self._lock:
            return {one: self._owners[one] for one in tracking_ids if one in self._owners}

    def write(self, writes: Sequence[ClientWrite]) -> None:
        """Each on its own condition."""
        with self._lock:
            for write in writes:
                if self._allows(write):
                    self.put(replace(write.client, document=self._written(write)))

    def _written(self, write: ClientWrite) -> dict[str, Any]:
        """The document as the write leaves it; one that was there before keeps what it held."""
        if write.kind is WriteKind.CREATE or write.recovery.before is None:
            return document_of(write.client)
        changed = {"tracking_id": write.client.tracking_id, "recovery": recovery_document(write.recovery)}
        return self._clients[write.client.client_id].document | changed

    def _allows(self, write: ClientWrite) -> bool:
        held = self._clients.get(write.client.client_id)
        if self._owners.get(write.client.tracking_id or "", write.client.client_id) != write.client.client_id:
            return False
        match write.kind:
            case WriteKind.CREATE:
                return held is None
            case WriteKind.ATTACH:
                return held is not None and held.tracking_id is None
            case WriteKind.SUPERSEDE:
                loser = write.recovery.superseded[-1].message_id
                return held is not None and held.recovery is not None and held.recovery.message_id == loser

    def recovered_by(self, run_id: str) -> Iterator[Client]:
        """By way of the ledger."""
        ids = {
            entry.client_id
            for entry in self._ledger.of_run(run_id)
            if entry.outcome is Outcome.RECOVERED and entry.client_id
        }
        yield from self.find(sorted(ids)).values()
