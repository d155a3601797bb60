"""Walls with made-up figures."""

from dataclasses import replace
from datetime import timedelta

from hub.translation import Text
from kpis.definition import load_definitions
from screens.texts import Language
from screens.view_models.figure import Tile
from screens.view_models.wall import Alert, Board, Wall
from tests.screens.made_up import FIRST, LAST, NOW, ONLINE, D, change, figure, months, say, tiles
from tests.screens.made_up_kpi import area_model


def wall(language: Language) -> Wall:
    return Wall(FIRST, LAST, [Board(say(language, "Chỉ tiêu chủ yếu", "Key indicators"), tiles())])


def boards(language: Language) -> Wall:
    """Boards of every kind, and more that is wrong than has room."""
    made = tiles()
    shown = [
        Board(say(language, "Chỉ tiêu chủ yếu", "Key indicators"), made, large=2, seconds=40, href="/wall/boards"),
        Board(
            say(language, "Hồ sơ trực tuyến theo địa bàn", "Online dossiers by area"),
            made[:1],
            href="/wall/boards?board=2",
            map=replace(area_model(language), name="map-online"),
        ),
        Board(say(language, "Xã hội số", "Digital society"), full_tiles(language, 12), href="/wall/boards?board=3"),
    ]
    kinds = ("Lô bị chặn", "Blocked slice"), ("Trễ hạn cung cấp", "Late delivery")
    long = Text(
        "VNPT Lạng Sơn chưa cung cấp Viễn thông – Thuê bao điện thoại, Internet theo xã (telecom.subscribers) của các"
        " ngày từ 01/06/2023, hạn 08:00 05/07/2023",
        "VNPT Lạng Sơn has not delivered Telecom – subscribers of telephone and Internet by commune"
        " (telecom.subscribers) for the days from 1 Jun 2023, due by 08:00 5 Jul 2023",
    )
    alerts = [Alert(Text(*kinds[place % 2]), long, NOW - timedelta(hours=3 * place)) for place in range(3)]
    return Wall(FIRST, LAST, shown, 0, alerts, more_alerts=4)


def wall_of(language: Language, large: int, small: int) -> Wall:
    """One board of so many tiles, each with all that it can have to say, under a full strip."""
    board = Board(say(language, "Chỉ tiêu", "Indicators"), full_tiles(language, large + small), large)
    return replace(boards(language), boards=[board])


def fullest_wall(language: Language) -> Wall:
    """The eight KPIs with the longest names, each with all that a tile can have to say."""
    return Wall(FIRST, LAST, [Board(say(language, "Chỉ tiêu chủ yếu", "Key indicators"), full_tiles(language, 8))])


def full_tiles(language: Language, count: int) -> list[Tile]:
    named = [(d.name.vi if language == "vi" else d.name.en, d) for d in load_definitions().values()]
    units = {"%": "99.97", "per 100 people": "118.46"}
    return [
        Tile(
            replace(
                figure(d.id, name, name, d.unit, units.get(d.unit, "9842135")),
                year_ago=change("-12345.6", d.unit, None if d.unit in units else "-1234.5"),
                target=D("99.5") if d.unit in units else D("12345678"),
                attainment=D("99.97"),
                status="provisional",
                freshness="late",
                quality="blocked",
                loaded_at=NOW - timedelta(days=45),
            ),
            months(ONLINE, "80"),
        )
        for name, d in sorted(named, key=lambda pair: -len(pair[0]))[:count]
    ]
