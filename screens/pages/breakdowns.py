"""What a figure is made of: its parts as they are published, or computed where none are kept; the largest first."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from kpis.definition import Definition
from kpis.figure import Figure
from screens.answers import computed, parts
from screens.database import Snapshot
from screens.directory import breakdown_names, unlisted
from screens.pages.choice import Choice
from screens.pages.places import name_of
from screens.scope import ask
from screens.texts import Language, breakdown_label, say
from screens.view_models.figure import Breakdown, Share

_HUNDRED = Decimal(100)


class _Part(NamedTuple):
    """One value of the breakdown."""

    key: str | None
    """None where records do not say: left out, the others would not add up."""
    value: Decimal | None
    denominator: Decimal | None
    codes: int = 0
    """So many codes that the reference data do not list, together."""


def breakdowns(s: Snapshot, choice: Choice, own: Figure) -> list[Breakdown]:
    """A list of parts for each breakdown of which any is published."""
    return [found for name in _names(own) if (found := _published(s, choice, own, name))]


def computed_breakdowns(s: Snapshot, choice: Choice, own: Figure) -> list[Breakdown]:
    """The same from the facts that the caller sees: of slices, areas and ranges whose parts are not kept."""
    return [found for name in _names(own) if (found := _computed(s, choice, own, name))]


def parts_by(s: Snapshot, choice: Choice, own: Figure, name: str) -> Breakdown | None:
    """The parts by one breakdown, as they are published, else as they are computed; None where there are none.

    Raises RequestError 422 for a breakdown that the KPI does not have.
    """
    ask(s, own.definition, own.period, choice.area, choice.slices, by=(name,))
    return _published(s, choice, own, name) or (_computed(s, choice, own, name) if can_be_computed(own) else None)


def _published(s: Snapshot, choice: Choice, own: Figure, name: str) -> Breakdown | None:
    if own.breakdown or not own.is_of_province:
        return None
    shown = parts(s, own.definition, own.period, name, choice.area)
    return _breakdown(s, choice, own, name, [_Part(one.slices[name][0], one.value, one.denominator) for one in shown])


def _computed(s: Snapshot, choice: Choice, own: Figure, name: str) -> Breakdown | None:
    subject = ask(s, own.definition, own.period, choice.area, choice.slices, by=(name,))
    rows = computed(s, subject, compare=False).rows
    shown = [_Part(row.breakdown[name], row.value, row.denominator) for row in rows]
    return _breakdown(s, choice, own, name, [one for one in shown if one.value is not None])


def can_be_computed(own: Figure) -> bool:
    """Whether there is anything to take apart."""
    return own.value is not None and bool(_names(own))


def _names(own: Figure) -> list[str]:
    """By what the figure can be taken apart: not by area, which is ranked, and not by what it is one value of."""
    where = own.slices
    return [name for name in own.definition.breakdowns if name != "area" and len(where.get(name, ("", ""))) > 1]


def _breakdown(s: Snapshot, choice: Choice, own: Figure, name: str, shown: Sequence[_Part]) -> Breakdown | None:
    if not shown:
        return None
    kpi, known = own.definition, breakdown_names(s, own.definition, name)
    shown = _together(own, shown, unlisted(s, name))
    whole = _counted(kpi, shown)
    adds_up = bool(whole) or _adds_up(own, shown)
    total = (own.denominator if whole else own.value) if adds_up else None
    shares = []
    for part in shown:
        amount = part.denominator if whole else part.value
        shares.append(
            Share(
                label=_label(part, known, s.language),
                value=amount,
                share=_share(amount, total),
                href=_slice(choice, name, part.key).to(f"/kpis/{kpi.id}") if part.key is not None else None,
            )
        )
    shares.sort(key=lambda share: share.value or 0, reverse=True)
    title = say("By {name}", s.language, name=breakdown_label(name, s.language))
    beside = (None, "") if adds_up or _of_one_base(own, shown) else (own.value, name_of(s, own))
    return Breakdown(title, whole or own.unit, shares, *beside, by=name)


def _together(own: Figure, shown: Sequence[_Part], unlisted: set[str]) -> list[_Part]:
    """Parts of codes that the reference data do not list are one: their names say nothing to a leader."""
    those = [part for part in shown if part.key in unlisted]
    if len(those) < 2:
        return list(shown)
    values = [part.value or Decimal(0) for part in those]
    weights = [part.denominator or Decimal(0) for part in those]
    value, weight = sum(values, Decimal(0)), sum(weights, Decimal(0))
    if own.denominator is None:
        one = _Part(None, value, None, len(those))
    elif _of_one_base(own, shown):
        one = _Part(None, value, own.denominator, len(those))
    else:
        mean = sum((a * b for a, b in zip(values, weights, strict=True)), Decimal(0)) / weight if weight else None
        one = _Part(None, mean, weight, len(those))
    return [*(part for part in shown if part.key not in unlisted), one]


def _label(part: _Part, known: Mapping[str, str], language: Language) -> str:
    if part.codes:
        return say("Not in the reference data ({codes} codes)", language, codes=part.codes)
    return say("Not stated", language) if part.key is None else known.get(part.key, part.key)


def _slice(choice: Choice, name: str, key: str) -> Choice:
    return choice.slice({**(choice.slices or {}), name: (key,)})


def _counted(kpi: Definition, shown: Sequence[_Part]) -> str | None:
    """The unit of what is counted, where every part's rate is all or nothing by its own name: of dossiers received
    online all are received online. Then how many there are says more."""
    if kpi.unit != "%" or any(part.value not in (0, 100) for part in shown):
        return None
    for measure in kpi.measures.values():
        if measure.numerator == kpi.denominator and measure.where is None and not measure.denominator:
            return measure.unit
    return None


def _adds_up(own: Figure, shown: Sequence[_Part]) -> bool:
    """Whether the parts make the whole: counts that count nothing twice, and rates of one and the same denominator,
    such as subscribers of each operator per 100 people."""
    if own.definition.denominator is None:
        return own.definition.unit != "%" and own.definition.kind != "distinct"
    parts, total = sum(part.value or 0 for part in shown), own.value
    return _of_one_base(own, shown) and total is not None and abs(parts - total) < Decimal("0.01")


def _of_one_base(own: Figure, shown: Sequence[_Part]) -> bool:
    """Whether every part is counted per the whole's own denominator: then it is a piece of the whole, not its like."""
    return own.denominator is not None and all(part.denominator == own.denominator for part in shown)


def _share(amount: Decimal | None, total: Decimal | None) -> Decimal | None:
    return _HUNDRED * amount / total if amount is not None and total else None
