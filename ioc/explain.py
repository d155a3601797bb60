"""`ioc kpi explain`: what a figure rests on, down to the pages on which its records came."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.translation import N_, msg
from ioc.arguments import AreaCode, First, Last, Measure, Period, Province, Where, asked_days, asked_slices
from ioc.figure_tables import STATUS, as_dict
from ioc.output import Json, err, in_words, out, print_json, print_table
from ioc.reader import amount, installation_of, number, questions, reader
from ioc.texts import day, days, say, unit, written

if TYPE_CHECKING:
    from kpis.explanation import Explanation

_CAUSES = {
    "first": msg("first"),
    "data": msg("data"),
    "time": msg("time"),
    "definition": msg("new definition"),
    "recompute": msg("recompute"),
}
_SHOWN = 20
"""Batches and pages that people see; JSON has all."""


def explain(
    kpi: Annotated[str, typer.Argument(help=N_("KPI, see `ioc kpi list`"))],
    first: Annotated[date | None, First] = None,
    last: Annotated[date | None, Last] = None,
    period: Annotated[str | None, Period] = None,
    area: Annotated[str | None, AreaCode] = None,
    where: Annotated[list[str] | None, Where] = None,
    measure: Annotated[str | None, Measure] = None,
    rows: Annotated[int, typer.Option(min=0, max=10_000, help=N_("First fact rows, too"))] = 0,
    province: Annotated[str | None, Province] = None,
    json: Annotated[bool, Json] = False,
) -> None:
    """What a figure rests on: formula, SQL, batches, pages, refused records."""
    from kpis.catalogue import Catalogue
    from kpis.explanation import explain as explain_figure
    from kpis.question import Question

    with questions():
        installation = installation_of(province)
        settings, catalogue = installation.settings, Catalogue.of(installation, installation.settings.province)
        catalogue.find(kpi)
        days = asked_days(first, last, period)
        question = Question(kpi, days, settings.province, area, asked_slices(where), measure=measure)
        with reader(settings) as connection:
            found = explain_figure(connection, question, rows, settings.now, catalogue=catalogue)
    if json:
        print_json(as_dict(found.figure) | _as_dict(found))
        return
    _print_definition(found)
    _print_lineage(found)
    _print_refused(found)
    _print_rest(found)


def plain(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Rows of a view as JSON shows them: numbers as such."""
    return [
        {name: number(Decimal(v)) if isinstance(v, Decimal | float) else v for name, v in row.items()} for row in rows
    ]


def _as_dict(found: "Explanation") -> dict[str, Any]:
    definition, formula, refused = found.definition, found.formula, found.refused
    return {
        "measure": found.figure.measure,
        "definition": definition.model_dump(
            mode="json", include={"name", "owner", "basis", "version", "sources", "reads"}
        )
        | formula.model_dump(mode="json", exclude={"breakdowns"})
        | {"valid_from": definition.valid_from, "valid_to": found.valid_to, "scale": number(formula.scale)},
        "sql": found.statements,
        "references": plain(found.references),
        "batches": plain(found.batches),
        "pages": plain(found.pages),
        "refused": refused and plain([vars(refused)])[0],
        "revisions": plain(found.revisions),
        "fact_rows": plain(found.rows),
    }


def _print_definition(found: "Explanation") -> None:
    figure, definition, formula = found.figure, found.definition, found.formula
    until = "" if found.valid_to is None else say(", before {found}", found=day(found.valid_to))
    shown: dict[str, object] = {
        say("measure"): figure.measure,
        say("definition"): say(
            "version {version}, from {definition}{until}",
            version=definition.version,
            definition=day(definition.valid_from),
            until=until,
        ),
        say("basis"): say(definition.basis),
        say("owner"): definition.owner,
        say("feeds"): ", ".join(definition.sources),
        say("formula"): _in_words(found),
        say("period"): days(figure.first, figure.last),
        say("area"): figure.area,
        say("where"): figure.breakdown or None,
        say("numerator"): _and_sign(figure.numerator, formula.numerator),
        say("denominator"): _and_sign(figure.denominator, formula.denominator),
        say("value"): None if figure.value is None else f"{amount(figure.value, 2)} {unit(figure.unit)}",
        say("status"): say(STATUS[figure.status]),
        say("reason"): say(figure.reason) if figure.reason else None,
        say("data as of"): figure.data_as_of,
    }
    rows = [{"what": what, "is": in_words(value)} for what, value in shown.items() if value is not None]
    print_table(say(definition.name), {"what": "", "is": figure.kpi}, rows)
    for name, statement in found.statements.items():
        label = "SQL" if name == "figure" else f"SQL ({name})"
        out.print(f"\n{label}\n{statement}", highlight=False, soft_wrap=True)
    if found.references:
        columns = {
            "quantity": say("quantity"),
            "name": say("of"),
            "year": say("year"),
            "value": say("value"),
            "basis": say("basis"),
        }
        print_table(say("Reference figures"), columns, plain(found.references))


