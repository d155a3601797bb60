"""The answers to a caller's questions: published figures, all KPIs of one period, the parts of a figure.

What is published comes from the history, and so does why something is missing. A range, slice or area of which nothing
is kept is computed in the same snapshot, within the caller's rights, and says so; as of a day only what was published
then is shown.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, NamedTuple

from hub.errors import WrongQuestion
from hub.periods import Period, previous, year_ago
from kpis.availability import coverage, in_titles, judge
from kpis.computation import compute, each
from kpis.definition import Definition
from kpis.disclosure import NOT_GIVEN, only_published
from kpis.explanation import Explanation, explain
from kpis.figure import Figure, Reason
from kpis.history import Entries, History, Key, Moment, change_since, entry_at
from kpis.pace import has_pace, pace, whole_year
from kpis.projection import Projection, has_projection, needed, project
from kpis.question import Question
from kpis.release import released
from kpis.series import with_changes
from kpis.slices import Slices, parse_slices
from screens.database import Snapshot
from screens.directory import kpis, places_of
from screens.evidence import quality_of
from screens.freshness import freshness_of
from screens.notes import with_notes
from screens.quality import about_persons, is_few, leaving_account
from screens.scope import Subject, ask, asked_place, not_countable, outside_rights, same_place
from warehouse.serving import Area


def observations(
    s: Snapshot,
    kpi: Definition,
    periods: Sequence[Period],
    area: str | None = None,
    slices: Slices | None = None,
    as_of: date | None = None,
) -> list[Figure]:
    """The KPI's own figure of each period, each beside the period before it and the same one a year ago.

    Raises RequestError as `ask`.
    """
    return published(s, [ask(s, kpi, period, area, slices, as_of=as_of) for period in periods])


def board(s: Snapshot, period: Period, area: str | None = None, as_of: date | None = None) -> list[Figure]:
    """Every KPI that the caller sees, of one period and area: what one screen shows, in the order of the catalogue."""
    return published(s, [ask(s, kpi, period, area, as_of=as_of) for kpi in kpis(s).values()])


def figure_of(s: Snapshot, subject: Subject) -> Figure:
    """The figure of a question as it is shown: a further measure is computed, since none of it is kept."""
    return computed(s, subject) if subject.question.measure else published(s, [subject])[0]


def published(s: Snapshot, subjects: Sequence[Subject]) -> list[Figure]:
    """The figures of questions of one day `as_of`, read together."""
    as_of = subjects[0].question.as_of if subjects else None
    history = _history(s, as_of)
    beside: dict[tuple[Period, int], _OtherPeriods] = {}
    for question, _, place in subjects:
        if (question.period, place.area_id) not in beside:
            beside[question.period, place.area_id] = _beside(s, place, question.period)
    entries = history.entries(
        [
            Key(kpi.id, one.first, one.last, area_id, question.breakdown)
            for question, kpi, place in subjects
            for one, area_id in (
                Moment(question.period, place.area_id),
                *beside[question.period, place.area_id][: 3 if has_pace(kpi, question.period) else 2],
            )
            if area_id is not None
        ]
    )
    found = [_answer(s, history, one, beside[one.question.period, one.place.area_id], entries) for one in subjects]
    return with_notes(s, found)


def projected(s: Snapshot, figure: Figure) -> Projection | Reason | None:
    """What the year of a published figure may come to, or why nobody can say; None where it does not add up to a
    year's sum. It is shown and never given as a figure."""
    place = figure.place
    if place is None or figure.origin != "published" or not has_projection(figure):
        return None
    moments = [_moment(s, place, period) for period in needed(figure.period)]
    keys = {
        Key(figure.kpi, one.period.first, one.period.last, one.area_id, figure.breakdown): one.period
        for one in moments
        if one.area_id is not None
    }
    entries = _history(s, figure.question.as_of).entries(list(keys))
    return project(figure, {period: entries.get(key) for key, period in keys.items()})


def parts(
    s: Snapshot, kpi: Definition, period: Period, breakdown: str, area: str | None = None, as_of: date | None = None
) -> list[Figure]:
    """The published parts of the figure by one breakdown, without changes; by `area`: the areas below the asked one.

    Empty where none is kept; parts of slices of an area are not. The order is that of the values' codes.
    """
    history, whole = _history(s, as_of), asked_place(s, area, period.last)
    kept = history.parts(kpi.id, period, whole.area_id, breakdown).values()
    entries = [one for one in kept if one.value is not None]
    places = {place.area_id: place for place in places_of(s, list({one.key.area_id for one in entries}))}
    found = []
    for entry in entries:
        place = places.get(entry.key.area_id)
        if place is not None:
            code, slices = None if place.level == "province" else place.area, parse_slices(entry.key.breakdown)
            question = Question(kpi.id, period, s.province.code, code, slices, as_of=as_of)
            found.append(history.figure(question, kpi, place, entry, **_evidence(s, kpi, period)))
    return with_notes(s, found)


def computed(s: Snapshot, subject: Subject, compare: bool = True) -> Figure:
    """The figure straight from the facts, of any range, slice and measure; of what leaves the hub figures about persons
    only where they say no more than published ones.

    Raises RequestError 403 where the caller sees only a part of what would be counted.
    """
    return with_notes(s, [_computed(s, subject, None, compare)])[0]


def computed_series(s: Snapshot, subject: Subject, periods: Sequence[Period]) -> dict[Period, Figure]:
    """The figures of several periods straight from the facts, in one read and without changes. Of figures about persons
    none leaves: only what is published does.

    Raises RequestError 403 as `computed`.
    """
    if refusal := not_countable(s, subject):
        raise outside_rights(refusal)
    if only_published(subject.kpi, s.leaves):
        return {}
    found = each(s.once, subject.question, periods, s.catalogue, s.now)
    return {period: one for period, one in found.items() if isinstance(one, Figure)}


