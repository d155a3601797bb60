"""What contradicts the figures of a report: its own parts, and the figures that were published for the same days."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from hub.installation import Installation
from hub.translation import Wording, msg
from reports import phrases
from reports.answers import Answers
from reports.comparison import Comparison, judge
from reports.contradictions import find_contradictions
from reports.notes import Reported
from reports.published import Published, read_published
from reports.references import Reference
from reports.sheet import PublishedReport


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


def find_compared(answers: Answers, installation: Installation, reference: Reference) -> list[Compared]:
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
    return answers.name_of(definition, published.measure, published.where)


def with_remarks(
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
