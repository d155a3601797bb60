"""What the page Explore shows, as files: its charts as one picture, its figures as a table with their definitions."""

from collections.abc import Sequence

from hub.sheets import Sheet, write_csv, write_workbook
from screens.charts.chart_file import chart_file
from screens.charts.multiples import multiples
from screens.charts.trend_keys import trend_keys
from screens.database import Snapshot
from screens.definitions import about_sheet, definition_sheet
from screens.documents.charts import Imprint, disclosure_notes, origin_notes
from screens.formats import period
from screens.pages.exploration import ExploredSeries, panel_groups
from screens.texts import label, say, unit_text


def chart_svg(s: Snapshot, series: Sequence[ExploredSeries], imprint: Imprint) -> bytes:
    """All charts, with what the signs in any of them mean."""
    kpis = list({one.kpi.id: one.kpi for one in series}.values())
    places = list(dict.fromkeys(one.place.name for one in series))
    points = [point for one in series for point in one.points]
    title = " · ".join(getattr(kpi.name, s.language) for kpi in kpis) or say("Explore", s.language)
    days = [period(points[0].first, points[-1].last, s.language)] if points else []
    gaps = [one.kpi for one in series if any(point.value is None for point in one.points)]
    notes = [
        " · ".join([", ".join(places), *days]),
        *origin_notes(s, kpis, imprint),
        *disclosure_notes(gaps, s.language),
    ]
    keys = trend_keys(points, s.language) if points else ()
    return chart_file(multiples(panel_groups(series), s.language), title, notes, keys)


def table_file(s: Snapshot, series: Sequence[ExploredSeries], kind: str, imprint: Imprint) -> bytes:
    """A row for each figure, so that there are as many columns whatever is chosen; a workbook has the definitions."""
    language = s.language
    heads = ("KPI name", "Area", "Reporting period", "From", "To", "Value", "Unit", "Status")
    header = [say(head, language) for head in heads]
    rows = [
        (
            getattr(one.kpi.name, language),
            one.place.name,
            period(point.first, point.last, language),
            point.first,
            point.last,
            point.value,
            unit_text(one.kpi.unit, language),
            label(f"status.{point.status}", language),
        )
        for one in series
        for point in one.points
    ]
    if kind == "csv":
        return write_csv(header, rows)
    definitions = definition_sheet(s, list({one.kpi.id: one.kpi for one in series}.values()))
    figures = Sheet(say("Figures", language), header, rows)
    return write_workbook([figures, definitions, about_sheet(s, imprint.address, imprint.notice)])
