"""Which columns of a serving view say what record a row is of: its fact's key, under the view's names."""

import re
from dataclasses import dataclass
from functools import cache

from psycopg import sql
from sqlalchemy import Text

from kpis.definition import VIEWS, serving_views
from warehouse.refused_views import fact_of
from warehouse.schema.facts import FACTS


@dataclass(frozen=True)
class Identity:
    """`columns` are the key as far as the view shows it; `codes` those of them that hold a code."""

    columns: list[str]
    codes: list[str]


@cache
def identities() -> dict[str, Identity]:
    """View → identity, of every view over one fact's rows."""
    found = {}
    for file in sorted(VIEWS.glob("*.sql")):
        text, view = file.read_text("utf-8"), file.stem.split("_", 1)[1]
        fact = fact_of(text)
        if fact is None:
            continue
        columns, codes = [], []
        for column in FACTS[fact].primary_key.columns:
            named = re.search(rf"(?m)^\s+f\.{column.name}(?: as (\w+))?,?$", text)
            name = str(column.info["lookup"]) if "lookup" in column.info else named and (named[1] or column.name)
            if name in serving_views()[view] and name != "province_id":
                columns.append(str(name))
                if "lookup" in column.info or isinstance(column.type, Text):
                    codes.append(str(name))
        found[view] = Identity(columns, codes)
    return found


def key_text(view: str) -> sql.Composable:
    """A row's key as one text, its parts joined by a bar."""
    parts = [sql.SQL("r.{}::text").format(sql.Identifier(column)) for column in identities()[view].columns]
    return sql.SQL("concat_ws('|', {})").format(sql.SQL(", ").join(parts))


def same_record(view: str, one: str, other: str) -> sql.Composable:
    """The condition on two rows of a view, by their aliases, to be of the same record."""
    return sql.SQL(" and ").join(
        sql.SQL("{} = {}").format(sql.Identifier(one, column), sql.Identifier(other, column))
        for column in ("province_id", *identities()[view].columns)
    )
