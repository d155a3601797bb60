"""Rows against what they follow from: computed columns, decisions and monthly totals against what they were made of,
accounts of batches against themselves."""

from typing import Any

import psycopg
from psycopg import sql

from audit.findings import LISTED, Mismatch, Verification
from hub.translation import msg
from warehouse.schema.everything import metadata


def verify_generated(connection: psycopg.Connection[Any], result: Verification) -> None:
    """Columns that the database computes, which no seal covers, against what the code computes them by."""
    for name, table in metadata.tables.items():
        for column in table.columns:
            if column.computed is None:
                continue
            key = [one.name for one in table.primary_key.columns]
            query = sql.SQL("select row({key})::text from {table} where {column} is distinct from ({own}) limit {most}")
            rows = connection.execute(
                query.format(
                    key=sql.SQL(", ").join(map(sql.Identifier, key)),
                    table=sql.Identifier(*name.split(".")),
                    column=sql.Identifier(column.name),
                    own=sql.SQL(str(column.computed.sqltext)),  # the code's own text
                    most=sql.Literal(LISTED),
                )
            ).fetchall()
            for (found,) in rows:
                own = found.removeprefix("(").removesuffix(")")
                text = msg(
                    "{table}, {columns} = {key}: {column} is not what follows from the row; its definition was changed",
                    table=name,
                    columns=", ".join(key),
                    key=own,
                    column=column.name,
                )
                result.found(Mismatch("computed", text, name, own))


def verify_decisions(connection: psycopg.Connection[Any], result: Verification) -> None:
    """What was decided about refused records against the entries of the trail that tell it."""
    rows = connection.execute(
        "with told as (select entry_id, body::jsonb as body from ledger.entry where act = 'waiver'),"
        " kept as (select entry_id, count(*) as records, encode(sha256(convert_to(string_agg(quarantine_id::text, ','"
        " order by quarantine_id), 'UTF8')), 'hex') as sha256, jsonb_build_array(min(way), min(assignee), min(actor),"
        " min(reason)) as least, jsonb_build_array(max(way), max(assignee), max(actor), max(reason)) as most"
        " from quality.decision group by 1) select coalesce(told.entry_id, kept.entry_id) from told full join kept"
        " on kept.entry_id = told.entry_id where told.body #>> '{after,records}' is distinct from kept.records::text"
        " or told.body #>> '{after,records_sha256}' is distinct from kept.sha256 or kept.least <> kept.most"
        " or kept.least <> jsonb_build_array(told.body #>> '{after,way}', told.body #>> '{after,assignee}',"
        " told.body ->> 'actor', told.body ->> 'reason') order by 1"
    )
    for (entry_id,) in rows:
        text = msg(
            "quality.decision: decisions about refused records are not those that entry {entry_id} of the audit trail"
            " tells",
            entry_id=entry_id,
        )
        result.found(Mismatch("changed", text, "quality.decision", str(entry_id)))


def verify_notes(connection: psycopg.Connection[Any], result: Verification) -> None:
    """Notes on figures, and who withdrew them, against the entries of the trail that tell it."""
    rows = connection.execute(
        "with told as (select subject, array_agg(jsonb_build_array(actor, body::jsonb -> 'after') order by entry_id)"
        " as acts from ledger.entry where act = 'note' group by subject),"
        " kept as (select 'note/' || note_id as subject, text is null as is_withdrawn,"
        " jsonb_build_array(author, jsonb_build_object('kpi', kpi_id, 'area_id', area_id, 'from', first_day, 'to',"
        " last_day) || case when text is null then '{}' else jsonb_build_object('text_sha256',"
        " encode(sha256(convert_to(salt || text, 'UTF8')), 'hex')) end) as written,"
        " case when withdrawn_at is not null then jsonb_build_array(withdrawn_by, '{\"withdrawn\": true}'::jsonb) end"
        " as withdrawn from kpi.note) select coalesce(told.subject, kept.subject) from told full join kept"
        " on kept.subject = told.subject where case when kept.is_withdrawn"
        " then array_prepend(told.acts[1] #- '{1,text_sha256}', told.acts[2:]) else told.acts end"
        " is distinct from array_remove(array[kept.written, kept.withdrawn], null) order by 1"
    )
    for (subject,) in rows:
        number = subject.removeprefix("note/")
        text = msg("kpi.note: note {note} is not what the audit trail tells of it", note=number)
        result.found(Mismatch("changed", text, "kpi.note", number))


def verify_month_totals(connection: psycopg.Connection[Any], province_id: int | None, result: Verification) -> None:
    """What rules said, added up by month, against what they said of each batch."""
    rows = connection.execute(
        "with added as (select b.province_id, b.source, b.feed, date_trunc('month', b.last_day::timestamp)::date as"
        " month, r.rule_id, count(*) as runs, count(*) filter (where not r.passed) as broken, sum(r.evaluated) as"
        " evaluated, sum(r.failed) as failed from quality.rule_result r join ledger.batch b using (batch_id)"
        " where r.executed and r.passed is not null group by 1, 2, 3, 4, 5)"
        " select row(province_id, source, feed, month, rule_id)::text from added a full join quality.month_total m"
        " using (province_id, source, feed, month, rule_id)"
        " where (%(province)s::smallint is null or province_id = %(province)s)"
        " and (a.runs, a.broken, a.evaluated, a.failed) is distinct from (m.runs, m.broken, m.evaluated, m.failed)"
        " order by 1",
        {"province": province_id},
    )
    for (key,) in rows:
        own = key.removeprefix("(").removesuffix(")")
        text = msg(
            "{table}, {columns} = {key}: is not what the results of its rule add up to",
            table="quality.month_total",
            columns="province_id, source, feed, month, rule_id",
            key=own,
        )
        result.found(Mismatch("changed", text, "quality.month_total", own))


def verify_accounts(connection: psycopg.Connection[Any], province_id: int | None, result: Verification) -> None:
    """The accounts of published batches against themselves."""
    rows = connection.execute(
        "select count(*), array_agg(batch_id order by batch_id) filter (where not (fetched = loaded + unchanged"
        " + superseded + quarantined and (declared is null or declared between fetched and fetched + repeated)))"
        " from ledger.batch where status = 'published' and (%(province)s::smallint is null"
        " or province_id = %(province)s)",
        {"province": province_id},
    ).fetchone()
    count, unbalanced = rows or (0, None)
    result.accounts = count
    for batch_id in unbalanced or []:
        text = msg("The account of batch {batch_id} does not balance", batch_id=batch_id)
        result.found(Mismatch("account", text, "ledger.batch", str(batch_id), batch_id))
