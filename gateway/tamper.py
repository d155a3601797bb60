"""What a fault makes of an answer that was right."""

from collections.abc import Callable
from dataclasses import replace
from itertools import groupby
from typing import Any

import msgspec

from gateway.wire import Answer, Path, encode

Records = list[dict[str, Any]]


def change_records(answer: Answer, name: str) -> Answer:
    """A harmless fault of the records; an answer without records stays as it is."""
    if answer.records is None or answer.status != 200:
        return answer
    change = _CHANGES[name]
    value = msgspec.json.decode(answer.body)
    change(_at(value, answer.records))
    return replace(answer, body=encode(value), zipped=None)


def break_batch(answer: Answer, active: Callable[[str, bytes], bool]) -> Answer:
    """Applies the active *batch* faults to an answer with records."""
    if answer.records is None or answer.status != 200:
        return answer
    value = msgspec.json.decode(answer.body)
    records = _at(value, answer.records)
    if active("empty", answer.window):
        records.clear()
        _declare(value, answer.total, lambda _: 0)
        if "has_more" in value:
            value["has_more"] = False
        if "paging" in value:
            value["paging"]["next"] = None
    if answer.total and active("over_declared", answer.window):
        _declare(value, answer.total, lambda total: total + 1)
    if answer.total and active("under_declared", answer.window):
        _declare(value, answer.total, lambda total: max(0, total - 1))
    if answer.renamed and active("drift", answer.window):
        for record in records:
            record[f"{answer.renamed}_moi"] = record.pop(answer.renamed)
    return replace(answer, body=encode(value), zipped=None)


def _at(value: Any, path: Path) -> Any:
    for name in path:
        value = value[name]
    return value


def _declare(value: Any, path: Path | None, change: Callable[[int], int]) -> None:
    """Changes the declared total, keeping its type: dvc writes it as text."""
    if path:
        holder = _at(value, path[:-1])
        before = holder[path[-1]]
        holder[path[-1]] = type(before)(change(int(before)))


def _extra_field(records: Records) -> None:
    for record in records:
        record["ghi_chu_he_thong"] = "đồng bộ"


def _missing_field(records: Records) -> None:
    for record in records[::3]:
        if name := _empty_field(record):
            del record[name]


def _null_field(records: Records) -> None:
    for record in records[::3]:
        if name := _empty_field(record):
            record[name] = None


def _empty_field(record: dict[str, Any]) -> str:
    return next((name for name, value in record.items() if value == ""), "")


def _reordered_ties(records: Records) -> None:
    runs = [list(run) for _, run in groupby(records, key=lambda record: record["NgayCapNhat"])]
    records[:] = [record for run in runs for record in reversed(run)]


_CHANGES: dict[str, Callable[[Records], None]] = {
    "extra_field": _extra_field,
    "missing_field": _missing_field,
    "null_field": _null_field,
    "reordered_ties": _reordered_ties,
}
RECORD_CHANGES = frozenset(_CHANGES)
