"""What one TOML file says of a source. Everything else is derived from it: DAG, staging, suite, dictionary, tests."""

import hashlib
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Literal

from croniter import CroniterBadDateError, croniter
from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, StringConstraints, model_validator

from connectors.column_specification import KEY_LENGTH, TEXT_LENGTH, TIMES, Column
from connectors.paging import styles
from connectors.template import ENDS, PLACEHOLDERS, placeholders
from connectors.xml_places import steps
from hub.errors import Invalid
from hub.names import Name
from hub.texts import clean
from hub.translation import msg

IDENTIFIER = r"^[a-z][a-z0-9_]{0,40}$"
Identifier = Annotated[str, StringConstraints(pattern=IDENTIFIER)]
Severity = Literal["reject", "block", "warn"]
Scalar = str | int | float | bool
_SLICE = re.compile(r"^(interval|day|month|P[1-9]\d*D)$")
_CRON = re.compile(r"^(\S+ ){4}\S+$")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Request(_Strict):
    """A call as the interface describes it. Values may hold placeholders, see connectors.template."""

    method: Literal["GET", "POST"] = "GET"
    path: Annotated[str, StringConstraints(pattern=r"^/")]
    query: dict[str, str] = {}
    body: dict[str, str] | None = None
    missing_status: list[int] = []
    """HTTP statuses that mean "nothing was published for this slice"."""

    @model_validator(mode="after")
    def _fillable(self) -> "Request":
        _check_placeholders({**self.query, **(self.body or {})})
        return self


def _check_placeholders(texts: Mapping[str, str]) -> None:
    filled = PLACEHOLDERS | styles.PLACEHOLDERS
    for name, text in texts.items():
        if strange := placeholders(text) - filled:
            raise Invalid(
                msg(
                    "{name} holds {{{strange}}}, which nothing fills; there are {known}",
                    name=name,
                    strange=min(strange),
                    known=", ".join(sorted(filled)),
                ),
            )


class BodyErrors(_Strict):
    """Errors that the body tells under HTTP 200: the code at `path`, sorted by recovery."""

    path: str
    ok: list[Scalar]
    token: list[Scalar] = []
    retry: list[Scalar] = []


class OrderRule(_Strict):
    """A rule beside those that every feed has. `order`: the second column is never less than the first."""

    rule: Literal["order"]
    columns: Annotated[list[str], Field(min_length=2, max_length=2)]
    severity: Severity = "reject"


class Control(_Strict):
    """The source's own count, compared with what the hub counts after a load."""

    request: Request
    records: str | None = None
    """Where the rows lie when the answer has one row a slice; without it the answer itself is the row."""
    slices: dict[str, dict[str, str]] = {}
    """Breakdown → { field = its field in the row, and the hub's code for each wire code that is not just written
    in capitals }."""
    totals: dict[str, str]
    """`kpi.measure` or `kpi.measure;breakdown=value` → field of the row."""
    severity: Literal["block", "warn"] = "warn"


class Deliverers(_Strict):
    """Who delivers a feed together, and how often each of them does.

    `column` tells of each record whose it is. Whoever has delivered once is expected from that period on, the codes of
    `expected` are always, unless the installation's reference/deliverers.csv says otherwise. Letter case counts
    nowhere.
    """

    column: str
    expected: list[Annotated[str, StringConstraints(to_lower=True, strip_whitespace=True, min_length=1)]] = []
    every: Literal["day", "month"] | None = None
    """Each delivers at least once in every one of these; without it in every slice."""


class Indicator(_Strict):
    """What a source counts itself, under a code of its own: what its values mean, and over what they may be added."""

    wire: str | None = None
    """Its code on the wire, where that is another."""
    name: Name
    unit: str
    counts: Literal["flow", "stock"]
    """`flow`: what happened from the first to the last day of a value; `stock`: the state on its last day."""
    grain: Literal["day", "month", "year"]
    """What the days of each value are: one day, or a whole month or year. Values of other days would be counted twice,
    or not at all: they are refused."""
    adds_over: list[Literal["area", "organisation", "kind", "class"]] = []
    """Slices over which values of the same days add up to the whole's."""


class TotalRow(_Strict):
    """The row at the end of a sheet that adds up the others: the one with `text` in `column`, a name in the header. Of
    the columns in `sums` it must have the sums of all records, the refused ones too."""

    column: Annotated[str, StringConstraints(min_length=1)]
    text: Annotated[str, StringConstraints(min_length=1)]
    sums: Annotated[list[str], Field(min_length=1)]


