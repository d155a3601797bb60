"""Which columns of a serving view say what record a row is of: its fact's key, under the view's names."""

from dataclasses import dataclass
from functools import cache

from psycopg import sql

from warehouse.serving_views import find_view, view_files


@dataclass(frozen=True)
class Identity:
    """`columns` are the key as far as the view shows it; `codes` those of them that hold a code."""

    columns: list[str]
    codes: list[str]


@cache
def identities() -> dict[str, Identity]:
    """View → identity, of every view over one fact's rows."""
    views = [view for view in map(find_view, view_files()) if view.fact is not None]
    return {view.name: Identity(list(view.key), [name for name in view.key if view.key[name]]) for view in views}


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
