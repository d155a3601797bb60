"""The periodic report of an office as content, before it is a document: its paragraphs with the figures in them, a note
to each figure that leads to its evidence, and the figures that were published for the same days beside the computed
ones."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from hub.errors import Abort, WrongQuestion
from hub.installation import Installation
from hub.periods import Period
from hub.translation import Wording, msg
from kpis.catalogue import Catalogue
from kpis.definition import GROWTH, Definition
from kpis.figure import Change, Figure
from kpis.question import Question
from kpis.slices import Slices
from reports import phrases
from reports.answers import Answers, growth_days, is_withheld
from reports.comparison import Comparison, judge
from reports.contradictions import find_contradictions
from reports.outline import FigureSpec, Outline, Section, pieces
from reports.phrases import say
from reports.published import Published, read_published
from reports.references import Reference, read_reference
from reports.sheet import PublishedReport
from warehouse.serving import Connection, breakdown_values

_NO_FIGURE, _NOT_GIVEN_OUT = msg("no figure"), msg("not given out")
Tell = Callable[[int, int], None]
"""How many of how many figures are found."""


@dataclass(frozen=True)
class Reported:
    """A figure of the report, and all that its note says."""

    number: int
    """Of its note, from 1 in the order of the text."""
    key: str
    figure: Figure
    name: str
    """What people call it, its slice included."""
    change: Change | None
    batches: Sequence[int]
    remarks: Sequence[Wording] = ()
    """What contradicts it: its parts, or what was published."""

    @property
    def is_provisional(self) -> bool:
        return self.figure.status == "provisional"

    @property
    def value_text(self) -> str:
        """The value as the text has it; in brackets why there is none."""
        if self.figure.value is not None:
            return phrases.amount(self.figure.value, self.figure.unit)
        return f"({say(_NOT_GIVEN_OUT if is_withheld(self.figure) else _NO_FIGURE)})"


@dataclass(frozen=True)
class Run:
    """Words of a paragraph, and the figure whose note stands behind them."""

    text: str
    reported: Reported | None = None


Paragraph = Sequence[Run]


@dataclass(frozen=True)
class WrittenPart:
    """A heading and its paragraphs; of a section also the parts below it."""

    title: str
    paragraphs: Sequence[Paragraph]
    parts: Sequence["WrittenPart"] = ()


@dataclass(frozen=True)
class PeriodicReport:
    """What the document holds."""

    title: str
    subject: str
    period: Period
    opening: Sequence[Paragraph]
    sections: Sequence[WrittenPart]
    closing: Sequence[Paragraph]
    figures: Sequence[Reported]
    published: Sequence["Compared"] = ()
    is_simulated: bool = False


@dataclass(frozen=True)
class Compared:
    """A published figure beside the report's own."""

    comparison: Comparison
    name: str
    remarks: Sequence[Wording] = field(default_factory=list)


def published_files(installation: Installation) -> list[Path]:
    """The published reports of the province; of several provinces each has a folder named by its code."""
    several = len(installation.settings.codes) > 1
    folder = installation.published / installation.settings.province if several else installation.published
    return sorted(folder.glob("*.csv"))


def write_periodic(
    connection: Connection,
    installation: Installation,
    outline: Outline,
    period: Period,
    *,
    catalogue: Catalogue,
    tell: Tell = lambda done, of: None,  # noqa: ARG005 - nobody listens
) -> PeriodicReport:
    """The report of a period for the province of the installation's settings, in the snapshot of the connection.

    Raises Abort for a figure that the outline asks wrongly, or a file of published figures with a fault.
    """
    settings = installation.settings
    answers = Answers(connection, settings.province, period, catalogue=catalogue, now=settings.now)
    keys = list(dict.fromkeys(p.name for _, text in outline.texts for p in pieces(text) if p.name in outline.figures))
    figures: dict[str, Reported] = {}
    for number, key in enumerate(keys, 1):
        figures[str(key)] = _reported(answers, number, str(key), outline.figures[str(key)])
        tell(number, len(keys))
    reference = read_reference(connection, settings.province)
    compared = _compared(answers, installation, reference)
    figures = _remarked(figures, answers, reference, compared)
    writer = _Writer(period, figures)
    return PeriodicReport(
        title=writer.plain(outline.title),
        subject=writer.plain(outline.subject),
        period=period,
        opening=[writer.paragraph(text) for text in outline.opening],
        sections=[writer.section(section) for section in outline.sections],
        closing=[writer.paragraph(text) for text in outline.closing],
        figures=list(figures.values()),
        published=compared,
        is_simulated=settings.now is not None,
    )


def _question(answers: Answers, spec: FigureSpec) -> Question:
    own = answers.period
    days = Period(own.last, own.last) if spec.days == "end" else growth_days(own) if spec.measure == GROWTH else own
    return Question(spec.kpi, days, answers.province.code, None, spec.slices, measure=spec.measure)


