"""How far a long command is: a bar on a terminal, elsewhere a line for each quarter."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from ioc.output import err
from ioc.texts import written

Tell = Callable[[str, int, int | None], None]
"""What is being done, and how many of how many are; None where nobody knows how many there will be."""


@contextmanager
def progress(apart: float = 0) -> Iterator[Tell]:
    """Gives a function that tells it on stderr; lines are so many seconds `apart` at least, the first one, too."""
    columns = TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    with Progress(*columns, console=err, disable=not err.is_terminal) as bars:
        bar, before, told = bars.add_task("", total=None), 0, time.monotonic()

        def tell(what: str, done: int, total: int | None) -> None:
            nonlocal before, told
            bars.update(bar, description=what, completed=done, total=total)
            quarter = 4 * done // total if total else 0
            is_due = quarter not in (0, before) and time.monotonic() - told >= apart
            if total and is_due and not err.is_terminal:
                err.print(f"{what}: {written(done)}/{written(total)}", highlight=False, soft_wrap=True)
                told = time.monotonic()
            before = quarter

        yield tell
