"""What is in a dead-letter queue: causes, money and time left. Changes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from pydantic import Field

from reclaim.contracts.contract import Contract
from reclaim.contracts.reading import read_event
from reclaim.exposure.assessment import Assessment
from reclaim.exposure.claims import Claim, Claims
from reclaim.exposure.money_at_risk import Exposure, MoneyStatus, RecordAmounts
from reclaim.exposure.retention import Deadlines, ExpectedPace, Retention, RetentionOutlook
from reclaim.model.event import Amount, Rejection
from reclaim.model.frozen import FrozenModel
from reclaim.model.message import Message, QueueDepth
from reclaim.model.outcome import Cause


class Inspection(FrozenModel):
    """What the messages of a queue say.

    Attributes:
        seen: how many messages were read; the rest is in flight elsewhere or beyond the limit.
        causes: messages by what their bodies say. Whether a record exists already is not asked, so duplicates
            and conflicts are among the repairable.
        money: by currency, the amounts that the repairable records' events state.
        first_deadline: when SQS will drop the oldest message seen, see `reclaim.exposure.retention`.
        exposure: by currency, uncharged applications: `at_risk` of the records that messages in the queue name and
            that have no identity yet, `recovered` and `quarantined` of those that earlier runs on this queue dealt
            with. None where MongoDB could not be asked.
        outlook: what SQS drops when, and whether a drain is done by then.
        unasked: why MongoDB could not be asked; empty where it was.
    """

    queue: str
    taken_at: datetime
    depth: QueueDepth
    seen: int
    repairable: int
    causes: dict[Cause, int]
    envelopes: dict[str, int]
    money: dict[str, RecordAmounts]
    oldest_sent_at: datetime | None = None
    newest_sent_at: datetime | None = None
    first_deadline: datetime | None = None
    receive_counts: dict[int, int] = Field(default_factory=dict)
    exposure: Exposure | None = None
    outlook: RetentionOutlook | None = None
    unasked: str = ""


class Inspector:
    """Adds up messages one by one and keeps none of them.

    Attributes:
        claims: the records that the messages name, whose money is at risk.
        deadlines: when the messages are dropped.
    """

    def __init__(self, contract: Contract, retention: Retention) -> None:
        self.claims = Claims()
        self.deadlines = Deadlines(retention)
        self._contract = contract
        self._causes: Counter[Cause] = Counter()
        self._envelopes: Counter[str] = Counter()
        self._receives: Counter[int] = Counter()
        self._messages: Counter[str] = Counter()
        self._amounts: dict[str, Amount] = {}
        self._sent: tuple[datetime, datetime] | None = None
        self._repairable = 0

    def add(self, messages: Iterable[Message]) -> None:
        """Take these messages into the sums."""
        for message in messages:
            self._add(message)

    def _add(self, message: Message) -> None:
        first, last = self._sent or (message.sent_at, message.sent_at)
        self._sent = (min(first, message.sent_at), max(last, message.sent_at))
        self._receives[message.receive_count] += 1
        reading = read_event(message.body, self._contract)
        self._envelopes[reading.envelope] += 1
        if isinstance(reading, Rejection):
            cause = reading.cause
        else:
            cause = Cause.CARRIED_ID if reading.identity else Cause.MISSING_ID
            self._repairable += 1
            if reading.amount:
                self._messages[reading.amount.currency] += 1
                self._amounts.setdefault(reading.record_key, reading.amount)
        self._causes[cause] += 1
        due = self.deadlines.add(message.sent_at)
        if reading.record_key:
            self.claims.add(reading.record_key, Claim(MoneyStatus.AT_RISK, cause, due))

    def result(
        self,
        queue: str,
        taken_at: datetime,
        depth: QueueDepth,
        pace: ExpectedPace,
        assessment: Assessment | None = None,
        unasked: str = "",
    ) -> Inspection:
        """All of it; without an `assessment` only what the messages themselves say."""
        outlook = self.deadlines.outlook(depth.total, pace, taken_at, assessment.due if assessment else {})
        return Inspection(
            queue=queue,
            taken_at=taken_at,
            depth=depth,
            seen=self._causes.total(),
            repairable=self._repairable,
            causes=dict(self._causes.most_common()),
            envelopes=dict(self._envelopes.most_common()),
            money=self.money(),
            oldest_sent_at=self._sent[0] if self._sent else None,
            newest_sent_at=self._sent[1] if self._sent else None,
            first_deadline=outlook.first_deadline,
            receive_counts=dict(sorted(self._receives.items())),
            exposure=assessment.exposure if assessment else None,
            outlook=outlook,
            unasked=unasked,
        )

    def money(self) -> dict[str, RecordAmounts]:
        """By currency, the amounts that the repairable records' events state."""
        totals: Counter[str] = Counter()
        records: Counter[str] = Counter()
        for amount in self._amounts.values():
            totals[amount.currency] += amount.minor
            records[amount.currency] += 1
        return {
            currency: RecordAmounts(records=records[currency], messages=messages, rate_minor_total=totals[currency])
            for currency, messages in sorted(self._messages.items())
        }
