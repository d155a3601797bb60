"""The charts of a KPI as files: how it went, what it is made of, and where it stands in each area."""

from collections.abc import Sequence
from typing import NamedTuple

from hub.translation import msg
from kpis.definition import Definition
from kpis.figure import Figure
from screens.charts.area_map import AreaMap, legend, schematic, swatch
from screens.charts.area_map import area_map as drawn_map
from screens.charts.chart_file import chart_file
from screens.charts.dots import dot_scale
from screens.charts.histogram import histogram
from screens.charts.rows import no_rows, row_chart, row_keys
from screens.charts.trend import trend
from screens.charts.trend_keys import trend_keys
from screens.database import Snapshot
from screens.directory import Level
from screens.formats import day, period
from screens.notes import note_line
from screens.pages import ranking
from screens.pages.area_maps import Scale, area_map
from screens.pages.axis_marks import events, note_marks, shown_notes
from screens.pages.breakdowns import parts_by
from screens.pages.choice import Choice
from screens.pages.maps import Era, MapLevel, by_area, check_mappable, era_of
from screens.pages.places import name_of
from screens.pages.points import points
from screens.pages.ranking import Values
from screens.pages.series import Step, series
from screens.scope import Subject, ask, outside_rights
from screens.texts import Language, say, unit_text
from screens.view_models.figure import Breakdown


class Imprint(NamedTuple):
    """What stands below every chart besides what is of its figures."""

    address: str
    """Of the page that shows the same."""
    notice: str | None = None
    """What must be known of all figures."""


def trend_svg(s: Snapshot, subject: Subject, own: Figure, step: Step, imprint: Imprint) -> bytes:
    """The months, weeks or days up to the figure's."""
    shown = points(s, own, series(s, subject, own, step))
    found = shown_notes(s, own, shown)
    marks = [*note_marks(found), *events(s, own, shown, step)]
    drawn = trend("trend", "", own.unit, shown, s.language, marks=marks)
    days = period(shown[0].first, shown[-1].last, s.language) if shown else period(own.first, own.last, s.language)
    gaps = any(point.value is None for point in shown)
    keys = trend_keys(shown, s.language, marks) if shown else ()
    told = [f"{number}. {note_line(note, s.language)}" for number, note in enumerate(found, 1)]
    notes = [*told, *_notes(s, own, days, imprint, gaps=gaps or not shown)]
    return chart_file(drawn, _title(s, own), notes, keys)


def parts_svg(s: Snapshot, choice: Choice, own: Figure, by: str, imprint: Imprint, level: Level | None = None) -> bytes:
    """The parts of the figure by one breakdown; by `area` the areas of that level, or those right below, ranked."""
    if by == "area":
        found, values = _areas(s, choice, own, level)
        target, shown = own.target, list(values.values())
    else:
        found = parts_by(s, choice, own, by) or Breakdown("", own.unit, ())
        target, shown = None, [own]
    has_dots = by == "area" or found.own is not None
    along = dot_scale(found.unit, [part.value for part in found.parts], found.own, target) if has_dots else None
    title = _title(s, own, found.title, found.unit)
    gaps = not found.parts or any(part.value is None for part in found.parts)
    notes = _notes(s, own, period(own.first, own.last, s.language), imprint, gaps=gaps, shown=shown)
    return chart_file(
        row_chart("parts", found, along, s.language), title, notes, row_keys(found, along, target, s.language)
    )


def spread_svg(s: Snapshot, choice: Choice, own: Figure, imprint: Imprint) -> bytes:
    """How the areas are spread; where there is no spread a picture that says so."""
    ranked, values = _areas(s, choice, own)
    title = say("How the areas are spread", s.language)
    drawn = histogram("spread", title, ranked.unit, [part.value for part in ranked.parts], ranked.own, s.language)
    shown = list(values.values())
    gaps = any(part.value is None for part in ranked.parts)
    notes = _notes(s, own, period(own.first, own.last, s.language), imprint, gaps=gaps, shown=shown)
    if drawn is None:
        is_known = any(part.value is not None for part in ranked.parts)
        why = msg("Too few areas have a figure, or all have the same one") if is_known else msg("No data")
        drawn = no_rows("spread", title, say(why, s.language))
    return chart_file(drawn, _title(s, own, title), notes)


