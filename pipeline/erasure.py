"""Removes what leads to a person: the code of the record that is about it, wherever the hub keeps it.

The record itself stays without its code, so that no figure changes: a pseudonym stands in its place in the fact, in the
landed pages and in the seals. Refused records of the code lose their content. What the source delivers again gets the
same pseudonym. See docs/decisions/0034.
"""

import hashlib
import json
import secrets
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from typing import Any

import msgspec
import psycopg
from psycopg import sql

from connectors.column_specification import Column
from connectors.pseudonyms import ErasedCodes, as_code, code_column
from connectors.source_files import load_sources
from connectors.specification import Feed
from hub.errors import Abort
from hub.installation import Installation
from hub.translation import msg
from kpis.notes import withdraw_naming
from pipeline.progress import Progress, silent
from warehouse import facts, ledger, seals, trail
from warehouse.database import connect, warehouse_url
from warehouse.landing import Landing
from warehouse.quality import EMPTY
from warehouse.serving import find_province

Connection = psycopg.Connection[Any]


@dataclass(frozen=True)
class CodeUse:
    """Where a code stands: records of a feed's fact, and refused records that still have their content."""

    source: str
    feed: str
    fact: str
    rows: int
    refused: int


@dataclass(frozen=True)
class Erasure:
    """What was erased: `pages` were written again, `parts` of seals name the pseudonym now, `notes` named the code and
    are withdrawn.

    `salt` belongs to whoever asked: SHA-256 over the salt and the code is the `commitment` in the trail's entry, so
    that the entry can be shown to be about the code by nobody else.
    """

    uses: Sequence[CodeUse]
    pages: int
    parts: int
    notes: int
    entry_id: int
    salt: str
    commitment: str


def uses(installation: Installation, code: str) -> list[CodeUse]:
    """Where the code of a record stands, by feed; nothing is changed."""
    settings = installation.settings
    with connect(warehouse_url(settings), "loader") as connection:
        province_id = ledger.province_id(connection, settings.province, settings.area)
        return [use for one in _code_feeds(installation) if (use := one.use(connection, province_id, code))]


def erase(installation: Installation, code: str, reason: str, progress: Progress = silent) -> Erasure:
    """Erases a code in one transaction, while no load of its feeds runs.

    Raises Abort when no record bears it, Retry when one of its feeds is being loaded. Who runs it must own the
    database.
    """
    settings = installation.settings
    own_landing = Landing(settings.landing_address)
    url = warehouse_url(settings)
    with ExitStack() as stack:
        connection = stack.enter_context(closing(connect(url, "owner")))
        province_id = ledger.province_id(connection, settings.province, settings.area)
        _finish_earlier(connection, own_landing)
        found = [(one, use) for one in _code_feeds(installation) if (use := one.use(connection, province_id, code))]
        if not found:
            raise Abort(msg("No record of a person bears the code {code}", code=code))
        connection.commit()
        for one, _ in found:
            guard = stack.enter_context(closing(connect(url, "loader")))
            stack.enter_context(ledger.claim(connection, guard, province_id, one.source, one.feed))
        seal, old_files, pages, parts = seals.Seal(connection, "erasure", "erasure"), list[str](), 0, 0
        for one, _ in found:
            work = _FeedErasure(
                connection, own_landing, seal, province_id, one, code, settings.hmac_key.get_secret_value()
            )
            parts += work.in_database()
            replaced = work.in_landing(progress)
            old_files += replaced
            pages += len(replaced)
        withdrawn = withdraw_naming(connection, find_province(connection, settings.province), code)
        salt = secrets.token_hex(16)
        commitment = hashlib.sha256((salt + code).encode()).hexdigest()
        listed: list[trail.Json] = [
            {"source": use.source, "feed": use.feed, "records": use.rows, "refused_records": use.refused}
            for _, use in found
        ]
        entry_id = seal.close(
            "deletion",
            f"record/{commitment}",
            province=settings.province,
            after={"erased": listed, "pages": pages, "seal_parts": parts},
            reason=reason,
        )
        assert entry_id is not None  # noqa: S101 - the seal has parts
        connection.commit()
        for sha256 in old_files:
            own_landing.delete(sha256)
    return Erasure([use for _, use in found], pages, parts, withdrawn, entry_id, salt, commitment)


@dataclass(frozen=True)
class _CodeFeed:
    """A feed whose records are identified by one code."""

    source: str
    feed: str
    spec: Feed
    name: str
    column: Column

    def use(self, connection: Connection, province_id: int, code: str) -> CodeUse | None:
        """Where the code stands in what this feed has brought; None where nowhere."""
        row = connection.execute(
            sql.SQL(
                "select (select count(*) from {fact} f where f.province_id = %(province)s and f.{column} = %(code)s),"
                " (select count(*) from quality.quarantine q join ledger.batch b"
                " using (batch_id) where b.province_id = %(province)s and b.source = %(source)s and b.feed = %(feed)s"
                " and q.record_key = %(code)s and q.emptied_at is null)"
            ).format(fact=sql.Identifier("warehouse", self.spec.fact), column=sql.Identifier(self.name)),
            {
                "province": province_id,
                "code": as_code(self.column, code),
                "source": self.source,
                "feed": self.feed,
            },
        ).fetchone()
        rows, refused = row or (0, 0)
        return CodeUse(self.source, self.feed, self.spec.fact, rows, refused) if rows or refused else None


