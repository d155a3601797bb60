"""Tables of the pages of quality: runs, rules, refused records, deliveries; and the links that these pages share."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from hub.periods import VIETNAM
from hub.translation import Wording, msg
from screens import formats, quality, quality_tables
from screens.formats import period
from screens.pages.frame import Visit, address
from screens.quality import Filters, Rows
from screens.view_models.page import Link, Table, TableColumn, TableRow
from warehouse.quality_dimensions import DIMENSIONS

MOST_OFFENCES = 3
LISTS: dict[str, Wording] = {
    "runs": msg("Runs"),
    "rules": msg("Worst rules"),
    "quarantine": msg("Refused records"),
}


def filtered(path: str, asked: Filters) -> str:
    """An address with the filters of a list."""
    given = {**vars(asked), "from": asked.first, "to": asked.last}
    return address(path, [(name, value) for name, value in given.items() if name not in ("first", "last")])


def trail_links(v: Visit) -> list[Link]:
    """The pages above those of quality."""
    return [Link(v.say("Freshness of the data"), "/freshness"), Link(v.say("Data quality"), "/quality")]


def batch_name(v: Visit, batch: int) -> str:
    """What a batch is called."""
    return v.say("Batch {batch}", batch=str(batch))


def run_href(v: Visit) -> str | None:
    """The page of a row's batch, for whoever may open it."""
    return "/quality/runs/{batch_id}" if v.known().may("rows") else None


def runs_table(v: Visit, rows: Rows) -> Table:
    """Batches with their accounts."""
    for row in rows:
        row["is_provisional"] = v.say("yes") if row["is_provisional"] else v.say("no")
    return table_of(v, LISTS["runs"], quality_tables.RUNS, rows, run_href(v))


def rules_table(v: Visit, asked: Filters, rows: Rows) -> Table:
    """Broken rules, each leading to the batches that broke it."""
    made = table_of(v, LISTS["rules"], {"rule": msg("Rule"), **quality_tables.RULES}, rows)
    hrefs = []
    for row in rows:
        source, _, feed = row["feed"].partition(".")
        limits = Filters(source, feed, row["rule"], None, asked.first, asked.last, asked.deliverer)
        hrefs.append(filtered("/quality/runs", limits))
    lines = [TableRow(line.cells, href) for line, href in zip(made.rows, hrefs, strict=True)]
    return Table(made.caption, made.columns, lines, made.empty)


def refused_table(v: Visit, rows: Rows, *, with_batch: bool) -> Table:
    """Refused records with their values, age and way out; `with_batch` where they are of several."""
    told, now = [], datetime.now(VIETNAM)
    for row in rows:
        offences = [f"{o['column']} = {'–' if o['value'] is None else o['value']}" for o in row["offences"] or ()]
        told.append(
            row
            | {
                "batch_id": str(row["batch_id"]),
                "quarantine_id": f"#{row['quarantine_id']}",
                "rules": ", ".join(row["rules"]),
                "offences": "; ".join(offences[:MOST_OFFENCES]),
                "age": formats.age(row["quarantined_at"], now, v.language),
                "decision": _decision(v, row),
            }
        )
    columns = {
        **({"batch_id": msg("Batch"), "feed": msg("Feed")} if with_batch else {}),
        "quarantine_id": msg("Record"),
        "record_key": msg("Key"),
        "rules": msg("Rule"),
        "offences": msg("Value"),
        "age": msg("Age"),
        "assignee": msg("Assigned to"),
        "state": msg("State"),
        "decision": msg("Decision"),
    }
    return table_of(v, LISTS["quarantine"], columns, told, run_href(v) if with_batch else None)


def _decision(v: Visit, row: dict[str, Any]) -> str:
    if row["replay_batch_id"]:
        return batch_name(v, row["replay_batch_id"])
    if row["decided_at"] is None:
        return ""
    if row["state"] == "superseded":
        return batch_name(v, row["decision_reason"].removeprefix("batch/"))
    who = row["decided_by"].partition(":")[2]
    return f"{who}, {formats.moment(row['decided_at'], v.language)}: {row['decision_reason']}"


def deliverers_table(v: Visit, rows: Rows) -> Table:
    """In how many batches of a month a deliverer has delivered how many records."""
    told = [row | {"month": period(row["month"], row["month"], v.language)} for row in rows]
    columns = {
        "deliverer": msg("Deliverer"),
        "feed": msg("Feed"),
        "month": msg("Month"),
        "batches": msg("Batches"),
        "records": msg("Records"),
    }
    return first_rows(v, table_of(v, msg("Deliveries by month"), columns, told), quality.MOST_DELIVERIES)


def first_rows(v: Visit, table: Table, most: int) -> Table:
    """The table's first rows; it says so where there are more."""
    if len(table.rows) <= most:
        return table
    return replace(table, rows=table.rows[:most], note=v.say("Only the first {most} rows are shown", most=most))


_NUMBERS = {"fetched", "loaded", "unchanged", "superseded", "quarantined", "runs", "broken", "evaluated", "failed"}
_NUMBERS |= {"share", "records", "batches", *DIMENSIONS}


def table_of(
    v: Visit,
    caption: Wording,
    columns: quality_tables.Columns,
    rows: Rows,
    href: str | None = None,
    empty: Wording | None = None,
) -> Table:
    """Rows under titles; `href` leads on from the first cell, with the row's values in it."""
    heads = [
        TableColumn(v.say(text), name in _NUMBERS, code=name in ("rule", "landed_sha256"))
        for name, text in columns.items()
    ]
    lines = [
        TableRow([_cell(name, row[name]) for name in columns], href.format(**raw) if href else None)
        for raw, row in zip(rows, quality_tables.in_words(rows, v.language), strict=True)
    ]
    return Table(v.say(caption), heads, lines, v.say(empty) if empty else None)


def _cell(name: str, value: Any) -> Any:
    return str(value) if value is not None and name.endswith(("_id", "_number")) else value
