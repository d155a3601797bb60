"""Figures of a report, each with all that its note says: whence it is, and what contradicts it."""

from collections.abc import Sequence
from dataclasses import dataclass

from hub.dates import period_text
from hub.translation import Wording, msg
from kpis.figure import Change, Figure
from reports import phrases
from reports.answers import is_withheld
from reports.phrases import say

_NO_FIGURE, _NOT_GIVEN_OUT = msg("no figure"), msg("not given out")


@dataclass(frozen=True)
class Reported:
    """A figure of the report, and all that its note says."""

    number: int
    """Of its note, from 1 in the order of the text."""
    key: str
    figure: Figure
    name: str
    """What people call it, its slice included."""
    change: Change | None
    batches: Sequence[int]
    remarks: Sequence[Wording] = ()
    """What contradicts it: its parts, or what was published."""

    @property
    def is_provisional(self) -> bool:
        return self.figure.status == "provisional"

    @property
    def value_text(self) -> str:
        """The value as the text has it; in brackets why there is none."""
        if self.figure.value is not None:
            return phrases.amount(self.figure.value, self.figure.unit)
        return f"({say(_NOT_GIVEN_OUT if is_withheld(self.figure) else _NO_FIGURE)})"


def note_of(one: Reported) -> str:
    """What a figure's note says: which KPI by which version of its definition, of which days, as of when, from which
    batches, what persons noted on it, and what contradicts it. Its comparison and target are in the list of figures."""
    figure = one.figure
    said: list[Wording | str] = [
        msg(
            "{kpi}; definition version {version}; {days}",
            kpi=", ".join(filter(None, [figure.kpi, figure.measure, figure.breakdown])),
            version=figure.definition_version,
            days=phrases.days(figure),
        )
    ]
    if figure.data_as_of:
        said.append(msg("data to {day}", day=phrases.day(figure.data_as_of)))
    if figure.revision is not None:
        said.append(msg("revision {revision} of {moment}", revision=figure.revision, moment=figure.recorded_at))
    elif figure.value is not None:
        said.append(msg("computed for this report"))
    if one.batches:
        said.append(msg("batches {batches}", batches=phrases.numbers(one.batches)))
    if one.is_provisional:
        said.append(msg("provisional: {reason}", reason=figure.reason))
    elif figure.reason:
        said.append(figure.reason)
    said += [
        msg("note on {days}: {text}", days=period_text(note.first, note.last, "vi"), text=note.text)
        for note in figure.notes
    ]
    return "; ".join(part if isinstance(part, str) else say(part) for part in (*said, *one.remarks)) + "."


def beside(one: Reported) -> str:
    """The comparison of a figure with the other period's value, or why there is none; a growth has none."""
    change, since = one.change, phrases.since(one.figure)
    if change is None:
        return "–"
    if change.value is None:
        return f"{since}: {say(change.reason or _NO_FIGURE)}"
    return f"{since}: {phrases.amount(change.value, one.figure.unit)}, {phrases.moved(change)}"
