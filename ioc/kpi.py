"""`ioc kpi`: what the KPIs are, and their figures."""

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ioc.arguments import First, Last, parse_day
from ioc.output import Json, print_json, print_table
from ioc.reader import number, questions, reader, reader_settings
from ioc.texts import say
from pipeline.settings import warehouse_url
from warehouse.kpis.errors import WrongQuestion

if TYPE_CHECKING:
    from warehouse.kpis.figure import Figure
    from warehouse.reading import Connection

app = typer.Typer(no_args_is_help=True, help="Các chỉ tiêu và số liệu / the KPIs and their figures")

_STATUS = {
    "official": ("chính thức", "official"),
    "provisional": ("sơ bộ", "provisional"),
    "missing": ("chưa có", "missing"),
}
_KIND = {
    "flow": ("phát sinh trong kỳ", "flow"),
    "distinct": ("đếm khác nhau trong kỳ", "distinct"),
    "stock": ("cuối kỳ", "stock"),
    "cumulative": ("luỹ kế", "cumulative"),
}


@app.command("list")
def list_(json: Annotated[bool, Json] = False) -> None:
    """Liệt kê các chỉ tiêu / list the KPIs."""
    from warehouse.kpis.definition import load_definitions

    definitions = load_definitions().values()
    if json:
        shown = {"unit", "kind", "good", "breakdowns", "sources", "owner", "government", "version", "basis", "name"}
        print_json(
            [{"kpi": d.id, "measures": d.measure_names} | d.model_dump(mode="json", include=shown) for d in definitions]
        )
        return
    rows = [
        {
            "kpi": d.id,
            "name": f"{say(d.name.vi, d.name.en)} ({d.unit})",
            "kind": say(*_KIND[d.kind]),
            "government": "★" if d.government else "",
            "measures": ", ".join(d.measure_names),
            "breakdowns": ", ".join(d.breakdowns),
        }
        for d in definitions
    ]
    print_table(
        say("Chỉ tiêu", "KPIs"),
        {
            "kpi": say("mã", "KPI"),
            "name": say("tên", "name"),
            "kind": say("loại", "kind"),
            "government": say("CP", "Gov"),
            "measures": say("số đo", "measures"),
            "breakdowns": say("phân tổ", "breakdowns"),
        },
        rows,
    )


@app.command()
def show(
    kpi: Annotated[str, typer.Argument(help="Mã chỉ tiêu, xem `ioc kpi list` / KPI")],
    first: Annotated[date, First],
    last: Annotated[date, Last],
    area: Annotated[str | None, typer.Option(help="Mã địa bàn, gồm cấp dưới / area, with all below it")] = None,
    where: Annotated[list[str] | None, typer.Option(help="Lọc / keep: channel=online, level=3|4")] = None,
    by: Annotated[list[str] | None, typer.Option(help="Phân tổ / break down by: gate")] = None,
    measure: Annotated[str | None, typer.Option(help="Số đo khác / another measure: received")] = None,
    as_of: Annotated[
        date | None,
        typer.Option("--as-of", parser=parse_day, metavar="DAY", help="Như đã biết cuối ngày / as known that day"),
    ] = None,
    json: Annotated[bool, Json] = False,
) -> None:
    """Số liệu của một chỉ tiêu trong một kỳ bất kỳ / the figure of a KPI over any range of days."""
    from warehouse.kpis.definition import find_definition
    from warehouse.kpis.periods import require_range

    with questions():
        find_definition(kpi)
        require_range(first, last)
        settings = reader_settings()
        with reader(settings) as connection:
            figure = _figure(connection, settings.province, kpi, (first, last), area, where, by, measure, as_of)
            if json:
                print_json(as_dict(figure, settings.area))
            else:
                _print(connection, figure, settings.area)


@app.command()
def refresh(
    kpis: Annotated[list[str] | None, typer.Argument(help="Chỉ các chỉ tiêu này / these KPIs only")] = None,
    json: Annotated[bool, Json] = False,
) -> None:
    """Cập nhật tháng, quý, nửa năm, năm theo dữ liệu mới / bring the standard periods up to the newest data."""
    from warehouse import migrate
    from warehouse.kpis.refresh import refresh as bring_up_to_date

    with questions():
        settings = reader_settings()
        url = warehouse_url(settings)
        migrate.check(url)
        done = bring_up_to_date(url, settings.province, kpis or None)
    rows = [{"kpi": d.kpi, "periods": d.periods, "revisions": d.revisions} for d in done]
    if json:
        print_json(rows)
        return
    columns = {
        "kpi": say("chỉ tiêu", "KPI"),
        "periods": say("kỳ tính lại", "periods computed"),
        "revisions": say("lần công bố mới", "new revisions"),
    }
    print_table(say("Đã cập nhật", "Refreshed"), columns, rows)


