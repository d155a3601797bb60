"""The map of areas: where they lie, what their figures are or why they have none, and what they are compared with."""

from collections.abc import Callable, Mapping, Sequence
from typing import Literal, NamedTuple

from kpis.figure import Figure
from kpis.history import History, Key
from screens.charts.area_map import AreaMap, MapArea, Without
from screens.charts.classes import Middle
from screens.database import Snapshot
from screens.formats import goal, period, with_unit
from screens.pages.outlines import outlines
from screens.pages.places import name_of
from screens.pages.ranking import Values
from screens.texts import reason_text, say
from warehouse.serving import Area

Scale = Literal["target", "whole", "breaks"]
"""Classes on both sides of the province's target or of the shown place's own figure, or natural breaks."""


class DivergingScale(NamedTuple):
    """What a scale is around, and what to call it and its sides."""

    middle: Middle
    name: str
    sides: Mapping[str, str]


def area_map(
    s: Snapshot,
    shown: Figure,
    areas: Sequence[Area],
    values: Values,
    scale: Scale | None = None,
    href: Callable[[Area], str] | None = None,
    is_published: bool = True,
) -> AreaMap:
    """The areas with their figures, `values`, as the ranking beside the map has them. Of the others it is asked why
    they have none, where the figures are published ones."""
    drawn = outlines(s, [area.area_id for area in areas])
    shape = [area for area in areas if area.area_id in drawn.rings]
    reasons = _without(s, shown, [one for one in shape if one.area_id not in values]) if is_published else {}
    compared = scales(s, shown)
    chosen = compared.get(scale or usual(compared))
    around = {area.parent_id for area in shape if area.parent_id is not None}
    return AreaMap(
        "map",
        f"{getattr(shown.name, s.language)}, {period(shown.first, shown.last, s.language)}",
        shown.unit,
        [
            MapArea(
                area.area,
                area.name,
                drawn.rings[area.area_id],
                values[area.area_id].value if area.area_id in values else None,
                *(reasons.get(area.area_id) or ("none", _note(s, values.get(area.area_id)))),
                href=href(area) if href else None,
                at=(area.longitude, area.latitude) if area.longitude and area.latitude else None,
            )
            for area in shape
        ],
        middle=chosen.middle if chosen else None,
        sides=chosen.sides if chosen else {},
        is_schematic=drawn.is_schematic,
        borders=[ring for rings in outlines(s, around).rings.values() for ring in rings] if len(around) > 1 else (),
    )


def scales(s: Snapshot, shown: Figure) -> dict[Scale, DivergingScale]:
    """What the areas can be compared with; a target is the province's, whatever part of it is shown."""
    found: dict[Scale, DivergingScale] = {}
    ahead: Literal["above", "below"] = "below" if shown.good == "down" else "above"
    target = s.catalogue.find_target(s.province.code, shown.kpi, shown, shown.breakdown, shown.last.year)
    if target is not None:
        name = say("Compared with the target {value}", s.language, value=goal(target, shown.unit, s.language))
        sides = {"behind": say("target not reached", s.language), "ahead": say("target reached", s.language)}
        found["target"] = DivergingScale(Middle(target, ahead), name, sides)
    if shown.value is not None:
        own = with_unit(shown.value, shown.unit, s.language)
        name = say("Compared with {place} {value}", s.language, place=name_of(s, shown), value=own)
        higher, lower = say("higher", s.language), say("lower", s.language)
        sides = {"ahead": higher, "behind": lower, "level": say("about the same", s.language)}
        if ahead == "below":
            sides |= {"ahead": lower, "behind": higher}
        found["whole"] = DivergingScale(Middle(shown.value, ahead, has_level=True), name, sides)
    return found


def usual(compared: dict[Scale, DivergingScale]) -> Scale:
    """The scale that is shown unless another is asked for."""
    return "target" if "target" in compared else "breaks"


def _without(s: Snapshot, shown: Figure, areas: Sequence[Area]) -> dict[int, tuple[Without, str | None]]:
    """Why areas have no published figure. Of figures about persons that leave the hub it is not told which of them have
    records: docs/decisions/0014."""
    if s.leaves and shown.definition.about_persons:
        return {area.area_id: ("withheld", None) for area in areas}
    days = shown.first, shown.last
    history = History(s.once, s.province, s.catalogue, now=s.now, leaves=s.leaves)
    entries = history.entries([Key(shown.kpi, *days, area.area_id, shown.breakdown) for area in areas])
    found: dict[int, tuple[Without, str | None]] = {}
    for key, entry in entries.items():
        reason = reason_text(history.why(shown.question, shown.definition, entry), s.language)
        if entry.value is None and reason:
            found[key.area_id] = "missing", reason
    return found


def _note(s: Snapshot, figure: Figure | None) -> str | None:
    """What must be known of an area's figure."""
    notes = []
    if figure is not None and figure.status == "provisional":
        notes.append(say("Provisional", s.language))
    if figure is not None and figure.is_estimated:
        notes.append(say("partly estimated: an area was split", s.language))
    return " · ".join(notes) or None
