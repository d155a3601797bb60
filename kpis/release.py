"""A figure about persons that was computed for the question, as somebody outside the hub may be told it.

What was published and is told as it was published is `kpis.history`'s; the rule is docs/decisions/0014-small-cells.md.
"""

from dataclasses import replace

from kpis.computation import compute
from kpis.definition import Definition
from kpis.disclosure import UNJUDGED, UNPUBLISHED, counts_alike, is_published
from kpis.figure import Figure
from kpis.history import Entries, History, Key
from kpis.question import Question
from warehouse.serving import Area


def released(history: History, question: Question, kpi: Definition, place: Area, read: Entries | None = None) -> Figure:
    """The figure of a KPI about persons for somebody outside: a further measure of records whose count is published, or
    a cell without records. Any other is missing, with the reason. `history` is one that leaves the hub; `read`
    is what it found of the whole already, where the question is of it."""
    own = replace(question, measure=None)
    days = own.period.first, own.period.last
    keys = [Key(kpi.id, *days, place.area_id, breakdown) for breakdown in (own.breakdown, "")]
    found = history.entries(keys) if read is None or own.breakdown else read
    entry, whole = map(found.get, keys)
    missing = history.figure(own, kpi, place, None)
    measure = question.measure or kpi.measure
    missing = replace(missing, measure=measure, unit=kpi.unit_of(measure), target=None, origin="computed")
    if not is_published(kpi, own) or not counts_alike(kpi, measure) or (entry and entry.withheld):
        return replace(missing, reason=(entry and entry.withheld) or UNPUBLISHED)
    once, catalogue = history.once, history.catalogue
    now = compute(once.connection, own, catalogue=catalogue, now=history.now, once=once)
    if entry is None:
        is_known = not (now.denominator or now.numerator) and not (whole and whole.withheld == UNJUDGED)
    else:
        is_known = (now.value, now.numerator, now.denominator) == (entry.value, entry.numerator, entry.denominator)
    if not is_known:
        return replace(missing, reason=UNJUDGED)
    if measure != kpi.measure:
        now = compute(once.connection, question, catalogue=catalogue, now=history.now, once=once)
    return replace(now, place=place)
