"""One KPI: its figure, how it went, what it is made of, and where."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from fastapi import APIRouter
from fastapi.responses import Response

from kpis.definition import Definition
from kpis.figure import Figure
from kpis.projection import Projection
from screens.answers import figure_of, projected
from screens.database import Snapshot
from screens.directory import domains, find_kpi, whole
from screens.formats import RATES, period
from screens.pages.area_maps import area_map
from screens.pages.axis_marks import events, note_marks, shown_notes
from screens.pages.breakdowns import breakdowns, can_be_computed, computed_breakdowns
from screens.pages.choice import Choice, choose, explanation_href, period_links
from screens.pages.frame import Visit, Visited, address, home_of
from screens.pages.last_place import last_place
from screens.pages.note_forms import listed_notes, note_form
from screens.pages.places import area_options, below, name_of, organisation_options
from screens.pages.points import alike, points
from screens.pages.ranking import computed as computed_areas
from screens.pages.ranking import places, ranking
from screens.pages.ranking import published as published_areas
from screens.pages.series import Series, Step, read_step, series, step_links, steps
from screens.scope import ask, is_countable
from screens.texts import unit_text
from screens.view_models.figure import Breakdown
from screens.view_models.kpi import Downloads, KpiPage, NoteForm
from screens.view_models.page import Cell, Link, Table, TableColumn, TableRow

router = APIRouter(include_in_schema=False)


@router.get("/kpis/{kpi_id}")
def kpi_page(v: Visited, kpi_id: str, parts: bool = False) -> Response:
    """The figure of the chosen period, area and slice, with everything that is published around it.

    Parts that are not kept take a second to compute: the page is there without them and asks for itself with `parts`.
    """
    return show_kpi(v, kpi_id, parts=parts)


def show_kpi(v: Visit, kpi_id: str, *, parts: bool = False, refused: NoteForm | None = None) -> Response:
    """The page; of a note that was `refused`, the form as it was sent and why."""
    with v.reading() as s:
        kpi, choice, path = find_kpi(s, kpi_id), choose(v, s), f"/kpis/{kpi_id}"
        if choice.measure == kpi.measure:
            choice = choice.of_measure(None)
        subject = ask(s, kpi, choice.period, choice.area, choice.slices, measure=choice.measure)
        own = figure_of(s, subject)
        step = read_step(v.request.query_params.get("series", "month"))
        shown = series(s, subject, own, step)
        is_own = choice.measure is None
        areas = places(s, own) if is_own else []
        values = published_areas(s, own) if areas and not own.breakdown else {}
        made_of = breakdowns(s, choice, own) if is_own else []
        unknown = areas and not values and own.value is not None
        leaves_computed, kept_areas, kept_parts = not kpi.about_persons, bool(values), bool(made_of)
        later = is_own and (bool(unknown) or (not made_of and can_be_computed(own)))
        if later and parts:
            made_of = made_of or computed_breakdowns(s, choice, own)
            values = values or (computed_areas(s, own) if unknown else {})
        outlook = projected(s, own)
        drawn = points(s, own, shown)
        noted = shown_notes(s, own, drawn)
        on_map = None
        if values and own.unit in RATES:
            on_map = area_map(s, own, areas, values, href=lambda area: choice.of(area.area).to(path))
        sought = v.request.query_params.get("find", "").strip()
        query = [("series", None if step == "month" else step), ("find", sought)]
        ranked = ranking(s, choice, own, areas, values) if values else None

        def with_files(found: Breakdown) -> Breakdown:
            return replace(found, files=chart_files(v, choice, own, "parts", [("by", found.by)]))

        model = KpiPage(
            figure=own,
            sources=s.catalogue.feed_titles(own.definition),
            name=v.words(kpi.name_of(choice.measure or kpi.measure)),
            place=name_of(s, own),
            periods=period_links(v, s, choice, path, [own]),
            areas=area_options(s, kpi, own.place, choice.period.last),
            organisations=organisation_options(s, kpi, own),
            measures=measure_links(v, choice, kpi) if is_countable(s, own) else (),
            points=drawn,
            marks=[*note_marks(noted, is_linked=True), *events(s, own, drawn, step)],
            notes=listed_notes(s, noted, choice),
            note_form=refused or note_form(s, subject, choice),
            steps=step_links(v, choice, path, steps(s, subject), step),
            breakdowns=[with_files(one) for one in made_of] if leaves_computed or kept_parts else made_of,
            ranking=ranked if ranked is None or not (leaves_computed or kept_areas) else with_files(ranked),
            last_place=last_place(s, choice, own, areas) if values else None,
            map=on_map,
            table=series_table(v, choice, own, alike(own, shown), step),
            downloads=downloads(choice, kpi_id, len(shown)) if is_own and step == "month" else None,
            explain_href=explanation_href(s, choice, own),
            map_href=choice.of(None).to(f"{path}/map") if on_map and not own.breakdown else None,
            ranking_note=v.say("This indicator is not known by area, so there is nothing to rank.")
            if own.breakdown and "area" not in kpi.breakdowns
            else None,
            trend_files=chart_files(v, choice, own, "trend", query[:1])
            if leaves_computed or (is_own and step == "month")
            else (),
            spread_files=chart_files(v, choice, own, "spread") if leaves_computed or kept_areas else (),
            map_files=chart_files(v, choice, own, "map", [("level", areas[0].level)]) if on_map and kept_areas else (),
            projection=outlook if isinstance(outlook, Projection) else None,
            projection_note=None if isinstance(outlook, Projection) else outlook,
            parts_href=address(choice.to(path), [("parts", "true"), *query]) if later and not parts else None,
            sought=sought,
            kept=[(name, str(value)) for name, value in [*choice.query(), *query[:1]] if value not in (None, "")],
        )
        page = v.frame(s, model.name, kpi.field, trail(v, s, choice, own), place=own.area_name)
    return v.answer("kpi.html", page, model, 422 if refused else 200)


def measure_links(v: Visit, choice: Choice, kpi: Definition) -> list[Link]:
    """All measures of the KPI, its own first; none where it has no other."""
    if len(kpi.measure_names) < 2:
        return []
    return [
        Link(
            v.words(kpi.name_of(name)).partition(" · ")[2] or v.say("The indicator itself"),
            choice.of_measure(None if name == kpi.measure else name).to(f"/kpis/{kpi.id}"),
            name == (choice.measure or kpi.measure),
        )
        for name in kpi.measure_names
    ]


def trail(v: Visit, s: Snapshot, choice: Choice, own: Figure, below_it: bool = False) -> list[Link]:
    """From the province by its field down to the shown figure; that too where the page lies `below_it`."""
    kpi, home = own.definition, choice.of(None).slice(None).of_measure(None)
    path, named = f"/kpis/{kpi.id}", {domain.field: domain.name for domain in domains(s)}
    links = [
        Link(home_of(s) or v.say("Whole province"), home.to("/")),
        Link(named.get(str(kpi.field), str(kpi.field)), home.to(f"/fields/{kpi.field}")),
    ]
    narrowed = choice.area is not None or choice.slices is not None
    if below_it or narrowed:
        links.append(Link(v.words(kpi.name), home.to(path)))
    if narrowed and own.place and own.place.level == "commune":
        day = choice.period.last
        district = [a for a in below(s, whole(s, day), day, "district") if a.area_id == own.place.parent_id]
        links += [Link(area.name, home.of(area.area).to(path)) for area in district]
    if below_it and narrowed:
        links.append(Link(name_of(s, own), choice.to(path)))
    return links


def series_table(v: Visit, choice: Choice, own: Figure, shown: Series, step: Step) -> Table:
    """Every period of the trend, the newest first, each a way to its own figure."""
    rates = own.unit in RATES
    columns = [
        TableColumn(v.say("Reporting period")),
        TableColumn(f"{v.say('Value')} ({unit_text(own.unit, v.language)})", True, 2 if rates else None),
        *([TableColumn(v.label(f"explain.{part}"), True) for part in ("numerator", "denominator")] if rates else []),
        TableColumn(v.say("Status")),
        TableColumn(v.say("Data to")),
        TableColumn(v.say("Revision"), True),
    ]
    rows = []
    for period_, entry in reversed([*shown.items()]):
        known = entry if entry and entry.value is not None else None
        cells: list[Cell] = [
            period(period_.first, period_.last, v.language),
            known.value if known else None,
            *([entry.numerator if entry else None, entry.denominator if entry else None] if rates else []),
            v.label(f"status.{known.status if known else 'missing'}"),
            entry.data_as_of if entry else None,
            known.revision if known else None,
        ]
        rows.append(TableRow(cells, choice.at(period_).to(f"/kpis/{own.kpi}")))
    return Table(v.label(f"table.{step}"), columns, rows)


def chart_files(
    v: Visit,
    choice: Choice,
    own: Figure,
    chart: Literal["trend", "parts", "spread", "map"],
    more: Sequence[tuple[str, object]] = (),
) -> list[Link]:
    """A chart as files, from the API; none for who may take none. `more` are further parameters of it."""
    if not v.known().may("export"):
        return []
    path = f"/api/v1/kpis/{own.kpi}/{chart}"
    return [Link(form.upper(), address(choice.to(f"{path}.{form}", pinned=True), more)) for form in ("svg", "png")]


def downloads(choice: Choice, kpi: str, count: int) -> Downloads:
    """The months of the trend as files, from the API."""
    path, kept = f"/api/v1/kpis/{kpi}/observations", [one for one in choice.query() if one[0] in ("area", "where")]
    query = [("freq", "month"), ("to", choice.period.last), ("last", max(count, 1)), *kept]
    in_words = [*query, ("columns", "main")]
    return Downloads(*(address(f"{path}.{form}", in_words) for form in ("csv", "xlsx", "metadata.json")))
