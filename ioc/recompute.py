"""`ioc kpi recompute`: say closed periods anew by the definitions in force, on request only."""

from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from ioc.arguments import Province, parse_day
from ioc.output import Json, print_json, print_table
from ioc.reader import amount, installation_of, number, questions
from ioc.texts import say
from warehouse.database import warehouse_url

if TYPE_CHECKING:
    from kpis.refresh import Refreshed

_CAUSE = {
    "first": ("lần đầu", "first"),
    "definition": ("đổi định nghĩa", "definition changed"),
    "recompute": ("tính lại", "computed again"),
}


def recompute(
    kpis: Annotated[list[str], typer.Argument(help="Mã chỉ tiêu / KPIs")],
    first: Annotated[
        date | None,
        typer.Option(
            "--from", parser=parse_day, metavar="YYYY-MM-DD", help="Chỉ các kỳ từ ngày / only periods from this day"
        ),
    ] = None,
    last: Annotated[
        date | None,
        typer.Option(
            "--to", parser=parse_day, metavar="YYYY-MM-DD", help="Chỉ các kỳ đến ngày / only periods up to this day"
        ),
    ] = None,
    province: Annotated[str | None, Province] = None,
    json: Annotated[bool, Json] = False,
) -> None:
    """Tính lại các kỳ theo định nghĩa hiện hành / compute periods again by the definitions in force.

    Chỉ các kỳ nằm trọn trong khoảng ngày; giá trị khác đi là một lần công bố mới, giá trị cũ giữ nguyên.
    / Periods that lie in the days as a whole; a value that differs is a new revision, the old one stays.
    """
    from government.outbox import follow, indicators
    from hub.periods import require_range
    from kpis.catalogue import Catalogue
    from kpis.refresh import recompute as compute_again
    from warehouse import migrate

    with questions():
        installation = installation_of(province)
        settings, catalogue = installation.settings, Catalogue.of(installation, installation.settings.province)
        for kpi in kpis:
            catalogue.find(kpi)
        require_range(first or date.min, last or date.max)
        url = warehouse_url(settings)
        migrate.check(url)
        done = compute_again(
            url,
            settings.province,
            dict.fromkeys(kpis),
            first,
            last,
            settings.now,
            follow=follow(indicators(catalogue, settings.government_kpis)),
            catalogue=catalogue,
        )
    if json:
        print_json(_as_data(done))
    else:
        _print(done)


def _as_data(done: "list[Refreshed]") -> list[dict[str, object]]:
    return [
        {
            "kpi": one.kpi,
            "periods": one.periods,
            "revisions": one.revisions,
            "changes": [
                {
                    "from": change.period.first,
                    "to": change.period.last,
                    "before": number(change.before),
                    "after": number(change.after),
                    "status": change.status,
                    "revision": change.revision,
                    "definition_version": change.definition_version,
                    "cause": change.cause,
                }
                for change in one.changes
            ],
        }
        for one in done
    ]


def _print(done: "list[Refreshed]") -> None:
    columns = {
        "from": say("từ", "from"),
        "to": say("đến", "to"),
        "before": say("trước", "before"),
        "after": say("sau", "after"),
        "revision": say("lần công bố", "revision"),
        "version": say("phiên bản", "definition"),
        "cause": say("lý do", "cause"),
    }
    for one in done:
        rows = [
            {
                "from": change.period.first,
                "to": change.period.last,
                "before": amount(change.before, 2) or "—",
                "after": amount(change.after, 2) or "—",
                "revision": change.revision,
                "version": change.definition_version,
                "cause": say(*_CAUSE[change.cause]),
            }
            for change in one.changes
        ]
        title = say(
            f"{one.kpi}: tính lại {one.periods} kỳ, {one.revisions} lần công bố mới (kể cả địa bàn, phân tổ)",
            f"{one.kpi}: {one.periods} periods computed, {one.revisions} new revisions (areas and slices included)",
        )
        print_table(title, columns, rows)
