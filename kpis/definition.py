"""What one TOML file says of a KPI. The file is the rule: SQL over one serving view, and who answers for it."""

import hashlib
import json
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, Protocol, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from hub.errors import Abort, Invalid, WrongQuestion
from hub.names import Name
from hub.suggestions import nearest
from hub.toml_files import read_toml
from hub.translation import Wording, msg
from hub.validation import describe
from kpis import expression

KPIS = Path(__file__).parent / "definitions"
Good = Literal["up", "down", "none"]
"""Which way is good."""
Kind = Literal["flow", "distinct", "stock", "cumulative"]
"""`flow` sums what happened in a range; `distinct` counts different things in it, so its parts do not add up;
`stock` is the newest known state on the range's last day; `cumulative` is a running total, and a range of more
than one day asks for what was added in it."""
Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,60}$")]
FeedName = Annotated[str, StringConstraints(pattern=r"^[^.]+\.[^.]+$")]
"""`source.feed`. Whether there is such a feed depends on the installation, see kpis.dependencies."""
POPULATION, AREA_KM2, PLAN = QUANTITIES = ("population", "area_km2", "plan")
"""Instead of SQL, as numerator or denominator: people of the asked area in the year of the range's last day, its
surface, and what was planned for that year for the asked slice."""
FIRST_DAY = date(2020, 1, 1)
_STATISTICS = "statistics"
GROWTH = "growth"
"""The measure that every running figure has: its change in percent from the first day to the last."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Measured(Protocol):
    """Whatever says of which measure it is, and in which unit: a figure, an observation, a definition."""

    @property
    def measure(self) -> str: ...

    @property
    def unit(self) -> str: ...


def comparable(one: Measured, other: Measured) -> bool:
    """Whether both are of one measure in one unit; an older version of a KPI may give another."""
    return (one.measure, one.unit) == (other.measure, other.unit)


class Formula(_Strict):
    """How one figure is computed: value = scale × numerator ÷ denominator, over the rows that `where` keeps.

    Numerator and denominator are SQL over the view's rows, or one of QUANTITIES. The SQL sums or counts, so that
    figures of areas add up; only what counts distinct things is known not to.
    """

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
    indicators: list[Identifier] = []
    """Of statistics: the indicators whose values count, as the specifications of the sources declare them. Of a stock
    each one's newest value counts."""
    where: str = "true"
    numerator: str
    denominator: str | None = None
    scale: Decimal = Decimal(1)
    root: bool = False
    """The value is the square root of what the formula gives."""
    share: dict[Identifier, str] = Field(default={}, max_length=1)
    """Breakdown → value: the numerator keeps that value unless another is asked for, the denominator all of them."""
    breakdowns: list[Identifier] = []

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.kind == "stock" and (self.day is None) == (self.valid is None):
            raise Invalid(
                msg("a stock needs either day (snapshots) or valid (first and end of validity)"),
            )
        if self.kind != "stock" and (self.day is None or self.valid):
            raise Invalid(
                msg("a {kind} needs day, and valid is for stocks", kind=self.kind),
            )
        if self.per and (self.kind in ("flow", "distinct") or self.valid):
            raise Invalid(
                msg("per is for snapshots: a stock or cumulative figure with day"),
            )
        if self.grain == "month" and self.kind not in ("flow", "distinct"):
            raise Invalid(
                msg("grain = 'month' is for a flow or distinct figure"),
            )
        if self.kind == "cumulative" and self.denominator:
            raise Invalid(
                msg("a cumulative figure has no denominator: its range is a difference of totals"),
            )
        if self.kind == "cumulative" and (self.numerator in QUANTITIES or self.root):
            raise Invalid(
                msg("a cumulative figure is a running total from SQL, without root"),
            )
        if self.share and (self.denominator is None or {self.numerator, self.denominator} & set(QUANTITIES)):
            raise Invalid(
                msg("share splits a quotient of two SQL expressions: numerator and denominator"),
            )
        for name in self.share:
            if name not in self.breakdowns or name == "area":
                known = ", ".join(b for b in self.breakdowns if b != "area")
                raise Invalid(
                    msg("share names {name!r}, which is none of its breakdowns {known}", name=name, known=known),
                )
        return self

    @property
    def quantities(self) -> set[str]:
        """The reference quantities that it takes, none for most."""
        return {self.numerator, str(self.denominator)} & set(QUANTITIES)

    @property
    def aggregates(self) -> list[str]:
        """What of numerator and denominator is SQL."""
        return [one for one in (self.numerator, self.denominator) if one is not None and one not in QUANTITIES]

    @property
    def counts_distinct(self) -> bool:
        """Whether different things are counted, so that figures of parts do not add up to the whole's."""
        return self.kind == "distinct" or any(map(expression.counts_distinct, self.aggregates))

    @property
    def adds_up(self) -> bool:
        """Whether figures of parts of the time are known to add up to the whole's: only counts and sums of a flow."""
        return self.kind == "flow" and not self.counts_distinct and all(map(expression.is_additive, self.aggregates))

    @property
    def is_by_day(self) -> bool:
        """Whether a single day or week has a figure of its own: what happens does, unless it is told by the month."""
        return self.kind in ("flow", "distinct") and self.grain == "day" and not self.indicators

    @property
    def accumulates(self) -> bool:
        """Whether a year's figure is the sum of what its days added, so that a part of the year has a part of it: of a
        count or sum, of what is added to a running total, and of either per plan or people of the year."""
        is_sum = self.adds_up or (self.kind == "cumulative" and not self.counts_distinct)
        return is_sum and self.numerator in self.aggregates and self.aggregates == [self.numerator] and not self.root

    @property
    def null_is_none(self) -> bool:
        """Whether the numerator's null means that there was nothing to count; else it means that no row says it. A
        source of statistics says what is 0."""
        return (
            not self.indicators
            and self.numerator in self.aggregates
            and (bool(self.share) or expression.has_filter(self.numerator))
        )

    @property
    def is_running(self) -> bool:
        """Whether the figure has a value on a single day that can grow from one day to another."""
        counted = self.denominator is None and self.numerator not in QUANTITIES and not self.root
        return self.kind in ("stock", "cumulative") and counted

    @property
    def delivered_per(self) -> list[str]:
        """The columns by which the newest snapshot is looked for."""
        return [*self.per, *(["indicator"] if self.indicators else [])]

    @property
    def columns(self) -> list[str]:
        return [c for c in (self.day, *(self.valid or ()), *self.per, *self.breakdowns) if c]


