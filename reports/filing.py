"""A report as a file: made of what the hub holds at one moment, and entered into the trail with its hash."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import psycopg

from hub.errors import Abort
from hub.files import make_folder, write_whole
from hub.installation import Installation
from hub.periods import VIETNAM, Period
from hub.settings_file import FILE as SETTINGS
from hub.translation import msg
from kpis.catalogue import Catalogue
from reports.document import as_docx
from reports.outline import read_outline
from reports.periodic import PeriodicReport, Tell, write_periodic
from warehouse import trail
from warehouse.database import connect, warehouse_url
from warehouse.serving import Connection


class MissingAgency(Abort):
    """The settings do not say in whose name documents are."""


@dataclass(frozen=True)
class MadeReport:
    """A report, its document, and what the document is called."""

    report: PeriodicReport
    document: bytes
    name: str
    province: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.document).hexdigest()

    def enter(self, connection: Connection, actor: str | None = None) -> int:
        """Writes the trail's entry, within the caller's transaction; gives its number."""
        period = self.report.period
        return trail.write(
            connection,
            "report",
            f"report/periodic/{self.name}",
            province=self.province,
            actor=actor,
            after={
                "from": period.first.isoformat(),
                "to": period.last.isoformat(),
                "sha256": self.sha256,
                "figures": len(self.report.figures),
            },
        )


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
    return MadeReport(report, document, name, settings.province)


def reports_folder(installation: Installation) -> Path:
    """Where reports lie that nobody named another place for."""
    return installation.settings.state / "reports"


def file_periodic(
    installation: Installation,
    period: Period,
    *,
    catalogue: Catalogue,
    path: Path | None = None,
    tell: Tell = lambda done, of: None,  # noqa: ARG005 - nobody listens
) -> tuple[MadeReport, Path]:
    """Makes the periodic report and writes it to `path`, by default into `reports_folder`; gives both.

    No file is in its place without its entry in the trail: where that is not committed, there is again what was there
    before. Raises Abort as `make_periodic`, where the file cannot be written, and where a file lies there that the hub
    has not written so, such as a draft that somebody has edited.
    """
    url = warehouse_url(installation.settings)
    with connect(url, "reader") as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        made = make_periodic(connection, installation, period, catalogue=catalogue, tell=tell)
    target = path or reports_folder(installation) / made.name
    placed = False
    try:
        make_folder(target.parent)
        before = target.read_bytes() if target.is_file() else None
        try:
            with connect(url, "loader") as connection, connection.transaction():
                if before is not None and not _is_filed(connection, before):
                    raise Abort(
                        msg("{path} is not as the hub wrote it: move it, or name another file", path=target),
                    )
                made.enter(connection)
                write_whole(target, made.document)
                placed = True
        except BaseException:
            if placed:
                _put_back(target, before)
            raise
    except OSError as error:
        raise _unwritten(target, error) from None
    return made, target


def _is_filed(connection: Connection, document: bytes) -> bool:
    """Whether the trail knows a report of just this content."""
    return (
        connection.execute(
            "select from serving.audit_entries where act = 'report' and subject like 'report/periodic/%%'"
            " and after ->> 'sha256' = %s limit 1",
            [hashlib.sha256(document).hexdigest()],
        ).fetchone()
        is not None
    )


def _put_back(target: Path, before: bytes | None) -> None:
    if before is not None:
        write_whole(target, before)
    elif target.is_file():
        target.unlink()


def _unwritten(path: Path, error: OSError) -> Abort:
    return Abort(msg("{file} cannot be written: {strerror}", file=path, strerror=error.strerror))
