"""From what was read to what the API answers."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from kpis.figure import Change
from screens.api import models
from screens.database import Snapshot
from screens.figures import Observed
from screens.reading import Kpi, breakdown_names, number
from screens.texts import Language, reason_text
from warehouse.punctuality import SourceState


def observation(found: Observed, language: Language) -> models.Observation:
    """A figure."""
    figure = found.figure
    return models.Observation(
        kpi=figure.kpi,
        name=found.kpi.name,
        measure=figure.measure,
        first=figure.first,
        last=figure.last,
        area=found.place.area,
        area_id=found.place.area_id,
        area_name=found.place.name,
        breakdown=found.breakdown,
        value=figure.value,
        unit=figure.unit,
        numerator=figure.numerator,
        denominator=figure.denominator,
        target=figure.target,
        attainment=figure.attainment,
        good=found.kpi.good,
        previous=_change(figure.previous, language),
        year_ago=_change(figure.year_ago, language),
        status=figure.status,
        reason=reason_text(figure.reason, language),
        origin=found.origin,
        quality=found.quality,
        freshness=found.freshness,
        data_as_of=figure.data_as_of,
        loaded_at=figure.loaded_at,
        recorded_at=found.recorded_at,
        revision=figure.revision,
        cause=found.cause,
        definition_version=figure.definition_version,
        is_estimated=figure.is_estimated,
    )


def _change(change: Change | None, language: Language) -> models.Change | None:
    if change is None:
        return None
    return models.Change(
        first=change.first,
        last=change.last,
        value=change.value,
        difference=change.difference,
        unit=change.unit,
        percent=change.percent,
        reason=reason_text(change.reason, language),
    )


def kpi(s: Snapshot, found: Kpi) -> models.Kpi:
    """A KPI with its rule."""
    definition = found.definition
    return models.Kpi(
        **_summary(found),
        basis=found.basis,
        valid_from=found.valid_from,
        reads=definition.reads,
        where=definition.where,
        numerator=definition.numerator,
        denominator=definition.denominator,
        scale=definition.scale,
        targets=[models.Target(**target._asdict()) for target in found.targets],
        values={name: breakdown_names(s, found, name) for name in found.breakdowns if name != "area"},
    )


def summary(found: Kpi) -> models.KpiSummary:
    """A KPI in a list."""
    return models.KpiSummary(**_summary(found))


def _summary(found: Kpi) -> dict[str, Any]:
    return {name: getattr(found, name) for name in models.KpiSummary.model_fields}


def source(state: SourceState) -> models.Source:
    """How a source keeps its word."""
    return models.Source(
        source=state.source,
        title=state.title,
        owner=state.owner,
        cadence=state.cadence,
        lateness_hours=state.lateness.total_seconds() / 3600,
        state=state.state,
        covered_to=state.covered_to,
        loaded_at=state.loaded_at,
        late_by_hours=None if state.late_by is None else round(state.late_by.total_seconds() / 3600, 1),
        feeds=[models.Feed(**asdict(feed)) for feed in state.feeds],
    )


def plain(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Rows of a view, numbers as such and days as text."""
    return [
        {name: number(value) if isinstance(value, Decimal) else value for name, value in row.items()} for row in rows
    ]
