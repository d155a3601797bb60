"""How long landed pages are kept.

A figure is evidenced by the pages that its records came on, and refused records are kept as they were on theirs, so
that everything is kept. Another limit is set here, and only here.
"""

from datetime import datetime, timedelta
from typing import Any

import psycopg

from warehouse.landing import Landing

KEPT: timedelta | None = None
"""How long a page is kept after it was last fetched; None: for ever."""


def expired(connection: psycopg.Connection[Any], now: datetime) -> list[str]:
    """Hashes of the landed pages that may be deleted."""
    if KEPT is None:
        return []
    rows = connection.execute(
        "select landed_sha256 from landing.page group by 1 having max(fetched_at) < %s order by 1", [now - KEPT]
    )
    return [sha256 for (sha256,) in rows]


def sweep(connection: psycopg.Connection[Any], landing: Landing, now: datetime) -> None:
    """Deletes the pages that are kept no longer; the manifest keeps their hashes."""
    for sha256 in expired(connection, now):
        landing.delete(sha256)
