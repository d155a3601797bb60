"""Hubs of provinces, each in a database of its own, of which a national hub reads the figures of whole provinces.

Each is reached through postgres_fdw as a login for BI tools (`ioc account bi` there): what a province gives is decided
by the rights of that account, in the province. No record leaves it, since only figures, definitions and the province's
name are read. Figures are copied, so that a province that is away takes no figure of the others with it, and each
revision once: the same revision with another value is a fault that is told, and nothing of that province is taken then.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from hub.errors import Abort, HubError
from hub.translation import Text, Wording, msg
from warehouse import trail
from warehouse.serving import Connection

_VIEWS = ("kpi_observations", "kpi_definitions", "provinces")
_OPTIONS = {"connect_timeout": "10", "fetch_size": "10000", "keepalives_idle": "30", "application_name": "ioc-nation"}
_CODE = re.compile(r"[A-Za-z0-9]{1,20}")
_ALLOWED = {"sslmode", "sslrootcert"}
"""What an address may say besides."""
_LONGEST = "10min"
"""That a hub may take for one answer."""
_NO_FIGURE = """
select kpi_id, first_day::text, last_day::text, revision from incoming
where status not in ('provisional', 'official', 'missing') or (value is null) <> (status = 'missing')
    or array[value, numerator, denominator] && array['NaN', 'Infinity', '-Infinity']::numeric[]
    or data_as_of not between '0001-01-01' and '9999-12-31'
order by 1, 2, 3, 4 limit 1
"""
_READ = """
create temporary table incoming on commit drop as
select o.kpi as kpi_id, o.first_day, o.last_day, o.revision, o.value, o.numerator, o.denominator, o.status, o.reason_vi,
    o.reason_en, o.data_as_of, o.definition_version, d.sha256 as definition_sha256, o.recorded_at
from {own}.kpi_observations as o
join {own}.provinces as p on p.province_id = o.province_id and p.area = o.area
left join {own}.kpi_definitions as d on d.kpi = o.kpi and d.version = o.definition_version
where p.province = {province} and o.breakdown = ''
"""
_CHANGED = """
select n.kpi_id, n.first_day::text, n.last_day::text, n.revision
from nation.observation as n join incoming as i using (kpi_id, first_day, last_day, revision)
where n.province_code = %s and (n.value, n.numerator, n.denominator, n.status, n.definition_version,
    n.definition_sha256) is distinct from (i.value, i.numerator, i.denominator, i.status, i.definition_version,
    i.definition_sha256)
order by 1, 2, 3, 4 limit 1
"""
_WITHDRAWN = """
update nation.observation as n set withdrawn_at = case when g.given then null else now() end
from (select n.kpi_id, n.first_day, n.last_day, n.revision, i.kpi_id is not null as given
    from nation.observation as n left join incoming as i using (kpi_id, first_day, last_day, revision)
    where n.province_code = %(province)s) as g
where n.province_code = %(province)s and (n.withdrawn_at is null) <> g.given
    and (n.kpi_id, n.first_day, n.last_day, n.revision) = (g.kpi_id, g.first_day, g.last_day, g.revision)
"""
_TAKEN = """
with taken as (
    insert into nation.observation (province_code, kpi_id, first_day, last_day, revision, value, numerator, denominator,
        status, reason_vi, reason_en, data_as_of, definition_version, definition_sha256, recorded_at)
    select %s, * from incoming on conflict do nothing
    returning kpi_id, first_day, last_day, revision, value, status, definition_sha256
)
select count(*), encode(sha256(convert_to(coalesce(string_agg(
    t::text, chr(10) order by kpi_id, first_day, last_day, revision), ''), 'UTF8')), 'hex') from taken as t
