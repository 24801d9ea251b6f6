"""Applications in memory that a backfill gave an identity."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace

from reclaim.undo.model import AttributedApplication


@dataclass
class MemoryAttributions:
    """See `reclaim.undo.ports.Attributions`.

    Attributes:
        given: by application, the run that gave it its identity, how it is now, and what it carried before.
    """

    given: dict[str, tuple[str, AttributedApplication, str | None]] = field(default_factory=dict)
    detached: dict[str, AttributedApplication] = field(default_factory=dict)

    def given_by(self, run_id: str) -> Iterator[AttributedApplication]:
        """In the order of application IDs."""
        yield from self.find(run_id, sorted(self.given))

    def find(self, run_id: str, application_ids: Collection[str]) -> list[AttributedApplication]:
        """One after the other."""
        found = [self.given[one] for one in application_ids if one in self.given]
        return [application for by, application, _ in found if by == run_id]

    def take_back(self, run_id: str, applications: Sequence[AttributedApplication]) -> None:
        """Each on its own condition."""
        for one in applications:
            by, held, before = self.given.get(one.application_id, ("", one, None))
            if by == run_id and held.identity == one.identity:
                del self.given[one.application_id]
                self.detached[one.application_id] = replace(held, identity=before)
