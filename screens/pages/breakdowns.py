"""What a figure is made of: its parts as they are published, or computed where none are kept; the largest first."""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from hub.periods import Period
from kpis.slices import parse_slices
from screens.database import Snapshot
from screens.figures import Observed, computed, parts
from screens.pages.choice import Choice
from screens.pages.frame import Visit
from screens.pages.places import name_of
from screens.reading import Kpi, breakdown_names
from screens.texts import catalogue
from screens.view_models.figure import Breakdown, Share

_HUNDRED = Decimal(100)


class _Part(NamedTuple):
    """One value of the breakdown."""

    key: str | None
    """None where records do not say: left out, the others would not add up."""
    value: Decimal | None
    denominator: Decimal | None


def breakdowns(v: Visit, s: Snapshot, choice: Choice, own: Observed) -> list[Breakdown]:
    """A list of parts for each breakdown of which any is published."""
    if own.breakdown or own.place.level != "province":
        return []
    period = Period(own.figure.first, own.figure.last)
    found = []
    for name in _names(own):
        shown = parts(s, own.kpi, period, name, choice.area)
        found.append(
            _breakdown(
                v,
                s,
                choice,
                own,
                name,
                [
                    _Part(parse_slices(one.breakdown)[name][0], one.figure.value, one.figure.denominator)
                    for one in shown
                ],
            )
        )
    return [one for one in found if one is not None]


def computed_breakdowns(v: Visit, s: Snapshot, choice: Choice, own: Observed) -> list[Breakdown]:
    """The same from the facts that the caller sees: of slices, areas and ranges whose parts are not kept."""
    period, found = Period(own.figure.first, own.figure.last), []
    for name in _names(own):
        whole = computed(s, own.kpi, period, choice.area, choice.where, by=(name,), compare=False)
        shown = [_Part(row.breakdown[name], row.value, row.denominator) for row in whole.figure.rows]
        found.append(_breakdown(v, s, choice, own, name, [one for one in shown if one.value is not None]))
    return [one for one in found if one is not None]


def can_be_computed(own: Observed) -> bool:
    """Whether there is anything to take apart."""
    return own.figure.value is not None and bool(_names(own))


def _names(own: Observed) -> list[str]:
    """By what the figure can be taken apart: not by area, which is ranked, and not by what it is one value of."""
    where = own.figure.where
    return [name for name in own.kpi.breakdowns if name != "area" and len(where.get(name, ("", ""))) > 1]


def _breakdown(
    v: Visit, s: Snapshot, choice: Choice, own: Observed, name: str, shown: Sequence[_Part]
) -> Breakdown | None:
    if not shown:
        return None
    kpi, known = own.kpi, breakdown_names(s, own.kpi, name)
    whole = _counted(kpi, shown)
    adds_up = bool(whole) or _adds_up(own, shown)
    total = (own.figure.denominator if whole else own.figure.value) if adds_up else None
    shares = []
    for part in shown:
        amount = part.denominator if whole else part.value
        shares.append(
            Share(
                label=v.text("kpi.unsaid") if part.key is None else known.get(part.key, part.key),
                value=amount,
                share=_share(amount, total),
                href=_slice(choice, name, part.key).to(f"/kpis/{kpi.kpi}") if part.key is not None else None,
            )
        )
    shares.sort(key=lambda share: share.value or 0, reverse=True)
    title = v.text("kpi.parts", name=label(v, name))
    beside = (None, "") if adds_up or _of_one_base(own, shown) else (own.figure.value, name_of(s, own))
    return Breakdown(title, whole or own.figure.unit, shares, *beside)


def _slice(choice: Choice, name: str, key: str) -> Choice:
    return choice.slice({**(choice.where or {}), name: (key,)})


def label(v: Visit, name: str) -> str:
    """A breakdown's name; the id where no file has it."""
    return v.text(f"breakdown.{name}") if f"breakdown.{name}" in catalogue() else name


def _counted(kpi: Kpi, shown: Sequence[_Part]) -> str | None:
    """The unit of what is counted, where every part's rate is all or nothing by its own name: of dossiers received
    online all are received online. Then how many there are says more."""
    if kpi.unit != "%" or any(part.value not in (0, 100) for part in shown):
        return None
    for measure in kpi.definition.measures.values():
        if measure.numerator == kpi.definition.denominator and measure.where is None and not measure.denominator:
            return measure.unit
    return None


def _adds_up(own: Observed, shown: Sequence[_Part]) -> bool:
    """Whether the parts make the whole: counts that count nothing twice, and rates of one and the same denominator,
    such as subscribers of each operator per 100 people."""
    if own.kpi.definition.denominator is None:
        return own.kpi.unit != "%" and own.kpi.kind != "distinct"
    parts, total = sum(part.value or 0 for part in shown), own.figure.value
    return _of_one_base(own, shown) and total is not None and abs(parts - total) < Decimal("0.01")


def _of_one_base(own: Observed, shown: Sequence[_Part]) -> bool:
    """Whether every part is counted per the whole's own denominator: then it is a piece of the whole, not its like."""
    return own.figure.denominator is not None and all(part.denominator == own.figure.denominator for part in shown)


def _share(amount: Decimal | None, total: Decimal | None) -> Decimal | None:
    return _HUNDRED * amount / total if amount is not None and total else None