"""


@dataclass(frozen=True)
class ProvinceHub:
    """A province whose hub is read."""

    province_code: str
    name: str | None
    address: str
    added_at: datetime
    read_at: datetime | None
    failed_at: datetime | None
    failure: Text | None
    """Why it could not be read last time."""


@dataclass(frozen=True)
class Reading:
    """What became of one province: how many revisions are new, how many are not given any more or are again; or why it
    could not be read."""

    province: str
    new: int = 0
    withdrawn: int = 0
    failure: Wording | None = None


def add(connection: Connection, province: str, address: str, password: str) -> None:
    """Adds a province whose hub is at `address` (postgresql://LOGIN@HOST:PORT/DATABASE), or gives it another one; it is
    read once, and nothing is kept when that fails. Commits.

    Raises Abort when the address is wrong, when the server has no postgres_fdw, or as `read` fails.
    """
    url = _parse(address)
    if not _CODE.fullmatch(province):
        raise Abort(msg("{province!r} is no code of a province, such as H37", province=province))
    _prepare(connection)
    names = _names(province)
    _drop(connection, province)
    given = {"host": url.host, "port": str(url.port or 5432), "dbname": url.database} | _OPTIONS | dict(url.query)
    options = sql.SQL(", ").join(
        sql.SQL("{} {}").format(sql.Identifier(name), sql.Literal(str(value))) for name, value in given.items()
    )
    connection.execute(
        sql.SQL("create server {own} foreign data wrapper postgres_fdw options ({})").format(options, **names)
    )
    connection.execute(
        sql.SQL("create user mapping for current_user server {own} options (user {user}, password {password})").format(
            **names, user=sql.Literal(url.username), password=sql.Literal(password)
        )
    )
    connection.execute(sql.SQL("create schema {own}").format(**names))
    shown = f"{url.username}@{url.host}:{url.port or 5432}/{url.database}"
    connection.execute(
        "insert into nation.province (province_code, address) values (%s, %s)"
        " on conflict (province_code) do update set address = excluded.address",
        [province, shown],
    )
    views = sql.SQL(", ").join(map(sql.Identifier, _VIEWS))
    try:
        connection.execute(
            sql.SQL("import foreign schema serving_bi limit to ({}) from server {own} into {own}").format(
                views, **names
            )
        )
        _take(connection, province)
    except psycopg.Error as error:
        connection.rollback()
        raise Abort(_why(province, error)) from None
    except HubError:
        connection.rollback()
        raise
    trail.write(connection, "setting", f"nation/{province}", province=province, after={"address": shown})
    connection.commit()


def remove(connection: Connection, province: str) -> None:
    """Reads a province no more, and deletes its figures. Commits. Raises Abort for one that is not read."""
    found = find(connection, province)
    _drop(connection, province)
    connection.execute("delete from nation.observation where province_code = %s", [province])
    connection.execute("delete from nation.province where province_code = %s", [province])
    before: dict[str, trail.Json] = {"address": found.address}
    trail.write(connection, "setting", f"nation/{province}", province=province, before=before)
    connection.commit()


def read(connection: Connection, provinces: Sequence[str] = ()) -> list[Reading]:
    """Takes what is new in each province, all of them by default, one after the other, each committed by itself; one
    that fails keeps what it had. Raises Abort for a province that was not added."""
    wanted = [find(connection, province) for province in provinces] or every(connection)
    return [_read(connection, one.province_code) for one in wanted]


def every(connection: Connection) -> list[ProvinceHub]:
    """All provinces whose hubs are read, by code."""
    rows = connection.execute(
        "select province_code, name, address, added_at, read_at, failed_at, failure_vi, failure_en"
        " from nation.province order by province_code"
    ).fetchall()
    return [
        ProvinceHub(code, name, address, added, read, failed, Text(vi, en) if vi else None)
        for code, name, address, added, read, failed, vi, en in rows
    ]


def find(connection: Connection, province: str) -> ProvinceHub:
    """One of them. Raises Abort when there is none of that code."""
    found = next((one for one in every(connection) if one.province_code == province), None)
    if found is None:
        raise Abort(msg("No hub of province {province} was added; `ioc nation list` lists them", province=province))
    return found


def _read(connection: Connection, province: str) -> Reading:
    try:
        reading = _take(connection, province)
    except (psycopg.Error, HubError) as error:
        connection.rollback()
        why = error.message if isinstance(error, HubError) else _why(province, error)
        connection.execute(
            "update nation.province set failed_at = now(), failure_vi = %s, failure_en = %s where province_code = %s",
            [why.text("vi"), why.text("en"), province],
        )
        connection.commit()
        return Reading(province, failure=why)
    connection.commit()
    return reading


def _take(connection: Connection, province: str) -> Reading:
    """Within the caller's transaction. Raises psycopg.Error when the hub cannot be asked, Abort when it gives what
    contradicts itself or is no figure, or nothing of that province."""
    names = _names(province)
    connection.execute(f"set local statement_timeout = '{_LONGEST}'".encode())
    row = connection.execute(
        sql.SQL("select name from {own}.provinces where province = {}").format(sql.Literal(province), **names)
    ).fetchone()
    if row is None:
        raise Abort(msg("{province}: its hub's login sees no province of that code", province=province))
    connection.execute(sql.SQL(_READ).format(province=sql.Literal(province), **names))
    if odd := connection.execute(_NO_FIGURE).fetchone():
        kpi, first, last, revision = odd
        raise Abort(
            msg(
                "{province}: revision {revision} of {kpi} from {first} to {last} is no figure: its value is no number,"
                " its state or its day is none; ask the province",
                province=province,
                revision=revision,
                kpi=kpi,
                first=first,
                last=last,
            )
        )
    if changed := connection.execute(_CHANGED, [province]).fetchone():
        kpi, first, last, revision = changed
        raise Abort(
            msg(
                "{province}: revision {revision} of {kpi} from {first} to {last} is another one than was read before;"
                " a hub never changes a revision: ask the province, or remove and add it",
                province=province,
                revision=revision,
                kpi=kpi,
                first=first,
                last=last,
            )
        )
    withdrawn = connection.execute(_WITHDRAWN, {"province": province}).rowcount
    [(new, digest)] = connection.execute(_TAKEN, [province]).fetchall()
    connection.execute("drop table incoming")
    connection.execute(
        "update nation.province set name = %s, read_at = now(), failed_at = null, failure_vi = null, failure_en = null"
        " where province_code = %s",
        [row[0], province],
    )
    if new or withdrawn:
        after: dict[str, trail.Json] = {"new": new, "withdrawn": withdrawn, "sha256": digest}
        trail.write(connection, "figures", f"nation/{province}", province=province, after=after)
    return Reading(province, new, withdrawn)


def _prepare(connection: Connection) -> None:
    if connection.execute("select from pg_extension where extname = 'postgres_fdw'").fetchone() is not None:
        return
    try:
        connection.execute("create extension postgres_fdw")
    except (psycopg.errors.FeatureNotSupported, psycopg.errors.UndefinedFile):
        connection.rollback()
        raise Abort(
            msg("This PostgreSQL has no postgres_fdw: install its contrib package (the embedded server has none)")
        ) from None
    except psycopg.errors.InsufficientPrivilege:
        user = connection.info.user
        connection.rollback()
        raise Abort(
            msg(
                "postgres_fdw is not set up: have an administrator run `create extension postgres_fdw` and"
                ' `grant usage on foreign data wrapper postgres_fdw to "{user}"`',
                user=user,
            )
        ) from None


def _drop(connection: Connection, province: str) -> None:
    connection.execute(sql.SQL("drop schema if exists {own} cascade").format(**_names(province)))
    connection.execute(sql.SQL("drop server if exists {own} cascade").format(**_names(province)))


def _name(province: str) -> str:
    return f"nation_{province}"


def _names(province: str) -> dict[str, Any]:
    return {"own": sql.Identifier(_name(province))}


def _parse(address: str) -> URL:
    form = msg("The address must look like postgresql://LOGIN@HOST:PORT/DATABASE, without the password")
    try:
        url = make_url(address)
    except (ArgumentError, ValueError):
        raise Abort(form) from None
    if url.get_backend_name() != "postgresql" or url.password or not (url.host and url.username and url.database):
        raise Abort(form)
    if unknown := sorted(set(url.query) - _ALLOWED):
        allowed = ", ".join(sorted(_ALLOWED))
        raise Abort(msg("The address may say {allowed} besides, not {unknown}", allowed=allowed, unknown=unknown[0]))
    return url


def _why(province: str, error: psycopg.Error) -> Wording:
    """The server's message, which holds no password."""
    said = error.diag.message_detail or error.diag.message_primary or str(error)
    return msg("{province}: its hub cannot be read: {said}", province=province, said=" ".join(said.split()))