class Measure(_Strict):
    """A further figure of a KPI. What it does not say is as in the KPI, but for denominator, scale, root and share."""

    name: Name | None = None
    numerator: str
    unit: str
    denominator: str | None = None
    scale: Decimal = Decimal(1)
    root: bool = False
    share: dict[Identifier, str] = {}
    kind: Kind | None = None
    day: Identifier | None = None
    indicators: list[Identifier] | None = None
    where: str | None = None
    breakdowns: list[Identifier] | None = None


class Definition(Formula):
    """A KPI: its own figure (called `measure`), its further measures, and who answers for it on what basis."""

    id: Identifier
    name: Name
    field: Identifier | None = None
    """Field of the reports that it belongs to, see serving.fields; without one only accounts of all fields see it."""
    measure: Identifier
    good: Good
    reads: Identifier
    measures: dict[Identifier, Measure] = {}
    part_of: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+\.[a-z0-9_]+$")] | None = None
    """`kpi.measure` that counts a set of which this KPI's rows are a subset, with the same breakdowns."""
    sources: list[FeedName] = Field(min_length=1)
    owner: str
    government: bool = False
    further: bool = False
    """Whether it is a further indicator of its field, which stands behind the KPIs there."""
    about_persons: bool = False
    """Whether each record is about one person or a person's case: then small cells do not leave the hub."""
    outcomes: list[Identifier] = []
    """Breakdowns by what became of a case, such as whether it was late. Who has such a value is what the figure says,
    and no group that others know: with the whole its parts leave the hub, however few."""
    version: int = Field(ge=1)
    valid_from: date = FIRST_DAY
    """The version governs ranges that end on or after this day, until a later version does."""
    basis: Name
    """Where the rule comes from."""

    @model_validator(mode="after")
    def _refers_to_what_exists(self) -> Self:
        from warehouse.serving_views import view_files  # noqa: PLC0415 - reading the DAG files needs no warehouse

        if self.reads not in view_files():
            known = ", ".join(sorted(view_files()))
            raise Invalid(
                msg("reads names {reads!r}; there are {known}", reads=self.reads, known=known),
            )
        if (self.reads == _STATISTICS) != bool(self.indicators):
            raise Invalid(msg("indicators names which of serving.{view} count; there only", view=_STATISTICS))
        for name in self.outcomes:
            if name not in self.breakdowns:
                near = nearest(name, self.breakdowns)
                raise Invalid(msg("outcomes names {name!r}, which is no breakdown; {near}", name=name, near=near))
        taken = {self.measure, GROWTH} & set(self.measures)
        if taken:
            name = taken.pop()
            raise Invalid(
                msg("measures.{name} is the name of a figure that the KPI has anyway", name=name),
            )
        for name in (self.measure, *self.measures):
            formula = self.formula(name)
            self._check_columns(name, formula.columns)
            for key in ("where", "numerator", "denominator"):
                text = getattr(formula, key)
                if key == "where" or text in formula.aggregates:
                    place = f"measures.{name}.{key}" if name in self.measures else key
                    try:
                        named = expression.columns(text)
                    except Invalid as error:
                        raise Invalid(msg("{place} {error}", place=place, error=error)) from None
                    self._check_columns(place, named)
        return self

    def _check_columns(self, place: str, named: Iterable[str]) -> None:
        from warehouse.serving_views import find_view  # noqa: PLC0415

        known = find_view(self.reads).columns
        for column in named:
            if column not in known:
                raise Invalid(
                    msg(
                        "{place}: serving.{reads} has no column {column!r}; it has {known}",
                        place=place,
                        reads=self.reads,
                        column=column,
                        known=", ".join(known),
                    ),
                )

    @property
    def row_sources(self) -> tuple[str, ...]:
        """The sources whose rows count, where the view's rows say of which they are."""
        from warehouse.serving_views import find_view  # noqa: PLC0415

        own = dict.fromkeys(source for source, _ in self.feeds)
        return tuple(own) if "source" in find_view(self.reads).columns else ()

    @property
    def feeds(self) -> list[tuple[str, str]]:
        """Source and feed of everything that the KPI depends on."""
        return [(source, feed) for source, _, feed in (name.partition(".") for name in self.sources)]

    @property
    def measure_names(self) -> list[str]:
        """Every measure that can be asked, the KPI's own first."""
        return [self.measure, *self.measures, *([GROWTH] if self.is_running else [])]

    def name_of(self, measure: str) -> Name:
        """What people call a measure: the KPI's own bears its name, another one's stands behind it."""
        if measure == self.measure:
            return self.name
        said = Name(vi="tăng trưởng", en="growth") if measure == GROWTH else self.measures[measure].name
        return Name(**{lang: f"{getattr(self.name, lang)} · {getattr(said, lang, measure)}" for lang in ("vi", "en")})

    def unit_of(self, measure: str) -> str:
        """The unit of a measure's figures. Raises WrongQuestion as `formula` does."""
        return "%" if measure == GROWTH else self.formula(measure).unit

    def formula(self, measure: str) -> Formula:
        """The formula of a measure, of its own the KPI itself. Raises WrongQuestion naming the measures that exist."""
        if measure == self.measure or (measure == GROWTH and self.is_running):
            return self
        if measure not in self.measures:
            near = nearest(measure, self.measure_names)
            raise WrongQuestion(
                msg("KPI {id} has no measure {measure!r}; {near}", id=self.id, measure=measure, near=near),
                "measure",
            )
        own = {name: getattr(self, name) for name in Formula.model_fields}
        said = {k: v for k, v in self.measures[measure].model_dump(exclude={"name"}).items() if v is not None}
        own |= {"denominator": None, "scale": Decimal(1), "root": False, "share": {}}
        if "day" in said:
            own["valid"] = None
        if said.get("kind") in ("flow", "distinct"):
            own["per"] = []
        elif said.get("kind"):
            own["grain"] = "day"
        return Formula.model_validate(own | said)

    @property
    def body(self) -> dict[str, Any]:
        """The definition as stored beside the values that it gave."""
        return self.model_dump(mode="json")

    @property
    def sha256(self) -> str:
        """Hash of what the file computes: not of layout, order, comments and texts, nor of keys that it leaves out."""
        return hashlib.sha256(json.dumps(self.meaning, sort_keys=True).encode()).hexdigest()

    @property
    def meaning(self) -> dict[str, Any]:
        """What the file computes, without texts and without what it leaves out."""
        rest: Any = dict.fromkeys(("name", "field", "basis", "owner", "further", "about_persons", "outcomes"), True)
        rest["measures"] = {"__all__": {"name"}}
        return self.model_dump(mode="json", exclude=rest, exclude_defaults=True)


