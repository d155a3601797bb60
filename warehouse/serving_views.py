"""The serving views as their files declare them, read into trees: their columns, and the fact whose rows they show.

A view over a fact, `serving.dossiers`, gets the twin `serving.refused_dossiers`, made of the same tree over refused
records, so that both always agree on what a column means: what the figures would be had these been accepted. A record
is there once, in its newest refused version, unless it was accepted since or rejected for good, or its content was
removed, or the source has replaced the snapshot that it stood in.
"""

from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import Table
    from sqlglot import exp

VIEWS = Path(__file__).parent / "views"
TWIN = "refused_"
_FACT = "f"
"""The alias of the fact in every view over one fact's rows."""
_LISTS = "d"
"""The alias of the days of lists, in a view over a periodic fact that is kept as validity."""
_SUBMITTERS = ("sector", "operator_code")
"""Key columns that say whose file a row came in: a higher submission replaces the whole file."""
_NEXT_LIST = (
    "select min(n.last_day) from ledger.batch as n where n.province_id = q.owner_id and n.source = q.feed_source"
    " and n.feed = q.feed_name and n.status = 'published' and n.kind = 'fetch' and n.last_day > p.valid_from"
)
"""The day of the list after the one that a refused row `p` stood in."""
_VERSIONS = ("updated_at", "seq")
"""Columns that say which of two versions of a record is newer; where a fact has none, the later batch's is."""
_NOTES = {
    "quarantine_id": "Refused record, see serving.quarantine",
    "state": "refused: the facts lack it; newer: they hold an older version; held: they hold another one;"
    " blocked: its whole batch was refused",
}


@dataclass(frozen=True)
class View:
    """A serving view: its select, and what its comment and those of its columns say."""

    name: str
    select: "exp.Query"
    comment: str
    comments: dict[str, str]

    @cached_property
    def columns(self) -> list[str]:
        return self.select.named_selects

    @property
    def fact(self) -> "Table | None":
        """The fact whose rows the view shows one by one, with where they came from; None for any other view."""
        from warehouse.schema.facts import FACTS  # noqa: PLC0415 - columns, which KPIs ask for, need no SQLAlchemy

        facts = [table for alias, table in self.tables.items() if alias == _FACT and table in FACTS]
        return FACTS[facts[0]] if facts and "page_number" in self.columns else None

    @property
    def key(self) -> dict[str, bool]:
        """Columns that hold the key of the fact's rows, as far as the view shows it, but for the province; and
        whether each holds a code."""
        from sqlalchemy import Text  # noqa: PLC0415
        from sqlglot import exp  # noqa: PLC0415

        tables = self.tables
        shown = {
            (tables.get(source.table), source.name): one.alias_or_name
            for one in self.select.selects
            if isinstance(source := one.unalias(), exp.Column)
        }
        key = {}
        days = tables.get(_LISTS)
        for column in () if self.fact is None else self.fact.primary_key.columns:
            dimension = column.info.get("lookup")
            own = (days if days and column.name == "day" else column.table.name, column.name)
            name = shown.get((f"dim_{dimension}", "code") if dimension else own)
            if name is not None and name != "province_id":
                key[name] = dimension is not None or isinstance(column.type, Text)
        return key

    def twin(self) -> str | None:
        """SQL that makes the view's twin with its comments; None for a view that is not of one fact's rows."""
        import sqlglot  # noqa: PLC0415
        from sqlglot import exp  # noqa: PLC0415

        if self.fact is None:
            return None
        select = self.select.copy()
        assert isinstance(select, exp.Select)  # noqa: S101 - it has one fact
        rows = sqlglot.parse_one(_rows(self.fact), dialect="postgres")
        assert isinstance(rows, exp.Select)  # noqa: S101 - as written below
        if _LISTS in self.tables:  # a refused record stands in the list of its own day alone
            select.set("joins", [join for join in select.args["joins"] if join.this.alias != _LISTS])
            for column in list(select.find_all(exp.Column)):
                if column.table == _LISTS:
                    column.set("table", exp.to_identifier(_FACT))
        [fact] = (table for table in select.find_all(exp.Table) if table.alias == _FACT)
        fact.replace(rows.subquery(_FACT))
        select = select.select(*(f"{_FACT}.{name}" for name in _NOTES))
        twin = f"serving.{TWIN}{self.name}"
        return ";\n".join(
            [
                f"create view {twin} as {select.sql('postgres')}",
                f"comment on view {twin} is 'Refused records, as {self.name}'",
                *(
                    f"comment on column {twin}.{name} is {exp.Literal.string(text).sql('postgres')}"
                    for name, text in (self.comments | _NOTES).items()
                ),
            ]
        )

    @property
    def tables(self) -> dict[str, str]:
        """Alias → name of each table and view that it reads."""
        from sqlglot import exp  # noqa: PLC0415

        return {table.alias_or_name: table.name for table in self.select.find_all(exp.Table)}


