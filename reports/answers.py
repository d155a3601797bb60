"""The figures of a report as a file may hold them: as they were published where they are, computed where not, and
about persons only what may leave the hub (docs/decisions/0014-small-cells.md)."""

from dataclasses import replace
from datetime import datetime, timedelta

from hub.errors import Abort
from hub.periods import Period, previous, year_ago
from hub.translation import msg
from kpis.catalogue import Catalogue
from kpis.computation import compute
from kpis.definition import GROWTH, Definition
from kpis.disclosure import NOT_GIVEN, is_published
from kpis.explanation import batches_behind
from kpis.figure import Change, Figure
from kpis.figure_notes import with_notes
from kpis.history import History, key_of
from kpis.memo import Once
from kpis.question import Question, resolve
from kpis.release import released
from kpis.series import change_from
from kpis.slices import Slices
from warehouse.serving import Connection, breakdown_values, find_province

_ONE_DAY = timedelta(days=1)


class Answers:
    """Answers to the questions of one report, each found once, in one snapshot."""

    def __init__(
        self, connection: Connection, province: str, period: Period, *, catalogue: Catalogue, now: datetime | None
    ) -> None:
        """Raises WrongQuestion for a province that the hub does not have."""
        self.connection, self.period, self.catalogue = connection, period, catalogue
        self._once = Once(connection)
        self.province = find_province(connection, province)
        self._history = History(self._once, self.province, catalogue, None, now, leaves=True)
        self._known: dict[tuple[object, ...], Figure] = {}

    def __call__(self, question: Question) -> Figure:
        """The figure. A state on the report's last day is that of its period, which is the one that is published.

        Raises WrongQuestion for what cannot be asked.
        """
        kpi = self.catalogue.find(question.kpi)
        measure = question.measure or kpi.measure
        last = self.period.last
        if question.period == Period(last, last) and measure != GROWTH and kpi.formula(measure).kind == "stock":
            question = replace(question, period=self.period)
        key = (kpi.id, measure, question.period, question.area, question.breakdown)
        if key not in self._known:
            found = self._answer(replace(question, measure=measure), kpi)
            [self._known[key]] = with_notes(self._once, self.province, [found], leaves=True)
        return self._known[key]

    def _answer(self, question: Question, kpi: Definition) -> Figure:
        asked = resolve(self._once, question, self.catalogue, kpi)
        if asked.place is None:
            raise Abort(
                msg("the warehouse has no area of {province}: run `ioc db migrate`", province=question.province)
            )
        if is_published(kpi, question) and (key := key_of(asked)):
            entry = self._history.entries([key]).get(key)
            if entry is not None:
                return self._history.figure(asked.question, kpi, asked.place, entry)
        if kpi.about_persons:
            return released(self._history, asked.question, kpi, asked.place)
        history = self._history
        return compute(self._once.connection, question, catalogue=self.catalogue, now=history.now, once=self._once)

    def change(self, figure: Figure) -> Change | None:
        """How far it moved: what happened in a period from the same days a year before, a state from the end of the
        period before. None of a growth, which is a change itself."""
        if figure.measure == GROWTH:
            return None
        kind = figure.definition.formula(figure.measure).kind
        before = previous(self.period)
        if figure.period != self.period:
            other = Period(before.last, before.last)
        else:
            other = before if kind == "stock" else year_ago(self.period)

        def of(period: Period) -> Figure:
            return self(replace(figure.question, period=period, measure=figure.measure))

        return change_from(figure, other, of)

    def batches(self, figure: Figure) -> list[int]:
        """The batches behind a figure; of one about persons only those of the whole, as parts of it would tell whose
        records came when."""
        whole = figure.is_of_province and not figure.slices
        if figure.value is None or (figure.definition.about_persons and not whole):
            return []
        return batches_behind(self._once, figure.question, self.catalogue)

    def name_of(self, definition: Definition, measure: str, slices: Slices) -> str:
        """What people call a figure, with the names of its slice's values."""
        named = definition.name_of(measure).vi
        said = []
        for name, values in slices.items():
            known = breakdown_values(self.connection, self.province, definition.reads, name, definition.row_sources)
            said.append(", ".join(known.get(value, (value, value))[0] for value in values))
        return f"{named} ({'; '.join(said)})" if said else named


def is_withheld(figure: Figure) -> bool:
    """Whether it is known and not given out."""
    return figure.reason in NOT_GIVEN


def growth_days(period: Period) -> Period:
    """The days between which a growth over the period is: from the end of the day before."""
    return Period(period.first - _ONE_DAY, period.last)
