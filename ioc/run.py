"""`ioc run`: loads an interval of a source without Airflow."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from ioc.arguments import First, Last, Province, check_range, check_source
from ioc.output import Json, err, print_json, print_table
from ioc.reader import installation_of, installation_with_gateway
from ioc.texts import BATCH_STATUS, say, told

if TYPE_CHECKING:
    from pipeline.progress import Progress as Teller
    from pipeline.session import Outcome


def run(
    source: Annotated[str, typer.Argument(help="Nguồn, xem `ioc source list` / source, see `ioc source list`")],
    first: Annotated[date, First],
    last: Annotated[date, Last],
    feed: Annotated[str | None, typer.Option("--feed", help="Chỉ một luồng / one feed only")] = None,
    province: Annotated[str | None, Province] = None,
    json: Annotated[bool, Json] = False,
) -> None:
    """Nạp dữ liệu của một nguồn trong một khoảng ngày / load an interval of a source."""
    from connectors.catalogue import sources_of
    from demo.loading import account_text
    from hub.errors import Reject
    from pipeline.feed import run_feed

    check_range(first, last)
    installation = installation_of(province)
    named = installation.settings.province
    sources = sources_of(installation, named)
    check_source(source, sources, named)
    known = list(sources[source].feeds)
    if feed is not None and feed not in known:
        there = ", ".join(known)
        raise typer.BadParameter(
            say(
                f"nguồn {source} không có luồng {feed!r}; hiện có {there}",
                f"source {source} has no feed {feed!r}; it has {there}",
            )
        )
    feeds = [feed] if feed else known
    installation = installation_with_gateway(province)
    rows, blocked = [], []
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=err, disable=not err.is_terminal) as bars:
        for name in feeds:
            bar = bars.add_task(f"{source}.{name}", total=None)
            try:
                outcome = run_feed(installation, source, name, first, last, _teller(bars, bar))
            except Reject as error:
                err.print(f"✗ {source}.{name}: {told(error)}", style="red", markup=False)
                blocked.append(name)
                continue
            row = as_row(outcome)
            if not err.is_terminal:
                err.print(f"✓ {source}.{name}: {account_text(row)}", markup=False, highlight=False, soft_wrap=True)
            rows.append(row)
    if json:
        print_json(rows)
    else:
        print_accounts(say("Kết quả nạp", "Loaded"), ACCOUNT, rows)
    if blocked:
        raise typer.Exit(3)


def _teller(bars: Progress, bar: TaskID) -> "Teller":
    def tell(_step: str, done: int, total: int | None) -> None:
        bars.update(bar, completed=done, total=total)

    return tell


ACCOUNT = {
    "batch_id": "#",
    "feed": say("luồng", "feed"),
    "status": say("kết quả", "status"),
    "declared": say("nguồn công bố", "declared"),
    "fetched": say("đã nhận", "fetched"),
    "loaded": say("ghi mới", "loaded"),
    "unchanged": say("không đổi", "unchanged"),
    "superseded": say("bản cũ", "superseded"),
    "quarantined": say("cách ly", "quarantined"),
    "removed": say("gỡ bỏ", "removed"),
    "seconds": say("giây", "seconds"),
}


def print_accounts(title: str, columns: Mapping[str, str], rows: Sequence[Mapping[str, Any]]) -> None:
    """Batches with their accounts, for people."""
    print_table(title, columns, [{**row, "status": say(*BATCH_STATUS[row["status"]])} for row in rows])


def as_row(outcome: "Outcome") -> dict[str, str | int | float | None]:
    """An outcome as one flat row."""
    account = outcome.account
    return {
        "batch_id": outcome.batch_id,
        "feed": f"{outcome.source}.{outcome.feed}",
        "status": outcome.status,
        "declared": account.declared,
        "fetched": account.fetched,
        "loaded": account.loaded,
        "unchanged": account.unchanged,
        "superseded": account.superseded,
        "quarantined": account.quarantined,
        "removed": account.removed,
        "seconds": round(outcome.seconds, 1),
    }
