"""Plans an outage: the messages, what MongoDB held before, and what an audit must find afterwards."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Final

from reclaim.local.outage.applications import write_outage
from reclaim.local.outage.books import Books
from reclaim.local.outage.drafts import ABSENT, Desk
from reclaim.local.outage.history import History
from reclaim.local.outage.messages import MessageWriter
from reclaim.local.outage.mix import Kind, Mix
from reclaim.local.outage.planned import PlannedMessage, Standing
from reclaim.local.outage.profiles import Profile
from reclaim.local.outage.revenue import Application, Charge
from reclaim.local.outage.window import OUTAGE_START, Window, between

APPLICATIONS_PER_CLIENT: Final = 2

_FEWEST_VETERANS: Final = 12
_MESSAGES_PER_VETERAN: Final = 4
_MESSAGES_PER_STRANGER: Final = 100


@dataclass(frozen=True, slots=True)
class Outage:
    """One outage, ready to be staged. The same arguments plan the same bytes, on any machine.

    Attributes:
        window: its times.
        messages: in the order in which they are to be sent.
        clients: the documents of `clients` that are there beforehand.
    """

    seed: int
    window: Window
    messages: tuple[PlannedMessage, ...]
    clients: tuple[dict[str, Any], ...]
    applications: tuple[Application, ...]
    charges: tuple[Charge, ...]

    @property
    def kinds(self) -> dict[Kind, int]:
        """How many messages there are of each kind that occurs."""
        counts = Counter(message.kind for message in self.messages)
        return {kind: counts[kind] for kind in Kind if counts[kind]}


def plan_outage(
    messages: int,
    seed: int,
    started_at: datetime = OUTAGE_START,
    *,
    applications_per_client: int = APPLICATIONS_PER_CLIENT,
    mix: Mix | None = None,
) -> Outage:
    """Plan an outage of `messages` dead letters.

    Two seeds share no client, event, application or charge. The number of applications does not change the
    bodies. `started_at` is aware, and cut to seconds.
    """
    window = Window(started_at.astimezone(UTC).replace(microsecond=0))
    desk = Desk(seed, window.started_at)
    veterans = [desk.profiles.draw(paying=True) for _ in range(_veterans(messages))]
    writer = MessageWriter(desk, veterans)
    writer.write((mix or Mix()).counts(messages))
    desk.rng.shuffle(writer.messages)
    strangers = {desk.profiles.draw(): Standing.UNKNOWN for _ in range(1 + messages // _MESSAGES_PER_STRANGER)}
    known = {client: client.issued_id for client in veterans} | writer.known
    books = _write_books(seed, window, veterans, writer.standings | strangers, applications_per_client)
    return Outage(
        seed=seed,
        window=window,
        messages=tuple(writer.messages),
        clients=tuple(_documents(desk.rng, window, known)),
        applications=tuple(books.applications),
        charges=tuple(books.charges),
    )


def _veterans(messages: int) -> int:
    return max(_FEWEST_VETERANS, messages // _MESSAGES_PER_VETERAN)


def _write_books(
    seed: int,
    window: Window,
    veterans: list[Profile],
    standings: dict[Profile, Standing],
    per_client: int,
) -> Books:
    rng = Random(f"{seed} revenue")  # noqa: S311  (a plan is repeatable, not secret)
    books = Books(seed, rng)
    History(books, rng, window, veterans).write(per_client * len(veterans))
    write_outage(books, rng, window, standings, per_client)
    return books


def _documents(rng: Random, window: Window, known: dict[Profile, str | None]) -> list[dict[str, Any]]:
    """The clients MongoDB holds: each created up to two years before the audit's window."""
    return [
        {
            "_id": client.client_id,
            "name": client.name,
            "country": client.country,
            "billing": client.billing,
            **({} if tracking_id == ABSENT else {"tracking_id": tracking_id}),
            "created_at": window.opens_at - between(rng, timedelta(days=3), timedelta(days=730)),
            "source_event_id": f"evt_{client.client_id}_created",
        }
        for client, tracking_id in known.items()
    ]