def _code_feeds(installation: Installation) -> Iterator[_CodeFeed]:
    for name, source in sorted(load_sources(installation.settings.sources).items()):
        for feed, spec in source.feeds.items():
            column = code_column(spec)
            if column is not None and column[0] in facts.mapping(f"{name}.{feed}", spec).fact.columns:
                yield _CodeFeed(name, feed, spec, *column)


class _FeedErasure:
    """The erasure of a code from one feed, within the connection's transaction."""

    def __init__(
        self,
        connection: Connection,
        own_landing: Landing,
        seal: seals.Seal,
        province_id: int,
        of: _CodeFeed,
        code: str,
        key: str,
    ) -> None:
        self._connection, self._landing, self._of = connection, own_landing, of
        self._code = as_code(of.column, code)
        self._pseudonym = ErasedCodes(of.spec, key, set()).pseudonym(self._code)
        self._seal = seal
        self._values = {
            "province": province_id,
            "source": of.source,
            "feed": of.feed,
            "code": self._code,
            "pseudonym": self._pseudonym,
        }

    def in_database(self) -> int:
        """Fact, quarantine and seals; gives how many parts of seals named the code."""
        column, relation = sql.Identifier(self._of.name), seals.FACT_RELATIONS[self._of.spec.fact]
        old, new = (self._key(relation, code) for code in (self._code, self._pseudonym))
        self._connection.execute(
            sql.SQL(
                "update {} set {column} = %(pseudonym)s where province_id = %(province)s and {column} = %(code)s"
            ).format(relation.table, column=column),
            self._values,
        )
        parts = seals.replace_key(self._connection, relation, old, new)
        own = sql.SQL("t.province_id = %(province)s and t.{} = %(pseudonym)s").format(column)
        self._seal.add(relation, own, self._values)
        self._seal.add(seals.REDACTED_PART, sql.SQL("t.part_id = any(%(parts)s)"), {"parts": parts})
        emptied = self._connection.execute(
            f"update quality.quarantine q set {EMPTY} from ledger.batch b where b.batch_id = q.batch_id"
            " and b.province_id = %(province)s and b.source = %(source)s and b.feed = %(feed)s"
            " and q.record_key = %(code)s and q.emptied_at is null returning q.quarantine_id".encode(),
            self._values,
        ).fetchall()
        numbers = {"numbers": [number for (number,) in emptied]}
        self._seal.add(seals.QUARANTINE, sql.SQL("t.quarantine_id = any(%(numbers)s)"), numbers)
        self._connection.execute(
            "insert into ledger.erased_code (province_id, source, feed, pseudonym) values"
            " (%(province)s, %(source)s, %(feed)s, %(pseudonym)s) on conflict do nothing",
            self._values,
        )
        self._seal.add(seals.ERASED_CODE, sql.SQL("t.pseudonym = %(pseudonym)s"), self._values)
        return len(parts)

    def in_landing(self, progress: Progress) -> list[str]:
        """Writes every page that names the code again; gives the hashes of the files to delete. Each of these is kept
        as a replaced page, also where it is itself what stands in a page's place."""
        files = self._connection.execute(
            "select distinct coalesce(r.replacement_sha256, p.landed_sha256) from landing.page p"
            " join ledger.batch b using (batch_id) left join landing.replaced_page r using (landed_sha256)"
            " where b.province_id = %(province)s and b.source = %(source)s and b.feed = %(feed)s order by 1",
            self._values,
        ).fetchall()
        replacements: dict[str, str] = {}
        for number, (file,) in enumerate(files, 1):
            progress("pages", number, len(files))
            if self._landing.has(file) and (page := self._without(self._landing.read(file))) is not None:
                replacements[file] = self._landing.write(page)
                self._connection.execute(
                    "with moved as (update landing.replaced_page set replacement_sha256 = %(replacement)s,"
                    " replaced_at = clock_timestamp() where replacement_sha256 = %(file)s)"
                    " insert into landing.replaced_page values (%(file)s, %(replacement)s, clock_timestamp())",
                    {"file": file, "replacement": replacements[file]},
                )
        new = {"new": list(replacements.values())}
        self._seal.add(seals.REPLACED_PAGE, sql.SQL("t.replacement_sha256 = any(%(new)s)"), new)
        return list(replacements)

    def _key(self, relation: seals.Relation, code: str) -> seals.Sql:
        """The key of a row as seals name it."""
        province = sql.SQL("{}::smallint").format(sql.Literal(self._values["province"]))
        columns: dict[str, Any] = {"province_id": province, self._of.name: sql.SQL("{}").format(code)}
        return relation.named(**columns)

    def _without(self, page: bytes) -> bytes | None:
        """The page with the pseudonym instead of the code; None where it does not name it."""
        if json.dumps(self._code, ensure_ascii=False)[1:-1].lower().encode() not in page.lower():
            return None
        landed = msgspec.json.decode(page)
        field, found = str(self._of.column.wire), False
        for record in landed["records"]:
            value = record.get(field)
            if isinstance(value, str | int) and as_code(self._of.column, str(value)) == self._code:
                record[field], found = self._pseudonym, True
        return msgspec.json.encode(landed) if found else None


def _finish_earlier(connection: Connection, own_landing: Landing) -> None:
    """Deletes the pages that an erasure which was broken off after its commit has left."""
    for (sha256,) in connection.execute(
        "select landed_sha256 from landing.replaced_page where landed_sha256 <> replacement_sha256"
    ):
        if own_landing.has(sha256):
            own_landing.delete(sha256)
