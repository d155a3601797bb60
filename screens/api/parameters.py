"""Query parameters of the API as models: each route takes a model, and no parameter besides."""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from hub.errors import Invalid
from hub.periods import year_fault
from hub.translation import msg
from screens.request_errors import invalid_parameters


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


class PageParameters(Parameters):
    """What routes take that answer in pages, see cursors.py."""

    cursor: Annotated[
        str | None,
        Field(max_length=300, description="`next` of the page before; leave all other parameters as they were"),
    ] = None
    limit: Limit = 100
