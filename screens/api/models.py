"""What the API answers, member by member; docs/openapi.json is made from here."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    ValidationInfo,
    WithJsonSchema,
)

from kpis.definition import Good
from screens.directory import number

T = TypeVar("T")
Number = Annotated[
    Decimal | None,
    PlainSerializer(number, when_used="json"),
    WithJsonSchema({"anyOf": [{"type": "number"}, {"type": "null"}]}),
]
"""A number in JSON; null where nothing is known, which is never 0."""


def _in_language(text: Any, info: ValidationInfo) -> Any:
    return getattr(text, info.context["language"]) if info.context and hasattr(text, "vi") else text


Words = Annotated[str, BeforeValidator(_in_language)]
"""Of what is known in both languages the one of the validation's context."""
_NOTICE = "That the data are simulated, and which day is taken for today; null where they are real"


class _Model(BaseModel):
    model_config = ConfigDict(populate_by_name=True, from_attributes=True)


class Many(_Model, Generic[T]):
    """Several things; `next` is the cursor of the following ones."""

    data: list[T]
    next: str | None = Field(None, description="cursor= of the next page; null on the last one")
    version: int = Field(description="Data version that the answer holds at least; rises with everything published")


class One(_Model, Generic[T]):
    """One thing."""

    data: T
    version: int = Field(description="Data version that the answer holds at least")


class KpiName(_Model):
    """A KPI by its name."""

    kpi: str = Field(validation_alias="id", examples=["online_dossier_rate"])
    name: Words = Field(examples=["Tỷ lệ hồ sơ tiếp nhận trực tuyến"])
    unit: str = Field(examples=["%"])


class Domain(_Model):
    """A field of the reports."""

    field: str = Field(examples=["public_services"])
    name: str = Field(examples=["Dịch vụ công"])
    position: int = Field(description="Place in the reports", examples=[5])
    kpis: list[KpiName] = Field(description="Empty until a source feeds the field")


class Area(_Model):
    """An area in its time. Codes were used again in 2025: `area_id`, or code and `valid_from`, tells areas apart."""

    area_id: int = Field(examples=[1204])
    area: str = Field(description="Official code", examples=["05971"])
    name: str = Field(examples=["Phường Tam Thanh"])
    level: Literal["province", "district", "commune", "unknown"] = Field(
        description="unknown: a code that no area of the province bears, or all of these together"
    )
    parent: str | None = Field(description="Code of the area that contains it", examples=["178"])
    parent_id: int | None
    valid_from: date
    valid_to: date | None = Field(description="First day on which it no longer was; null while it is")
    latitude: float | None
    longitude: float | None
    area_km2: float | None


class Organisation(_Model):
    """An organisation of the province."""

    organisation: str = Field(examples=["000.00.11.H37"])
    name: str
    tier: str | None = Field(description="null where the reference data do not list it", examples=["province"])


class Period(_Model):
    """A period of which values are published."""

    period: str = Field(description="As it is asked for", examples=["2023-06"])
    freq: Literal["month", "quarter", "half", "year", "ytd"]
    first: date = Field(alias="from")
    last: date = Field(alias="to")


class Target(_Model):
    """What a measure is to reach in a year."""

    measure: str
    breakdown: str = Field(description="Slice that it is for; empty for the whole")
    year: int = Field(examples=[2023])
    target: Number


class KpiSummary(_Model):
    """A KPI in the newest version of its definition."""

    kpi: str = Field(validation_alias="id", examples=["online_dossier_rate"])
    name: Words = Field(examples=["Tỷ lệ hồ sơ tiếp nhận trực tuyến"])
    field: str = Field(examples=["public_services"])
    unit: str = Field(examples=["%"])
    kind: Literal["flow", "distinct", "stock", "cumulative"]
    good: Good = Field(description="Which way is good")
    government: bool = Field(description="Sent to the Government")
    further: bool = Field(description="A further indicator of its field, behind its KPIs")
    owner: str
    version: int = Field(description="Version of the definition")
    measures: list[str] = Field(
        validation_alias="measure_names", description="Further figures of the KPI; its own first"
    )
    breakdowns: list[str]
    sources: list[str] = Field(description="Feeds that it depends on", examples=[["dvc.dossiers"]])


