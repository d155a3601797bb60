"""The periodic report as a file: made of what the hub holds at one moment, and put into its folder."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import psycopg

from hub.errors import Abort
from hub.installation import Installation
from hub.periods import VIETNAM, Period
from hub.settings_file import FILE as SETTINGS
from hub.translation import msg
from kpis.catalogue import Catalogue
from reports.document import as_docx
from reports.outline import read_outline
from reports.periodic import PeriodicReport, Tell, write_periodic
from reports.report_file import ReportFile, put
from warehouse.database import connect, warehouse_url
from warehouse.serving import Connection


class MissingAgency(Abort):
    """The settings do not say in whose name documents are."""


@dataclass(frozen=True)
class MadeReport(ReportFile):
    """The periodic report, and its document."""

    report: PeriodicReport


def make_periodic(
    connection: Connection,
    installation: Installation,
    period: Period,
    *,
    catalogue: Catalogue,
    tell: Tell = lambda done, of: None,  # noqa: ARG005 - nobody listens
) -> MadeReport:
    """The periodic report of the province of the installation's settings, in the transaction of the connection.

    Raises MissingAgency for settings that a document needs and that are missing, and Abort as `read_outline` and
    `write_periodic`.
    """
    settings = installation.settings
    if missing := settings.agency.missing():
        keys = ", ".join(missing)
        place = "agency" if not settings.provinces else f"provinces.agency ({settings.province})"
        raise MissingAgency(
            msg("reports need {keys} in the table {place} of {file}", keys=keys, place=place, file=SETTINGS),
        )
    outline = read_outline(installation, catalogue.definitions)
    report = write_periodic(connection, installation, outline, period, catalogue=catalogue, tell=tell)
    document = as_docx(report, settings.agency, settings.now or datetime.now(VIETNAM))
    marked = "simulated-" if report.is_simulated else ""
    name = f"{marked}periodic-{settings.province}-{period.first}_{period.last}.docx"
    return MadeReport("periodic", name, settings.province, period, document, len(report.figures), report)


def file_periodic(
    installation: Installation,
    period: Period,
    *,
    catalogue: Catalogue,
    path: Path | None = None,
    tell: Tell = lambda done, of: None,  # noqa: ARG005 - nobody listens
) -> tuple[MadeReport, Path]:
    """Makes the periodic report and writes it to `path`, by default into the folder of reports; gives both. Raises
    Abort as `make_periodic` and `put`."""
    with connect(warehouse_url(installation.settings), "reader") as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        made = make_periodic(connection, installation, period, catalogue=catalogue, tell=tell)
    return made, put(installation, made, path)
