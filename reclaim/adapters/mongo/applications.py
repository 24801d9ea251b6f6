"""The collections of the revenue side in MongoDB, as far as a recovery reads them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

from bson.codec_options import CodecOptions, TypeDecoder, TypeRegistry
from bson.decimal128 import Decimal128
from pymongo.database import Database

from reclaim.adapters.mongo.connection import Document, translated
from reclaim.contracts.amounts import AmountUnit
from reclaim.contracts.contract import Contract, Revenue
from reclaim.model.batched import batched
from reclaim.model.uncharged import Uncharged

_CHUNK: Final = 1000
"""Records per query: the applications of one chunk are in memory at once."""

_AMOUNT_TYPES: Final = {AmountUnit.MINOR: ["int", "long"], AmountUnit.DECIMAL: ["string", "decimal"]}


class MongoApplications:
    """Reads applications and charges; see `reclaim.ports.Applications`.

    Both are asked by index and set against each other here: for 100,000 records that took 3 s where `$lookup`, which
    goes to the charges once per application, took 8 s and one with a pipeline 21 s. The sums are then Python's, and
    exact.
    """

    def __init__(self, database: Database[Document], contract: Contract) -> None:
        self._database = with_exact_decimals(database)
        self._revenue = contract.revenue

    def uncharged(self, record_keys: Collection[str]) -> Iterator[Uncharged]:
        """Two queries per thousand records: their applications, and which of these have a charge."""
        if self._revenue:
            for part in batched(sorted(set(record_keys)), _CHUNK):
                yield from self._uncharged(part, self._revenue)

    def _uncharged(self, record_keys: Sequence[str], revenue: Revenue) -> Iterator[Uncharged]:
        names = revenue.applications
        wanted = {
            names.record_key: {"$in": record_keys},
            names.at: {"$type": "date"},
            names.amount: {"$type": _AMOUNT_TYPES[revenue.unit]},
            names.currency: {"$type": "string", "$regex": "^[A-Z]{3}$"},
        }
        read = dict.fromkeys((names.record_key, names.at, names.amount, names.currency), 1)
        with translated():
            found = list(self._database[names.name].find(wanted, read))
            charged = self._charged([application["_id"] for application in found], revenue)
        sums: dict[tuple[str, str, date], list[int]] = {}
        for one in found:
            amount_minor = _amount(one[names.amount], one[names.currency], revenue.unit)
            if one["_id"] not in charged and amount_minor is not None:
                total = sums.setdefault((one[names.record_key], one[names.currency], one[names.at].date()), [0, 0])
                total[0] += 1
                total[1] += amount_minor
        for key in sorted(sums):
            yield Uncharged(*key, *sums[key])

    def _charged(self, application_ids: Sequence[object], revenue: Revenue) -> set[object]:
        """Those that have a charge, answered by the index alone."""
        reference = revenue.charges.reference
        query = {reference: {"$in": application_ids}}
        return {one[reference] for one in self._database[revenue.charges.name].find(query, {"_id": 0, reference: 1})}


class _ExactDecimals(TypeDecoder):
    bson_type = Decimal128

    def transform_bson(self, value: Decimal128) -> Decimal:
        return value.to_decimal()


def with_exact_decimals(database: Database[Document], **options: Any) -> Database[Document]:  # noqa: ANN401
    """The same database, whose Decimal128 are read as `decimal.Decimal`; `options` are other codec options."""
    codecs: CodecOptions[Document] = database.codec_options.with_options(
        type_registry=TypeRegistry([_ExactDecimals()]), **options
    )
    return database.with_options(codec_options=codecs)


def _amount(value: Any, currency: str, unit: AmountUnit) -> int | None:  # noqa: ANN401
    try:
        return unit.read(value, currency)
    except ValueError:
        return None
