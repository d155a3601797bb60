"""The notes of a KPI's page, and the forms by which they are written and withdrawn."""

from collections.abc import Sequence

from kpis.notes import Note
from screens.database import Snapshot
from screens.notes import may_withdraw, may_write
from screens.pages.choice import Choice
from screens.scope import Subject
from screens.view_models.kpi import NoteForm, ShownNote


def listed_notes(s: Snapshot, found: Sequence[Note], choice: Choice) -> list[ShownNote]:
    """The notes with their numbers, from 1, as on the chart."""

    def action(note: Note) -> str | None:
        path = f"/kpis/{note.kpi}/notes/{note.note_id}/withdraw"
        return choice.to(path, pinned=True) if may_withdraw(s, note) else None

    return [ShownNote(number, note, action(note)) for number, note in enumerate(found, 1)]


def note_form(s: Snapshot, subject: Subject, choice: Choice) -> NoteForm | None:
    """An empty form for the days of the figure; None for who may not write a note on it."""
    if not may_write(s, subject):
        return None
    return NoteForm(
        choice.to(f"/kpis/{subject.kpi.id}/notes", pinned=True), subject.question.period.first, choice.period.last
    )
