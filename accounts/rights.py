"""What an account sees: the limits of its rights, from the codes that an administrator writes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from accounts.caller import Connection
from hub.errors import InvalidAccount
from hub.suggestions import unknown
from hub.translation import Wording, msg


@dataclass(frozen=True)
class Limits:
    """What an account sees; None is all. An empty list is nothing at all."""

    province_id: int | None = None
    area_id: int | None = None
    organisations: tuple[str, ...] | None = None
    fields: tuple[str, ...] | None = None


def find_limits(
    connection: Connection,
    province: str | None,
    area: str | None = None,
    organisations: Sequence[str] | None = None,
    fields: Sequence[str] | None = None,
) -> Limits:
    """Rights from the codes that a person writes. Raises InvalidAccount naming an unknown code and near ones.

    `area` is the area that bears the code today, or else bore it last; `CODE@2023-06-30` means the one of that day.
    """
    if province is None and (area is not None or organisations is not None):
        raise InvalidAccount(msg("a limit to an area or organisations needs a province"))
    province_id = None if province is None else _province_id(connection, province)
    if organisations is not None:
        known = _codes(connection, "select code from warehouse.dim_organisation where province_id = %s", province_id)
        for code in organisations:
            _require(code, known, msg("organisation"))
    if fields is not None:
        known = _codes(connection, "select code from warehouse.dim_field order by position")
        for code in fields:
            _require(code, known, msg("field"))
    return Limits(
        province_id,
        None if area is None else _area_id(connection, str(province), area),
        None if organisations is None else tuple(organisations),
        None if fields is None else tuple(fields),
    )


def _province_id(connection: Connection, code: str) -> int:
    known: dict[str, int] = dict(connection.execute("select code, province_id from warehouse.dim_province").fetchall())
    _require(code, list(known), msg("province"))
    return known[code]


def _area_id(connection: Connection, province: str, written: str) -> int | None:
    """None when it is the province itself: that is no limit."""
    code, _, on = written.partition("@")
    try:
        day = date.fromisoformat(on) if on else None
    except ValueError:
        raise InvalidAccount(msg("{on!r} is no day; write 05971@2023-06-30", on=on)) from None
    row = connection.execute(
        "select a.area_id, a.code = p.area_code and a.level = 'province' from warehouse.dim_area as a"
        " join warehouse.dim_province as p on p.code = %(province)s where a.code = %(code)s"
        " and a.level <> 'unknown'"
        " and (%(day)s::date is null or a.valid_from <= %(day)s and coalesce(a.valid_to > %(day)s, true))"
        " and (a.ancestor_ids && array(select r.area_id from warehouse.dim_area as r"
        " where r.level = 'province' and r.code = p.area_code) or a.area_id in (select s.successor_id"
        " from warehouse.area_successor as s join warehouse.dim_area as b using (area_id)"
        " join warehouse.dim_area as r on r.area_id = any(b.ancestor_ids)"
        " where r.level = 'province' and r.code = p.area_code))"
        " order by a.valid_from desc limit 1",
        {"province": province, "code": code, "day": day},
    ).fetchone()
    if row is None:
        raise InvalidAccount(
            msg(
                "province {province} has no area {written!r}; serving.areas lists the codes",
                province=province,
                written=written,
            ),
        )
    return None if row[1] else int(row[0])


def _codes(connection: Connection, query: str, *values: Any) -> list[str]:
    return [code for (code,) in connection.execute(query.encode(), values or None)]


def _require(code: str, known: Sequence[str], what: Wording) -> None:
    if code not in known:
        raise unknown(what, code, known)
