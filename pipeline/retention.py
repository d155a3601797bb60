"""How long landed pages are kept.

A figure is evidenced by the pages that its records came on, and refused records are kept as they were on theirs, so
that everything is kept. Another limit is set here, and only here.
"""

import hashlib
from datetime import datetime, timedelta
from typing import Any

import psycopg
from psycopg import sql

from warehouse.landing import Landing
from warehouse.seals import REMOVED_PAGE, Seal

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
    """Deletes the pages that are kept no longer; the manifest keeps their hashes. What is to be deleted is written down
    and sealed before, so that a page which is missing for another reason is noticed."""
    pages = expired(connection, now)
    if not pages:
        return
    seal = Seal(connection, "retention", "retention")
    connection.execute(
        "insert into landing.removed_page select p.landed_sha256, clock_timestamp() from landing.page p"
        " where p.landed_sha256 = any(%(pages)s) group by 1 having not exists (select from landing.removed_page r"
        " where r.landed_sha256 = p.landed_sha256 and r.removed_at > max(p.fetched_at))",
        {"pages": pages},
    )
    removed = sql.SQL("t.landed_sha256 = any(%(pages)s) and t.removed_at >= now()")
    seal.add(REMOVED_PAGE, removed, {"pages": pages})
    listed = hashlib.sha256("\n".join(pages).encode()).hexdigest()
    seal.close("retention", "landing", after={"pages": len(pages), "sha256": listed})
    connection.commit()
    for sha256 in pages:
        landing.delete(sha256)
