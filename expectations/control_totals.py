"""Control totals: the source's own count of a range, as one row a slice."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from connectors.body_errors import checked
from connectors.client import NO_CONTENT, Answer, Gateway
from connectors.json_places import dig, read_any
from connectors.slices import Slice
from connectors.specification import Control, Feed
from connectors.template import fill
from connectors.values import as_text, whole
from hub.errors import Retry
from hub.translation import msg


@dataclass(frozen=True)
class ControlTotal:
    """What the source counts for a measure of a KPI, in a slice (`breakdown` → the hub's codes)."""

    kpi: str
    measure: str
    breakdown: dict[str, str]
    value: float
    severity: str
    correlation_id: str


def totals(gateway: Gateway, feed: Feed, days: Slice, place: dict[str, str]) -> Iterator[ControlTotal]:
    """Asks for every control of a feed. `place` holds province and area. Raises Retry when an answer has no count."""
    for control in feed.controls:
        request = control.request
        values = {**place, **days.placeholders()}
        body = fill(request.body, values) if request.body is not None else None
        answer = gateway.call(request.method, request.path, fill(request.query, values), body, check=checked(feed))
        if answer.status == NO_CONTENT:
            continue
        content = read_any(answer.body)
        rows = [content] if control.records is None else dig(content, control.records)
        if rows is None:
            rows = []
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise Retry(
                msg(
                    "{request}: the answer holds no counts [{correlation_id}]",
                    request=answer.request,
                    correlation_id=answer.correlation_id,
                ),
            )
        for row in rows:
            for target, column in control.totals.items():
                kpi, measure, breakdown = _target(target)
                value = _total(row.get(column))
                if value is None:
                    raise Retry(
                        msg(
                            "{request}: {column} is no count [{correlation_id}]",
                            request=answer.request,
                            column=column,
                            correlation_id=answer.correlation_id,
                        ),
                    )
                slices = breakdown | _slice(control, row, answer)
                yield ControlTotal(kpi, measure, slices, value, control.severity, answer.correlation_id)


def _target(text: str) -> tuple[str, str, dict[str, str]]:
    name, *parts = text.split(";")
    kpi, measure = name.split(".")
    return kpi, measure, dict(part.split("=", 1) for part in parts)


def _total(said: Any) -> float | None:
    """A count or an amount: a JSON number, or a whole one as text; None for anything else."""
    if isinstance(said, float) and math.isfinite(said):
        return said
    told = whole(said)
    return None if told is None else float(told)


def _slice(control: Control, row: dict[str, Any], answer: Answer) -> dict[str, str]:
    """The hub's codes of the slice that a row is about. Raises Retry when the row does not name it."""
    slices: dict[str, str] = {}
    for breakdown, codes in control.slices.items():
        said = as_text(row.get(codes["field"]))
        if not said:
            raise Retry(
                msg(
                    "{request}: a count does not say its {column} [{correlation_id}]",
                    request=answer.request,
                    column=codes["field"],
                    correlation_id=answer.correlation_id,
                ),
            )
        slices[breakdown] = codes.get(said, said.lower())
    return slices