@cache
def view_files(folder: Path = VIEWS) -> dict[str, Path]:
    """View → the file that makes it, in the order in which they are made."""
    return {path.stem.split("_", 1)[1]: path for path in sorted(folder.glob("*.sql"))}


@cache
def read_view(path: Path) -> View:
    """The view that a file makes."""
    import sqlglot  # noqa: PLC0415 - half as long to import as all the rest, and few commands need it
    from sqlglot import exp  # noqa: PLC0415

    create, *comments = sqlglot.parse(path.read_text("utf-8"), dialect="postgres")
    assert isinstance(create, exp.Create)  # noqa: S101 - our own files, which a test reads
    select = create.expression
    assert isinstance(select, exp.Query)  # noqa: S101
    said = {one.this.name: one.expression.name for one in comments if one and one.args["kind"].lower() == "column"}
    [whole] = [one.expression.name for one in comments if one and one.args["kind"].lower() == "view"] or [""]
    return View(create.this.name, select, whole, said)


def find_view(name: str) -> View:
    """The hub's serving view of that name."""
    return read_view(view_files()[name])


def _rows(fact: "Table") -> str:
    """Refused records of a fact as its rows."""
    from warehouse.schema.facts import has_validity, is_by_day, rows_by_day  # noqa: PLC0415

    own = {column.name: column for column in fact.columns if column.name not in ("batch_id", "page_number")}
    columns = ", ".join(
        f"p.{name}" if column.computed is None else f"{column.computed.sqltext} as {name}"
        for name, column in own.items()
    )
    if has_validity(fact) and not is_by_day(fact):  # as if accepted: it holds until the next list, not from before
        own_days = {"p.valid_to": f"({_NEXT_LIST}) as valid_to", "p.previous_to": "p.valid_from as previous_to"}
        columns = ", ".join(own_days.get(column, column) for column in columns.split(", "))
    same = " and ".join(f"h.{key.name} = p.{key.name}" for key in fact.primary_key.columns)
    held = f"select from {rows_by_day(fact)} as h where {same}"
    return (
        f"select {columns}, q.batch_id, q.page_number, q.quarantine_id,"
        f" case when exists ({held} and {_newer(fact)}) then 'newer' when exists ({held}) then 'held'"
        " when q.batch_status <> 'published' then 'blocked' else 'refused' end as state"
        " from (select distinct on (b.province_id, b.source, b.feed, coalesce(q.record_key, md5(q.record::text)))"
        " q.quarantine_id, q.batch_id, q.page_number, q.fact_row, q.replay_batch_id, b.status as batch_status,"
        " b.province_id as owner_id, b.source as feed_source, b.feed as feed_name"
        " from quality.quarantine as q join ledger.batch as b on b.batch_id = q.batch_id"
        f" where q.fact = '{fact.name}' and q.emptied_at is null order by b.province_id, b.source, b.feed,"
        " coalesce(q.record_key, md5(q.record::text)), q.quarantine_id desc) as q"
        f" cross join lateral jsonb_populate_record(null::warehouse.{fact.name}, q.fact_row) as p"
        " where q.replay_batch_id is null and not exists (select from quality.decision as d"
        f" where d.quarantine_id = q.quarantine_id and d.way = 'rejected'){_not_replaced(fact)}"
    )


def _newer(fact: "Table") -> str:
    """The condition on a refused row `p` to come after the row `h` that the facts hold of the same record. Rows of a
    period have no versions: a later snapshot takes the place of an earlier one whole."""
    from warehouse.schema.facts import has_validity, periodic_days  # noqa: PLC0415

    if periodic_days(fact) or has_validity(fact):
        return "false"
    columns = [name for name in _VERSIONS if name in fact.columns]
    ours = ", ".join([*(f"p.{name}" for name in columns), "q.batch_id"])
    theirs = ", ".join([*(f"h.{name}" for name in columns), "h.batch_id"])
    return f"q.batch_status = 'published' and ({ours}) > ({theirs})"


def _not_replaced(fact: "Table") -> str:
    """Leaves out rows of a snapshot that was read again without them, or that a higher submission has replaced."""
    from warehouse.schema.facts import has_validity, periodic_days, since_column  # noqa: PLC0415

    conditions = [
        " and not exists (select from ledger.batch as n where n.province_id = q.owner_id and n.source = q.feed_source"
        " and n.feed = q.feed_name and n.status = 'published' and n.kind = 'fetch' and n.batch_id > q.batch_id"
        f" and p.{day} between n.first_day and n.last_day)"
        for day in ([since_column(fact)] if has_validity(fact) else periodic_days(fact))
    ]
    if "submission" in fact.columns:
        scope = ["province_id", *periodic_days(fact), *(name for name in _SUBMITTERS if name in fact.primary_key)]
        same = " and ".join(f"h.{name} = p.{name}" for name in scope)
        conditions.append(
            f" and not exists (select from warehouse.{fact.name} as h where {same} and h.submission > p.submission)"
        )
    return "".join(conditions)
