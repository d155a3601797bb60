"""The periodic report of an office as content, before it is a document: its paragraphs with the figures in them, a note
to each figure that leads to its evidence, and the figures that were published for the same days beside the computed
ones."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hub.errors import Abort, WrongQuestion
from hub.installation import Installation
from hub.periods import Period
from hub.translation import msg
from kpis.catalogue import Catalogue
from kpis.definition import GROWTH
from kpis.question import Question
from reports import phrases
from reports.answers import Answers, growth_days
from reports.contradicted import Compared, find_compared, remarks_of, with_remarks
from reports.notes import Reported
from reports.outline import FigureSpec, Outline, Section, pieces
from reports.phrases import say
from reports.references import read_reference
from warehouse.serving import Connection

Tell = Callable[[int, int], None]
"""How many of how many figures are found."""


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
    published: Sequence[Compared] = ()
    is_simulated: bool = False


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
    compared = find_compared(answers, installation, reference)
    figures = with_remarks(figures, answers, reference, compared)
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
        answers.name_of(figure.definition, figure.measure, figure.slices),
        change,
        answers.batches(figure),
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
