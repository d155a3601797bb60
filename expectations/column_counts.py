"""How the columns of batches are filled, counted chunk by chunk as their records come."""

from collections import Counter
from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from connectors.column_specification import Column
from connectors.specification import Feed
from hub.periods import VIETNAM
from warehouse.column_profiles import ColumnProfile, profiled

_LONGEST = 64
"""Characters that are kept of a value."""


class ColumnCounts:
    """Counts the records of batches by what their columns hold."""

    def __init__(self, feed: Feed) -> None:
        self._columns = profiled(feed)
        self._records: Counter[int] = Counter()
        self._nulls: Counter[tuple[int, str]] = Counter()
        self._values: dict[tuple[int, str], Counter[str]] = {}

    def add(self, batch_id: int, records: pa.Table) -> None:
        """Counts typed records of a batch."""
        self._count(batch_id, records, 1)

    def take_out(self, batch_id: int, records: pa.Table) -> None:
        """Counts records no longer, such as those that came again."""
        self._count(batch_id, records, -1)

    def _count(self, batch_id: int, records: pa.Table, times: int) -> None:
        self._records[batch_id] += times * records.num_rows
        for name, column in self._columns.items():
            values = records[name]
            self._nulls[batch_id, name] += times * values.null_count
            if column.counted_by:
                counted = self._values.setdefault((batch_id, name), Counter())
                for found in pc.value_counts(_compared(column, values.drop_null())):
                    counted[_written(found["values"])] += times * found["counts"].as_py()

    def profiles(self, batch_id: int) -> Mapping[str, ColumnProfile]:
        """How the columns of a batch are filled, by their names; nothing of a batch without a record. Of values that
        are as common as each other the first by its letters is the commonest."""
        if not self._records[batch_id]:
            return {}
        return {name: self._profile(batch_id, name) for name in self._columns}

    def _profile(self, batch_id: int, name: str) -> ColumnProfile:
        records, nulls = self._records[batch_id], self._nulls[batch_id, name]
        counted = +self._values.get((batch_id, name), Counter())
        if not counted:
            return ColumnProfile(records, nulls)
        value, count = min(counted.items(), key=lambda found: (-found[1], found[0]))
        return ColumnProfile(records, nulls, common_value=value, common_count=count)


def _compared(column: Column, values: pa.ChunkedArray) -> pa.ChunkedArray:
    """What of the values is compared: of moments their day in Vietnam."""
    if column.type == "datetime":
        return pc.local_timestamp(values.cast(pa.timestamp("us", str(VIETNAM)))).cast(pa.date32())
    return values


def _written(value: pa.Scalar) -> str:
    return str(value.cast(pa.string()).as_py())[:_LONGEST]
