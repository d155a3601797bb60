"""What the commands about quality share: filters, files, and the connection on which they read."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.errors import Abort
from hub.installation import Installation
from hub.translation import N_, msg
from ioc.arguments import check_order, check_source
from ioc.output import err, write_file
from ioc.reader import installation_of, questions, reader
from ioc.texts import language, say

if TYPE_CHECKING:
    from kpis.catalogue import Catalogue
    from screens.quality import Filters, Rows
    from screens.quality_tables import Columns
    from warehouse.serving import Connection

BatchId = Annotated[int, typer.Argument(metavar="BATCH", help=N_("Batch number"))]
Limit = Annotated[int, typer.Option("--limit", min=1, max=100_000, help=N_("Rows at most"))]
Source = Annotated[str | None, typer.Option("--source", help=N_("One source only"))]
Feed = Annotated[str | None, typer.Option("--feed", help=N_("One feed only"))]
Rule = Annotated[str | None, typer.Option("--rule", help=N_("One rule only"))]
Status = Annotated[str | None, typer.Option("--status", help=N_("running, published, blocked or failed"))]
State = Annotated[str | None, typer.Option("--state", help=N_("open, replayed, superseded, waived or rejected"))]
Deliverer = Annotated[str | None, typer.Option("--deliverer", help=N_("Code of one who delivers"))]
CsvFile = Annotated[Path | None, typer.Option("--csv", metavar="OUT.csv", help=N_("Write a CSV file as well"))]
XlsxFile = Annotated[Path | None, typer.Option("--xlsx", metavar="OUT.xlsx", help=N_("Write a workbook as well"))]


def filters(
    source: str | None,
    feed: str | None,
    rule: str | None,
    status: str | None,
    first: date | None,
    last: date | None,
    deliverer: str | None = None,
    known: Collection[str] = (),
    province: str | None = None,
) -> "Filters":
    """The filters as they were typed. A status is one of those that are `known`, a source and a feed are of the
    province, and days are in their order; anything else is a usage error."""
    from screens.quality import Filters

    check_order(first, last)
    require_source(source, province, feed)
    if status is not None and status not in known:
        raise typer.BadParameter(say("{text!r} is none of {known}", text=status, known=", ".join(known)))
    return Filters(source, feed, rule, status, first, last, deliverer)


@contextmanager
def evidence(province: str | None) -> Iterator[tuple["Connection", int, "Catalogue"]]:
    """A connection that reads the serving views, the province's key, and the installation's KPIs."""
    from kpis.catalogue import Catalogue
    from warehouse.serving import find_province

    installation: Installation = installation_of(province)
    with questions(), reader(installation.settings) as connection:
        own = find_province(connection, installation.settings.province).province_id
        yield connection, own, Catalogue.of(installation)


def write_files(columns: "Columns", rows: "Rows", title: str, csv: Path | None, xlsx: Path | None) -> None:
    """Writes what may leave the hub. Raises Abort when a file cannot be written."""
    from hub.translation import Text
    from screens.quality_tables import write

    for kind, path in (("csv", csv), ("xlsx", xlsx)):
        if path is not None:
            write_file(path, write(kind, columns, rows, language(), Text(title, title)))


def tell_more(limit: int) -> None:
    """Says that a list ended at its limit."""
    err.print(say("There are more than {shown}; more by --limit", shown=limit))


def require_source(name: str | None, province: str | None, feed: str | None = None) -> None:
    """A usage error for a source that the province does not have, and for a feed that the source does not have; None
    is any."""
    from connectors.catalogue import faults_of, sources_of

    if name is None and feed is None:
        return
    installation = installation_of(province)
    own = installation.settings.province
    sources = sources_of(installation, own)
    if name is not None:
        check_source(name, sources, own, faults_of(installation))
    known = {one for source in sources.values() if name in (None, source.name) for one in source.feeds}
    if feed is not None and feed not in known:
        raise typer.BadParameter(say("{text!r} is none of {known}", text=feed, known=", ".join(sorted(known))))


def require_batch(batch: int) -> None:
    """Raises Abort when there is no such batch."""
    if not read_rows("select from serving.batches where batch_id = %s", batch):
        raise Abort(
            msg("There is no batch {batch}; `ioc quality runs` lists them", batch=batch),
        )


def read_rows(query: str, *values: object) -> list[dict[str, Any]]:
    """Rows of the serving views by the names of their columns."""
    from psycopg.rows import dict_row

    with reader(Installation.open().settings) as connection, connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query.encode(), values).fetchall()
