"""One made-up KPI with everything that its page shows, map and ranking included."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from math import sin

from hub.translation import Text
from kpis.figure import Pace
from kpis.notes import Note
from kpis.projection import Projection
from screens.charts.area_map import AreaMap, MapArea
from screens.charts.series import Mark, Point
from screens.pages.axis_marks import note_marks
from screens.texts import Language
from screens.view_models.figure import Breakdown, Share
from screens.view_models.kpi import Downloads, KpiPage, MapPage, NoteForm, ShownNote
from screens.view_models.page import Link, Option, Table, TableColumn, TableRow
from tests.screens.made_up import NOW, ONLINE, D, change, months, periods, say, tiles
from warehouse.areas import areas
from warehouse.cells import cells
from warehouse.outlines import Rings, rings_of


@cache
def communes() -> tuple[tuple[str, str, Rings], ...]:
    """Today's 65 communes of Lạng Sơn with their cells, from the package that the warehouse takes them from."""
    own = {
        area.code: area for area in areas() if area.level == "commune" and area.parent == "20" and area.valid_to is None
    }
    drawn = cells({code: (area.longitude, area.latitude) for code, area in own.items()})
    return tuple((code, area.name, rings_of(drawn[code])) for code, area in own.items())


def commune_values() -> list[Decimal | None]:
    """Rates that nobody reported, with a few communes without any."""
    values: list[Decimal | None] = []
    for index, _ in enumerate(communes()):
        values.append(None if index % 17 == 5 else D(str(round(82 + 11 * sin(index * 1.7) + 6 * sin(index * 0.31), 2))))
    return values


def area_model(language: Language) -> AreaMap:
    return AreaMap(
        "map",
        say(language, "Tỷ lệ hồ sơ tiếp nhận trực tuyến theo xã, phường", "Dossiers received online by commune"),
        "%",
        [
            MapArea(code, name, rings, value, "missing", href=f"/areas/{code}")
            for (code, name, rings), value in zip(communes(), commune_values(), strict=True)
        ],
        is_schematic=True,
    )


def ranking(language: Language) -> Breakdown:
    parts = [
        Share(name, value, None, f"/kpis/online_dossier_rate?area={code}", code=code, estimated=index == 4)
        for index, ((code, name, _), value) in enumerate(zip(communes(), commune_values(), strict=True))
    ]
    parts.sort(key=lambda part: (part.value is None, -(part.value or 0)))
    title = say(language, "Xếp hạng xã, phường", "Communes ranked")
    return Breakdown(title, "%", parts, D("93.37"), say(language, "Tỉnh Lạng Sơn", "Lạng Sơn"))


def kpi_table(language: Language) -> Table:
    from screens.formats import period

    columns = [
        TableColumn(say(language, "Kỳ", "Period")),
        TableColumn(say(language, "Giá trị (%)", "Value (%)"), True, 2),
        TableColumn(say(language, "Trực tuyến", "Online"), True),
        TableColumn(say(language, "Tiếp nhận", "Received"), True),
        TableColumn(say(language, "Mục tiêu (%)", "Target (%)"), True),
        TableColumn(say(language, "Tình trạng", "Status")),
        TableColumn(say(language, "Cập nhật", "Updated")),
    ]
    status = {
        "official": ("Chính thức", "Official"),
        "provisional": ("Sơ bộ", "Provisional"),
        "missing": ("Chưa có", "Missing"),
    }
    rows = [
        TableRow(
            [
                period(point.first, point.last, language),
                point.value,
                None if point.value is None else int(point.value * 231),
                None if point.value is None else 23100 + index * 11,
                point.target,
                say(language, *status[point.status]),
                NOW - timedelta(days=30 * (11 - index)),
            ]
        )
        for index, point in enumerate(points())
    ]
    return Table(say(language, "Từng tháng, mới nhất ở dưới", "By month, the newest last"), columns, rows)


def points() -> list[Point]:
    return months(ONLINE, "80", 2, 4)


def notes(language: Language) -> list[Note]:
    """Two notes that nobody wrote, on months beside each other and on three months."""
    told = [
        (date(2022, 11, 1), date(2023, 1, 31), "Chuyển sang hệ thống mới", "Moved to a new system"),
        (date(2023, 2, 12), date(2023, 2, 13), "Hệ thống dừng 2 ngày để nâng cấp", "The system stood still for 2 days"),
    ]
    return [
        Note(n, "online_dossier_rate", "20", 1, first, last, say(language, vi, en), "so.tttt", NOW, None, None)
        for n, (first, last, vi, en) in enumerate(told, 1)
    ]


