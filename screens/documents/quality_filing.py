"""The report on data quality as files: made of what the hub holds at one moment, with receipts, and put into their
folder."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import psycopg

from audit import anchors
from hub.installation import Installation
from hub.periods import VIETNAM, Period
from kpis.catalogue import Catalogue
from kpis.figure import Figure
from kpis.receipts import write_receipt
from reports.report_file import ReportFile, put
from screens.documents.quality_files import Kind, quality_file, quality_pdf, quality_xlsx
from screens.documents.quality_report import Receipts, Tell, make_quality_report
from screens.formats import assumed_now
from screens.texts import Language
from warehouse.database import connect, warehouse_url

_WRITERS: dict[Kind, Callable[..., bytes]] = {"pdf": quality_pdf, "xlsx": quality_xlsx}


def file_quality(
    installation: Installation,
    period: Period,
    *,
    catalogue: Catalogue,
    language: Language,
    paths: dict[Kind, Path] | None = None,
    tell: Tell = lambda done, of: None,  # noqa: ARG005 - nobody listens
) -> list[tuple[ReportFile, Path]]:
    """Makes the report once and writes it in each kind to its path, by default into the folder of reports.

    Where the hub signs its audit trail, it does so first, so that receipts can be written. Each receipt is an entry of
    the trail, as each file is. Raises Abort as `put`.
    """
    settings = installation.settings
    if settings.audit_key is not None:
        with connect(warehouse_url(settings), "loader") as connection:
            anchors.sign_and_keep(connection, settings)
    with connect(warehouse_url(settings), "reader") as connection, _receipts(installation, catalogue) as receipts:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        report = make_quality_report(
            connection,
            settings.province,
            period,
            catalogue=catalogue,
            now=settings.now or datetime.now(VIETNAM),
            language=language,
            receipts=receipts,
            tell=tell,
        )
    notice, filed = assumed_now(settings.now, language), []
    for kind, write in _WRITERS.items():
        document = write(report, notice)
        made = quality_file(report, document, kind, is_simulated=settings.now is not None)
        filed.append((made, put(installation, made, (paths or {}).get(kind))))
    return filed


@contextmanager
def _receipts(installation: Installation, catalogue: Catalogue) -> Iterator[Receipts]:
    """Writes receipts; each is committed by itself."""
    province = installation.settings.province
    with connect(warehouse_url(installation.settings), "loader") as connection:

        def receipt(figure: Figure) -> str:
            with connection.transaction():
                return write_receipt(connection, catalogue, province, figure.kpi, figure.period)

        yield receipt
