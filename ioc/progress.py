"""How far a long command is: a bar on a terminal, elsewhere a line for each quarter."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from ioc.output import err
from ioc.texts import written

Tell = Callable[[str, int, int], None]
"""What is being done, and how many of how many are."""


@contextmanager
def progress() -> Iterator[Tell]:
    """Gives a function that tells it on stderr."""
    columns = TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    with Progress(*columns, console=err, disable=not err.is_terminal) as bars:
        bar, before = bars.add_task("", total=None), 0

        def tell(what: str, done: int, total: int) -> None:
            nonlocal before
            bars.update(bar, description=what, completed=done, total=total)
            quarter = 4 * done // max(total, 1)
            if not err.is_terminal and quarter and quarter != before:
                err.print(f"{what}: {written(done)}/{written(total)}", highlight=False, soft_wrap=True)
            before = quarter

        yield tell
