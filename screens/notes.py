"""Notes on figures, as they are given with figures, and who may write and withdraw them.

Who sees the whole figure of a KPI and area sees its notes: the database holds to it. A wall's token, which stands in
public, is given none. What leaves the hub has notes on a KPI about persons only beside figures that it has, too.
"""

from collections.abc import Sequence
from dataclasses import replace

from accounts.account_roles import KEEP_NOTES, WRITE_NOTES
from hub.periods import VIETNAM
from kpis.definition import Definition
from kpis.figure import Figure
from kpis.notes import Note, notes
from screens.database import Snapshot
from screens.formats import day, period
from screens.scope import Subject, not_countable
from screens.texts import Language


def with_notes(s: Snapshot, figures: Sequence[Figure]) -> list[Figure]:
    """The figures, each with the notes that explain it; read together."""
    kpis = tuple(sorted({one.kpi for one in figures}))
    areas = tuple(sorted({one.place.area_id for one in figures if one.place}))
    if not (kpis and areas and s.caller.may("read")):
        return list(figures)
    found = s.once(notes, s.province, kpis, areas)
    return [replace(one, notes=own) if (own := _explaining(s, one, found)) else one for one in figures]


def _explaining(s: Snapshot, figure: Figure, found: Sequence[Note]) -> list[Note]:
    if figure.value is None and only_beside_figures(s, figure.definition):
        return []
    as_of = figure.question.as_of
    return [
        note
        for note in found
        if note.explains(figure.kpi, [figure.area_id], figure.period)
        and (as_of is None or note.written_at.astimezone(VIETNAM).date() <= as_of)
    ]


def only_beside_figures(s: Snapshot, kpi: Definition) -> bool:
    """Whether a note on the KPI is given with a figure only that is given, too."""
    return s.leaves and kpi.about_persons


def note_line(note: Note, language: Language) -> str:
    """A note in one line: its days, what it says, who wrote it and when."""
    written = day(note.written_at.astimezone(VIETNAM).date(), language)
    who = ", ".join(filter(None, [note.author, written]))
    return f"{period(note.first, note.last, language)}: {note.text} ({who})"


def may_write(s: Snapshot, subject: Subject) -> bool:
    """Whether the caller may write notes on the figure: by role, and where it sees all of it, no part."""
    role_may = s.caller.role in WRITE_NOTES and not s.caller.is_machine
    is_whole = not subject.question.slices and s.caller.organisations is None
    return role_may and is_whole and not_countable(s, subject) is None


def may_withdraw(s: Snapshot, note: Note) -> bool:
    """Whether the caller may withdraw a note that it sees: its author, and administrators."""
    if s.caller.is_machine or s.caller.role not in WRITE_NOTES:
        return False
    return note.author == s.caller.login or s.caller.role in KEEP_NOTES
