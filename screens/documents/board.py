"""The board of one period and area as a page of paper."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from textwrap import shorten
from typing import Any

from hub.periods import VIETNAM, Period
from hub.translation import msg
from kpis.figure import Figure
from screens import answers
from screens.charts.chart_file import drawing_file
from screens.charts.spark import sparkline
from screens.database import Snapshot
from screens.directory import domains
from screens.documents.charts import Imprint
from screens.documents.typesetting import write_pdf
from screens.formats import day, goal, period, split
from screens.notes import note_line
from screens.pages.places import same_place
from screens.pages.points import months, points
from screens.rendering import changes
from screens.scope import asked_place
from screens.texts import Language, label, reason_text, say
from warehouse.serving import Area

Pictures = dict[str, bytes]
_LONGEST_NOTE = 120
"""Characters of a note on a figure: the board is to fit a page."""


@dataclass(frozen=True)
class BoardPage:
    """What the page says."""

    data: Mapping[str, Any]
    pictures: Pictures
    made_at: datetime

    def pdf(self) -> bytes:
        return write_pdf("board", self.data, self.made_at, self.pictures)


def make_board(s: Snapshot, asked: Period, imprint: Imprint, area: str | None = None) -> BoardPage:
    """Every KPI that the caller sees, by field, each with its change, its target and the way it came. Raises
    RequestError as `answers.board`."""
    place = asked_place(s, area, asked.last)
    figures = [one for one in answers.board(s, asked, area) if not one.definition.further]  # one page is for the KPIs
    language, pictures = s.language, _pictures(s, figures, asked, place)
    fields = [
        {"name": domain.name, "kpis": [_told(one, pictures, language) for one in own]}
        for domain in domains(s)
        if (own := [one for one in figures if one.definition.field == domain.field])
    ]
    heads = (msg("KPI"), msg("Value"), msg("Change"), msg("Target"), msg("Trend"), msg("Remark"))
    data = {
        "language": language,
        "title": say("Key indicators", language),
        "author": say(msg("Operations centre of {province}", province=s.province.name), language),
        "subtitle": f"{place.name} · {period(asked.first, asked.last, language)}",
        "notice": imprint.notice,
        "foot": " · ".join(
            [say(msg("Made on {moment}", moment=day(s.now.date(), language)), language), imprint.address]
        ),
        "heads": [say(one, language) for one in heads],
        "fields": fields,
    }
    return BoardPage(data, pictures, datetime.combine(s.now.date(), time(), VIETNAM))


def _pictures(s: Snapshot, figures: Sequence[Figure], asked: Period, place: Area) -> Pictures:
    """KPI → its sparkline; none of a KPI that has no two months."""
    by_slice: dict[str, list[Figure]] = {}
    for one in figures:
        by_slice.setdefault(one.breakdown, []).append(one)
    ids, found = same_place(s, place), {}
    for breakdown, own in by_slice.items():
        series = months(s, [one.definition for one in own], asked.last, ids, breakdown)
        for one in own:
            drawn = sparkline(one.kpi, "", one.unit, points(s, one, series[one.kpi]), s.language)
            if drawn:
                found[_picture(one)] = drawing_file(drawn)
    return found


def _picture(figure: Figure) -> str:
    return f"{figure.kpi}.svg"


def _told(figure: Figure, pictures: Pictures, language: Language) -> dict[str, Any]:
    name, known = getattr(figure.name, language), [one for one in changes(language, figure) if one.direction]
    value, unit = split(figure.value, figure.unit, language)
    notes = [say("Provisional", language)] if figure.status == "provisional" else []
    if figure.origin == "computed":
        notes.append(label("origin.computed", language))
    if figure.is_estimated:
        notes.append(say("partly estimated: an area was split", language))
    if figure.data_as_of:
        notes.append(say("To {day}", language, day=day(figure.data_as_of, language)))
    if figure.value is None:
        notes = [reason_text(figure.reason, language) or say("No figure", language)]
    notes += [shorten(note_line(note, language), _LONGEST_NOTE, placeholder="…") for note in figure.notes]
    return {
        "name": name,
        "value": value,
        "unit": "" if figure.value is None else unit,
        "changes": [{"text": one.exact_text, "tone": one.tone} for one in known],
        "target": _aim(figure, language),
        "picture": _picture(figure) if figure.value is not None and _picture(figure) in pictures else None,
        "trend": say("{name}: trend", language, name=name),
        "note": " · ".join(notes),
    }


def _aim(figure: Figure, language: Language) -> str:
    """The target, and whether the figure is on course for it."""
    if figure.target is None:
        return ""
    aim = goal(figure.target, figure.unit, language)
    return f"{aim} · {label(f'pace.{figure.pace.state}', language)}" if figure.pace and figure.pace.state else aim