def as_dict(figure: "Figure", province_area: str) -> dict[str, Any]:
    """A figure as JSON prints it: measure where it is not the KPI's own, where and reason where there is one."""
    from warehouse.kpis.definition import find_definition

    shown: dict[str, Any] = {
        "kpi": figure.kpi,
        "from": figure.first,
        "to": figure.last,
        "area": figure.area or province_area,
        "value": number(figure.value),
        "numerator": number(figure.numerator),
        "denominator": number(figure.denominator),
        "unit": figure.unit,
        "status": figure.status,
        "data_as_of": figure.data_as_of,
        "loaded_at": figure.loaded_at,
        "revision": figure.revision,
        "definition_version": figure.definition_version,
        "target": number(figure.target),
    }
    if figure.measure != find_definition(figure.kpi).measure:
        shown["measure"] = figure.measure
    if figure.where:
        shown["where"] = dict(figure.where)
    if figure.reason:
        shown["reason"] = say(figure.reason.vi, figure.reason.en)
    if figure.by:
        shown["rows"] = [
            {
                "breakdown": row.breakdown,
                "value": number(row.value),
                "numerator": number(row.numerator),
                "denominator": number(row.denominator),
            }
            for row in figure.rows
        ]
    return shown


def _figure(
    connection: "Connection",
    province: str,
    kpi: str,
    days: tuple[date, date],
    area: str | None,
    where: list[str] | None,
    by: list[str] | None,
    measure: str | None,
    as_of: date | None,
) -> "Figure":
    from warehouse.kpis.compute import compute
    from warehouse.kpis.figure import parse_breakdown
    from warehouse.kpis.observations import observed

    if as_of is None:
        return compute(
            connection, kpi, *days, province, area, parse_breakdown(";".join(where or [])), by or (), measure
        )
    if area or where or by or measure:
        raise WrongQuestion(
            "--as-of knows the whole province's own figure: leave out --area, --where, --by, --measure."
        )
    return observed(connection, kpi, *days, as_of, province)


def _print(connection: "Connection", figure: "Figure", province_area: str) -> None:
    from warehouse.kpis.definition import find_definition
    from warehouse.kpis.figure import breakdown_text

    name = find_definition(figure.kpi).name
    facts: dict[str, object] = {
        say("số đo", "measure"): figure.measure,
        say("kỳ", "period"): f"{figure.first} … {figure.last}",
        say("địa bàn", "area"): figure.area or province_area,
        say("lọc", "where"): breakdown_text(figure.where) or None,
        say("giá trị", "value"): number(figure.value, 2),
        say("đơn vị", "unit"): figure.unit,
        say("tử số", "numerator"): number(figure.numerator, 2),
        say("mẫu số", "denominator"): number(figure.denominator, 2),
        say("mục tiêu năm", "target of the year"): number(figure.target),
        say("trạng thái", "status"): say(*_STATUS[figure.status]),
        say("lý do", "reason"): say(figure.reason.vi, figure.reason.en) if figure.reason else None,
        say("số liệu đến ngày", "data as of"): figure.data_as_of,
        say("nạp lúc", "loaded at"): f"{figure.loaded_at:%Y-%m-%d %H:%M}" if figure.loaded_at else None,
        say("lần công bố", "revision"): figure.revision,
        say("phiên bản định nghĩa", "definition version"): figure.definition_version,
    }
    print_table(
        say(name.vi, name.en),
        {"what": "", "is": figure.kpi},
        [{"what": what, "is": str(value)} for what, value in facts.items() if value is not None],
    )
    if figure.by:
        _print_rows(connection, figure)


def _print_rows(connection: "Connection", figure: "Figure") -> None:
    from warehouse.reading import area_names, breakdown_values, find_province

    province = find_province(connection, figure.province)
    names = {
        name: area_names(connection, [row.breakdown[name] or "" for row in figure.rows], figure.last)
        if name == "area"
        else {value: say(*both) for value, both in breakdown_values(connection, province, name).items()}
        for name in figure.by
    }
    rows = [
        {
            name: say("không xác định", "not stated") if value is None else names[name].get(value, value)
            for name, value in row.breakdown.items()
        }
        | {
            "value": number(row.value, 2),
            "numerator": number(row.numerator, 2),
            "denominator": number(row.denominator, 2),
        }
        for row in figure.rows
    ]
    columns = {name: name for name in figure.by} | {
        "value": figure.unit,
        "numerator": say("tử số", "numerator"),
        "denominator": say("mẫu số", "denominator"),
    }
    print_table("", columns, rows)