def downloads() -> Downloads:
    base = "/api/v1/kpis/online_dossier_rate/observations"
    return Downloads(f"{base}.csv", f"{base}.xlsx", f"{base}.metadata.json")


def kpi(language: Language) -> KpiPage:
    own = replace(
        tiles()[0].figure,
        numerator=D(126434),
        denominator=D(135408),
        previous=change("12.02"),
        pace=Pace("behind", None, D("94.1"), D("48.1"), 2022),
        status="provisional",
        reason=Text("Ngày 30/06 còn nhận thêm hồ sơ đến hết hạn chốt.", "The last day still takes late records."),
        revision=3,
    )
    channels = [
        ("Trực tuyến", "Online", "126434", "93.37"),
        ("Trực tiếp", "Direct", "8974", "6.63"),
        ("Bưu chính", "Post", "0", "0"),
    ]
    organisations = [
        ("Sở Tài nguyên và Môi trường", "Natural Resources", "97.21"),
        ("Sở Giao thông vận tải", "Transport", "96.4"),
        ("Ủy ban nhân dân thành phố Lạng Sơn", "Lạng Sơn city", "94.02"),
        ("Sở Tư pháp", "Justice", "91.55"),
        ("Ủy ban nhân dân huyện Tràng Định", "Tràng Định district", "83.17"),
        ("Ban Quản lý khu kinh tế cửa khẩu Đồng Đăng – Lạng Sơn", "Border economic zone", None),
    ]
    return KpiPage(
        own,
        [say(language, "Hồ sơ (Cổng dịch vụ công)", "Dossiers (public service portal)")],
        periods(language),
        [
            Option("20", say(language, "Toàn tỉnh", "Whole province"), True),
            Option("178", "Thành phố Lạng Sơn"),
            Option("180", "Huyện Tràng Định"),
        ],
        points(),
        [
            Breakdown(
                say(language, "Theo hình thức nộp", "By channel"),
                "dossiers",
                [Share(say(language, vi, en), D(value), D(share)) for vi, en, value, share in channels],
            ),
            Breakdown(
                say(language, "Theo cơ quan", "By organisation"),
                "%",
                [
                    Share(say(language, vi, en), D(value) if value else None, None, "/organisations/x")
                    for vi, en, value in organisations
                ],
                own.value,
                say(language, "Tỉnh Lạng Sơn", "Lạng Sơn"),
            ),
        ],
        ranking(language),
        area_model(language),
        kpi_table(language),
        downloads(),
        explain_href="/kpis/online_dossier_rate/explain",
        map_href="/map?kpi=online_dossier_rate",
        measures=[
            Link(say(language, "Chỉ tiêu chính", "The indicator itself"), "?", True),
            Link(say(language, "Số tiếp nhận", "Received"), "?measure=received"),
        ],
        steps=[
            Link(say(language, "Tháng", "Months"), "?", True),
            Link(say(language, "Ngày", "Days"), "?series=day"),
        ],
        marks=[
            *note_marks(notes(language), is_linked=True),
            Mark(
                "definition", date(2023, 1, 1), date(2023, 1, 1), say(language, "Định nghĩa phiên bản 2", "Version 2")
            ),
            Mark("reform", date(2022, 10, 1), date(2022, 10, 1), say(language, "Địa giới thay đổi", "Areas changed")),
        ],
        notes=[ShownNote(number, note, "/withdraw") for number, note in enumerate(notes(language), 1)],
        note_form=NoteForm("/notes", date(2023, 6, 1), date(2023, 6, 30)),
        projection=Projection(2023, D("271000"), D("243000"), D("299000"), D("4.2"), D("10.3"), 9),
    )


def map_page(language: Language) -> MapPage:
    return MapPage(
        tiles()[0].figure,
        area_model(language),
        ranking(language),
        [
            Option(
                "online_dossier_rate",
                say(language, "Tỷ lệ hồ sơ tiếp nhận trực tuyến", "Dossiers received online"),
                True,
            )
        ],
        [
            Link(say(language, "Trước 01/07/2025", "Before 1 July 2025"), "?era=old"),
            Link(say(language, "Từ 01/07/2025", "Since 1 July 2025"), "?era=new", True),
        ],
    )
