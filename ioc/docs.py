"""`ioc docs`: the data dictionary as pages, data contracts, and lineage for other tools."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from hub.errors import Abort
from hub.installation import Installation
from hub.translation import N_, msg
from ioc.arguments import First, Last, Province
from ioc.command_line import App
from ioc.output import Json, print_json, print_text
from ioc.progress import progress
from ioc.reader import installation_of, questions
from ioc.texts import say

app = App(N_("Data dictionary"))


@app.command()
def build(
    folder: Annotated[
        Path | None, typer.Argument(help=N_("Where to write; by default the folder dictionary beside the state"))
    ] = None,
    json: Annotated[bool, Json] = False,
) -> None:
    """The data dictionary as pages

    Sources, tables, views and KPIs in both languages, to be opened without a server. Fails where a column has no
    description.
    """
    from dictionary import site

    installation = Installation.open()
    folder = folder or installation.settings.state / "dictionary"
    with _writing(), progress() as tell:
        files = site.build(installation, folder, partial(tell, say("pages")))
    if json:
        print_json({"folder": str(folder), "files": files, "start": str(folder / "index.html")})
    else:
        print_text(say("{files} files; open {start}", files=files, start=folder / "index.html"))


@app.command()
def check(json: Annotated[bool, Json] = False) -> None:
    """Whether everything is described in both languages."""
    from dictionary import site

    catalogue = site.check(Installation.open())
    feeds = sum(len(source.feeds) for source in catalogue.sources.values())
    if json:
        print_json({"sources": len(catalogue.sources), "feeds": feeds, "kpis": len(catalogue.definitions)})
    else:
        print_text(
            say("Everything is described: {feeds} feeds, {kpis} KPIs", feeds=feeds, kpis=len(catalogue.definitions))
        )


@app.command()
def contracts(
    folder: Annotated[Path, typer.Argument(help=N_("Where to write them"))], json: Annotated[bool, Json] = False
) -> None:
    """The data contract of each feed, as ODCS 3.1."""
    from dictionary import site
    from hub.files import make_folder, write_whole

    files = dict(site.contract_files(site.check(Installation.open())))
    with _writing(), progress() as tell:
        make_folder(folder)
        for done, (name, make) in enumerate(files.items(), 1):
            write_whole(folder / name, make())
            tell(say("contracts"), done, len(files))
    if json:
        print_json({"folder": str(folder), "contracts": list(files)})
    else:
        print_text(say("{count} contracts in {folder}", count=len(files), folder=folder))


@app.command()
def lineage(
    file: Annotated[Path, typer.Argument(help=N_("Where to write the events, one JSON object a line"))],
    first: Annotated[date, First],
    last: Annotated[date, Last],
    province: Annotated[str | None, Province] = None,
    json: Annotated[bool, Json] = False,
) -> None:
    """What was loaded and computed, as OpenLineage events."""
    from dictionary.lineage_events import lines
    from hub.files import make_folder
    from hub.periods import require_range
    from kpis.catalogue import Catalogue
    from warehouse import migrate
    from warehouse.database import connect, warehouse_url

    with questions():
        require_range(first, last)
    installation = installation_of(province)
    settings = installation.settings
    url = warehouse_url(settings)
    migrate.check(url)
    count = 0
    with _writing(), connect(url, "loader") as connection:
        connection.read_only = True
        events = lines(connection, Catalogue.of(installation), settings.province, first, last)
        make_folder(file.absolute().parent)
        with file.open("w", encoding="utf-8") as out:
            for count, line in enumerate(events, 1):  # noqa: B007 - told below
                out.write(f"{line}\n")
    if json:
        print_json({"file": str(file), "events": count})
    else:
        print_text(say("{count} events in {file}", count=count, file=file))


@contextmanager
def _writing() -> Iterator[None]:
    """Raises Abort for a file or folder that cannot be written."""
    try:
        yield
    except OSError as error:
        raise Abort(
            msg("{filename} cannot be written: {strerror}", filename=error.filename, strerror=error.strerror)
        ) from None
