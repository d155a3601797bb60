"""`ioc source`: what the hub reads, and whether a source's file, fact and gateway fit together."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from ioc.arguments import Province, check_source
from ioc.command_line import App
from ioc.output import Json, err, print_json, print_table
from ioc.reader import installation_of, installation_with_gateway, reader
from ioc.texts import say

app = App("Nguồn dữ liệu / sources")


@app.command("list")
def list_sources(json: Annotated[bool, Json] = False) -> None:
    """Các nguồn và luồng / sources and feeds."""
    from connectors.catalogue import sources_of
    from hub.installation import Installation

    rows = [
        {
            "source": source.name,
            "feed": name,
            "title": feed.title,
            "owner": source.owner,
            "cadence": source.cadence,
            "fact": feed.fact,
        }
        for source in sources_of(Installation.open()).values()
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


_STATE = {
    "on_time": ("đúng hạn", "on time"),
    "late": ("trễ hạn", "late"),
    "blocked": ("bị chặn", "blocked"),
    "never": ("chưa nạp", "never loaded"),
}


@app.command()
def freshness(province: Annotated[str | None, Province] = None, json: Annotated[bool, Json] = False) -> None:
    """Mỗi luồng đã nạp đến ngày nào, có trễ hạn không / how far each feed is loaded, and whether it is late."""
    from connectors.catalogue import sources_of
    from warehouse.punctuality import loaded_feeds, source_states
    from warehouse.serving import find_province

    installation = installation_of(province)
    settings = installation.settings
    now = settings.now or datetime.now(UTC)
    with reader(settings) as connection:
        loaded = loaded_feeds(connection, find_province(connection, settings.province))
    rows = [
        {
            "source": source.source,
            "feed": feed.feed,
            "state": feed.state,
            "covered_to": feed.covered_to,
            "loaded_at": feed.loaded_at,
            "due_at": feed.due_at,
            "late_hours": _hours(now - feed.due_at) if feed.due_at and feed.due_at < now else None,
        }
        for source in source_states(sources_of(installation, settings.province), loaded, now)
        for feed in source.feeds
    ]
    if json:
        print_json(rows)
        return
    labels = {
        "source": say("nguồn", "source"),
        "feed": say("luồng", "feed"),
        "state": say("tình trạng", "state"),
        "covered_to": say("đã nạp đến", "covered to"),
        "loaded_at": say("lần nạp cuối", "last load"),
        "due_at": say("kỳ sau phải có trước", "next one due"),
        "late_hours": say("trễ (giờ)", "late by (hours)"),
    }
    shown = [{**row, "state": say(*_STATE[str(row["state"])])} for row in rows]
    print_table(say("Độ mới của dữ liệu", "Freshness"), labels, shown)


def _hours(length: timedelta) -> int:
    return round(length.total_seconds() / 3600)


@app.command()
def check(
    name: Annotated[str, typer.Argument(help="Nguồn, xem `ioc source list` / source, see `ioc source list`")],
    offline: Annotated[bool, typer.Option("--offline", help="Không gọi gateway / do not call the gateway")] = False,
    province: Annotated[str | None, Province] = None,
    json: Annotated[bool, Json] = False,
) -> None:
    """Kiểm tra tệp khai báo, bảng đích và kết nối của một nguồn / check a source's file, fact and connection."""
    from expectations.rules import row_rules
    from hub.installation import Installation
    from kpis.catalogue import Catalogue
    from pipeline.fetch import open_gateway
    from warehouse.facts import mapping

    catalogue = Catalogue.of(Installation.open())
    sources = catalogue.sources
    check_source(name, sources)
    rows = []
    for feed, spec in sources[name].feeds.items():
        mapping(f"{name}.{feed}", spec)  # raises when a column fits nothing of the fact
        personal = [column for column, c in spec.columns.items() if c.personal]
        kpis = [kpi for kpi, definition in catalogue.definitions.items() if f"{name}.{feed}" in definition.sources]
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
        open_gateway(installation_with_gateway(province).settings).authenticate()
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
