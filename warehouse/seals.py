"""Seals: which content the rows that an act wrote have, as hashes, kept in the transaction of the act.

The parts of a seal name rows by their keys, each with the SHA-256 of its content, or with null where the act took the
row out. What the newest part says of a row is what its table must hold (`audit.verification`). Seals of one chain
follow each other: each holds the hash of the one before. See docs/decisions/0026.

The content of a row is its record as PostgreSQL writes it (times in Vietnam), of all columns but generated ones in the
order in which the table got them, without nulls at the end: a column that a later version adds changes no hash until it
is filled.
"""

import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import psycopg
from psycopg import sql

from warehouse import trail
from warehouse.locks import hold_until_end
from warehouse.schema.everything import metadata
from warehouse.schema.facts import FACTS

Connection = psycopg.Connection[Any]
Sql = sql.SQL | sql.Composed
Act = Literal["load", "interruption", "figures", "definition", "reference", "retention", "erasure", "upgrade"]


@dataclass(frozen=True)
class Relation:
    """A table whose rows are sealed, and the columns by which they are named."""

    name: str
    key: tuple[str, ...]

    @property
    def table(self) -> sql.Identifier:
        return sql.Identifier(*self.name.split("."))

    @property
    def is_of_batch(self) -> bool:
        """Whether its rows belong to a batch that may still be running. Facts and watermarks never do."""
        return self.name.startswith(("landing.page", "ledger.batch", "ledger.delivery", "quality."))

    def has(self, column: str) -> bool:
        return column in metadata.tables[self.name].columns

    @property
    def source(self) -> Sql:
        """Its rows `t`, for `place`."""
        if self.has("province_id") or not self.has("batch_id"):
            return sql.SQL("{} t").format(self.table)
        return sql.SQL("{} t left join ledger.batch b on b.batch_id = t.batch_id").format(self.table)

    @property
    def place(self) -> Sql:
        """province_id, batch_id and page_number of its rows, null where they have none."""
        province = "t.province_id" if self.has("province_id") else "b.province_id" if self.has("batch_id") else None
        return sql.SQL("{}::smallint, {}::bigint, {}::integer").format(
            sql.SQL(province or "null"),
            sql.SQL("t.batch_id" if self.has("batch_id") else "null"),
            sql.SQL("t.page_number" if self.has("page_number") else "null"),
        )

    def named(self, alias: str = "t", **other: Sql) -> Sql:
        """The key of its rows as text; `other` stand for columns of these names."""
        return sql.SQL("row({})::text").format(
            sql.SQL(", ").join(other.get(name, sql.Identifier(alias, name)) for name in self.key)
        )


def _relation(name: str) -> Relation:
    return Relation(name, tuple(column.name for column in metadata.tables[name].primary_key.columns))


FACT_RELATIONS = {fact: _relation(f"warehouse.{fact}") for fact in FACTS}
QUARANTINE = Relation("quality.quarantine", ("batch_id", "row_number"))
OF_BATCH = [
    *map(_relation, ["ledger.batch", "ledger.delivery", "landing.page"]),
    *map(_relation, ["quality.rule_result", "quality.verdict", "quality.column_profile"]),
    QUARANTINE,
    _relation("quality.reconciliation"),
]
LIST_DAY = _relation("warehouse.list_day")
WATERMARK = _relation("ledger.watermark")
REMOVED_PAGE = _relation("landing.removed_page")
REPLACED_PAGE = _relation("landing.replaced_page")
ERASED_CODE = _relation("ledger.erased_code")
REDACTED_PART = _relation("ledger.redacted_part")
DEFINITION = _relation("kpi.definition")
OBSERVATION = Relation(
    "kpi.observation", ("province_id", "kpi_id", "first_day", "last_day", "area_id", "breakdown", "revision")
)
RELATIONS = {
    relation.name: relation
    for relation in [
        *(FACT_RELATIONS.values()),
        LIST_DAY,
        *OF_BATCH,
        WATERMARK,
        REMOVED_PAGE,
        REPLACED_PAGE,
        ERASED_CODE,
        REDACTED_PART,
        DEFINITION,
        OBSERVATION,
    ]
}
"""All tables whose rows are sealed, by their names."""
CHANGED_BY: dict[str, tuple[Act, ...]] = {
    relation.name: ("upgrade",)
    for relation in [LIST_DAY, *OF_BATCH, REMOVED_PAGE, ERASED_CODE, DEFINITION, OBSERVATION]
} | {QUARANTINE.name: ("upgrade", "load", "retention", "erasure")}
"""Tables to which rows are only ever added, and the acts that may seal a row of theirs again with other content: a
migration that changes the table, and of refused records the replay that accepts them (`replay_batch_id`), and whatever
empties them. A later seal of any other act means that the row was changed. Rows of all other tables change rightly."""