def _reported(answers: Answers, number: int, key: str, spec: FigureSpec) -> Reported:
    try:
        figure = answers(_question(answers, spec))
    except WrongQuestion as error:
        raise Abort(msg("{where}: {said}", where=f"figures.{key}", said=error)) from None
    change = answers.change(figure) if figure.value is not None else None
    return Reported(
        number,
        key,
        figure,
        _name(answers, figure.definition, figure.measure, figure.slices),
        change,
        answers.batches(figure),
    )


def _name(answers: Answers, definition: Definition, measure: str, slices: Slices) -> str:
    """What people call a figure, with the names of its slice's values."""
    named = definition.name_of(measure).vi
    said = []
    for name, values in slices.items():
        known = breakdown_values(answers.connection, answers.province, definition.reads, name)
        said.append(", ".join(known.get(value, (value, value))[0] for value in values))
    return f"{named} ({'; '.join(said)})" if said else named


def _compared(answers: Answers, installation: Installation, reference: Reference) -> list[Compared]:
    """The figures of the published reports whose newest day is the period's last, beside what may be told of them."""
    found = []
    for file in published_files(installation):
        figures = read_published(file)
        if max((figure.last for figure in figures), default=None) != answers.period.last:
            continue
        sheet = PublishedReport(figures, answers.catalogue.definitions, reference)
        said: dict[int, list[Wording]] = {}
        for finding in find_contradictions(sheet):
            for index in finding.in_doubt:
                said.setdefault(index, []).append(finding.arithmetic)
        for index, comparison in enumerate(judge(figures, answers.province.code, answers.catalogue, answers)):
            found.append(Compared(comparison, _published_name(answers, comparison.published), said.get(index, ())))
    return found


def _published_name(answers: Answers, published: Published) -> str:
    definition = answers.catalogue.definitions.get(published.kpi)
    if definition is None or published.measure not in definition.measure_names:
        return published.name
    return _name(answers, definition, published.measure, published.where)


def _remarked(
    figures: Mapping[str, Reported], answers: Answers, reference: Reference, compared: Sequence[Compared]
) -> dict[str, Reported]:
    """The figures with what contradicts them: among themselves, as a reader of the report would find, and beside what
    was published of the same days."""
    said: dict[str, list[Wording]] = {key: [] for key in figures}
    written = {key: _as_written(one) for key, one in figures.items() if one.figure.value is not None}
    keys = list(written)
    sheet = PublishedReport(list(written.values()), answers.catalogue.definitions, reference)
    for finding in find_contradictions(sheet):
        for index in finding.in_doubt:
            said[keys[index]].append(
                msg("the parts contradict each other: {arithmetic}", arithmetic=finding.arithmetic)
            )
    for key, own in written.items():
        for one in compared:
            other = one.comparison.published
            same = (own.kpi, own.measure, own.breakdown, own.first, own.last, own.unit)
            if same == (other.kpi, other.measure, other.breakdown, other.first, other.last, other.unit):
                said[key] += _against(one)
    return {key: replace(one, remarks=said[key]) for key, one in figures.items()}


def _against(one: Compared) -> Iterator[Wording]:
    """What speaks against a published figure: that the hub has another, that its report contradicts it."""
    comparison = one.comparison
    if comparison.verdict == "differs":
        printed = phrases.amount(comparison.published.value, comparison.published.unit)
        yield msg("the published report says {printed}", printed=printed)
    for arithmetic in one.remarks:
        yield msg("the published report contradicts itself: {arithmetic}", arithmetic=arithmetic)


def remarks_of(one: Compared) -> list[Wording]:
    """What the list of published figures says of one."""
    comparison = one.comparison
    reason = [comparison.reason] if comparison.reason else []
    return [*reason, *(msg("the report contradicts itself: {arithmetic}", arithmetic=said) for said in one.remarks)]


def _as_written(one: Reported) -> Published:
    """The figure as its reader has it: with the digits of the text, a state as of its day."""
    figure = one.figure
    assert figure.value is not None  # noqa: S101 - those without a value are left out
    first = figure.last if phrases.moment(figure) else figure.first
    where = {name: tuple(values) for name, values in figure.slices.items()}
    return Published(
        figure.kpi, figure.measure, where, first, figure.last, phrases.rounded(figure.value), figure.unit, one.number
    )


