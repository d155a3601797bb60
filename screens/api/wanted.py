"""Which figures are asked for: the parameters that observations and their files share."""

from datetime import date
from typing import Annotated

from fastapi import Query

from hub.errors import WrongQuestion
from hub.periods import STANDARD, Freq, Period, last_periods, parse_period
from kpis.definition import Definition
from kpis.figure import Figure, Status
from kpis.slices import parse_slices
from screens.answers import computed, observations, parts
from screens.api.asked import check_days
from screens.database import Snapshot
from screens.directory import find_kpi, newest_period
from screens.faults import wrong
from screens.scope import ask
from screens.small_cells import given_out

MOST = 200
"""Periods of one answer's question."""
Area = Annotated[
    str | None,
    Query(
        min_length=1,
        max_length=20,
        description="Area code as of each period's last day, with all below it; the caller's own area without it",
        examples=["20"],
    ),
]
Written = Annotated[
    str | None,
    Query(max_length=20, description="2023-06, 2023-Q2, 2023-H1, 2023 or 2023-05-ytd", examples=["2023-H1"]),
]
AsOf = Annotated[
    date | None,
    Query(description="What was published at the end of that day, Vietnam time", examples=["2023-07-31"]),
]


class Wanted:
    """A KPI's figures over periods; each by itself, so that parameters can be combined freely."""

    def __init__(
        self,
        area: Area = None,
        where: Annotated[
            list[str] | None,
            Query(
                max_length=10,
                description="Keep values of a breakdown: channel=online, level=3|4; several are combined",
                examples=[["channel=online"]],
            ),
        ] = None,
        period: Written = None,
        first: Annotated[date | None, Query(alias="from", description="First day", examples=["2023-01-01"])] = None,
        last_day: Annotated[
            date | None, Query(alias="to", description="Last day, inclusive", examples=["2023-06-30"])
        ] = None,
        freq: Annotated[
            Freq | None, Query(description="Periods of that kind within from … to; without it one range")
        ] = None,
        last: Annotated[
            int | None, Query(ge=1, le=MOST, description="The last so many periods of that kind, up to `to`")
        ] = None,
        as_of: AsOf = None,
        status: Annotated[Status | None, Query(description="Only figures of that status")] = None,
        by: Annotated[
            str | None,
            Query(
                max_length=60,
                description="The published parts by one breakdown instead of the whole; `area`: the areas below",
                examples=["channel"],
            ),
        ] = None,
        measure: Annotated[
            str | None,
            Query(
                max_length=60, description="Another figure of the KPI, computed from the facts", examples=["received"]
            ),
        ] = None,
    ) -> None:
        self.area, self.period, self.first, self.last_day, self.freq, self.last = (
            *(area, period, first, last_day),
            *(freq, last),
        )
        self.as_of, self.status, self.by, self.measure = as_of, status, by, measure
        self.where = read_where(where or [])
        self._check()

    def _check(self) -> None:
        check_days(from_=self.first, to=self.last_day, as_of=self.as_of)
        if self.period and (self.first or self.last_day or self.freq or self.last):
            raise wrong("period", "không dùng cùng from, to, freq, last", "is not combined with from, to, freq or last")
        if self.first and self.last_day and self.last_day < self.first:
            raise wrong("to", "trước from", "is before from")
        if self.first and not self.last_day:
            raise wrong("to", "bắt buộc phải có khi có from", "is required beside from")
        if self.last and self.first:
            raise wrong("last", "không dùng cùng from", "is not combined with from")
        if self.measure and (self.by or self.as_of):
            raise wrong(
                "measure",
                "chỉ tính được hiện tại và không theo phân tổ",
                "is computed as of now and as a whole: leave by and as_of out",
            )
        if self.by and self.where:
            raise wrong("by", "không dùng cùng where", "is not combined with where")

    def periods(self, s: Snapshot) -> list[Period]:
        """The asked periods, oldest first."""
        if self.period:
            return [read_period(self.period)]
        if self.first and self.last_day:
            if self.freq is None:
                return [Period(self.first, self.last_day)]
            return self._within(self.freq, self.first, self.last_day)
        freq: Freq = self.freq or "month"
        end = self.last_day
        if end is None:
            newest = newest_period(s)
            end = newest.last if newest else s.now.date()
        return last_periods(freq, end, self.last or (12 if self.last_day is None or self.freq else 1))

    @staticmethod
    def _within(freq: Freq, first: date, last: date) -> list[Period]:
        """The periods of that kind that end in the range, oldest first."""
        months = (last.year - first.year) * 12 + last.month - first.month + 2
        count = months if freq == "ytd" else months // STANDARD[freq] + 2
        if count > MOST + 2:
            raise wrong("from", f"quá {MOST} kỳ", f"asks for more than {MOST} periods")
        return [
            one
            for one in last_periods(freq, last, count)
            if first <= one.last <= last and (one.first >= first or freq == "ytd")
        ]

    def read(
        self, s: Snapshot, kpi: str, leaves: bool, start: int = 0, count: int | None = None
    ) -> tuple[list[Figure], bool]:
        """The figures of periods from the `start`-th on, and whether more follow; without small cells where the answer
        `leaves` the hub. Raises Fault for what cannot be."""
        found = find_kpi(s, kpi)
        every = self.periods(s)
        asked = every[start:] if count is None else every[start : start + count]
        shown = self._figures(s, found, asked)
        if leaves:
            shown = given_out(s, shown, self.as_of)
        return [one for one in shown if self.status in (None, one.status)], start + len(asked) < len(every)

    def _figures(self, s: Snapshot, kpi: Definition, asked: list[Period]) -> list[Figure]:
        if self.by is not None:
            for period in asked:
                ask(s, kpi, period, self.area, by=[self.by])
            return [one for period in asked for one in parts(s, kpi, period, self.by, self.area, self.as_of)]
        if self.measure is not None:
            return [computed(s, ask(s, kpi, period, self.area, self.where, measure=self.measure)) for period in asked]
        return observations(s, kpi, asked, self.area, self.where, self.as_of)


def read_where(written: list[str]) -> dict[str, tuple[str, ...]]:
    """A slice from its parameters. Raises Fault 422 showing the form."""
    try:
        return parse_slices(";".join(written))
    except WrongQuestion:
        raise wrong("where", "viết như channel=online hoặc level=3|4", "write channel=online or level=3|4") from None


def read_period(text: str) -> Period:
    """A period as people write it. Raises Fault 422 showing how."""
    try:
        return parse_period(text)
    except WrongQuestion:
        listed = "2023-06, 2023-Q2, 2023-H1, 2023, 2023-05-ytd"
        raise wrong("period", f"viết như {listed}", f"write {listed}") from None
