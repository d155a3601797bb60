"""The anomalies of a series, by the baseline of its kind."""

from expectations.baseline import Baseline, Finding, Series
from expectations.flow_baseline import FlowBaseline
from expectations.stock_baseline import MonthBaseline, StockBaseline


def judge(series: Series) -> list[Finding]:
    """The anomalies of a series in the order of its periods."""
    kind = MonthBaseline if series.is_monthly else StockBaseline if series.kind == "stock" else FlowBaseline
    baseline: Baseline = kind(series)
    return [finding for place in range(len(series.days)) for finding in baseline.take(place)]