def _in_words(found: "Explanation") -> str:
    formula = found.formula
    kept = "" if formula.where == "true" else say(", where {where}", where=formula.where)
    ratio = say("numerator") + (say(" ÷ denominator") if formula.denominator else "")
    scaled = ratio if formula.scale == 1 else f"{formula.scale} × {ratio}"
    day = "/".join(formula.valid) if formula.valid else formula.day
    by_day = say("by day")
    return f"{f'√({scaled})' if formula.root else scaled}, serving.{found.definition.reads}, {by_day} {day}{kept}"


def _and_sign(value: Decimal | None, sign: str | None) -> str | None:
    return None if sign is None else f"{amount(value, 2)} = {sign}"


def _print_lineage(found: "Explanation") -> None:
    batches = [
        {
            **batch,
            "feed": f"{batch['source']}.{batch['feed']}",
            "days": days(batch["first_day"], batch["last_day"]),
            "account": f"{written(batch['fetched'])} = "
            + " + ".join(written(batch[part]) for part in ("loaded", "unchanged", "superseded", "quarantined")),
            "verdict": say("passed") if batch["passed"] else "—",
            "rules": f"{batch['executed_rules'] or 0}/{batch['declared_rules'] or 0}",
            "broken": ", ".join(f"{rule['rule']} ({rule['failed']})" for rule in batch["broken_rules"]),
        }
        for batch in found.batches[:_SHOWN]
    ]
    print_table(
        say("Batches that brought the records"),
        {
            "batch_id": "#",
            "feed": say("feed"),
            "days": say("days"),
            "loaded_at": say("loaded at"),
            "rows": say("rows"),
            "account": say("read = loaded + unchanged + older + refused"),
            "verdict": say("verdict"),
            "rules": say("rules run"),
            "broken": say("rules broken"),
        },
        batches,
    )
    _say_more(len(found.batches), say("batches"))
    print_table(
        say("Pages"),
        {
            "batch_id": "#",
            "page_number": say("page"),
            "rows": say("rows"),
            "landed_sha256": say("hash in landing"),
            "correlation_id": "X-Correlation-Id",
            "fetched_at": say("fetched at"),
        },
        found.pages[:_SHOWN],
    )
    _say_more(len(found.pages), say("pages"))


def _say_more(count: int, what: str) -> None:
    if count > _SHOWN:
        more = count - _SHOWN
        err.print(say("… and {more} {what} more (--json has all)", more=more, what=what))


def _print_refused(found: "Explanation") -> None:
    refused = found.refused
    if refused is None or not refused.records:
        out.print(say("No record of this range was refused"))
        return
    other = refused.records - refused.counting - refused.held - refused.blocked - refused.unplaced
    rows = [
        {"what": say("would count"), "records": refused.counting},
        {"what": say("left out by the formula"), "records": other},
        {
            "what": say("the facts hold this version or a newer one"),
            "records": refused.held,
        },
        {"what": say("of blocked batches"), "records": refused.blocked},
        {"what": say("day, area or value unknown"), "records": refused.unplaced},
        *({"what": rule, "records": records} for rule, records in refused.by_rule.items()),
    ]
    note = say("{records} records refused; with them: {found}", records=refused.records, found=_with_them(found))
    out.print(note, highlight=False)
    print_table("", {"what": "", "records": say("records")}, [row for row in rows if row["records"]])


def _with_them(found: "Explanation") -> str:
    refused = found.refused
    if refused is None or refused.value is None:
        return say("missing")
    ratio = (
        "" if refused.denominator is None else f" ({amount(refused.numerator, 2)} ÷ {amount(refused.denominator, 2)})"
    )
    return f"{amount(refused.value, 2)} {unit(found.figure.unit)}{ratio}"


def _print_rest(found: "Explanation") -> None:
    if found.revisions:
        revisions = [
            {
                **row,
                "value": number(row["value"], 2),
                "status": say(STATUS[row["status"]]),
                "cause": say(_CAUSES[row["cause"]]),
            }
            for row in found.revisions
        ]
        columns = {
            "revision": say("revision"),
            "value": unit(found.figure.unit),
            "status": say("status"),
            "cause": say("cause"),
            "cause_batch_id": say("batch"),
            "definition_version": say("definition"),
            "recorded_at": say("said at"),
        }
        print_table(say("Revisions"), columns, revisions)
    if found.rows:
        shown = dict.fromkeys(["key", *found.formula.columns, "batch_id", "page_number"])
        print_table(say("Rows"), {name: name for name in shown if name in found.rows[0]}, plain(found.rows))
