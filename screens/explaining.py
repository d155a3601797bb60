"""A figure and everything that it rests on, within the caller's rights; shared by the API and the pages."""

from hub.periods import Period
from kpis.explanation import Explanation
from kpis.explanation import explain as ask
from screens.database import Snapshot
from screens.figures import Observed, computed, observations
from screens.reading import Kpi
from screens.scope import Where, asked_place, own_where


def explained(
    s: Snapshot,
    kpi: Kpi,
    period: Period,
    area: str | None = None,
    where: Where | None = None,
    measure: str | None = None,
    rows: int = 0,
) -> tuple[Observed, Explanation]:
    """The figure as it is shown, and the explanation of what the facts give for it now.

    Raises RequestError 403 where the caller sees only a part of what is counted. Whoever asks logs the read.
    """
    slice_, own = own_where(s, kpi, where), asked_place(s, area, period.last)
    now = computed(s, kpi, period, area, slice_, measure, compare=False)
    shown = now if measure else observations(s, kpi, [period], area, slice_)[0]
    said = ask(
        s.connection,
        kpi.kpi,
        period.first,
        period.last,
        s.province.code,
        None if own.level == "province" else own.area,
        slice_,
        measure,
        rows,
        s.now,
        s.sources,
    )
    return shown, said