PART_DIGEST = (
    "sha256(convert_to(row(p.part_id, p.seal_id, p.relation, p.province_id, p.batch_id, p.page_number)::text, 'UTF8')"
    " || array_send(p.keys) || array_send(p.hashes))"
)
SEAL_DIGEST = (
    "sha256(convert_to(row(s.seal_id, s.chain, s.position, s.act, s.sealed_at, s.parts)::text, 'UTF8')"
    " || s.parts_sha256 || coalesce(s.previous_sha256, ''))"
)
PARTS_DIGEST = f"sha256(coalesce(string_agg({PART_DIGEST}, '' order by p.part_id), ''))"


def replace_key(connection: Connection, relation: Relation, old: Sql, new: Sql) -> list[int]:
    """Names a row by another key in all parts that name it, and keeps which hash each of these parts was sealed with;
    gives the parts. `old` and `new` are the keys as `Relation.named` writes them."""
    row = connection.execute(sql.SQL("select {}, {}").format(old, new)).fetchone()
    values = dict(zip(("old", "new"), row or (), strict=True)) | {"relation": relation.name}
    parts = connection.execute(
        "insert into ledger.redacted_part as r (part_id, sealed_sha256, redacted_sha256)"
        f" select p.part_id, {PART_DIGEST}, '' from ledger.seal_part p where p.relation = %(relation)s and %(old)s ="
        " any(p.keys) on conflict (part_id) do update set redacted_sha256 = '' returning part_id".encode(),
        values,
    ).fetchall()
    values["parts"] = [part_id for (part_id,) in parts]
    connection.execute(
        "update ledger.seal_part set keys = array_replace(keys, %(old)s, %(new)s) where part_id = any(%(parts)s)",
        values,
    )
    connection.execute(
        f"update ledger.redacted_part r set redacted_sha256 = {PART_DIGEST} from ledger.seal_part p"
        " where p.part_id = r.part_id and r.part_id = any(%(parts)s)".encode(),
        values,
    )
    found: list[int] = values["parts"]
    return found


class Contents:
    """How the content of rows is hashed, on a connection."""

    def __init__(self, connection: Connection) -> None:
        rows = connection.execute(
            "select nspname || '.' || relname as name, array_agg(attname::text order by attnum) from pg_attribute"
            " join pg_class c on c.oid = attrelid join pg_namespace n on n.oid = relnamespace"
            " where attrelid in (select to_regclass(r) from unnest(%s::text[]) as r) and attnum > 0"
            " and not attisdropped and attgenerated = '' group by name",
            [list(RELATIONS)],
        )
        self._columns: dict[str, list[str]] = dict(rows.fetchall())

    def content(self, relation: Relation, alias: str = "t", **other: Sql) -> Sql:
        """The content of a row, as bytes; `other` stand for columns of these names."""
        names = self._columns[relation.name]
        columns = sql.SQL(", ").join(other.get(name, sql.Identifier(alias, name)) for name in names)
        return sql.SQL("rtrim(convert_to(row({})::text, 'UTF8'), ',)')").format(columns)

    def hashed(self, relation: Relation, alias: str = "t", **other: Sql) -> Sql:
        """The hash of a row's content."""
        return sql.SQL("sha256({})").format(self.content(relation, alias, **other))


