"""`ioc source`: what the hub reads, and whether a source's file, fact and gateway fit together."""

from typing import Annotated

import typer

from ioc.arguments import Province, check_source
from ioc.command_line import App
from ioc.output import Json, err, print_json, print_table
from ioc.reader import province_settings
from ioc.texts import say

app = App("Nguồn dữ liệu / sources")


@app.command("list")
def list_sources(json: Annotated[bool, Json] = False) -> None:
    """Các nguồn và luồng / sources and feeds."""
    from connectors.catalogue import installed_sources

    rows = [
        {
            "source": source.name,
            "feed": name,
            "title": feed.title,
            "owner": source.owner,
            "cadence": source.cadence,
            "fact": feed.fact,
        }
        for source in installed_sources().values()
        for name, feed in source.feeds.items()
    ]
    if json:
        print_json(rows)
        return
    labels = {
        "source": say("nguồn", "source"),
        "feed": say("luồng", "feed"),
        "title": say("nội dung", "content"),
        "owner": say("đơn vị chủ quản", "owner"),
        "cadence": say("lịch", "cadence"),
        "fact": say("bảng", "fact"),
    }
    print_table(say("Nguồn dữ liệu", "Sources"), labels, rows)


@app.command()
def check(
    name: Annotated[str, typer.Argument(help="Nguồn, xem `ioc source list` / source, see `ioc source list`")],
    offline: Annotated[bool, typer.Option("--offline", help="Không gọi gateway / do not call the gateway")] = False,
    province: Annotated[str | None, Province] = None,
    json: Annotated[bool, Json] = False,
) -> None:
    """Kiểm tra tệp khai báo, bảng đích và kết nối của một nguồn / check a source's file, fact and connection."""
    from connectors.catalogue import installed_sources
    from expectations.rules import row_rules
    from kpis.definition import load_definitions
    from pipeline.feed import open_gateway
    from warehouse.facts import mapping

    sources = installed_sources()
    check_source(name, sources)
    rows = []
    for feed, spec in sources[name].feeds.items():
        mapping(f"{name}.{feed}", spec)  # raises when a column fits nothing of the fact
        personal = [column for column, c in spec.columns.items() if c.personal]
        kpis = [kpi for kpi, definition in load_definitions().items() if f"{name}.{feed}" in definition.sources]
        rows.append(
            {
                "feed": feed,
                "fact": spec.fact,
                "columns": len(spec.kept),
                "personal": ", ".join(personal),
                "row_rules": len(row_rules(spec)),
                "kpis": ", ".join(kpis),
            }
        )
    if not offline:
        open_gateway(province_settings(province)).authenticate()
    for row in rows:
        if not row["kpis"]:
            feed = f"{name}.{row['feed']}"
            told = say(
                f"! Chưa chỉ tiêu nào khai {feed} trong `sources`: chỉ tiêu đọc {row['fact']} sẽ không biết khi nó đổi",
                f"! No KPI names {feed} in its `sources`: one that reads {row['fact']} will not know when it changes",
            )
            err.print(told, markup=False, highlight=False, soft_wrap=True)
    if json:
        print_json(rows)
        return
    labels = {
        "feed": say("luồng", "feed"),
        "fact": say("bảng", "fact"),
        "columns": say("số cột", "columns"),
        "personal": say("dữ liệu cá nhân, không lưu", "personal, not kept"),
        "row_rules": say("quy tắc", "row rules"),
        "kpis": say("chỉ tiêu", "KPIs"),
    }
    print_table(say(f"{name}: hợp lệ", f"{name}: fine"), labels, rows)
