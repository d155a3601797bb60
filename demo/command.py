"""`ioc demo`: the whole hub on one machine, with a simulated gateway, real DAG runs, and the published figures beside
the computed ones."""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from hub.translation import N_
from ioc.arguments import check_source
from ioc.output import err
from ioc.texts import say, written

if TYPE_CHECKING:
    from types import FrameType

    from demo.services import LocalHub

FIRST, LAST = date(2022, 12, 31), date(2023, 6, 30)
"""What the world offers, and what the report of July 2023 is about."""
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def demo(
    once: Annotated[
        bool,
        typer.Option("--once", help=N_("End after the table, keep the data")),
    ] = False,
    port_base: Annotated[
        int,
        typer.Option(
            min=1024,
            max=65000,
            help=N_("Port of Airflow; the next is the gateway's"),
        ),
    ] = 8080,
    source: Annotated[list[str] | None, typer.Option(help=N_("Only this source, may be repeated"))] = None,
) -> None:
    """Run the whole hub on one machine."""
    from demo.loading import load, refresh_kpis, start_loads, tell_the_government, total, wait_for_verdicts
    from demo.progress_board import ProgressBoard
    from demo.services import PROVINCE, LocalHub

    sources = _chosen(source)
    with _interruptible(), LocalHub.open(port_base) as hub:
        with ProgressBoard() as board:
            airflow = hub.start(board, sources)
            runs = start_loads(airflow, PROVINCE, sources, FIRST, LAST)
            accounts = load(airflow, hub.warehouse, PROVINCE, sources, runs, board)
            with board.step(say("Refresh KPIs")):
                refresh_kpis(airflow, PROVINCE)
            with board.step(say("Tell the Government")):
                tell_the_government(airflow, PROVINCE)
            with board.step(say("Verdicts on the loads")):
                wait_for_verdicts(airflow, PROVINCE, runs)
            sums = total(accounts.values())
            board.done(
                say("All"),
                say("unchanged")
                if sums["loaded"] == sums["removed"] == 0
                else say("{sums} records loaded", sums=written(sums["loaded"])),
            )
        differing = _compare(hub, set(sources))
        if not once:
            hub.start_screens()
            for line in hub.addresses():
                err.print(line, highlight=False, soft_wrap=True)
            hub.load_earlier_year(sources)
            _stay(hub)
    if differing:
        raise typer.Exit(3)


def _chosen(names: list[str] | None) -> dict:  # type: ignore[type-arg]
    from connectors.source_files import load_sources

    sources = load_sources()
    for name in names or ():
        check_source(name, sources)
    return {name: source for name, source in sources.items() if not names or name in names}


@contextmanager
def _interruptible() -> Iterator[None]:
    """Ctrl-C, a closed terminal and `kill` all end the block in order, so that nothing stays running."""

    def stop(_number: int, _frame: "FrameType | None") -> None:
        for number in _SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = {number: signal.signal(number, stop) for number in _SIGNALS}
    try:
        yield
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _compare(hub: "LocalHub", sources: set[str]) -> bool:
    """Print the table and what the report contradicts itself in; whether anything else differs."""
    from contextlib import closing

    from demo.services import FOLDER, PROVINCE
    from hub.installation import Installation
    from ioc.comparison import print_comparisons
    from kpis.catalogue import Catalogue
    from reports.comparison import reconcile
    from reports.published import read_published
    from warehouse.database import connect

    installation = Installation.open(FOLDER)
    catalogue = Catalogue.of(installation)
    kpis = catalogue.definitions
    figures = [
        figure
        for figure in read_published(installation.published / "langson-2023.csv")
        if figure.kpi in kpis and {source for source, _ in kpis[figure.kpi].feeds} <= sources
    ]
    with closing(connect(hub.warehouse, "reader")) as connection:
        reconciliation = reconcile(connection, figures, PROVINCE, catalogue=catalogue)
    print_comparisons(reconciliation, kpis)
    return bool(reconciliation.unexplained or reconciliation.counts["not_computable"])


def _stay(hub: "LocalHub") -> None:
    """Wait until somebody stops the demo, or a part of it ends."""
    err.print(say("Press Ctrl-C to stop everything."))
    try:
        while True:
            hub.check_alive()
            time.sleep(1)
    except KeyboardInterrupt:
        err.print(say("Stopping…"))