class Kpi(KpiSummary):
    """A KPI with its rule."""

    basis: Words = Field(description="Where the rule comes from")
    valid_from: date = Field(description="The version governs periods that end on or after this day")
    reads: str = Field(description="View of schema serving that it counts", examples=["dossiers"])
    where: str = Field(description="SQL of the rows that it keeps")
    numerator: str = Field(description="SQL, or the quantity that it takes")
    denominator: str | None
    scale: Number
    targets: list[Target]
    values: dict[str, dict[str, str]] = Field(description="Breakdown → value → its name; areas are under /areas")


class Change(_Model):
    """The figure beside that of another period. Rates differ in percentage points, others also in percent."""

    first: date = Field(alias="from")
    last: date = Field(alias="to")
    value: Number = Field(description="The other period's value")
    difference: Number
    unit: str = Field(description="Of the difference")
    percent: Number
    reason: Words | None = Field(description="Why something is null here")


class Pace(_Model):
    """Whether a published figure of the year to date is on course for the target of its year."""

    state: Literal["on_course", "behind"] | None
    expected: Number = Field(description="What was to be reached by the day, of counts and sums")
    share: Number = Field(description="Percent of its year's sum that the year before had reached on the same day")
    year: int | None = Field(description="The year before", examples=[2022])
    reason: Words | None = Field(description="Why the state is null")


class Note(_Model):
    """What a person wrote to explain figures of a KPI and area."""

    note_id: int
    first: date = Field(alias="from", description="First day that it explains")
    last: date = Field(alias="to")
    text: str
    author: str | None = Field(description="Login of the account; null where a command wrote it")
    written_at: datetime


class Observation(_Model):
    """A figure with everything that it takes to believe it."""

    kpi: str = Field(examples=["online_dossier_rate"])
    name: Words = Field(examples=["Tỷ lệ hồ sơ tiếp nhận trực tuyến"])
    measure: str
    first: date = Field(alias="from", examples=["2023-06-01"])
    last: date = Field(alias="to", examples=["2023-06-30"])
    area: str = Field(examples=["20"])
    area_id: int
    area_name: str = Field(examples=["Tỉnh Lạng Sơn"])
    breakdown: str = Field(description="Slice such as channel=online; empty for the whole")
    value: Number = Field(description="Null only where status is missing; so are small cells", examples=[78.4])
    unit: str = Field(examples=["%"])
    numerator: Number
    denominator: Number
    target: Number = Field(description="Of the year that the period ends in")
    attainment: Number = Field(description="Percent of the target; 100 and more is reached, whichever way is good")
    good: Good
    previous: Change | None = Field(description="Beside the period of the same length right before")
    year_ago: Change | None = Field(description="Beside the same days a year before")
    pace: Pace | None = Field(description="Null without a target, and of other periods than the year to a month's end")
    status: Literal["provisional", "official", "missing"]
    reason: Words | None = Field(description="Why it is missing, withheld or provisional")
    origin: Literal["published", "computed"] = Field(
        description="published: kept with revisions; computed: from the facts for this answer"
    )
    quality: Literal["passed", "refused", "blocked", "unknown"] = Field(
        description="passed: every rule held; refused: records of the period lie in quarantine; blocked: the newest"
        " delivery was held back; unknown: nothing was loaded, or the caller may not see the evidence"
    )
    freshness: Literal["on_time", "late", "never", "unknown"] = Field(description="Of the sources behind it")
    data_as_of: date | None = Field(description="Last day that all feeding data cover")
    loaded_at: datetime | None = Field(description="When the newest data behind it were loaded")
    recorded_at: datetime | None = Field(description="Since when this is the hub's word; null where computed")
    revision: int | None = Field(description="From 1; a changed value is a new revision")
    cause: str | None = Field(description="Why it was said: first, data, time, definition or recompute")
    definition_version: int
    is_estimated: bool = Field(description="Whether it holds a part of an area that was split")
    notes: list[Note] = Field(description="Notes on the KPI and area that meet the period; none for a wall's token")


