"""`ioc report`: the documents that the office writes from the hub's figures."""

from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hub.translation import N_
from ioc.arguments import First, Last, Period, Province, asked_days
from ioc.command_line import App
from ioc.output import Json, err, print_json, print_table
from ioc.progress import progress
from ioc.reader import installation_of, questions
from ioc.texts import language, say

if TYPE_CHECKING:
    from reports.filing import MadeReport

app = App(N_("Reports as documents"))


@app.command()
def periodic(
    first: Annotated[date | None, First] = None,
    last: Annotated[date | None, Last] = None,
    period: Annotated[str | None, Period] = None,
    file: Annotated[
        Path | None,
        typer.Option("--docx", metavar="OUT.docx", help=N_("Where to write it; the folder of reports by default")),
    ] = None,
    province: Annotated[str | None, Province] = None,
    json: Annotated[bool, Json] = False,
) -> None:
    """The periodic socio-economic report as a Word document

    Each figure has a note that leads to its evidence. Number and signature are left blank.
    """
    from kpis.catalogue import Catalogue
    from reports.filing import file_periodic
    from reports.periodic import as_dict

    with questions():
        installation = installation_of(province)
        catalogue = Catalogue.of(installation, installation.settings.province)
        days = asked_days(first, last, period)
        with progress() as tell:
            made, path = file_periodic(
                installation, days, catalogue=catalogue, path=file, tell=partial(tell, say("Figures"))
            )
    if json:
        print_json({"path": str(path), "sha256": made.sha256, **as_dict(made.report)})
    else:
        _print_attention(made)
    err.print(say("Wrote {path}", path=path), highlight=False, soft_wrap=True)


@app.command()
def quality(
    first: Annotated[date | None, First] = None,
    last: Annotated[date | None, Last] = None,
    period: Annotated[str | None, Period] = None,
    pdf: Annotated[
        Path | None,
        typer.Option("--pdf", metavar="OUT.pdf", help=N_("Where to write it; the folder of reports by default")),
    ] = None,
    xlsx: Annotated[
        Path | None,
        typer.Option("--xlsx", metavar="OUT.xlsx", help=N_("Where to write it; the folder of reports by default")),
    ] = None,
    province: Annotated[str | None, Province] = None,
    json: Annotated[bool, Json] = False,
) -> None:
    """The report on data quality as a document (PDF/A) and a workbook

    With its tables, the KPIs' figures and their receipts as attached files.
    """
    from kpis.catalogue import Catalogue
    from screens.documents.quality_files import Kind
    from screens.documents.quality_filing import file_quality

    paths: dict[Kind, Path] = {}
    if pdf is not None:
        paths["pdf"] = pdf
    if xlsx is not None:
        paths["xlsx"] = xlsx
    with questions():
        installation = installation_of(province)
        catalogue = Catalogue.of(installation, installation.settings.province)
        days = asked_days(first, last, period)
        with progress() as tell:
            filed = file_quality(
                installation,
                days,
                catalogue=catalogue,
                language=language(),
                paths=paths,
                tell=partial(tell, say("KPIs")),
            )
    if json:
        print_json([{"path": str(path), "sha256": made.sha256, "figures": made.figures} for made, path in filed])
    for _, path in filed:
        err.print(say("Wrote {path}", path=path), highlight=False, soft_wrap=True)


def _print_attention(made: "MadeReport") -> None:
    """What the writer must look at: figures that are missing or provisional, and remarks."""
    from reports.notes import Reported

    def why(one: Reported) -> list[str]:
        figure = one.figure
        reason = [say(figure.reason)] if figure.reason and figure.status != "official" else []
        return [*reason, *(say(remark) for remark in one.remarks)]

    rows = [
        {"note": one.number, "name": one.name, "value": one.value_text, "why": "; ".join(why(one))}
        for one in made.report.figures
        if why(one)
    ]
    if rows:
        columns = {"note": say("no."), "name": say("figure"), "value": say("value"), "why": say("reason, remark")}
        print_table(say("To look at before the report goes out"), columns, rows)
