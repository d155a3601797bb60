"""Control totals: the source's own count of a range, as one row a slice."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from connectors.body_errors import checked
from connectors.client import Gateway
from connectors.json_places import dig
from connectors.slices import Slice
from connectors.specification import Control, Feed
from connectors.template import fill
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
        content = msgspec.json.decode(answer.body)
        rows = [content] if control.records is None else dig(content, control.records)
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
                try:
                    value = float(row[column])
                except (KeyError, TypeError, ValueError):
                    raise Retry(
                        msg(
                            "{request}: {column} is no count [{correlation_id}]",
                            request=answer.request,
                            column=column,
                            correlation_id=answer.correlation_id,
                        ),
                    ) from None
                yield ControlTotal(
                    kpi, measure, breakdown | _slice(control, row), value, control.severity, answer.correlation_id
                )


def _target(text: str) -> tuple[str, str, dict[str, str]]:
    name, *parts = text.split(";")
    kpi, measure = name.split(".")
    return kpi, measure, dict(part.split("=", 1) for part in parts)


def _slice(control: Control, row: dict[str, Any]) -> dict[str, str]:
    return {
        breakdown: codes.get(str(row.get(codes["field"])), str(row.get(codes["field"])).lower())
        for breakdown, codes in control.slices.items()
    }