class _Writer:
    """Puts figures into the outline's texts."""

    def __init__(self, period: Period, figures: Mapping[str, Reported]) -> None:
        self._figures, self._noted = figures, set[str]()
        self._days = {
            "period": phrases.period(period),
            "first": phrases.day(period.first),
            "last": phrases.day(period.last),
            "year": str(period.last.year),
        }

    def plain(self, text: str) -> str:
        """A heading, with the report's days only."""
        return "".join(run.text for run in self.paragraph(text))

    def paragraph(self, text: str) -> Paragraph:
        """The text's runs; a figure's note stands where it is named first."""
        runs: list[Run] = []
        for words, name, part in pieces(text):
            if words:
                runs.append(Run(words))
            if name is None:
                continue
            if name in self._days:
                runs.append(Run(self._days[name]))
            elif part:
                runs.append(Run(self._said(self._figures[name], part)))
            else:
                one = self._figures[name]
                runs.append(Run(one.value_text, None if name in self._noted else one))
                self._noted.add(name)
        return [run for run in runs if run.text]

    def section(self, section: Section) -> WrittenPart:
        paragraphs = self._paragraphs(section.paragraphs)  # before its parts: notes stand where a figure is named first
        parts = [WrittenPart(self.plain(p.title), self._paragraphs(p.paragraphs)) for p in section.parts]
        return WrittenPart(self.plain(section.title), paragraphs, parts)

    def _paragraphs(self, texts: Sequence[str]) -> list[Paragraph]:
        return [self.paragraph(text) for text in texts]

    @staticmethod
    def _said(one: Reported, part: str) -> str:
        if part == "target":
            return f", {said}" if (said := phrases.target(one.figure)) else ""
        moved = phrases.moved(one.change) if one.change else None
        if moved is None:
            return ""
        return say(msg(", {moved} on {since}", moved=moved, since=phrases.since(one.figure)))


def note_of(one: Reported) -> str:
    """What a figure's note says: which KPI by which version of its definition, of which days, as of when, from which
    batches, and what contradicts it. Its comparison and target are in the list of figures."""
    figure = one.figure
    said: list[Wording | str] = [
        msg(
            "{kpi}; definition version {version}; {days}",
            kpi=", ".join(filter(None, [figure.kpi, figure.measure, figure.breakdown])),
            version=figure.definition_version,
            days=phrases.days(figure),
        )
    ]
    if figure.data_as_of:
        said.append(msg("data to {day}", day=phrases.day(figure.data_as_of)))
    if figure.revision is not None:
        said.append(msg("revision {revision} of {moment}", revision=figure.revision, moment=figure.recorded_at))
    elif figure.value is not None:
        said.append(msg("computed for this report"))
    if one.batches:
        said.append(msg("batches {batches}", batches=phrases.numbers(one.batches)))
    if one.is_provisional:
        said.append(msg("provisional: {reason}", reason=figure.reason))
    elif figure.reason:
        said.append(figure.reason)
    return "; ".join(part if isinstance(part, str) else say(part) for part in (*said, *one.remarks)) + "."


def beside(one: Reported) -> str:
    """The comparison of a figure with the other period's value, or why there is none; a growth has none."""
    change, since = one.change, phrases.since(one.figure)
    if change is None:
        return "–"
    if change.value is None:
        return f"{since}: {say(change.reason or _NO_FIGURE)}"
    return f"{since}: {phrases.amount(change.value, one.figure.unit)}, {phrases.moved(change)}"


def as_dict(report: PeriodicReport) -> dict[str, Any]:
    """What machines are told of a report's figures."""
    return {
        "from": report.period.first,
        "to": report.period.last,
        "figures": [_figure_as_dict(one) for one in report.figures],
        "published": [
            {
                "line": one.comparison.published.line,
                "name": one.comparison.published.name,
                "from": one.comparison.published.first,
                "to": one.comparison.published.last,
                "published": _text(one.comparison.published.value),
                "computed": _text(one.comparison.computed),
                "verdict": one.comparison.verdict,
                "remarks": [say(said) for said in remarks_of(one)],
            }
            for one in report.published
        ],
    }


def _figure_as_dict(one: Reported) -> dict[str, Any]:
    figure, change = one.figure, one.change
    return {
        "note": one.number,
        "key": one.key,
        "kpi": figure.kpi,
        "measure": figure.measure,
        "where": figure.breakdown or None,
        "from": figure.first,
        "to": figure.last,
        "value": _text(figure.value),
        "unit": figure.unit,
        "status": figure.status,
        "reason": say(figure.reason) if figure.reason else None,
        "compared_with": change and {"from": change.first, "to": change.last, "value": _text(change.value)},
        "target": _text(figure.target),
        "definition_version": figure.definition_version,
        "revision": figure.revision,
        "data_as_of": figure.data_as_of,
        "batches": list(one.batches),
        "remarks": [say(said) for said in one.remarks],
    }


def _text(value: object) -> str | None:
    """A number in full; as text, so that every program reads the same."""
    return None if value is None else f"{value:f}"
