"""What is marked on the time axis of a KPI's trend: new definitions, reforms of the areas, days off, and notes."""

from collections.abc import Sequence

from hub.periods import Period
from hub.public_holidays import holidays_within
from hub.translation import msg
from kpis.figure import Figure
from kpis.figure_notes import only_beside_figures
from kpis.notes import MOST_SHOWN, Note, notes
from screens.charts.series import Mark, Point
from screens.database import Snapshot
from screens.directory import reform_days
from screens.notes import reads_notes
from screens.pages.places import same_place
from screens.pages.series import Step
from screens.texts import say


def events(s: Snapshot, own: Figure, points: Sequence[Point], step: Step) -> list[Mark]:
    """Of all trends what changes how figures are read; days off on trends by day, of these by week Tết alone, since
    every other week has one."""
    if not points:
        return []
    first, last = points[0].first, points[-1].last
    changed = s.connection.execute(
        "select max(version), valid_from from serving.kpi_definitions where kpi = %s"
        " and version > (select min(version) from serving.kpi_definitions where kpi = %s)"
        " and valid_from > %s and valid_from <= %s group by valid_from order by valid_from",
        [own.kpi, own.kpi, first, last],
    ).fetchall()
    found = [
        Mark("definition", day, day, say(msg("Version {version} of the definition", version=version), s.language))
        for version, day in changed
    ]
    found += [Mark("reform", day, day, say(msg("Areas changed"), s.language)) for day in reform_days(s, first, last)]
    off = [] if step == "month" else holidays_within(first, last)
    found += [
        Mark("holiday", one.first, one.last, one.name.text(s.language)) for one in off if step == "day" or one.is_tet
    ]
    return sorted(found, key=lambda mark: mark.first)


def shown_notes(s: Snapshot, own: Figure, points: Sequence[Point]) -> list[Note]:
    """The notes on a figure and its trend, in the order of their days. A place is the same through a reform."""
    if not reads_notes(s):
        return []
    days: list[Period | Point] = [own.period, *points]
    areas = tuple(same_place(s, own.place))
    found = [
        note
        for note in s.once(notes, s.province, (own.kpi,), areas)
        if any(note.meets(one.first, one.last) for one in days)
    ]
    if only_beside_figures(own.definition, s.leaves):
        found = [note for note in found if _is_beside_values(note, points)]
    return found[-MOST_SHOWN:]


def _is_beside_values(note: Note, points: Sequence[Point]) -> bool:
    """Whether all days of the note are those of periods with a value. Periods before the first value are no points."""
    met = [point for point in points if note.meets(point.first, point.last)]
    is_within = bool(met) and met[0].first <= note.first and note.last <= met[-1].last
    return is_within and all(point.value is not None for point in met)


def note_marks(found: Sequence[Note], *, is_linked: bool = False) -> list[Mark]:
    """The notes with their numbers, from 1; on a page with links to where they are told."""
    return [
        Mark("note", note.first, note.last, note.text or "", number, f"#note-{note.note_id}" if is_linked else None)
        for number, note in enumerate(found, 1)
    ]
