"""The serving views a second time, over refused records: what the figures would be had these been accepted.

A view over a fact, `serving.dossiers`, gets the twin `serving.refused_dossiers`, made of the same SQL, so that both
always agree on what a column means. A record is there once, in its newest refused version, unless it was accepted
since or the source has replaced the snapshot that it stood in.
"""

import re
from pathlib import Path

from sqlalchemy import Table

from warehouse.facts import periodic_days
from warehouse.schema.facts import FACTS

TWIN = "refused_"
_OVER_FACT = re.compile(r"\bfrom warehouse\.(fact_\w+) as f\b")
_END_OF_COLUMNS = "f.page_number\n"
_SUBMITTERS = ("sector", "operator_code")
"""Key columns that say whose file a row came in: a higher submission replaces the whole file."""
_VERSIONS = ("updated_at", "seq")
"""Columns that say which of two versions of a record is newer; where a fact has none, the later batch's is."""
_NOTES = {
    "quarantine_id": "Refused record, see serving.quarantine",
    "state": "refused: the facts lack it; newer: they hold an older version; held: they hold another one;"
    " blocked: its whole batch was refused",
}


def twin(file: Path) -> str | None:
    """SQL of a view's twin and its comments, from the view's file; None for a view that is not of one fact's rows."""
    view, text = file.stem.split("_", 1)[1], file.read_text(encoding="utf-8")
    fact = fact_of(text)
    if fact is None:
        return None
    text = _OVER_FACT.sub(lambda _: f"from ({_rows(FACTS[fact])}) as f", text)
    text = text.replace(_END_OF_COLUMNS, f"f.page_number,\n    {', '.join(f'f.{name}' for name in _NOTES)}\n", 1)
    text = re.sub(rf"(comment on view serving\.{view} is) '(?:[^']|'')*'", rf"\1 'Refused records, as {view}'", text)
    text = re.sub(rf"\bserving\.{view}\b", f"serving.{TWIN}{view}", text)
    notes = [f"comment on column serving.{TWIN}{view}.{name} is '{note}';\n" for name, note in _NOTES.items()]
    return text + "".join(notes)


def fact_of(text: str) -> str | None:
    """The fact whose rows a view's file shows one by one, with where they came from; None for any other view."""
    found = _OVER_FACT.findall(text)
    return found[0] if len(found) == 1 and _END_OF_COLUMNS in text else None


def _rows(fact: Table) -> str:
    """Refused records of a fact as its rows."""
    own = {column.name: column for column in fact.columns if column.name not in ("batch_id", "page_number")}
    columns = ", ".join(
        f"p.{name}" if column.computed is None else f"{column.computed.sqltext} as {name}"
        for name, column in own.items()
    )
    same = " and ".join(f"h.{key.name} = p.{key.name}" for key in fact.primary_key.columns)
    held = f"select from warehouse.{fact.name} as h where {same}"
    return (
        f"select {columns}, q.batch_id, q.page_number, q.quarantine_id,"
        f" case when exists ({held} and {_newer(fact)}) then 'newer' when exists ({held}) then 'held'"
        " when q.batch_status <> 'published' then 'blocked' else 'refused' end as state"
        " from (select distinct on (b.province_id, b.source, b.feed, coalesce(q.record_key, md5(q.record::text)))"
        " q.quarantine_id, q.batch_id, q.page_number, q.fact_row, q.replay_batch_id, b.status as batch_status,"
        " b.province_id as owner_id, b.source as feed_source, b.feed as feed_name"
        " from quality.quarantine as q join ledger.batch as b on b.batch_id = q.batch_id"
        f" where q.fact = '{fact.name}' order by b.province_id, b.source, b.feed,"
        " coalesce(q.record_key, md5(q.record::text)), q.quarantine_id desc) as q"
        f" cross join lateral jsonb_populate_record(null::warehouse.{fact.name}, q.fact_row) as p"
        f" where q.replay_batch_id is null{_not_replaced(fact)}"
    )


def _newer(fact: Table) -> str:
    """The condition on a refused row `p` to come after the row `h` that the facts hold of the same record. Rows of a
    period have no versions: a later snapshot takes the place of an earlier one whole."""
    if periodic_days(fact):
        return "false"
    columns = [name for name in _VERSIONS if name in fact.columns]
    ours = ", ".join([*(f"p.{name}" for name in columns), "q.batch_id"])
    theirs = ", ".join([*(f"h.{name}" for name in columns), "h.batch_id"])
    return f"q.batch_status = 'published' and ({ours}) > ({theirs})"


def _not_replaced(fact: Table) -> str:
    """Leaves out rows of a snapshot that was read again without them, or that a higher submission has replaced."""
    conditions = [
        " and not exists (select from ledger.batch as n where n.province_id = q.owner_id and n.source = q.feed_source"
        " and n.feed = q.feed_name and n.status = 'published' and n.kind = 'fetch' and n.batch_id > q.batch_id"
        f" and p.{day} between n.first_day and n.last_day)"
        for day in periodic_days(fact)
    ]
    if "submission" in fact.columns:
        scope = ["province_id", *periodic_days(fact), *(name for name in _SUBMITTERS if name in fact.primary_key)]
        same = " and ".join(f"h.{name} = p.{name}" for name in scope)
        conditions.append(
            f" and not exists (select from warehouse.{fact.name} as h where {same} and h.submission > p.submission)"
        )
    return "".join(conditions)
