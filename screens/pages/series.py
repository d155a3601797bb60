"""The figures that a KPI's trend is drawn of: months as they are published; days, weeks and further measures, which are
not kept, as they are computed."""

from collections.abc import Mapping
from datetime import date
from typing import Literal, get_args

from hub.periods import Period, last_days, last_periods, last_weeks
from hub.translation import msg
from kpis.disclosure import only_published
from kpis.figure import Figure
from kpis.history import Entry
from screens.answers import computed_series
from screens.database import Snapshot
from screens.pages.choice import Choice
from screens.pages.frame import Visit, address
from screens.pages.places import same_place
from screens.pages.points import MONTHS, months
from screens.request_errors import invalid_parameter
from screens.scope import Subject, not_countable
from screens.view_models.page import Link

Step = Literal["month", "week", "day"]
DAYS, WEEKS = 31, 13
Series = Mapping[Period, Entry | Figure | None]


def read_step(text: str) -> Step:
    """What the address asks for. Raises RequestError 422 for anything else."""
    if text not in get_args(Step):
        raise invalid_parameter("series", msg("month, week or day"))
    return text  # type: ignore[return-value]


def steps(s: Snapshot, subject: Subject) -> list[Step]:
    """By what the trend can be drawn: by days and weeks where the measure has them and the caller may count them."""
    question, kpi, _ = subject
    formula = kpi.formula(question.measure or kpi.measure)
    is_given = not only_published(kpi, s.leaves) and not_countable(s, subject) is None
    return ["month", "week", "day"] if formula.is_by_day and is_given else ["month"]


def series(s: Snapshot, subject: Subject, own: Figure, step: Step) -> Series:
    """The figures up to the shown period's last day."""
    question, kpi, _ = subject
    if step == "month" and question.measure is None:
        return months(s, [kpi], own.last, same_place(s, own.place), own.breakdown)[kpi.id]
    if step not in steps(s, subject) or only_published(kpi, s.leaves) or not_countable(s, subject):
        return {}
    found = computed_series(s, subject, _periods(step, own.last))
    return found if any(one.value is not None for one in found.values()) else {}


def step_links(v: Visit, choice: Choice, path: str, offered: list[Step], shown: Step) -> list[Link]:
    """The other ways to draw it; none where there is one only."""
    if len(offered) < 2:
        return []
    return [
        Link(
            v.label(f"step.{one}"),
            address(choice.to(path), [("series", None if one == "month" else one)]),
            one == shown,
        )
        for one in offered
    ]


def _periods(step: Step, last: date) -> list[Period]:
    if step == "day":
        return last_days(last, DAYS)
    return last_weeks(last, WEEKS) if step == "week" else last_periods("month", last, MONTHS)