class Feed(_Strict):
    """One stream of records of a source and the fact that it feeds."""

    title: str
    fact: str
    request: Request = Request(path="/")
    """The call; a feed in style `inbox` or `hub` makes none."""
    paging: styles.Paging
    errors: BodyErrors | None = None
    format: Literal["json", "xml", "csv", "xlsx"] = "json"
    sheet: str | None = None
    """The sheet of a workbook."""
    total_row: TotalRow | None = None
    slice: str = "interval"
    look_back: timedelta = timedelta(0)
    version: str | None = None
    """Column that says which of two versions of a record is newer."""
    replace: list[str] = []
    """Columns that name what a batch replaces whole, for example a day's snapshot."""
    constants: dict[str, Scalar] = {}
    allow_empty: bool = False
    period: Identifier | None = None
    """Column whose day must be one of those that were asked for; without it the day that a feed with `replace`
    replaces, where it comes by days or months."""
    catch_up: timedelta = timedelta(31)
    """How far before its first day a load looks for days that were tried and not read for good, to read them again."""
    deliverers: Deliverers | None = None
    max_shrink: float = Field(default=0.2, gt=0, le=1)
    max_rejected: float = Field(default=0.1, ge=0, le=1)
    """Share of refused records above which a slice is blocked."""
    max_rejected_official: float = Field(default=0.02, ge=0, le=1)
    """Share of refused records, and of a column's values that are left out, above which a slice is published and
    figures of its days are provisional."""
    max_drift: float = Field(default=0.5, gt=0, le=1)
    """By how much of all records the empty values of a column may rise above their usual share; 1 blocks nothing."""
    indicators: dict[Identifier, Indicator] = {}
    """What the column `indicator` may name, by the hub's codes; a record of another one is refused."""
    unread: list[str] = []
    """Fields of the wire that the feed knows and leaves to others, such as the other figures of a sheet's row."""
    columns: dict[Identifier, Column]
    rules: list[OrderRule] = []
    controls: list[Control] = []
    repeats: dict[str, str] = {}
    """Values of the request that an answer repeats, by their place in it, with placeholders as in the request. Another
    value there means the answer to another request, which is refused."""
    _is_part: bool = PrivateAttr(default=False)

    @model_validator(mode="before")
    @classmethod
    def _codes_of_indicators(cls, given: Any) -> Any:
        """The column `indicator` reads the codes of the indicators; where it is a constant, there is but one."""
        if not isinstance(given, dict) or not isinstance(given.get("indicators"), dict):
            return given
        constants = given.get("constants")
        if isinstance(constants, dict) and "indicator" in constants:
            if list(given["indicators"]) != [constants["indicator"]]:
                raise Invalid(msg("indicators must be the one that constants.indicator names"))
            return given
        columns = given.get("columns")
        if not isinstance(columns, dict) or not isinstance(columns.get("indicator"), dict):
            raise Invalid(
                msg("indicators are named by the column indicator: write columns.indicator, or constants.indicator")
            )
        codes = {
            str(one.get("wire") or name): name for name, one in given["indicators"].items() if isinstance(one, dict)
        }
        if len(codes) < len(given["indicators"]):
            raise Invalid(msg("two indicators have the same wire code"))
        return {**given, "columns": {**columns, "indicator": {**columns["indicator"], "codes": codes}}}

    @model_validator(mode="after")
    def _refers_to_columns(self) -> "Feed":
        if not _SLICE.match(self.slice):
            raise Invalid(
                msg("slice {slice!r}: use interval, day, month or days such as P7D", slice=self.slice),
            )
        kept = self.kept
        if not any(column.key for column in kept.values()):
            raise Invalid(
                msg("no column has key = true; what identifies a record?"),
            )
        named = [(where, c) for where, c in (("version", self.version), ("period", self.period)) if c]
        named += [("replace", c) for c in self.replace]
        named += [(f"rules.{i}", c) for i, rule in enumerate(self.rules) for c in rule.columns]
        for where, name in named:
            if name not in kept and name not in self.constants:
                raise Invalid(
                    msg(
                        "{where} names {name!r}, which is no column; there are {kept}",
                        where=where,
                        name=name,
                        kept=", ".join(kept),
                    ),
                )
        return self

    @model_validator(mode="after")
    def _reads_each_field_once(self) -> "Feed":
        """A record has each field once: it is dropped, hashed or kept, and not each of them for another column."""
        read: dict[str, str] = {}
        for name, column in self.columns.items():
            if column.wire and (first := read.setdefault(clean(column.wire), name)) != name:
                raise Invalid(
                    msg(
                        "{first} and {second} both read {wire!r}: a field is one column's; leave one of them out",
                        first=first,
                        second=name,
                        wire=column.wire,
                    ),
                )
        return self

    @model_validator(mode="after")
    def _answers_repeat(self) -> "Feed":
        _check_placeholders(self.repeats)
        if self.repeats and self.is_file:
            raise Invalid(msg("repeats is for answers in JSON or XML; a file states nothing of its request"))
        return self

    @model_validator(mode="after")
    def _calls_or_not(self) -> "Feed":
        paging = self.paging
        if paging.calls != ("request" in self.model_fields_set):
            raise Invalid(msg("request says what is called: leave it out in styles 'inbox' and 'hub', and only there"))
        if paging.style == "hub" and self.format != "json":
            raise Invalid(msg("the hub's own data are JSON: leave format out"))
        if paging.style == "inbox" and (not self.is_file or self.slice != "interval"):
            raise Invalid(
                msg("files of an inbox are csv or xlsx, and read as they lie there: format is missing, or slice is not")
            )
        return self

    @model_validator(mode="after")
    def _has_places(self) -> "Feed":
        paging = self.paging
        if self.format == "xml" and paging.style == "files":
            raise Invalid(msg("format 'xml' is for answers, not for files of a list"))
        if not self.is_file and not paging.records:
            raise Invalid(msg("paging.records is missing: where do the records lie in an answer?"))
        if self.is_file and paging.style != "files" and (paging.records or paging.stated()):
            raise Invalid(msg("a file has no places: leave out what paging names in the answer"))
        if self.format == "xml":
            named = [column.wire for column in self.columns.values()]
            named += [column.page for column in self.columns.values() if column.page not in ("slice", "slice_start")]
            named += [self.errors.path] if self.errors else []
            for place in [*named, paging.records, *paging.stated(), *self.repeats]:
                steps(place) if place else None
        return self

    @model_validator(mode="after")
    def _names_its_sheet(self) -> "Feed":
        if (self.format == "xlsx") != bool(self.sheet):
            raise Invalid(msg("sheet names the sheet of a workbook: it goes with format = 'xlsx', and only with it"))
        if self.total_row is None:
            return self
        if self.format != "xlsx":
            raise Invalid(msg("total_row is for workbooks, format = 'xlsx'"))
        added = [n for n, c in self.kept.items() if c.wire and c.type in ("integer", "number") and not c.codes]
        if strange := [name for name in self.total_row.sums if name not in added]:
            raise Invalid(
                msg(
                    "total_row.sums names {name!r}, which is no column of numbers; there are {columns}",
                    name=strange[0],
                    columns=", ".join(added),
                )
            )
        return self

    @model_validator(mode="after")
    def _names_its_deliverers(self) -> "Feed":
        given = self.deliverers
        if given is None:
            return self
        if self.slice not in ("day", "month"):
            raise Invalid(
                msg("deliverers: slice is {slice!r}; only of a day or a month is known who delivers", slice=self.slice),
            )
        column = self.kept.get(given.column)
        if column is None or column.type != "text" or column.personal:
            names = [name for name, one in self.kept.items() if one.type == "text" and not one.personal]
            raise Invalid(
                msg(
                    "deliverers.column names {name!r}, which is no text column that is kept as it comes; there are"
                    " {columns}",
                    name=given.column,
                    columns=", ".join(names),
                ),
            )
        if self.slice == "month" and given.every == "day":
            raise Invalid(msg("deliverers.every is day, but a slice is a month: leave every out"))
        codes = {str(code).lower() for code in column.codes.values()}
        if codes and (strange := [code for code in given.expected if code not in codes]):
            raise Invalid(
                msg(
                    "deliverers.expected names {code!r}, which is no code of {name}; there are {codes}",
                    code=strange[0],
                    name=given.column,
                    codes=", ".join(sorted(codes)),
                ),
            )
        return self

    @property
    def delivered_every(self) -> Literal["day", "month"]:
        """The period in which each deliverer of a feed that names them delivers at least once."""
        every = self.deliverers and self.deliverers.every
        return every or ("month" if self.slice == "month" else "day")

    @property
    def lengths(self) -> dict[str, int]:
        """The longest text of each text column that may hold any."""
        return {
            name: column.max_length or (KEY_LENGTH if column.key or column.known else TEXT_LENGTH)
            for name, column in self.kept.items()
            if column.type == "text" and not column.codes and column.personal is None
        }

    @property
    def reported(self) -> list[str]:
        """The moments and days that may not lie after the time of reading."""
        return [name for name, column in self.kept.items() if column.type in TIMES and not column.future]

    @property
    def kept(self) -> dict[str, Column]:
        """The columns that are stored: all but dropped personal ones."""
        return {name: column for name, column in self.columns.items() if column.personal != "drop"}

    @property
    def keys(self) -> list[str]:
        return [name for name, column in self.kept.items() if column.key]

    @property
    def asked_period(self) -> str | None:
        """The column whose day must be one of those that were asked for."""
        if self.period or self.slice not in ("day", "month"):
            return self.period
        days = [name for name in self.replace if name in self.kept and self.kept[name].type in ("date", "month")]
        return days[0] if days else None

    @property
    def is_file(self) -> bool:
        """Whether records come as the lines of a table, which states nothing beside them."""
        return self.format in ("csv", "xlsx")

    @property
    def is_bounded(self) -> bool:
        """Whether a request names where a slice ends; without it every answer goes on to the newest record. The hub's
        own data are those of a day."""
        if self.paging.style == "hub":
            return True
        texts = [*self.request.query.values(), *(self.request.body or {}).values()]
        return any(ENDS & placeholders(text) for text in texts)

    def late(self, lateness: timedelta) -> timedelta:
        """How long after a day its records may still come, in a source of that lateness. A day's or a month's own
        answer is whole; of a window of changes some may come late."""
        return timedelta(0) if self.slice in ("day", "month") else lateness

    def for_part(self) -> "Feed":
        """The feed as some of its records are judged and published by themselves: they replace nothing, and how many
        of them are refused, or how their columns are filled, says nothing of the feed."""
        part = self.model_copy(
            update={"replace": [], "period": None, "max_rejected": 1.0, "max_rejected_official": 1.0}
        )
        part._is_part = True
        return part

    @property
    def is_part(self) -> bool:
        """Whether it is of records that are judged by themselves, see `for_part`."""
        return self._is_part

    @property
    def sha256(self) -> str:
        """Hash of the specification, so that a batch can say by which one it was read."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()


class Source(_Strict):
    """A system and its feeds."""

    name: Identifier
    title: str
    owner: str
    field: Identifier | None = None
    """Field of the reports that its records belong to; without one only accounts of all fields see them."""
    cadence: str
    """Cron expression, Vietnam time."""
    lateness: timedelta
    """How long after its interval a delivery may come before it is late."""
    feeds: dict[Identifier, Feed] = Field(min_length=1)
    names: dict[Identifier, dict[str, Name]] = {}
    """What people call the hub's codes, by column: those whose meaning is the source's own, such as kind, class,
    channel, status and outcome of facts of any subject, and fields of feedback."""

    @model_validator(mode="after")
    def _has_one_inbox(self) -> "Source":
        waiting = [name for name, feed in self.feeds.items() if feed.paging.style == "inbox"]
        if len(waiting) > 1:
            raise Invalid(msg("{feeds} would read the same inbox: make a source of each", feeds=", ".join(waiting)))
        return self

    @model_validator(mode="after")
    def _schedule(self) -> "Source":
        if not (_CRON.match(self.cadence) and croniter.is_valid(self.cadence)):
            raise Invalid(
                msg("cadence {cadence!r} is no cron expression of five fields", cadence=self.cadence),
            )
        try:
            croniter(self.cadence).get_next()
        except CroniterBadDateError:
            raise Invalid(msg("cadence {cadence!r} names a day that never comes", cadence=self.cadence)) from None
        return self

    @model_validator(mode="after")
    def _names_its_codes(self) -> "Source":
        for name, named in self.names.items():
            columns = [feed.kept[name] for feed in self.feeds.values() if name in feed.kept]
            if not columns:
                raise Invalid(msg("names.{name}: no feed has such a column", name=name))
            codes = {str(code) for column in columns for code in column.codes.values()}
            strange = sorted(set(named) - codes)
            if strange and all(column.codes for column in columns):
                raise Invalid(msg("names.{name} has {code!r}, which is none of its codes", name=name, code=strange[0]))
        return self
