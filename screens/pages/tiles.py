"""Tiles of a page: which figures are worth one, and what each is shown with."""

from collections.abc import Sequence

from kpis.definition import Definition
from kpis.figure import Figure
from screens.database import Snapshot
from screens.pages.choice import Choice, explanation_href
from screens.pages.places import same_place
from screens.pages.points import months, points
from screens.peers import peer_comparisons
from screens.scope import is_countable
from screens.view_models.figure import Tile


def that_exist(s: Snapshot, shown: Sequence[Figure]) -> list[Figure]:
    """Without the figures that can never be known of where they are asked of: those of the whole province for an area,
    those of all offices for an account of some."""
    return [o for o in shown if o.value is not None or is_countable(s, o)]


def place_of(shown: Sequence[Figure]) -> str | None:
    """The name of the area that the figures are of."""
    return next((o.place.name for o in shown if o.place), None)


def weight(o: Figure) -> tuple[bool, bool, bool, bool]:
    """What says most comes first: KPIs before further indicators, figures for the Government, then those with a target;
    those without a value last."""
    return (o.value is None, o.definition.further, not o.definition.government, o.target is None)


def tiles(
    s: Snapshot, choice: Choice, shown: Sequence[Figure], links: bool = True, compared: bool = True
) -> list[Tile]:
    """The figures with their months; `compared` with the peers of the reader's own area."""
    if not shown:
        return []
    by_slice: dict[str, list[Definition]] = {}
    for o in shown:
        by_slice.setdefault(o.breakdown, []).append(o.definition)
    ids = same_place(s, shown[0].place)
    series = {
        kpi: found
        for slice_, kpis in by_slice.items()
        for kpi, found in months(s, kpis, choice.period.last, ids, slice_).items()
    }
    others = peer_comparisons(s, choice.period, shown) if compared else {}
    return [
        Tile(
            o,
            points(s, o, series[o.kpi]),
            choice.to(f"/kpis/{o.kpi}") if links else "",
            explanation_href(s, choice, o) if links else "",
            others.get(o.kpi),
        )
        for o in shown
    ]
