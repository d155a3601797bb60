"""What one TOML file says of a KPI. The file is the rule: SQL over one serving view, and who answers for it."""

import hashlib
import re
import tomllib
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from connectors.errors import Abort
from connectors.spec import load_sources
from warehouse.kpis.errors import WrongQuestion, nearest

KPIS = Path(__file__).parent
VIEWS = KPIS.parent / "serving"
Kind = Literal["flow", "distinct", "stock", "cumulative"]
"""`flow` sums what happened in a range; `distinct` counts different things in it, so its parts do not add up;
`stock` is the newest known state on the range's last day; `cumulative` is a running total, and a range of more
than one day asks for what was added in it."""
Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,60}$")]
POPULATION = "population"
"""As a denominator: people of the asked area in the year of the range's last day."""
GROWTH = "growth"
"""The measure that every running figure has: its change in percent from the first day to the last."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Formula(_Strict):
    """How one figure is computed: value = scale × numerator ÷ denominator, over the rows that `where` keeps."""

    unit: str
    kind: Kind
    day: Identifier | None = None
    """Column whose day puts a row into a range, or names the snapshot that it belongs to."""
    valid: tuple[Identifier, Identifier] | None = None
    """Instead of `day`, for a stock: a row counts from the first column's day until the day before the second's."""
    per: list[Identifier] = []
    """Who delivers the snapshots: each one's newest counts, so that a late one keeps its last figure."""
    grain: Literal["day", "month"] = "day"
    """`month`: figures are of whole months, so only months that lie in the range as a whole count."""
    where: str = "true"
    numerator: str
    denominator: str | None = None
    scale: Decimal = Decimal(1)
    breakdowns: list[Identifier] = []

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.kind == "stock" and (self.day is None) == (self.valid is None):
            raise ValueError("a stock needs either day (snapshots) or valid (first and end of validity)")
        if self.kind != "stock" and (self.day is None or self.valid):
            raise ValueError(f"a {self.kind} needs day, and valid is for stocks")
        if self.per and (self.kind in ("flow", "distinct") or self.valid):
            raise ValueError("per is for snapshots: a stock or cumulative figure with day")
        if self.grain == "month" and self.kind not in ("flow", "distinct"):
            raise ValueError("grain = 'month' is for a flow or distinct figure")
        if self.kind == "cumulative" and self.denominator:
            raise ValueError("a cumulative figure has no denominator: its range is a difference of totals")
        return self

    @property
    def is_running(self) -> bool:
        """Whether the figure has a value on a single day that can grow from one day to another."""
        return self.kind in ("stock", "cumulative") and self.denominator is None

    @property
    def columns(self) -> list[str]:
        return [c for c in (self.day, *(self.valid or ()), *self.per, *self.breakdowns) if c]


class Measure(_Strict):
    """A further figure of a KPI. What it does not say is as in the KPI, but for denominator and scale."""

    numerator: str
    unit: str
    denominator: str | None = None
    scale: Decimal = Decimal(1)
    kind: Kind | None = None
    day: Identifier | None = None
    where: str | None = None
    breakdowns: list[Identifier] | None = None


class Name(_Strict):
    """What people call it."""

    vi: str
    en: str


