"""What leaves the hub, as files and as answers to machines: without cells small enough to point at a person.

Only KPIs whose records are each about a person's case have such cells (`about_persons` in their definition). What is
withheld is missing with one reason, whether it is small itself or hides one that is: which it was would tell the rest.
Why so, and why screens and BI logins show all: docs/decisions/0014-small-cells.md.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any

from hub.periods import Period
from hub.translation import msg
from kpis.definition import GROWTH
from kpis.explanation import Explanation
from kpis.figure import Change, Figure
from screens.answers import parts, published
from screens.database import Snapshot
from screens.scope import ask

FEWEST = 5
"""Records of a cell that leaves the hub; a cell of none points at nobody. A rate's numerator is no cell: who is in it
is what the figure says, and not a group that is known without it."""
_0 = Decimal(0)
WITHHELD = msg("fewer than {fewest} records, or hides such a cell: not given out", fewest=FEWEST)


def given_out(s: Snapshot, found: Sequence[Figure], as_of: date | None = None) -> list[Figure]:
    """The figures of one answer that leaves the hub.

    A figure that is a part of another is judged among the parts beside it, also where they are not asked for: else
    whoever asks for them one by one could subtract.
    """
    asked = {(o.kpi, o.first, o.last, by): o for o in found if (by := _part_by(s, o))}
    beside = [
        part
        for (_, first, last, by), o in asked.items()
        for part in parts(s, o.definition, Period(first, last), by, None, as_of)
    ]
    of = {(kpi, first, last): o.definition for (kpi, first, last, _), o in asked.items()}
    wholes = published(s, [ask(s, kpi, Period(first, last), as_of=as_of) for (_, first, last), kpi in of.items()])
    return without_small_cells(found, beside, wholes)


def _part_by(s: Snapshot, o: Figure) -> str | None:
    """By which breakdown a published figure is a part of another."""
    if not o.definition.about_persons or o.measure != o.definition.measure:
        return None
    is_whole = o.is_of_province or o.area_id == s.caller.area
    if len(o.slices) == 1 and is_whole:
        return next(iter(o.slices))
    return None if o.slices or is_whole else "area"


def without_small_cells(
    found: Sequence[Figure], beside: Sequence[Figure] = (), wholes: Sequence[Figure] = ()
) -> list[Figure]:
    """`found` without what must not leave; `beside` are further figures of the same `wholes`, judged with them."""
    own = {_key(o) for o in found}
    every = [*found, *(o for o in beside if _key(o) not in own)]
    withheld, overlapping = _withheld(every, wholes), _overlapping(found)
    return [_given(o, _key(o) in withheld, _none if o.kpi in overlapping else _large_enough) for o in found]


def _given(o: Figure, is_withheld: bool, keeps: Callable[[Change], bool]) -> Figure:
    if not o.definition.about_persons:
        return o
    return _emptied(o) if is_withheld else _with_changes(o, keeps)


def _count(o: Figure) -> Decimal:
    """So many records stand behind a figure; 0 where none does, and where they are not about persons."""
    if not o.definition.about_persons or o.value is None:
        return _0
    if o.measure == GROWTH:
        return min((abs(part) for part in (o.numerator, o.denominator) if part), default=_0)
    return o.value if o.denominator is None else o.denominator


def _key(o: Figure) -> tuple[Any, ...]:
    return (o.kpi, o.measure, o.first, o.last, o.area_id, o.breakdown)


def _family(o: Figure) -> tuple[Any, ...]:
    """What is the same of figures that make up one whole: of areas the parent, of slices the breakdown."""
    return (o.kpi, o.measure, o.first, o.last, o.place and o.place.parent_id, "".join(sorted(o.slices)))


def _withheld(every: Sequence[Figure], wholes: Sequence[Figure]) -> set[tuple[Any, ...]]:
    """Keys of what must not leave. Areas are looked at from the largest down: below one that is withheld nothing is
    given, since its parts would add up to it."""
    withheld: set[tuple[Any, ...]] = {*_differing_little(every), *_within_longer(every)}
    families: dict[tuple[Any, ...], list[Figure]] = {}
    counts = {_key(o): _count(o) for o in [*wholes, *every]}
    for o in sorted((o for o in every if _count(o)), key=lambda o: len(_path(o))):
        families.setdefault(_family(o), []).append(o)
    for family in families.values():
        above = [o for o in family if any((*_key(o)[:4], area, o.breakdown) in withheld for area in _path(o))]
        inside = [o for o in family if o not in above]
        withheld |= {_key(o) for o in above}
        unsaid = _unsaid(family, counts)
        withheld |= {_key(inside[place]) for place in to_withhold([_count(o) for o in inside], unsaid)}
    return withheld


def _unsaid(family: Sequence[Figure], counts: Mapping[tuple[Any, ...], Decimal]) -> Decimal:
    """Records of the whole that are in no part, since they do not say in which: without an organisation, or of no
    district. Whoever knows the whole and the parts knows how many; 0 where the whole is not among the figures."""
    o = family[0]
    area = o.area_id if o.breakdown else o.place and o.place.parent_id
    return counts.get((*_key(o)[:4], area, ""), _0) - sum(counts[_key(part)] for part in family)


def _path(o: Figure) -> Sequence[int]:
    return o.place.ancestor_ids if o.place else ()


def to_withhold(counts: Sequence[Decimal], unsaid: Decimal = _0) -> set[int]:
    """Places of the cells of one whole that must not be given: the small ones, and as many of the next smallest as it
    takes that the whole less the rest tells none of them.

    The withheld cells together are known to whoever knows the whole. So they must be two at least, no small cell
    together, and more records than cells, or each would be known to hold one. `unsaid` is the cell of the records that
    are in none of these: it is never given, so a small one is hidden as well.
    """
    hidden = [unsaid] if 0 < unsaid < FEWEST else []
    order = sorted((place for place, count in enumerate(counts) if count > 0), key=lambda place: counts[place])
    withheld = [place for place in order if counts[place] < FEWEST]
    for place in order[len(withheld) :]:
        cells = [*hidden, *(counts[one] for one in withheld)]
        together = sum(cells)
        if not cells or (len(cells) > 1 and together >= FEWEST and together > len(cells)):
            break
        withheld.append(place)
    return set(withheld)


def _differing_little(every: Iterable[Figure]) -> set[tuple[Any, ...]]:
    """Keys of figures that count all of what another KPI in the answer counts but a small cell."""
    alike: dict[tuple[Any, ...], list[Figure]] = {}
    for o in every:
        d = o.definition
        if d.kind == "flow" and _count(o):
            alike.setdefault((d.reads, d.day, o.first, o.last, o.area_id, o.breakdown), []).append(o)
    return {
        _key(one)
        for group in alike.values()
        for one in group
        for other in group
        if one.kpi != other.kpi and 0 < _count(other) - _count(one) < FEWEST
    }


def _overlapping(found: Iterable[Figure]) -> set[str]:
    """KPIs about persons of which the answer holds periods that share days."""
    spans: dict[str, set[tuple[date, date]]] = {}
    for o in found:
        if o.definition.about_persons:
            spans.setdefault(o.kpi, set()).add((o.first, o.last))
    return {kpi for kpi, own in spans.items() if any(a[1] >= b[0] for a, b in pairwise(sorted(own)))}


def _within_longer(every: Sequence[Figure]) -> set[tuple[Any, ...]]:
    """Keys of periods that begin as a longer one does, where any two of them differ by a small cell anywhere: then
    only the longest leaves."""
    chains: dict[tuple[str, date], dict[date, list[Figure]]] = {}
    for o in every:
        if o.definition.about_persons and o.definition.kind in ("flow", "distinct"):
            chains.setdefault((o.kpi, o.first), {}).setdefault(o.last, []).append(o)
    withheld = set()
    for chain in chains.values():
        lasts = sorted(chain)
        counts = [{(o.measure, o.area_id, o.breakdown): _count(o) for o in chain[day]} for day in lasts]
        steps = [abs(b.get(cell, _0) - a.get(cell, _0)) for a, b in pairwise(counts) for cell in {*a, *b}]
        if any(0 < step < FEWEST for step in steps):
            withheld |= {_key(o) for day in lasts[:-1] for o in chain[day] if _count(o)}
    return withheld


def _emptied(o: Figure) -> Figure:
    return replace(
        o,
        value=None,
        numerator=None,
        denominator=None,
        attainment=None,
        previous=None,
        year_ago=None,
        status="missing",
        reason=WITHHELD,
        rows=[],
    )


def _with_changes(o: Figure, keeps: Callable[[Change], bool]) -> Figure:
    """The figure, and those changes of it that `keeps` lets leave."""
    return replace(o, previous=_change(o.previous, keeps), year_ago=_change(o.year_ago, keeps))


def _change(change: Change | None, keeps: Callable[[Change], bool]) -> Change | None:
    if change is None or change.value is None or keeps(change):
        return change
    return replace(change, value=None, difference=None, percent=None, denominator=None, reason=WITHHELD)


def _large_enough(change: Change) -> bool:
    count = change.value if change.denominator is None else change.denominator
    return not count or count >= FEWEST


def _none(_: Change) -> bool:
    return False


def explanation_given_out(figure: Figure, explanation: Explanation) -> Explanation:
    """What may leave of what stands behind `figure`, which is one that leaves.

    A record is a cell of one, so none leaves; nor does how many of them a batch or a page brought, which are cells of
    its days. Of a figure that is withheld itself only the rule is told.
    """
    if not figure.definition.about_persons:
        return explanation
    if figure.reason == WITHHELD:
        return replace(explanation, batches=[], pages=[], refused=None, revisions=[], rows=[])
    return replace(
        explanation,
        batches=[{**batch, "rows": None} for batch in explanation.batches],
        pages=[{**page, "rows": None} for page in explanation.pages],
        refused=None,
        revisions=[_revision(one) for one in explanation.revisions],
        rows=[],
    )


def _revision(one: dict[str, Any]) -> dict[str, Any]:
    count = one["value"] if one["denominator"] is None else one["denominator"]
    small = count is not None and 0 < count < FEWEST
    return {**one, "value": None, "numerator": None, "denominator": None} if small else one
