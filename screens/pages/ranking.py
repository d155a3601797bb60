"""Areas beside each other, ranked."""

from collections.abc import Sequence
from dataclasses import replace

from hub.periods import Period
from kpis.computation import compute
from kpis.definition import Definition
from kpis.disclosure import only_published
from kpis.figure import Figure
from kpis.question import Areas
from screens.answers import parts
from screens.database import Snapshot
from screens.directory import Level
from screens.pages.choice import Choice
from screens.pages.places import below, name_of
from screens.texts import say
from screens.view_models.figure import Breakdown, Share
from warehouse.serving import Area

Values = dict[int, Figure]
"""Area id → its figure."""


def published(s: Snapshot, own: Figure) -> Values:
    """The figures of all areas below the shown one."""
    area = None if own.is_of_province and s.caller.area is None else own.area
    return {one.area_id: one for one in parts(s, own.definition, own.period, "area", area) if one.area_id is not None}


def computed(s: Snapshot, own: Figure, areas: Areas = "then") -> Values:
    """The figures of all areas from the facts that the caller sees, in one pass: of slices and ranges of which none are
    kept, with all below them; or what happened in the communes of before, carried to those of today.

    `own` has a value, so what the caller sees of it is all of it. Of figures about persons that leave the hub there are
    none: only what is published does.
    """
    if only_published(own.definition, s.leaves):
        return {}
    place = None if own.is_of_province or areas == "today" else own.area
    question = replace(own.question, area=place, by=("area",), areas=areas, subtrees=areas == "then")
    found = compute(s.connection, question, catalogue=s.catalogue, now=s.now, once=s.once)
    return {
        row.area_id: replace(found, value=row.value, is_estimated=row.is_estimated, rows=[])
        for row in found.rows
        if row.value is not None and row.area_id not in (None, own.area_id)
    }


def area_figures(s: Snapshot, own: Figure, areas: Sequence[Area]) -> Values:
    """The figures of the areas as they are published, else as they are computed."""
    kept = published(s, own) if areas and not own.breakdown else {}
    return kept or (computed(s, own) if areas and own.value is not None else {})


def areas_known(s: Snapshot, asked: Sequence[Definition], period: Period) -> dict[str, int]:
    """KPI → of how many districts and communes it is published in that period; those of none are missing."""
    found = s.connection.execute(
        "select o.kpi, count(*) from serving.kpi_observations as o join serving.areas as a using (area_id)"
        " where o.province_id = %s and o.kpi = any(%s) and o.first_day = %s and o.last_day = %s and o.breakdown = ''"
        " and o.is_latest and o.value is not null and a.level in ('district', 'commune')"
        " group by o.kpi",
        (s.province.province_id, [kpi.id for kpi in asked], period.first, period.last),
    )
    return dict(found.fetchall())


def places(s: Snapshot, own: Figure, level: Level | None = None) -> list[Area]:
    """The areas to compare: those of that level, or those right below; none where the KPI is not known by area."""
    if "area" not in own.definition.breakdowns or (own.place and own.place.level == "commune"):
        return []
    return below(s, own.place, own.last, level)


def ranking(
    s: Snapshot,
    choice: Choice,
    own: Figure,
    areas: Sequence[Area],
    values: Values,
    links: bool = True,
) -> Breakdown:
    """The best first where a direction is good, else the largest; then those without a value, by name; last what is in
    none of them, since nobody knows the area."""
    kpi, shares = own.definition, []
    for area in areas:
        figure = values.get(area.area_id)
        shares.append(
            Share(
                label=area.name,
                value=figure.value if figure else None,
                href=choice.of(area.area).to(f"/kpis/{kpi.id}") if links else None,
                code=area.area,
                estimated=figure is not None and figure.is_estimated,
            )
        )
    ranked = [share for share in shares if share.value is not None]
    ranked.sort(key=lambda share: share.value or 0, reverse=kpi.good != "down")
    places = [(one.place, one.value) for one in values.values()]
    unknown = [Share(place.name, value) for place, value in places if place and _is_unknown_in(place, own)]
    parts = ranked + [share for share in shares if share.value is None] + unknown
    return Breakdown(say("Areas ranked", s.language), own.unit, parts, own.value, name_of(s, own), by="area")


def _is_unknown_in(place: Area, own: Figure) -> bool:
    """Whether it holds the records of the shown area that are in none of the ranked ones."""
    return place.level == "unknown" and place.parent_id == own.area_id