class Seal:
    """A seal that is being made, within the caller's transaction; `chain` says what it continues."""

    def __init__(self, connection: Connection, chain: str, act: Act) -> None:
        self._connection, self._chain, self._act = connection, chain, act
        self.contents = Contents(connection)
        row = connection.execute("select nextval('ledger.seal_seal_id_seq')").fetchone()
        assert row is not None  # noqa: S101 - a sequence always gives a number
        self.seal_id: int = row[0]
        self.salt = secrets.token_bytes(32)

    def add(
        self,
        relation: Relation,
        condition: Sql,
        values: Mapping[str, Any] | None = None,
        also_from: Sql = sql.SQL(""),  # noqa: B008 - it never changes
    ) -> None:
        """Seals the rows `t` of a table that meet the condition; `also_from` are further tables that it names."""
        self._connection.execute(
            sql.SQL(
                "{into} select {own}, {place}, array_agg({key}), array_agg({hash}) from {source} {also}"
                " where {condition} group by 3, 4, 5"
            ).format(
                into=INTO,
                own=self.own(relation),
                place=relation.place,
                key=relation.named(),
                hash=self.contents.hashed(relation),
                source=relation.source,
                also=also_from,
                condition=condition,
            ),
            values,
        )

    def own(self, relation: Relation) -> Sql:
        """The first two values of a part (`INTO`)."""
        return sql.SQL("{}::bigint, {}").format(sql.Literal(self.seal_id), sql.Literal(relation.name))

    def add_batches(self, batches: Sequence[int], replayed: int | None = None) -> None:
        """Seals what the ledger and the checks keep of batches that have ended, and of a batch that was `replayed`
        which of its refused records were accepted."""
        values = {"batches": list(batches), "replayed": replayed}
        for relation in [*OF_BATCH, WATERMARK]:
            self.add(relation, sql.SQL("t.batch_id = any(%(batches)s)"), values)
        if replayed is not None:
            accepted = sql.SQL("t.batch_id = %(replayed)s and t.replay_batch_id = any(%(batches)s)")
            self.add(QUARANTINE, accepted, values)

    def close(
        self,
        act: trail.Act,
        subject: str,
        *,
        province: str | None = None,
        before: trail.Json = None,
        after: trail.Json = None,
        reason: str | None = None,
    ) -> int | None:
        """Ends the seal: links it to the one before, and writes the entry of the trail that names it; gives the entry's
        number. One without a part is not kept, nor has it an entry, but for the very first."""
        hold_until_end(self._connection, f"seal/{self._chain}")
        row = self._connection.execute(
            f"insert into ledger.seal (seal_id, chain, position, act, sealed_at, parts, parts_sha256, previous_sha256,"
            f" sha256, salt) select s.*, {SEAL_DIGEST}, %(salt)s::bytea from"
            " (select %(seal)s::bigint as seal_id, %(chain)s as chain,"
            " coalesce(h.position, 0) + 1 as position, %(act)s as act, clock_timestamp() as sealed_at, n.parts,"
            " n.parts_sha256, h.sha256 as previous_sha256"
            f" from (select count(*) as parts, {PARTS_DIGEST} as parts_sha256 from ledger.seal_part p"
            " where p.seal_id = %(seal)s) n left join (select position, sha256 from ledger.seal where chain = %(chain)s"
            " order by position desc limit 1) h on true) s where s.parts > 0 or s.act = 'upgrade'"
            " returning sha256".encode(),
            {"seal": self.seal_id, "chain": self._chain, "act": self._act, "salt": self.salt},
        ).fetchone()
        if row is None:
            return None
        return trail.write(
            self._connection,
            act,
            subject,
            province=province,
            before=before,
            after=after,
            reason=reason,
            seal=(self.seal_id, row[0]),
        )


def row_salt(salt: bytes, place: int) -> bytes:
    """What keeps the row at that place of a seal secret in a tree over its rows: a proof shows the hashes of rows
    beside the one that it is of, and whoever can guess such a row could tell it by its bare hash."""
    return hmac.digest(salt, place.to_bytes(8), "sha256")[:16]


def row_leaves(salt: bytes, hashes: Sequence[bytes]) -> list[bytes]:
    """The leaves of that tree, by the hashes of the rows."""
    return [hashlib.sha256(row_salt(salt, place) + one).digest() for place, one in enumerate(hashes)]


def hashes_of(connection: Connection, seal_id: int) -> list[bytes]:
    """The hashes of the rows that a seal names, in its order, without rows that were taken out."""
    rows = connection.execute(
        "select u.hash from ledger.seal_part p cross join unnest(p.hashes) with ordinality u (hash, place)"
        " where p.seal_id = %s and u.hash is not null order by p.part_id, u.place",
        [seal_id],
    )
    return [sha256 for (sha256,) in rows]


INTO = sql.SQL("insert into ledger.seal_part (seal_id, relation, province_id, batch_id, page_number, keys, hashes)")


def of_feed(province_id: int, source: str, feed: str) -> str:
    """The chain of a feed's loads."""
    return f"feed/{province_id}/{source}/{feed}"


def seal_all(connection: Connection) -> None:
    """Seals a database that has no seal yet as it is now; of one that has seals nothing is changed."""
    if connection.execute(
        "select exists (select from ledger.seal) or exists (select from ledger.seal_part)"
    ).fetchone() == (True,):
        return
    seal = Seal(connection, "upgrade", "upgrade")
    running = sql.SQL("not exists (select from ledger.batch r where r.batch_id = t.batch_id and r.status = 'running')")
    for relation in RELATIONS.values():
        seal.add(relation, running if relation.is_of_batch else sql.SQL("true"))
    seal.close("migration", "seals")