class Definition(Formula):
    """A KPI: its own figure (called `measure`), its further measures, and who answers for it on what basis."""

    id: Identifier
    name: Name
    measure: Identifier
    good: Literal["up", "down", "none"]
    reads: Identifier
    measures: dict[Identifier, Measure] = {}
    part_of: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+\.[a-z0-9_]+$")] | None = None
    """`kpi.measure` that counts a set of which this KPI's rows are a subset, with the same breakdowns."""
    sources: list[str] = Field(min_length=1)
    owner: str
    government: bool = False
    version: int = Field(ge=1)
    basis: str

    @model_validator(mode="after")
    def _refers_to_what_exists(self) -> Self:
        views = serving_views()
        if self.reads not in views:
            raise ValueError(f"reads names {self.reads!r}; there are {', '.join(sorted(views))}")
        taken = {self.measure, GROWTH} & set(self.measures)
        if taken:
            raise ValueError(f"measures.{taken.pop()} is the name of a figure that the KPI has anyway")
        for name in (self.measure, *self.measures):
            for column in self.formula(name).columns:
                if column not in views[self.reads]:
                    known = ", ".join(views[self.reads])
                    raise ValueError(f"{name}: serving.{self.reads} has no column {column!r}; it has {known}")
        feeds = {f"{s.name}.{feed}" for s in load_sources().values() for feed in s.feeds}
        for feed in self.sources:
            if feed not in feeds:
                raise ValueError(f"sources names {feed!r}; there are {', '.join(sorted(feeds))}")
        return self

    @property
    def feeds(self) -> list[tuple[str, str]]:
        """Source and feed of everything that the KPI depends on."""
        return [(source, feed) for source, _, feed in (name.partition(".") for name in self.sources)]

    @property
    def measure_names(self) -> list[str]:
        """Every measure that can be asked, the KPI's own first."""
        return [self.measure, *self.measures, *([GROWTH] if self.is_running else [])]

    def formula(self, measure: str) -> Formula:
        """The formula of a measure. Raises WrongQuestion naming the measures that exist."""
        own = {name: getattr(self, name) for name in Formula.model_fields}
        if measure in (self.measure, GROWTH) and measure in self.measure_names:
            return Formula.model_validate(own)
        if measure not in self.measures:
            raise WrongQuestion(f"KPI {self.id} has no measure {measure!r}; {nearest(measure, self.measure_names)}")
        said = {k: v for k, v in self.measures[measure].model_dump().items() if v is not None}
        own |= {"denominator": None, "scale": Decimal(1)}
        if "day" in said:
            own["valid"] = None
        if said.get("kind") in ("flow", "distinct"):
            own["per"] = []
        return Formula.model_validate(own | said)

    @property
    def body(self) -> dict[str, Any]:
        """The definition as stored beside the values that it gave."""
        return self.model_dump(mode="json")

    @property
    def sha256(self) -> str:
        """Hash of what the file says; layout and comments do not count."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()


@cache
def serving_views(folder: Path = VIEWS) -> dict[str, list[str]]:
    """View → its columns, as its file comments them."""
    return {
        path.stem.split("_", 1)[1]: re.findall(
            r"(?m)^comment on column serving\.\w+\.(\w+) is", path.read_text("utf-8")
        )
        for path in sorted(folder.glob("*.sql"))
    }


def load_definition(path: Path) -> Definition:
    """One KPI from its file. Raises Abort that names the file, the key and what is allowed there."""
    try:
        raw = tomllib.loads(path.read_text("utf-8"), parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise Abort(f"{path.name} is no valid TOML: {error}") from None
    try:
        return Definition.model_validate({"id": path.stem, **raw})
    except ValidationError as error:
        raise Abort(f"{path.name}: {_describe(error)}") from None


def _describe(error: ValidationError) -> str:
    faults = []
    for fault in error.errors():
        where = ".".join(str(part) for part in fault["loc"])
        message = fault["msg"].removeprefix("Value error, ")
        if fault["type"] == "extra_forbidden":
            block = Measure if fault["loc"][0] == "measures" else Name if fault["loc"][0] == "name" else Definition
            keys = [name for name in block.model_fields if name != "id"]
            message = f"unknown key; {nearest(str(fault['loc'][-1]), keys)}"
        elif fault["type"] == "missing":
            message = "is missing"
        faults.append(f"{where}: {message}" if where else message)
    return "; ".join(faults)


@cache
def load_definitions(folder: Path = KPIS) -> dict[str, Definition]:
    """All KPIs, by id. Raises Abort for the first file with a fault."""
    definitions = {path.stem: load_definition(path) for path in sorted(folder.glob("*.toml"))}
    for definition in definitions.values():
        if definition.part_of:
            kpi, _, measure = definition.part_of.partition(".")
            if kpi not in definitions or measure not in definitions[kpi].measure_names:
                raise Abort(f"{definition.id}.toml: part_of names {definition.part_of!r}, which does not exist")
    return definitions


def find_definition(kpi: str) -> Definition:
    """The KPI of that id. Raises WrongQuestion naming the nearest ones."""
    definitions = load_definitions()
    if kpi not in definitions:
        raise WrongQuestion(f"There is no KPI {kpi!r}; {nearest(kpi, list(definitions))}")
    return definitions[kpi]
