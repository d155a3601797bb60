"""The charts of a KPI as files: how it went, and where it stands in each area."""

from collections.abc import Sequence

from hub.translation import msg
from kpis.figure import Figure
from screens.charts.area_map import AreaMap, legend, schematic, swatch
from screens.charts.area_map import area_map as drawn_map
from screens.charts.chart_file import chart_file
from screens.charts.trend import trend
from screens.charts.trend_keys import trend_keys
from screens.database import Snapshot
from screens.formats import day, period
from screens.notes import note_line
from screens.pages.area_maps import Scale, area_map
from screens.pages.axis_marks import events, note_marks, shown_notes
from screens.pages.maps import MapLevel, by_area, check_mappable, era_of
from screens.pages.places import name_of, same_place
from screens.pages.points import months, points
from screens.scope import outside_rights
from screens.texts import say, unit_text


def trend_svg(s: Snapshot, own: Figure, notice: str | None = None) -> bytes:
    """The months up to the figure's."""
    series = months(s, [own.definition], own.last, same_place(s, own.place), own.breakdown)[own.kpi]
    shown = points(s, own, series)
    found = shown_notes(s, own, shown)
    marks = [*note_marks(found), *events(s, own, shown, "month")]
    drawn = trend("trend", "", own.unit, shown, s.language, marks=marks)
    days = period(shown[0].first, shown[-1].last, s.language) if shown else period(own.first, own.last, s.language)
    gaps = any(point.value is None for point in shown)
    keys = trend_keys(shown, s.language, marks) if shown else ()
    told = [f"{number}. {note_line(note, s.language)}" for number, note in enumerate(found, 1)]
    return chart_file(drawn, _title(s, own), [*told, *_notes(s, own, days, notice, gaps=gaps)], keys)


def map_svg(
    s: Snapshot, own: Figure, notice: str | None = None, level: MapLevel = "commune", scale: Scale | None = None
) -> bytes:
    """The figures of the areas of that level and of the figure's time, of the other level where they are unknown.

    Raises RequestError 422 for a KPI that has no map, 403 where the caller sees a part of each area's figure only."""
    check_mappable(own.definition)
    if own.slices:
        raise outside_rights(msg("a map shows whole figures of areas, of which the account sees a part"))
    areas, values, _ = by_area(s, own, era_of(own), level)
    model: AreaMap = area_map(s, own, areas, values, scale)
    keys = [(swatch(key.name), f"{key.words} ({key.count})") for key in legend(model, s.language)]
    shown = [values[area.area_id] for area in areas if area.area_id in values]
    notes = _notes(s, own, period(own.first, own.last, s.language), notice, gaps=len(shown) < len(areas), shown=shown)
    if model.is_schematic:
        notes.append(schematic(s.language))
    return chart_file(drawn_map(model, s.language), _title(s, own), notes, keys)


def _title(s: Snapshot, own: Figure) -> str:
    return f"{getattr(own.name, s.language)} ({unit_text(own.unit, s.language)})"


def _notes(
    s: Snapshot, own: Figure, days: str, notice: str | None, *, gaps: bool, shown: Sequence[Figure] = ()
) -> list[str]:
    """Place, days and source, and what must be known of the figures."""
    language = s.language
    source = say(msg("Operations centre of {province}", province=s.province.name), language)
    until = say("Data to {day}", language, day=day(own.data_as_of, language)) if own.data_as_of else ""
    notes = [" · ".join(filter(None, [name_of(s, own) or s.province.name, days, source, until]))]
    if any(one.status == "provisional" for one in shown):
        notes.append(say("Provisional", language))
    if any(one.is_estimated for one in (*shown, own)):
        notes.append(say("partly estimated: an area was split", language))
    if gaps and own.definition.about_persons:
        notes.append(
            say(msg("Figures that are about too few persons are not given out: there is no data then."), language)
        )
    return [*notes, *([notice] if notice else [])]
