"""Files of the archive against the hashes in the audit trail."""

from typing import Any

import psycopg

from audit.findings import Mismatch, Verification
from hub.errors import Abort
from hub.settings import Settings


def verify(
    connection: psycopg.Connection[Any], settings: Settings | None, province: str | None, result: Verification
) -> None:
    """The months of a province, or of all, where the hub has an archive. Raises Retry while one is written."""
    if settings is None or settings.archive is None:
        return
    from warehouse.archive import Archive, differences, entries  # noqa: PLC0415 - DuckDB, for whoever has an archive

    written = entries(connection)
    if not written and not settings.archive.exists():
        return
    try:
        with Archive.open(settings.archive) as archive:
            for file, text in differences(archive, written, province):
                result.found(Mismatch("file", text, "archive", file))
    except Abort as error:
        result.found(Mismatch("file", error.message, "archive"))
