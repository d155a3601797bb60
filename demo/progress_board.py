"""Shows on stderr how far long work is: moving lines on a terminal, one line a piece of news elsewhere."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType

from rich.progress import Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from ioc.output import err
from ioc.texts import say

_QUIET = 5.0
"""Seconds between two pieces of news of one line where lines cannot move."""


class ProgressBoard:
    """A line for each piece of work: a title, and a note that changes until it is done."""

    def __init__(self) -> None:
        columns = (
            SpinnerColumn(finished_text="✓"),
            TextColumn("{task.description}", markup=False),
            TimeElapsedColumn(),
            TextColumn("{task.fields[note]}", markup=False),
        )
        self._bars = Progress(*columns, console=err, disable=not err.is_terminal)
        self._lines: dict[str, TaskID] = {}
        self._told: dict[str, tuple[str, float]] = {}
        self._began = time.monotonic()

    def __enter__(self) -> "ProgressBoard":
        self._bars.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._bars.stop()

    def note(self, title: str, note: str = "") -> None:
        """The line's news; the first makes the line."""
        self._bars.update(self._line(title), note=note)
        last, when = self._told.get(title, ("", 0.0))
        if note != last and time.monotonic() - when >= _QUIET:
            self._tell(title, note)

    def done(self, title: str, note: str = "", sign: str = "✓") -> None:
        """The line's last word."""
        self._bars.update(self._line(title), note=note, total=1, completed=1)
        self._tell(title, note, sign)

    def failed(self, title: str, note: str) -> None:
        """The line's last word, bad news."""
        self.done(title, note, "✗")

    @contextmanager
    def step(self, title: str, ready: str = "") -> Iterator[None]:
        """A piece of work that takes as long as the block."""
        self.note(title, say("working…"))
        try:
            yield
        except BaseException:
            self.failed(title, say("not finished"))
            raise
        self.done(title, ready or say("done"))

    def _line(self, title: str) -> TaskID:
        if title not in self._lines:
            self._lines[title] = self._bars.add_task(title, total=None, note="")
        return self._lines[title]

    def _tell(self, title: str, note: str, sign: str = "·") -> None:
        self._told[title] = (note, time.monotonic())
        if not err.is_terminal:
            seconds = time.monotonic() - self._began
            err.print(f"{seconds:6.1f} s {sign} {title}: {note}", highlight=False, soft_wrap=True)
