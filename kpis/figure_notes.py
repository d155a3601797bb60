"""Figures with the notes that explain them.

What leaves the hub has notes on a KPI about persons only beside figures that it has, too.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace

from hub.periods import VIETNAM
from kpis.definition import Definition
from kpis.figure import Figure
from kpis.memo import Once
from kpis.notes import Note, notes
from warehouse.serving import Province, province_ids


def with_notes(once: Once, province: Province, figures: Sequence[Figure], *, leaves: bool) -> list[Figure]:
    """The figures, each with its notes, which are read together as whoever asks may see them; `leaves`: for a file or
    a machine. Notes on a province go on with it through a reform."""
    kpis = tuple(sorted({one.kpi for one in figures}))
    own_ids = once(province_ids, province) if any(one.is_of_province for one in figures) else []
    areas = tuple(sorted({one.place.area_id for one in figures if one.place} | set(own_ids)))
    if not (kpis and areas):
        return list(figures)
    found = once(notes, province, kpis, areas)
    told = [(one, _explaining(one, found, own_ids if one.is_of_province else [one.area_id], leaves)) for one in figures]
    return [replace(one, notes=own) if own else one for one, own in told]


def only_beside_figures(kpi: Definition, leaves: bool) -> bool:
    """Whether a note on the KPI is given with a figure only that is given, too."""
    return leaves and kpi.about_persons


def _explaining(figure: Figure, found: Sequence[Note], area_ids: Collection[int | None], leaves: bool) -> list[Note]:
    if figure.value is None and only_beside_figures(figure.definition, leaves):
        return []
    as_of = figure.question.as_of
    return [
        note
        for note in found
        if note.explains(figure.kpi, area_ids, figure.period)
        and (as_of is None or note.written_at.astimezone(VIETNAM).date() <= as_of)
    ]
