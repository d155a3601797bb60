"""Landed pages against their hashes, and files of the landing that no page names."""

import itertools
from datetime import timedelta
from typing import Any

import psycopg

from audit.findings import Mismatch, Progress, Verification
from hub.errors import Abort
from hub.translation import Wording, msg
from warehouse.landing import Landing

_CLOCKS = timedelta(minutes=5)
"""How far the clocks of the landing and of the database may differ."""
_LANDED = (
    "from landing.page p join ledger.batch b using (batch_id) left join landing.replaced_page r using (landed_sha256)"
    " where (%(province)s::smallint is null or b.province_id = %(province)s)"
)
_CURRENT = "coalesce(r.replacement_sha256, p.landed_sha256)"
"""The hash under which a page lies in the landing."""


def verify_pages(
    connection: psycopg.Connection[Any],
    landing: Landing,
    province_id: int | None,
    result: Verification,
    progress: Progress,
) -> list[str]:
    """The landed pages that the manifest names against their hashes; of the whole hub gives the files that it does not
    name."""
    whole, strange, folders = province_id is None, [], set()
    row = connection.execute(
        f"select count(distinct {_CURRENT}) {_LANDED}".encode(),
        {"province": province_id},
    ).fetchone()
    total, done = int(row[0]) if row else 0, 0
    with connection.cursor("pages") as cursor:
        cursor.execute(
            f"select {_CURRENT}, array_agg(distinct p.batch_id order by p.batch_id), bool_and(exists (select from"
            " landing.removed_page m where m.landed_sha256 = p.landed_sha256 and m.removed_at > p.fetched_at))"
            f" {_LANDED} group by 1 order by 1".encode(),
            {"province": province_id},
        )
        for prefix, group in itertools.groupby(cursor, lambda page: page[0][:2]):
            files = landing.files(prefix) if whole else set()
            folders.add(prefix)
            for sha256, batches, is_removed in group:
                files.discard(sha256)
                done += 1
                progress("pages", done, total)
                if is_removed and not landing.has(sha256):
                    result.removed_pages += 1
                    continue
                result.pages += 1
                if error := _broken(landing, sha256):
                    first = batches[0]
                    text = msg("{error} (batch {batch_id})", error=error, batch_id=first)
                    result.found(Mismatch("page", text, "landing.page", sha256, first))
            strange += sorted(files)
    if whole:
        for folder in landing.folders():
            if folder not in folders:
                strange += sorted(landing.files(folder))
    return strange


def verify_files(
    connection: psycopg.Connection[Any], landing: Landing, strange: list[str], result: Verification
) -> None:
    """Files that no page names. Those of loads that are running or were broken off are whole pages, or parts of pages,
    of the time of such a load."""
    if not strange:
        return
    named = {
        sha256
        for (sha256,) in connection.execute(
            f"select distinct {_CURRENT} {_LANDED} and {_CURRENT} = any(%(strange)s)".encode(),
            {"province": None, "strange": strange},
        )
    }
    unfinished = connection.execute(
        "select started_at, coalesce(finished_at, clock_timestamp()) from ledger.batch"
        " where status in ('running', 'failed')"
    ).fetchall()
    for name in strange:
        if name in named:
            continue
        try:
            written = landing.written_at(name)
        except FileNotFoundError:  # a part that has become a page since
            continue
        in_time = any(start - _CLOCKS <= written <= end + _CLOCKS for start, end in unfinished)
        if in_time and (landing.is_part(name) or _broken(landing, name) is None):
            result.left_behind += 1
            continue
        text = msg("{file} in the landing: no page names it", file=name)
        result.found(Mismatch("file", text, None, name))


def _broken(landing: Landing, sha256: str) -> Wording | None:
    try:
        landing.read(sha256)
    except Abort as error:
        return error.message
    return None
