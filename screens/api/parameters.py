"""Query parameters of the API as models: each route takes a model, and no parameter besides."""

from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from hub.errors import Invalid, WrongQuestion
from hub.periods import Period, parse_period, year_fault
from hub.translation import msg
from kpis.slices import parse_slices
from screens.request_errors import invalid_parameter, invalid_parameters


def _known_year(day: date) -> date:
    if fault := year_fault(day.year):
        raise Invalid(fault)
    return day


Day = Annotated[date, AfterValidator(_known_year)]
Area = Annotated[
    str | None,
    Field(
        min_length=1,
        max_length=20,
        description="Area code as of each period's last day, with all below it; the caller's own area without it",
        examples=["20"],
    ),
]
PeriodText = Annotated[
    str | None, Field(max_length=20, description="2023-06, 2023-Q2, 2023-H1, 2023 or 2023-05-ytd", examples=["2023-H1"])
]
AsOf = Annotated[
    Day | None, Field(description="What was published at the end of that day, Vietnam time", examples=["2023-07-31"])
]


Limit = Annotated[int, Field(ge=1, le=1000, description="Most entries of a page")]


class Parameters(BaseModel):
    """What every route takes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    lang: Annotated[
        Literal["vi", "en"] | None, Field(description="Language; Accept-Language, then Vietnamese, without it")
    ] = None
    province: Annotated[
        str | None,
        Field(
            min_length=1,
            max_length=40,
            description="Province by its organisation code, for callers who see several",
            examples=["H37"],
        ),
    ] = None

    @model_validator(mode="before")
    @classmethod
    def _only_known(cls, given: dict[str, Any]) -> dict[str, Any]:
        """Refuses unknown parameters as `extra` does, and names those that the route has."""
        known = {field.alias or name for name, field in cls.model_fields.items()}
        unknown = [name for name in given if name not in known]
        if unknown:
            listed = ", ".join(sorted(known))
            problem = msg("unknown; there is {listed}", listed=listed)
            raise invalid_parameters(dict.fromkeys(unknown, problem))
        return given


class DaysParameters(Parameters):
    """Of which days: a period by its name, or the first and the last day."""

    period: PeriodText = None
    first: Annotated[Day | None, Field(alias="from", description="First day", examples=["2023-01-01"])] = None
    last: Annotated[Day | None, Field(alias="to", description="Last day, inclusive", examples=["2023-06-30"])] = None

    @model_validator(mode="after")
    def _check_days(self) -> Self:
        if self.period and (self.first or self.last):
            raise invalid_parameter("period", msg("is not combined with from or to"))
        if (self.first or self.last) and not (self.first and self.last and self.first <= self.last):
            raise invalid_parameter("from", msg("both are needed, from not after to"))
        return self

    @property
    def days(self) -> Period | None:
        """None where none are named. Raises RequestError 422 for a period that cannot be read."""
        if self.first and self.last:
            return Period(self.first, self.last)
        return read_period(self.period) if self.period else None


class PlaceParameters(Parameters):
    """Of which place and slice."""

    area: Area = None
    where: Annotated[
        list[str] | None,
        Field(
            max_length=10,
            description="Keep values of a breakdown: channel=online, level=3|4; several are combined",
            examples=[["channel=online"]],
        ),
    ] = None

    @property
    def slices(self) -> dict[str, tuple[str, ...]]:
        """`where`, read."""
        return parse_slices(";".join(self.where or []))

    @model_validator(mode="after")
    def _check_slices(self) -> Self:
        try:
            self.slices  # noqa: B018 - raises where it cannot be read
        except WrongQuestion:
            raise invalid_parameter("where", msg("write channel=online or level=3|4")) from None
        return self


def read_period(text: str) -> Period:
    """A period as people write it. Raises RequestError 422 showing how."""
    try:
        return parse_period(text)
    except WrongQuestion:
        listed = "2023-06, 2023-Q2, 2023-H1, 2023, 2023-05-ytd"
        raise invalid_parameter("period", msg("write {listed}", listed=listed)) from None


class PageParameters(Parameters):
    """What routes take that answer in pages, see cursors.py."""

    cursor: Annotated[
        str | None,
        Field(max_length=300, description="`next` of the page before; leave all other parameters as they were"),
    ] = None
    limit: Limit = 100