class Board(_Model):
    """Every KPI of one period and area: what one screen shows."""

    period: Period | None = Field(description="Null for a range of days that is no kept period")
    first: date = Field(alias="from")
    last: date = Field(alias="to")
    area: str
    area_name: str
    figures: list[Observation]
    notice: str | None = Field(None, description=_NOTICE)
    version: int = Field(description="Data version that the answer holds at least")


class Feed(_Model):
    """How far one feed of a source is loaded."""

    feed: str
    state: Literal["on_time", "late", "blocked", "never"]
    covered_to: date | None
    loaded_at: datetime | None
    last_attempt: Literal["running", "published", "blocked", "failed"] | None
    last_attempt_at: datetime | None
    due_at: datetime | None = Field(description="When the next delivery is late")


class Source(_Model):
    """How a source keeps its word."""

    source: str = Field(examples=["dvc"])
    title: str
    owner: str
    cadence: str = Field(description="Cron expression, Vietnam time", examples=["30 0 * * *"])
    lateness_hours: float
    state: Literal["on_time", "late", "blocked", "never"]
    covered_to: date | None = Field(description="Last day that all feeds cover")
    loaded_at: datetime | None
    late_by_hours: float | None
    feeds: list[Feed]


class Run(_Model):
    """An attempt to load an interval of a feed. fetched = loaded + unchanged + superseded + quarantined. Where one of
    these or `removed` is 1 to 4 of a feed about persons, keys get none of them."""

    batch_id: int
    source: str
    feed: str
    first_day: date
    last_day: date
    kind: Literal["fetch", "replay"]
    status: Literal["running", "published", "blocked", "failed"]
    declared: int | None = Field(description="Records that the source declared")
    fetched: int | None
    loaded: int | None
    unchanged: int | None
    superseded: int | None
    quarantined: int | None
    removed: int | None
    reason: str | None = Field(description="Why it was blocked or failed, and what to do")
    passed: bool | None
    declared_rules: int | None
    executed_rules: int | None
    started_at: datetime
    finished_at: datetime | None


class Result(_Model):
    """What a rule said of a batch."""

    batch_id: int
    source: str
    feed: str
    rule: str
    severity: str
    expectation: str
    executed: bool
    passed: bool | None
    evaluated: int | None
    failed: int | None
    observed: Any
    description: str


class Delivery(_Model):
    """What one of those who deliver a feed together brought in one period, or was to bring."""

    source: str = Field(examples=["telecom"])
    feed: str = Field(examples=["subscribers"])
    first_day: date = Field(description="Of the period, a day or a month")
    last_day: date
    deliverer: str | None = Field(description="Code in lower case", examples=["viettel"])
    name: str
    is_expected: bool = Field(description="False also while the period has not ended, or was not counted")
    is_missing: bool = Field(description="Expected, and nothing of it stands: figures of the period are provisional")
    records: int | None = Field(description="Accepted records")
    delivered_at: datetime | None


class Explanation(_Model):
    """What a figure rests on, down to the pages on which its records came."""

    figure: Observation
    definition: Kpi
    statements: dict[str, str] = Field(description="The SQL that runs, values filled in")
    references: list[dict[str, Any]] = Field(description="Reference figures that the formula takes instead of records")
    batches: list[dict[str, Any]] = Field(
        description="Batches that brought the records, with their account and checks; to who does not see the whole"
        " province without these"
    )
    pages: list[dict[str, Any]] = Field(description="Pages with their hashes and correlation ids")
    refused: dict[str, Any] | None = Field(
        description="Records of the period that rules refused, and what they change; for keys not of persons' cases"
    )
    revisions: list[dict[str, Any]] = Field(description="Everything that was said of the period, oldest first")
    rows: list[dict[str, Any]] = Field(
        description="The first records, where asked for and allowed; for keys not of persons' cases"
    )
    truncated: list[str] = Field(description="Lists of which only the first 1000 are here")
    notice: str | None = Field(None, description=_NOTICE)
    version: int


class Health(_Model):
    """Whether the process works."""

    status: Literal["ok"] = "ok"
