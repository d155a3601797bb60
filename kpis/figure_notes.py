"""Figures with the notes that explain them, the newest ones.

What leaves the hub has notes on a KPI about persons only beside figures that it has, too: a note on a month that is
withheld stands beside no longer period either.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace

from hub.periods import VIETNAM, Period, first_of_month
from kpis.definition import Definition
from kpis.figure import Figure
from kpis.memo import Once
from kpis.notes import MOST_SHOWN, Note, notes
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
    is_strict = only_beside_figures(figure.definition, leaves)
    if figure.value is None and is_strict:
        return []
    as_of = figure.question.as_of
    return [
        note
        for note in found
        if note.explains(figure.kpi, area_ids, figure.period)
        and (as_of is None or note.written_at.astimezone(VIETNAM).date() <= as_of)
        and (not is_strict or _is_in_months_of(note, figure.period))
    ][-MOST_SHOWN:]


def _is_in_months_of(note: Note, period: Period) -> bool:
    """Whether the period has no month that the note does not meet."""
    return first_of_month(note.first, 0) <= period.first and period.last < first_of_month(note.last, 1)
