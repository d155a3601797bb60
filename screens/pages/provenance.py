"""Where a figure comes from: formula, batches, checks, refusals, earlier revisions, pages, and the records."""

from dataclasses import replace
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from accounts.caller import log_read
from kpis.explanation import Explanation
from kpis.figure import Figure
from screens.answers import explained
from screens.database import Snapshot
from screens.definitions import formula
from screens.directory import find_kpi
from screens.evidence import sees_evidence
from screens.pages import provenance_tables as tables
from screens.pages.choice import Choice, choose
from screens.pages.frame import Visit, Visited
from screens.pages.kpi import trail
from screens.pages.places import name_of
from screens.scope import ask
from screens.view_models.evidence import Explain
from screens.view_models.page import Table

router = APIRouter(include_in_schema=False)
FIRST_RECORDS, MOST_RECORDS = 25, 500


@router.get("/kpis/{kpi_id}/explain")
def explain_page(v: Visited, kpi_id: str, rows: int = FIRST_RECORDS) -> Response:
    """The explanation of one figure. That it was read is kept before it is shown."""
    caller = v.known("explain")
    count = max(0, min(rows, MOST_RECORDS)) if caller.may("rows") else 0
    with v.reading("explain", is_logged=True) as s:
        kpi, choice = find_kpi(s, kpi_id), choose(v, s)
        own, found = explained(s, ask(s, kpi, choice.period, choice.area, choice.slices, measure=choice.measure), count)
        with v.database.accounts() as keeper:
            log_read(keeper, caller, "rows" if count else "explain", _subject(s, own, count))
        model = _model(v, s, choice, own, found, count)
        page = v.frame(
            s,
            f"{v.say('Explain this figure')}: {v.words(kpi.name)}",
            kpi.field,
            trail(v, s, choice, own, below_it=True),
            place=own.area_name,
            events_href=None,
        )
    return v.answer("explain.html", page, model)


def _subject(s: Snapshot, own: Figure, count: int) -> dict[str, Any]:
    return {
        "kpi": own.kpi,
        "from": own.first.isoformat(),
        "to": own.last.isoformat(),
        "province": s.province.code,
        "area": own.area,
        "where": own.breakdown,
        "rows": count,
    }


def _or_hidden(table: Table, whole: bool, hidden: str) -> Table:
    """The table; for whoever may not see it, that this is so, for nothing would read as if there were nothing."""
    return table if whole else replace(table, rows=[], empty=hidden)


def _model(v: Visit, s: Snapshot, choice: Choice, own: Figure, found: Explanation, count: int) -> Explain:
    more = count and len(found.rows) == count < MOST_RECORDS
    whole = sees_evidence(s)
    checks, hidden = (
        tables.read_checks(s, found),
        v.say("This holds other units' records, too: only accounts of the whole province see it."),
    )
    return Explain(
        figure=own,
        sources=s.catalogue.feed_titles(own.definition),
        href=choice.to(f"/kpis/{own.kpi}"),
        place=name_of(s, own),
        formula=formula(found.formula, v.language),
        statements=[(v.label(f"explain.sql_{name}"), text) for name, text in found.statements.items()],
        references=tables.references(v, found),
        batches=tables.batches(v, s, found) if whole else tables.deliveries(v, s, found),
        batches_note=None
        if whole
        else v.say(
            "The batches that brought the records you see. Each holds other units' records, too: only accounts of the"
            " whole province see its counts."
        ),
        checks=_or_hidden(tables.checks(v, checks), whole, hidden),
        refused=_or_hidden(tables.refused(v, s, found, checks), whole, hidden),
        refused_note=tables.refused_note(v, found) if whole else None,
        revisions=tables.revisions(v, own.definition, found),
        pages=_or_hidden(tables.pages(v, found), whole, hidden),
        rows=tables.rows(v, s, own.definition, found) if count else None,
        more_href=choice.to(f"/kpis/{own.kpi}/explain?rows={min(count * 4, MOST_RECORDS)}", pinned=True)
        if more
        else None,
    )