def _computed(s: Snapshot, subject: Subject, read: Entries | None, compare: bool) -> Figure:
    """The same; `read` is what was found under the keys of the question, where that is known to be no value."""
    if refusal := not_countable(s, subject):
        raise outside_rights(refusal)
    if only_published(subject.kpi, s.leaves):
        outside = released(_history(s, None), subject.question, subject.kpi, subject.place, read)
        return _complete(s, subject.kpi, outside)
    figure = compute(
        s.connection, subject.question, catalogue=s.catalogue, now=s.now, once=s.once, is_kept=read is None
    )
    if compare and figure.value is not None:
        figure = with_changes(s.connection, figure, catalogue=s.catalogue, now=s.now, once=s.once)
    return _complete(s, subject.kpi, figure, place=subject.place)


def explained(s: Snapshot, subject: Subject, rows: int = 0) -> tuple[Figure, Explanation]:
    """The figure as it is shown, and the explanation of what the facts give for it now.

    Raises RequestError 403 where the caller sees only a part of what is counted. Whoever asks logs the read.
    """
    if refusal := not_countable(s, subject):
        raise outside_rights(refusal)
    shown = computed(s, subject, compare=False) if subject.question.measure else published(s, [subject])[0]
    explanation = explain(s.connection, subject.question, rows, s.now, catalogue=s.catalogue, once=s.once)
    if not s.leaves or about_persons(s.catalogue).isdisjoint(shown.definition.sources):
        return shown, explanation
    return shown, _outside(shown, explanation)


def _outside(figure: Figure, explanation: Explanation) -> Explanation:
    """What may leave of what stands behind `figure`, which is one that leaves and has records of a feed about persons,
    whether it is about persons itself or not.

    A record is a cell of one, so none leaves; nor does how many of them a batch or a page brought, which are cells of
    its days, nor what was published earlier. Of a figure that is withheld itself only the rule is told.
    """
    if figure.reason in NOT_GIVEN:
        return replace(explanation, batches=[], pages=[], refused=None, revisions=[], rows=[])
    hidden = {"value": None, "numerator": None, "denominator": None}
    is_whole = figure.is_of_province and not figure.slices
    return replace(
        explanation,
        batches=[_batch_outside(batch) for batch in explanation.batches] if is_whole else [],
        pages=[{**page, "rows": None} for page in explanation.pages] if is_whole else [],
        refused=None,
        revisions=[{**one, **({} if one["superseded_at"] is None else hidden)} for one in explanation.revisions],
        rows=[],
    )


def _batch_outside(batch: Mapping[str, Any]) -> dict[str, Any]:
    """A batch without how many of its records count, and without its account and by which rules how many were refused
    where few were."""
    broken = batch["broken_rules"] or []
    if any(is_few(rule["failed"]) for rule in broken):
        broken = [{**rule, "failed": None} for rule in broken]
    return {
        **leaving_account(batch),
        "rows": None,
        "broken_rules": broken if batch["broken_rules"] is not None else None,
    }


def _history(s: Snapshot, as_of: date | None) -> History:
    return History(s.once, s.province, s.catalogue, as_of, s.now, s.leaves)


class _OtherPeriods(NamedTuple):
    """What a figure is compared with: the period before, the same days a year before, and the whole of that year."""

    previous: Moment
    year_ago: Moment
    whole_year: Moment


def _beside(s: Snapshot, place: Area, period: Period) -> _OtherPeriods:
    others = previous(period), year_ago(period), whole_year(period.last.year - 1)
    return _OtherPeriods(*(_moment(s, place, other) for other in others))


def _moment(s: Snapshot, place: Area, period: Period) -> Moment:
    there = same_place(s, place, period)
    return Moment(period, there.area_id if there else None)


def _answer(s: Snapshot, history: History, subject: Subject, beside: _OtherPeriods, entries: Entries) -> Figure:
    question, kpi, place = subject
    entry = entries.get(Key(kpi.id, question.period.first, question.period.last, place.area_id, question.breakdown))
    if entry is not None and entry.value is not None:
        before, year = (change_since(entry, moment, entries) for moment in beside[:2])
        known = _evidence(s, kpi, question.period)
        figure = history.figure(question, kpi, place, entry, previous=before, year_ago=year, **known)
        course = pace(figure, *(entry_at(entry, moment, entries) for moment in beside[1:]))
        return figure if course is None else replace(figure, pace=course)
    reason = history.why(question, kpi, entry) or not_countable(s, subject)
    if reason is None:
        formula, covered = kpi.formula(kpi.measure), coverage(s.once, s.province, kpi)
        missing = judge(formula, covered, question.period).missing
        reason = missing and in_titles(missing, kpi, s.catalogue)
    if reason is None:
        try:
            return _computed(s, subject, entries, compare=entry is None)
        except WrongQuestion as error:
            reason = error
    return history.figure(question, kpi, place, entry, reason=reason, **_evidence(s, kpi, question.period))


def _complete(s: Snapshot, kpi: Definition, figure: Figure, **more: Any) -> Figure:
    """The figure under the KPI's newest name, with what is known of the data behind it."""
    return replace(figure, definition=kpi, **_evidence(s, kpi, figure.period), **more)


def _evidence(s: Snapshot, kpi: Definition, period: Period) -> dict[str, Any]:
    """What is known of the data behind a figure that is shown."""
    if kpi.about_persons:
        s.about_persons.add(kpi.id)
    return {"quality": quality_of(s, kpi, period), "freshness": freshness_of(s, kpi)}
