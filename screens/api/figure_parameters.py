"""Parameters of figures, which observations, explanations and files share."""

from datetime import date
from typing import Annotated, Self

from pydantic import Field, model_validator

from hub.periods import STANDARD, Freq, Period, last_periods
from hub.translation import msg
from kpis.definition import Definition
from kpis.figure import Figure, Status
from screens.answers import computed, observations, parts
from screens.api.parameters import AsOf, Day, PeriodText, PlaceParameters, read_period
from screens.database import Snapshot
from screens.directory import find_kpi, newest_period
from screens.request_errors import invalid_parameter
from screens.scope import ask

MOST = 200
"""Periods of one answer's question."""


class FigureParameters(PlaceParameters):
    """Which figures of a KPI: periods, place, slice."""

    period: PeriodText = None
    first: Annotated[Day | None, Field(alias="from", description="First day", examples=["2023-01-01"])] = None
    last_day: Annotated[Day | None, Field(alias="to", description="Last day, inclusive", examples=["2023-06-30"])] = (
        None
    )
    freq: Annotated[Freq | None, Field(description="Periods of that kind within from … to; without it one range")] = (
        None
    )
    last: Annotated[
        int | None, Field(ge=1, le=MOST, description="The last so many periods of that kind, up to `to`")
    ] = None
    as_of: AsOf = None
    status: Annotated[Status | None, Field(description="Only figures of that status")] = None
    by: Annotated[
        str | None,
        Field(
            max_length=60,
            description="The published parts by one breakdown instead of the whole; `area`: the areas below",
            examples=["channel"],
        ),
    ] = None
    measure: Annotated[
        str | None,
        Field(max_length=60, description="Another figure of the KPI, computed from the facts", examples=["received"]),
    ] = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.period and (self.first or self.last_day or self.freq or self.last):
            raise invalid_parameter("period", msg("is not combined with from, to, freq or last"))
        if self.first and self.last_day and self.last_day < self.first:
            raise invalid_parameter("to", msg("is before from"))
        if self.first and not self.last_day:
            raise invalid_parameter("to", msg("is required beside from"))
        if self.last and self.first:
            raise invalid_parameter("last", msg("is not combined with from"))
        if self.measure and (self.by or self.as_of):
            raise invalid_parameter(
                "measure",
                msg("is computed as of now and as a whole: leave by and as_of out"),
            )
        if self.by and self.where:
            raise invalid_parameter("by", msg("is not combined with where"))
        return self

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
            raise invalid_parameter("from", msg("asks for more than {most} periods", most=MOST))
        return [
            one
            for one in last_periods(freq, last, count)
            if first <= one.last <= last and (one.first >= first or freq == "ytd")
        ]

    def read(self, s: Snapshot, kpi: str, start: int = 0, count: int | None = None) -> tuple[list[Figure], bool]:
        """The figures of periods from the `start`-th on, and whether more follow. Raises RequestError for what cannot
        be."""
        found = find_kpi(s, kpi)
        every = self.periods(s)
        asked = every[start:] if count is None else every[start : start + count]
        shown = self._figures(s, found, asked)
        return [one for one in shown if self.status in (None, one.status)], start + len(asked) < len(every)

    def _figures(self, s: Snapshot, kpi: Definition, asked: list[Period]) -> list[Figure]:
        if self.by is not None:
            for period in asked:
                ask(s, kpi, period, self.area, by=[self.by])
            return [one for period in asked for one in parts(s, kpi, period, self.by, self.area, self.as_of)]
        if self.measure is not None:
            return [computed(s, ask(s, kpi, period, self.area, self.slices, measure=self.measure)) for period in asked]
        return observations(s, kpi, asked, self.area, self.slices, self.as_of)
