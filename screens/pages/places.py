"""Areas around the one that is shown: those below it, and those to choose from."""

from datetime import date

from kpis.definition import Definition
from kpis.figure import Figure
from kpis.slices import slices_text
from screens.database import Snapshot
from screens.directory import Level, areas, breakdown_names, is_own, organisations
from screens.view_models.page import Option
from warehouse.serving import Area, province_ids


def same_place(s: Snapshot, place: Area | None) -> list[int]:
    """The keys of one place over time; only a province goes on under its code through a reform."""
    if place is None:
        return []
    if place.level != "province":
        return [place.area_id]
    return s.once(province_ids, s.province) or [place.area_id]


def below(s: Snapshot, place: Area | None, day: date, level: Level | None = None) -> list[Area]:
    """The areas of that level in `place` on that day; without a level those right below it."""
    known = _known(s, day) if place else []
    if place is None or level is None:
        return [area for area in known if place and area.parent_id == place.area_id]
    return [area for area in known if area.level == level and place.area_id in area.ancestor_ids]


def area_options(s: Snapshot, kpi: Definition, chosen: Area | None, day: date) -> list[Option]:
    """The areas that the KPI is known for and the caller sees, each district before its communes."""
    if "area" not in kpi.breakdowns:
        return []
    known = [area for area in _known(s, day) if is_own(s, area)]
    if len(known) < 2:
        return []
    districts = {area.area_id: place for place, area in enumerate(known) if area.level == "district"}

    def order(area: Area) -> tuple[int, int]:
        own = districts.get(area.area_id)
        return (own, 0) if own is not None else (districts.get(area.parent_id or 0, -1), 1)

    ordered = sorted((area for area in known if area.level != "province"), key=order)
    whole = [area for area in known if area.level == "province"]
    return [
        Option(
            area.area,
            f"\N{EN DASH} {area.name}" if area.level == "commune" and districts else area.name,
            area == chosen,
        )
        for area in [*whole, *ordered]
    ]


def organisation_options(s: Snapshot, kpi: Definition, own: Figure) -> list[Option]:
    """For an account of organisations: those to choose from, since the whole is not its to see."""
    if s.caller.organisations is None or "organisation" not in kpi.breakdowns or len(s.caller.organisations) < 2:
        return []
    chosen = own.slices.get("organisation", ())
    return [
        Option(slices_text({"organisation": (one.organisation,)}), one.name, [one.organisation] == list(chosen))
        for one in organisations(s)
    ]


def name_of(s: Snapshot, own: Figure) -> str:
    """Of what the figure is: an area, or a slice by its values' names."""
    names = []
    for name, values in own.slices.items():
        known = breakdown_names(s, own.definition, name)
        names += [known.get(value, value) for value in values]
    return ", ".join(([own.place.name] if own.place and (not own.is_of_province or not names) else []) + names)


def _known(s: Snapshot, day: date) -> list[Area]:
    return areas(s, as_of=day)
