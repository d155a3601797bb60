"""How a report writes figures, days and changes. A report is written in Vietnamese, as its office's documents are."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from hub.dates import month_number, period_text
from hub.periods import Period
from hub.translation import Wording, msg
from hub.units import number_text, round_half_up, unit_text
from kpis.definition import GROWTH
from kpis.figure import Change, Figure

_DECIMALS = 2


def say(message: Wording) -> str:
    """A message in the language of reports."""
    return message.text("vi")


def day(value: date) -> str:
    """30/6/2023, 05/02/2023: as Decree 30/2020 has it, with a zero before days below 10 and before months 1 and 2."""
    return f"{value.day:02}/{month_number(value)}/{value.year}"


def period(days: Period) -> str:
    """What people call the range, as it stands within a sentence: 6 tháng đầu năm 2023."""
    if days.months is None:
        return range_text(days)
    named = period_text(days.first, days.last, "vi")
    return named[:1].lower() + named[1:]


def rounded(value: Decimal) -> Decimal:
    """The value as it is written: with two decimals at most, and no zeros at its end."""
    found = round_half_up(value, _DECIMALS)
    whole = found.to_integral_value()
    return whole if found == whole else found.normalize()


def number(value: Decimal) -> str:
    """The same as text."""
    return number_text(rounded(value), "vi")


def amount(value: Decimal, unit: str) -> str:
    """A value with its unit: 93,37%, 650 tỷ đồng."""
    return f"{number(value)}%" if unit == "%" else f"{number(value)} {unit_text(unit, 'vi')}"


def moment(figure: Figure) -> bool:
    """Whether the figure is of a day, not of what happened in a range."""
    return figure.measure != GROWTH and (
        figure.period.first == figure.period.last or figure.definition.formula(figure.measure).kind == "stock"
    )


def days(figure: Figure) -> str:
    """Of which days a figure is."""
    return range_text(Period(figure.last, figure.last) if moment(figure) else figure.period)


def range_text(days: Period) -> str:
    """A range by its days; one day is up to which something was counted."""
    if days.first == days.last:
        return say(msg("to {day}", day=day(days.last)))
    return say(msg("from {first} to {last}", first=day(days.first), last=day(days.last)))


def moved(change: Change) -> str | None:
    """How far a figure moved: tăng 5,2%, giảm 0,3 điểm %; None where that is not known."""
    if change.difference is None:
        return None
    percent = change.percent
    size = amount(abs(change.difference), change.unit) if percent is None else amount(abs(percent), "%")
    if number(abs(change.difference)) == "0":
        return say(msg("unchanged"))
    return say(msg("up {size}", size=size) if change.difference > 0 else msg("down {size}", size=size))


def since(figure: Figure) -> str:
    """With what a figure is compared."""
    return say(msg("the end of the period before") if moment(figure) else msg("the same period of the year before"))


def target(figure: Figure) -> str | None:
    """How far the figure is on the way to the year's target; None where there is none."""
    if figure.target is None or figure.value is None:
        return None
    goal, year = amount(figure.target, figure.unit), figure.last.year
    if moment(figure) or figure.unit == "%" or figure.attainment is None:
        return say(msg("target of {year}: {goal}", year=year, goal=goal))
    reached = amount(figure.attainment, "%")
    return say(msg("{reached} of the target of {year} ({goal})", reached=reached, year=year, goal=goal))


def numbers(values: Sequence[int]) -> str:
    """Numbers as runs: 3–9, 12."""
    runs: list[list[int]] = []
    for value in values:
        if runs and value == runs[-1][-1] + 1:
            runs[-1].append(value)
        else:
            runs.append([value])
    return ", ".join(f"{run[0]}–{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)
