"""What a figure is made of: its published parts, the largest first."""

from decimal import Decimal

from screens import models
from screens.database import Snapshot
from screens.figures import Observed, parts
from screens.pages.choice import Choice
from screens.pages.frame import Visit
from screens.reading import Kpi, breakdown_names
from screens.texts import catalogue
from warehouse.kpis.figure import parse_breakdown
from warehouse.kpis.periods import Period

_HUNDRED = Decimal(100)


def breakdowns(v: Visit, s: Snapshot, choice: Choice, own: Observed) -> list[models.Breakdown]:
    """A list of parts for each breakdown of which any is published."""
    if own.breakdown or own.place.level != "province":
        return []
    found = [_one(v, s, choice, own, name) for name in own.kpi.breakdowns if name != "area"]
    return [one for one in found if one is not None]


def _one(v: Visit, s: Snapshot, choice: Choice, own: Observed, name: str) -> models.Breakdown | None:
    kpi = own.kpi
    shown = parts(s, kpi, Period(own.figure.first, own.figure.last), name, choice.area)
    if not shown:
        return None
    names, whole = breakdown_names(s, kpi, name), _counted(kpi, shown)
    shares = []
    for part in shown:
        (value,) = parse_breakdown(part.breakdown)[name]
        figure = part.figure
        amount = figure.denominator if whole else figure.value
        shares.append(
            models.Share(
                label=names.get(value, value),
                value=amount,
                share=_share(amount, own, whole),
                href=choice.slice({name: (value,)}).to(f"/kpis/{kpi.kpi}"),
            )
        )
    shares.sort(key=lambda share: share.value or 0, reverse=True)
    title = v.text("kpi.parts", name=label(v, name))
    return models.Breakdown(title, whole or own.figure.unit, shares)


def label(v: Visit, name: str) -> str:
    """A breakdown's name; the id where no file has it."""
    return v.text(f"breakdown.{name}") if f"breakdown.{name}" in catalogue() else name


def _counted(kpi: Kpi, shown: list[Observed]) -> str | None:
    """The unit of what is counted, where every part's rate is all or nothing by its own name: of dossiers received
    online all are received online. Then how many there are says more."""
    if kpi.unit != "%" or any(part.figure.value not in (0, 100) for part in shown):
        return None
    for measure in kpi.definition.measures.values():
        if measure.numerator == kpi.definition.denominator and measure.where is None and not measure.denominator:
            return measure.unit
    return None


def _share(amount: Decimal | None, own: Observed, whole: str | None) -> Decimal | None:
    """In percent of the whole, where parts add up to it."""
    total = own.figure.denominator if whole else own.figure.value
    adds_up = whole or (own.kpi.unit != "%" and own.kpi.definition.denominator is None and own.kpi.kind != "distinct")
    if not adds_up or amount is None or not total:
        return None
    return _HUNDRED * amount / total
