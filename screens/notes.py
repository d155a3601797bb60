"""Notes on figures, as they are given with figures, and who may write and withdraw them.

Who sees the whole figure of a KPI and area sees its notes: the database holds to it. A wall's token, which stands in
public, is given none.
"""

from collections.abc import Sequence

from accounts.account_roles import KEEP_NOTES, WRITE_NOTES
from hub.periods import VIETNAM
from kpis import figure_notes
from kpis.figure import Figure
from kpis.notes import Note
from screens.database import Snapshot
from screens.formats import day, period
from screens.scope import Subject, not_countable
from screens.texts import Language


def with_notes(s: Snapshot, figures: Sequence[Figure]) -> list[Figure]:
    """The figures, each with the notes that explain it."""
    if not reads_notes(s):
        return list(figures)
    return figure_notes.with_notes(s.once, s.province, figures, leaves=s.leaves)


def reads_notes(s: Snapshot) -> bool:
    """Whether the caller is given notes at all: a wall's token is not."""
    return s.caller.may("read")


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