def load_definition(path: Path) -> Definition:
    """One KPI from its file. Raises Abort that names the file, the key and what is allowed there."""
    raw = read_toml(path, parse_float=Decimal)
    try:
        return Definition.model_validate({"id": path.stem, **raw})
    except ValidationError as error:
        said = describe(error, _unknown_key)
        raise Abort(msg("{path}: {said}", path=path.name, said=said)) from None


def _unknown_key(place: tuple[int | str, ...]) -> Wording:
    blocks: dict[str, type[BaseModel]] = {"measures": Measure, "name": Name, "basis": Name}
    keys = [name for name in blocks.get(str(place[0]), Definition).model_fields if name != "id"]
    near = nearest(str(place[-1]), keys)
    return msg("unknown key; {near}", near=near)


@cache
def load_definitions(own: Path | None = None) -> dict[str, Definition]:
    """All KPIs, by id: those that come with the hub, and those of the installation's `own` folder, which win over the
    hub's of the same id. Raises Abort for the first file with a fault."""
    paths = {path.stem: path for folder in (KPIS, own) if folder is not None for path in folder.glob("*.toml")}
    definitions = {kpi: load_definition(path) for kpi, path in sorted(paths.items())}
    for definition in definitions.values():
        if definition.part_of:
            kpi, _, measure = definition.part_of.partition(".")
            if kpi not in definitions or measure not in definitions[kpi].measure_names:
                raise Abort(
                    msg(
                        "{definition}.toml: part_of names {part_of!r}, which does not exist",
                        definition=definition.id,
                        part_of=definition.part_of,
                    ),
                )
    return definitions
