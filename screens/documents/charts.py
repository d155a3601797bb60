"""The charts of a KPI as files: how it went, and where it stands in each area."""

from hub.translation import msg
from kpis.figure import Figure
from screens.charts.area_map import AreaMap, glyph, legend
from screens.charts.area_map import area_map as drawn_map
from screens.charts.chart_file import chart_file
from screens.charts.trend import trend, trend_keys
from screens.database import Snapshot
from screens.formats import day, period
from screens.pages.maps import by_area, check_mappable, era_of
from screens.pages.outlines import Rings
from screens.pages.places import name_of, same_place
from screens.pages.points import months, points
from screens.pages.ranking import area_map
from screens.texts import say, unit_text


def trend_svg(s: Snapshot, own: Figure, notice: str | None = None) -> bytes:
    """The months up to the figure's."""
    series = months(s, [own.definition], own.last, same_place(s, own.place), own.breakdown)[own.kpi]
    shown = points(s, own, series)
    drawn = trend("trend", "", own.unit, shown, s.language)
    return chart_file(drawn, _title(s, own), _notes(s, own, notice), trend_keys(shown, s.language) if shown else ())


def map_svg(s: Snapshot, own: Figure, rings: Rings, notice: str | None = None) -> bytes:
    """The figures of the communes of the figure's time, of districts where communes are unknown. Raises RequestError
    422 for a KPI that has no map."""
    check_mappable(own.definition)
    areas, values, _ = by_area(s, own, era_of(own))
    model: AreaMap = area_map(s, own, areas, values, rings)
    keys = [(glyph(colour), f"{words} ({count})") for colour, words, count in legend(model, s.language)]
    return chart_file(drawn_map(model, s.language), _title(s, own), _notes(s, own, notice), keys)


def _title(s: Snapshot, own: Figure) -> str:
    return f"{getattr(own.name, s.language)} ({unit_text(own.unit, s.language)})"


def _notes(s: Snapshot, own: Figure, notice: str | None) -> list[str]:
    source = say(msg("Operations centre of {province}", province=s.province.name), s.language)
    until = say("Data to {day}", s.language, day=day(own.data_as_of, s.language)) if own.data_as_of else ""
    told = [name_of(s, own) or s.province.name, period(own.first, own.last, s.language), source, until]
    return [" · ".join(filter(None, told)), *([notice] if notice else [])]
