"""Whether the evidence still is what it was: landed pages against their hashes, the accounts of batches against
themselves."""

from dataclasses import dataclass
from typing import Any

import psycopg

from hub.errors import Abort
from warehouse.landing import Landing


@dataclass(frozen=True)
class Verification:
    """What was looked at, and what was found wrong: pages that are missing or changed, batches whose account does not
    balance."""

    pages: int
    accounts: int
    broken_pages: list[Abort]
    unbalanced_batches: list[int]

    @property
    def sound(self) -> bool:
        return not (self.broken_pages or self.unbalanced_batches)


def verify(connection: psycopg.Connection[Any], landing: Landing, province: str | None = None) -> Verification:
    """Every landed page and every published account of a province, or of the whole hub."""
    hashes = connection.execute(
        "select distinct landed_sha256 from serving.pages join serving.provinces using (province_id)"
        " where province = coalesce(%s, province) order by 1",
        (province,),
    ).fetchall()
    accounts = connection.execute(
        "select batch_id, fetched = loaded + unchanged + superseded + quarantined"
        " and (declared is null or declared = fetched)"
        " from serving.batches join serving.provinces using (province_id)"
        " where status = 'published' and province = coalesce(%s, province) order by 1",
        (province,),
    ).fetchall()
    broken: list[Abort] = []
    for (sha256,) in hashes:
        try:
            landing.read(sha256)
        except Abort as error:
            broken.append(error)
    unbalanced = [batch_id for batch_id, balances in accounts if not balances]
    return Verification(len(hashes), len(accounts), broken, unbalanced)