def map_svg(
    s: Snapshot,
    own: Figure,
    imprint: Imprint,
    level: MapLevel = "commune",
    scale: Scale | None = None,
    era: Era | None = None,
) -> bytes:
    """The figures of the areas of that level and time, the figure's own without one; of the other level where they are
    unknown.

    Raises RequestError 422 for a KPI that has no map, 403 where the caller sees a part of each area's figure only."""
    check_mappable(own.definition)
    if own.slices:
        raise outside_rights(msg("a map shows whole figures of areas, of which the account sees a part"))
    shown_era = era or era_of(own)
    areas, values, _ = by_area(s, own, shown_era, level)
    model: AreaMap = area_map(s, own, areas, values, scale, is_published=shown_era == era_of(own))
    keys = [(swatch(key.name), f"{key.words} ({key.count})") for key in legend(model, s.language)]
    shown = [values[area.area_id] for area in areas if area.area_id in values]
    notes = _notes(s, own, period(own.first, own.last, s.language), imprint, gaps=len(shown) < len(areas), shown=shown)
    if model.is_schematic:
        notes.append(schematic(s.language))
    return chart_file(drawn_map(model, s.language), _title(s, own), notes, keys)


def _areas(s: Snapshot, choice: Choice, own: Figure, level: Level | None = None) -> tuple[Breakdown, Values]:
    """The areas as a page ranks them, with their figures. Raises RequestError 422 for a KPI not known by area."""
    ask(s, own.definition, own.period, choice.area, choice.slices, by=("area",))
    areas = ranking.places(s, own, level)
    values = ranking.area_figures(s, own, areas)
    return ranking.ranking(s, choice, own, areas, values), values


def _title(s: Snapshot, own: Figure, chart: str = "", unit: str | None = None) -> str:
    """The measure's name, what the chart shows of it where that is not its trend or map, and the unit."""
    name = getattr(own.definition.name_of(own.measure), s.language)
    return f"{name}{': ' if chart else ''}{chart} ({unit_text(unit or own.unit, s.language)})"


def _notes(
    s: Snapshot, own: Figure, days: str, imprint: Imprint, *, gaps: bool, shown: Sequence[Figure] = ()
) -> list[str]:
    """Place and days, source, when it was made and of which page, and what must be known of the figures."""
    language = s.language
    until = say("Data to {day}", language, day=day(own.data_as_of, language)) if own.data_as_of else ""
    notes = [
        " · ".join(filter(None, [name_of(s, own) or s.province.name, days, until])),
        *origin_notes(s, [own.definition], imprint),
    ]
    if any(one.status == "provisional" for one in shown):
        notes.append(say("Provisional", language))
    if any(one.is_estimated for one in (*shown, own)):
        notes.append(say("partly estimated: an area was split", language))
    return [*notes, *(disclosure_notes([own.definition], language) if gaps else [])]


def disclosure_notes(shown: Sequence[Definition], language: Language) -> list[str]:
    """What must be said of gaps: they need not mean that there is nothing."""
    if not any(kpi.about_persons for kpi in shown):
        return []
    return [say(msg("Figures that are about too few persons are not given out: there is no data then."), language)]


def origin_notes(s: Snapshot, shown: Sequence[Definition], imprint: Imprint) -> list[str]:
    """The systems that the figures come from by name, who made the chart and when, and the page's address."""
    language = s.language
    sources = dict.fromkeys(title for kpi in shown for title in s.catalogue.source_titles(kpi))
    who = say(msg("Operations centre of {province}", province=s.province.name), language)
    made = say(msg("Made on {moment}", moment=day(s.now.date(), language)), language)
    notes = [say("Source: {sources}", language, sources=", ".join(sources)), f"{who} · {made}", imprint.address]
    return [*notes, *([imprint.notice] if imprint.notice else [])]
