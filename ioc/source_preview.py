"""What `ioc source preview` tells of a slice's records, to machines and to people."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from connectors.personal import KINDS, Finding
from hub.translation import Message, msg
from ioc.output import in_words, out, print_json, print_table
from ioc.texts import SEVERITY, days, say, written

if TYPE_CHECKING:
    from connectors.slices import Slice
    from connectors.specification import Feed
    from pipeline.preview import Preview

_DAY = timedelta(days=1)


def asked_slice(feed: "Feed", first: date | None, last: date | None, today: date) -> "Slice | None":
    """The first slice of the asked days, without them the last one that has ended; None where no month ends in them."""
    from connectors.slices import cut

    if last is None:
        last = (today.replace(day=1) if feed.slice == "month" else today) - _DAY
    if first is None:
        first = last if not feed.slice.startswith("P") else last - timedelta(days=int(feed.slice[1:-1]) - 1)
    return next(cut(first, last, feed.slice), None)


def print_preview(shown: "Preview", *, unfilled: Sequence[str], json: bool) -> None:
    """A preview as JSON, or as tables; `unfilled` are the lines of a draft that are still to be filled in."""
    if json:
        print_json(_plain(shown, unfilled))
        return
    _line(_heading(shown))
    if shown.misfit is not None:
        _line("✗ " + say("A load would not begin: {reason}", reason=shown.misfit))
    if unfilled:
        _line("! " + say("Still to be filled in, line {lines}", lines=", ".join(unfilled)))
    _print_verdict(shown)
    _print_rules(shown)
    _print_columns(shown)
    _print_codes(shown)
    _print_personal(shown)
    if plain := [one.field for one in shown.unread if one.personal is None]:
        _line(say("Fields that no column reads: {fields}", fields=", ".join(plain)))
    if shown.not_judged:
        _line(say("Judged by a load only: {rules}", rules=", ".join(shown.not_judged)))


def _line(text: str) -> None:
    out.print(text, highlight=False, soft_wrap=True)


def _heading(shown: "Preview") -> str:
    values = {
        "feed": f"{shown.source}.{shown.feed}",
        "days": days(shown.days.first, shown.days.last),
        "count": written(shown.fetched + shown.repeated),
        "total": "" if shown.total is None else written(shown.total),
        "seconds": written(round(shown.seconds, 1)),
    }
    if not shown.is_excerpt:
        return say("{feed}, {days}: all {count} records, in {seconds} s; nothing was written", **values)
    if shown.total is None:
        return say("{feed}, {days}: first {count} records of more, in {seconds} s; nothing was written", **values)
    return say("{feed}, {days}: first {count} of {total} records, in {seconds} s; nothing was written", **values)


def _print_verdict(shown: "Preview") -> None:
    account = {
        "fetched": shown.fetched,
        "accepted": shown.fetched - shown.refused,
        "refused": shown.refused,
        "repeated": shown.repeated,
        "declared": shown.declared,
    }
    labels = {
        "fetched": say("fetched"),
        "accepted": say("not refused"),
        "refused": say("refused"),
        "repeated": say("came again"),
        "declared": say("declared"),
    }
    print_table(say("Account"), labels, [account])
    _line("✓ " + say("It would be published") if not shown.is_blocked else "✗ " + say("It would be blocked"))
    for line in shown.broken_of_batch:
        _line(f"  - {say(line)}")


def _print_rules(shown: "Preview") -> None:
    labels = {
        "rule": say("rule"),
        "column": say("column"),
        "severity": say("effect"),
        "records": say("records"),
        "row_number": say("first one"),
        "value": say("its value"),
        "description": say("meaning"),
    }
    rows = [
        {
            "rule": one.rule_id,
            "column": one.column,
            "severity": say(SEVERITY[one.severity]),
            "records": one.records,
            "row_number": one.row,
            "value": one.value,
            "description": say(one.description),
        }
        for one in shown.broken
    ]
    if rows:
        print_table(say("Records that break a rule"), labels, rows)


def _print_columns(shown: "Preview") -> None:
    count = max((len(one.values) for one in shown.columns), default=0)
    labels = {
        "column": say("column"),
        "wire": say("wire field"),
        "type": say("type"),
        "empty": say("empty"),
        **{f"{place}_number": f"#{place}" for place in range(1, count + 1)},
    }
    rows = [
        {
            "column": one.column,
            "wire": one.wire,
            "type": one.type,
            "empty": f"{written(round(100 * one.empty / one.records, 1))}%" if one.records else None,
            **{f"{place}_number": _shown(value) for place, value in enumerate(one.values, 1)},
        }
        for one in shown.columns
    ]
    print_table(say("Columns and first records"), labels, rows)


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return say("yes") if value else say("no")
    return written(value) if isinstance(value, int | float) else in_words(value)


def _print_codes(shown: "Preview") -> None:
    labels = {"column": say("column"), "code": say("code"), "records": say("records")}
    if shown.undeclared:
        print_table(say("Codes that are not declared"), labels, [vars(one) for one in shown.undeclared])


def _print_personal(shown: "Preview") -> None:
    """What the specification should mark, and what it should not take without a mark."""
    for one in shown.columns:
        if one.personal:
            text = msg(
                "{column} ({field}) looks personal and would be kept: {why}. Mark it, or be sure that it is not",
                column=one.column,
                field=one.wire,
                why=_why(one.personal),
            )
            _line("! " + say(text))
    for field in shown.unread:
        if field.personal:
            text = msg(
                '{field} looks personal and no column names it: {why}. A column with personal = "drop" says so',
                field=field.field,
                why=_why(field.personal),
            )
            _line("! " + say(text))


def _why(found: Finding) -> Message:
    kind = KINDS[found.kind]
    if not found.values:
        return msg("by its name {kind}", kind=kind)
    return msg("{values} of {given} values look like {kind}", values=found.values, given=found.given, kind=kind)


def _plain(shown: "Preview", unfilled: Sequence[str]) -> dict[str, Any]:
    """All of it, with the names of the account as `ioc run` has them."""
    return {
        "feed": f"{shown.source}.{shown.feed}",
        "first": shown.days.first,
        "last": shown.days.last,
        "excerpt": shown.is_excerpt,
        "total": shown.total,
        "account": {
            "fetched": shown.fetched,
            "accepted": shown.fetched - shown.refused,
            "refused": shown.refused,
            "repeated": shown.repeated,
            "declared": shown.declared,
        },
        "status": "blocked" if shown.is_blocked else "published",
        "misfit": None if shown.misfit is None else say(shown.misfit),
        "unfilled": list(unfilled),
        "broken_rules": [say(line) for line in shown.verdict.broken],
        "not_judged": shown.not_judged,
        "broken": [{**asdict(one), "description": say(one.description)} for one in shown.broken],
        "columns": [asdict(one) for one in shown.columns],
        "undeclared_codes": [asdict(one) for one in shown.undeclared],
        "unread_fields": [asdict(one) for one in shown.unread],
        "seconds": round(shown.seconds, 1),
    }
