"""What was found, as the API answers it: the models of `models`, or their members."""

from typing import Any, TypeVar

from pydantic import BaseModel

from kpis.definition import Definition
from kpis.figure import Change, Figure, Pace
from kpis.notes import Note
from screens.api import models
from screens.database import Snapshot
from screens.directory import breakdown_names, number
from screens.texts import Language
from warehouse.deliverers import Delivery
from warehouse.punctuality import SourceState

M = TypeVar("M", bound=BaseModel)


def in_language(model: type[M], found: object, language: Language) -> M:
    """What was found, as the API answers it in that language."""
    return model.model_validate(found, context={"language": language})


def observation(figure: Figure, language: Language) -> dict[str, Any]:
    """A figure, as the API answers it: the members of models.Observation, ready for JSON. No model: a board has more
    than a hundred figures, and making and writing as many models takes twice as long."""
    place = figure.place
    return {
        "kpi": figure.kpi,
        "name": figure.name.text(language),
        "measure": figure.measure,
        "from": figure.first,
        "to": figure.last,
        "area": figure.area,
        "area_id": place and place.area_id,
        "area_name": place and place.name,
        "breakdown": figure.breakdown,
        "value": number(figure.value),
        "unit": figure.unit,
        "numerator": number(figure.numerator),
        "denominator": number(figure.denominator),
        "target": number(figure.target),
        "attainment": number(figure.attainment),
        "good": figure.good,
        "previous": figure.previous and _change(figure.previous, language),
        "year_ago": figure.year_ago and _change(figure.year_ago, language),
        "pace": figure.pace and _pace(figure.pace, language),
        "status": figure.status,
        "reason": figure.reason and figure.reason.text(language),
        "origin": figure.origin,
        "quality": figure.quality,
        "freshness": figure.freshness,
        "data_as_of": figure.data_as_of,
        "loaded_at": figure.loaded_at,
        "recorded_at": figure.recorded_at,
        "revision": figure.revision,
        "cause": figure.cause,
        "definition_version": figure.definition_version,
        "is_estimated": figure.is_estimated,
        "notes": [_note(one) for one in figure.notes],
    }


def _note(note: Note) -> dict[str, Any]:
    """The members of models.Note."""
    return {
        "note_id": note.note_id,
        "from": note.first,
        "to": note.last,
        "text": note.text,
        "author": note.author,
        "written_at": note.written_at,
    }


def _change(change: Change, language: Language) -> dict[str, Any]:
    """The members of models.Change."""
    return {
        "from": change.first,
        "to": change.last,
        "value": number(change.value),
        "difference": number(change.difference),
        "unit": change.unit,
        "percent": number(change.percent),
        "reason": change.reason and change.reason.text(language),
    }


def _pace(pace: Pace, language: Language) -> dict[str, Any]:
    """The members of models.Pace."""
    return {
        "state": pace.state,
        "expected": number(pace.expected),
        "share": number(pace.share),
        "year": pace.year,
        "reason": pace.reason and pace.reason.text(language),
    }


def kpi(s: Snapshot, found: Definition) -> models.Kpi:
    """A KPI with its rule."""
    own = {name: getattr(found, name) for name in ("reads", "where", "numerator", "denominator", "scale", "valid_from")}
    return models.Kpi(
        **in_language(models.KpiSummary, found, s.language).model_dump(),
        **own,
        basis=getattr(found.basis, s.language),
        targets=[models.Target(**target._asdict()) for target in s.catalogue.targets_of(s.province.code, found.id)],
        values={name: breakdown_names(s, found, name) for name in found.breakdowns if name != "area"},
    )


def source(state: SourceState) -> models.Source:
    """How a source keeps to its timetable."""
    late = state.late_by
    return models.Source(
        **vars(state)
        | {
            "feeds": [models.Feed.model_validate(feed) for feed in state.feeds],
            "lateness_hours": state.lateness.total_seconds() / 3600,
            "late_by_hours": None if late is None else round(late.total_seconds() / 3600, 1),
        }
    )


def delivery(one: Delivery, language: Language) -> models.Delivery:
    """What somebody delivered, with its name in that language."""
    return models.Delivery(
        **{name: value for name, value in one._asdict().items() if name in models.Delivery.model_fields},
        first_day=one.first,
        last_day=one.last,
        name=one.name.text(language),
        is_missing=one.is_missing,
    )
