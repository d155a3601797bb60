"""What several commands ask for, read in one way."""

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING

import typer

from hub.translation import N_, msg
from ioc.texts import say

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

if TYPE_CHECKING:
    from hub.errors import Abort
    from hub.periods import Period as Days


def parse_day(text: str) -> date:
    """A day as YYYY-MM-DD, within the years that the hub knows; anything else is a usage error that says so."""
    from hub.periods import year_fault

    try:
        if not _DAY.fullmatch(text):
            raise ValueError
        day = date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(
            say("{text!r} is no day; write YYYY-MM-DD, for example 2023-06-30", text=text)
        ) from None
    if fault := year_fault(day.year):
        raise typer.BadParameter(say("{text}: {fault}", text=text, fault=fault))
    return day


def check_order(first: date | None, last: date | None) -> None:
    """Refuses a range that is reversed."""
    if first is not None and last is not None and last < first:
        raise typer.BadParameter(
            say("the range is reversed: {first} is after {last}; swap --from and --to", first=first, last=last)
        )


def check_past(first: date, last: date) -> None:
    """Refuses a range that is reversed or that has not come yet, where records or what was said of them is meant."""
    from hub.periods import VIETNAM

    check_order(first, last)
    today = datetime.now(VIETNAM).date()
    if last > today:
        raise typer.BadParameter(
            say("{last} has not come yet: today is {today}", last=last, today=today), param_hint="--to"
        )


def asked_days(first: date | None, last: date | None, period: str | None) -> "Days":
    """The range that is asked for, in one way or the other. Raises WrongQuestion when none is, or both."""
    from hub.errors import WrongQuestion
    from hub.periods import Period as Days
    from hub.periods import parse_period, require_range

    if period and (first or last):
        raise WrongQuestion(
            msg("Say the days in one way: --from and --to, or --period."),
        )
    if period:
        return parse_period(period)
    if first is None or last is None:
        raise WrongQuestion(
            msg("Say the days: --from DAY --to DAY, or --period 2023-06."),
        )
    require_range(first, last)
    return Days(first, last)


def asked_slices(where: Sequence[str] | None) -> dict[str, tuple[str, ...]]:
    """The slices of all `--where`. Raises WrongQuestion for another form."""
    from kpis.slices import parse_slices

    return parse_slices(";".join(where or ()))


def check_source(
    name: str, known: Collection[str], province: str | None = None, faults: "Mapping[str, Abort] | None" = None
) -> None:
    """Refuses a source that is not among those of the installation or, where one is named, of the province; raises what
    is wrong with its file where it is in `faults`."""
    if name not in known:
        if faults and name in faults:
            raise faults[name]
        there = ", ".join(known)
        raise typer.BadParameter(
            say(
                "{owner} has no source {name!r}; it has {there}",
                owner=province or msg("this installation"),
                name=name,
                there=there,
            )
        )


First = typer.Option("--from", parser=parse_day, metavar="YYYY-MM-DD", help=N_("First day"))
Last = typer.Option("--to", parser=parse_day, metavar="YYYY-MM-DD", help=N_("Last day, inclusive"))
Period = typer.Option("--period", help=N_("Instead of days: 2023-06, 2023-Q2, 2023-H1, 2023, 2023-06-ytd"))
Province = typer.Option(
    "--province",
    metavar="CODE",
    help=N_("Province such as H37, where there are several"),
)
AreaCode = typer.Option("--area", help=N_("Area, with all below it"))
Where = typer.Option("--where", help=N_("Keep: channel=online, level=3|4"))
Measure = typer.Option("--measure", help=N_("Another measure: received"))
