"""How long landed pages and the content of refused records are kept: for ever, or as many days as the settings say for
their source."""

import hashlib
from datetime import datetime
from typing import Any

import psycopg
from psycopg import sql

from hub.settings import Settings
from warehouse import trail
from warehouse.landing import Landing
from warehouse.quarantine_expiry import empty_expired
from warehouse.seals import QUARANTINE, REMOVED_PAGE, Seal

Connection = psycopg.Connection[Any]


def expired(connection: Connection, settings: Settings, now: datetime) -> list[str]:
    """Hashes of the landed pages that may be deleted: every source that delivered them keeps them no longer. Those that
    were removed more than a day ago are left out: they are gone."""
    rows = connection.execute(
        "select p.landed_sha256 from landing.page p join ledger.batch b using (batch_id)"
        " left join unnest(%(sources)s::text[], %(days)s::integer[]) as l (source, days) on l.source = b.source"
        " group by 1 having bool_and(p.fetched_at < %(now)s - l.days * interval '1 day' is true)"
        " and not exists (select from landing.removed_page r where r.landed_sha256 = p.landed_sha256"
        " and r.removed_at > max(p.fetched_at) and r.removed_at < clock_timestamp() - interval '1 day') order by 1",
        _limits(connection, settings) | {"now": now},
    )
    return [sha256 for (sha256,) in rows]


def sweep(connection: Connection, landing: Landing, settings: Settings, now: datetime) -> None:
    """Deletes the pages and the contents that are kept no longer; the manifest keeps the pages' hashes. What is to be
    deleted is written down and sealed before, so that a page which is missing for another reason is noticed."""
    if not settings.retention:
        return
    pages = expired(connection, settings, now)
    seal = Seal(connection, "retention", "retention")
    removed = connection.execute(
        "insert into landing.removed_page select p.landed_sha256, clock_timestamp() from landing.page p"
        " where p.landed_sha256 = any(%(pages)s) group by 1 having not exists (select from landing.removed_page r"
        " where r.landed_sha256 = p.landed_sha256 and r.removed_at > max(p.fetched_at))",
        {"pages": pages},
    ).rowcount
    seal.add(
        REMOVED_PAGE,
        sql.SQL("t.landed_sha256 = any(%(pages)s) and t.removed_at >= now()"),
        {"pages": pages},
    )
    emptied = empty_expired(connection)
    seal.add(QUARANTINE, sql.SQL("t.quarantine_id = any(%(emptied)s)"), {"emptied": emptied})
    if removed or emptied:
        listed = hashlib.sha256("\n".join(pages).encode()).hexdigest()
        told: dict[str, trail.Json] = {"pages": removed, "sha256": listed, "refused_records": len(emptied)}
        seal.close("retention", "landing", after=told)
    connection.commit()
    for name in _files(connection, pages):
        landing.delete(name)


def _limits(connection: Connection, settings: Settings) -> dict[str, Any]:
    """The sources whose pages are not kept for ever, and for how many days they are."""
    sources = [source for (source,) in connection.execute("select distinct source from ledger.batch")]
    days = {source: settings.retention_of(source).landing_days for source in sources}
    limited = {source: limit for source, limit in days.items() if limit is not None}
    return {"sources": list(limited), "days": list(limited.values())}


def _files(connection: Connection, pages: list[str]) -> list[str]:
    """Names of the files that hold removed pages: their own, and those that stand in their place. A file that a page
    which is still kept shares with them is left out."""
    rows = connection.execute(
        "with page as (select p.landed_sha256, coalesce(r.replacement_sha256, p.landed_sha256) as file, not exists"
        " (select from landing.removed_page m where m.landed_sha256 = p.landed_sha256 and m.removed_at > p.fetched_at)"
        " as is_kept from landing.page p left join landing.replaced_page r using (landed_sha256)),"
        " removed as (select * from page where landed_sha256 = any(%s))"
        " (select landed_sha256 from removed union select file from removed)"
        " except select file from page where is_kept order by 1",
        [pages],
    )
    return [name for (name,) in rows]
