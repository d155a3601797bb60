"""View models with figures like those of the reports, for looking at pages. Nothing here is anybody's data."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from math import sin

from screens.charts.areas import AreaMap, Place
from screens.charts.series import Point
from screens.models import (
    Breakdown,
    Change,
    Column,
    Definition,
    Downloads,
    Explain,
    Explore,
    Fault,
    Field,
    FieldCard,
    FieldPage,
    Figure,
    FreshnessPage,
    KpiPage,
    Link,
    Login,
    MapPage,
    Option,
    Page,
    Province,
    Row,
    Share,
    SourceState,
    Table,
    Tile,
    Wall,
)
from screens.texts import Language
from warehouse.areas import areas

NOW = datetime(2023, 7, 3, 2, 30, tzinfo=UTC)
FIRST, LAST = date(2023, 1, 1), date(2023, 6, 30)
D = Decimal

FIELDS = (
    ("socio_economic", "Kinh tế – xã hội", "Socio-economic", False),
    ("health_education", "Y tế, giáo dục", "Health, education", False),
    ("border_gate", "Cửa khẩu", "Border gates", True),
    ("documents", "Văn bản", "Documents", True),
    ("public_services", "Dịch vụ công", "Public services", True),
    ("feedback", "Phản ánh, kiến nghị", "Feedback", True),
    ("press", "Báo chí", "Press", True),
    ("security", "An toàn thông tin", "Security", True),
    ("digital_society", "Xã hội số", "Digital society", True),
)
"""The nine fields of the reports."""


def fields(language: Language, current: str | None = None) -> list[Field]:
    return [
        Field(id_, vi if language == "vi" else en, f"/fields/{id_}", wired, id_ == current) for id_, vi, en, wired in FIELDS
    ]


def page(language: Language = "vi", path: str = "/", title: str = "", theme: str = "auto", **more: object) -> Page:
    made = Page(
        language=language,
        title=title or ("Toàn tỉnh" if language == "vi" else "Province"),
        path=path,
        language_href=f"{path}?lang={'en' if language == 'vi' else 'vi'}",
        now=NOW,
        province="Tỉnh Lạng Sơn" if language == "vi" else "Lạng Sơn province",
        theme=theme,  # type: ignore[arg-type]
        fields=fields(language),
        account="Văn phòng tỉnh",
        csrf="made-up",
        loaded_at=NOW - timedelta(hours=2),
    )
    return replace(made, **more)  # type: ignore[arg-type]


def say(language: Language, vi: str, en: str) -> str:
    return vi if language == "vi" else en


def change(difference: str, unit: str = "percentage points", percent: str | None = None) -> Change:
    return Change(
        date(2022, 1, 1), date(2022, 6, 30), D("0"), D(difference), unit, D(percent) if percent is not None else None
    )


def figure(language: Language, kpi: str, vi: str, en: str, unit: str, value: str | None, **more: object) -> Figure:
    made = Figure(
        kpi=kpi,
        name=say(language, vi, en),
        unit=unit,
        good="up",
        first=FIRST,
        last=LAST,
        value=None if value is None else D(value),
        status="missing" if value is None else "official",
        data_as_of=LAST,
        loaded_at=NOW - timedelta(hours=2),
        revision=1,
        quality="passed",
        freshness="on_time",
        href=f"/kpis/{kpi}",
        explain_href=f"/kpis/{kpi}/explain",
    )
    return replace(made, **more)  # type: ignore[arg-type]


def months(values: list[str | None], target: str | None = None, provisional: int = 0, revised: int | None = None) -> list[Point]:
    """A point a month, the last one being June 2023."""
    points = []
    for index, value in enumerate(values):
        month = 2023 * 12 + 5 - (len(values) - 1 - index)
        first = date(month // 12, month % 12 + 1, 1)
        last = date((month + 1) // 12, (month + 1) % 12 + 1, 1) - timedelta(days=1)
        status = "missing" if value is None else "provisional" if index >= len(values) - provisional else "official"
        points.append(
            Point(
                first,
                last,
                None if value is None else D(value),
                status,  # type: ignore[arg-type]
                2 if index == revised else 1,
                None if target is None else D(target),
            )
        )
    return points


ONLINE = ["41.2", "44.8", "48.2", "52.9", "61.0", "66.3", "72.8", None, "81.5", "84.9", "88.1", "93.37"]


def tiles(language: Language) -> list[Tile]:
    return [
        Tile(
            figure(
                language,
                "online_dossier_rate",
                "Tỷ lệ hồ sơ tiếp nhận trực tuyến",
                "Dossiers received online",
                "%",
                "93.37",
                year_ago=change("45.16"),
                target=D(80),
                attainment=D("116.7"),
            ),
            months(ONLINE, "80"),
        ),
        Tile(
            figure(
                language,
                "on_time_dossier_rate",
                "Tỷ lệ hồ sơ giải quyết đúng hạn",
                "Dossiers resolved on time",
                "%",
                "98.45",
                year_ago=change("-0.62"),
                target=D(100),
                attainment=D("98.45"),
            ),
            months(["99.1", "99.0", "98.9", "99.2", "98.7", "98.8", "98.2", "98.4", "98.3", "98.6", "98.5", "98.45"], "100"),
        ),
        Tile(
            figure(
                language,
                "signed_document_rate",
                "Tỷ lệ văn bản điện tử được ký số",
                "Electronic documents signed digitally",
                "%",
                "99.97",
                year_ago=change("0"),
                target=D(100),
                attainment=D("99.97"),
                quality="refused",
            ),
            months(["99.9", "99.8", "99.9", "99.95", "99.9", "99.97"]),
        ),
        Tile(
            figure(
                language,
                "telecom_revenue",
                "Doanh thu viễn thông",
                "Telecom revenue",
                "billion VND",
                "478.6",
                year_ago=change("-21.3", "billion VND", "-4.26"),
                target=D(950),
                attainment=D("50.4"),
                status="provisional",
                reason=say(language, "Hai nhà mạng chưa nộp tháng 6.", "Two operators have not delivered June."),
            ),
            months(["82.1", "80.4", "79.9", "81.2", "78.7", "76.3"], None, 1),
        ),
        Tile(
            figure(
                language,
                "gate_vehicles",
                "Phương tiện qua cửa khẩu số",
                "Vehicles through the digital border gates",
                "vehicles",
                "184213",
                year_ago=change("90113", "vehicles", "95.76"),
            ),
            months(["18210", "9120", "27544", "36120", "44871", "48348"]),
        ),
        Tile(
            figure(
                language,
                "ecommerce_order_revenue",
                "Doanh thu đơn hàng thương mại điện tử",
                "Revenue of e-commerce orders",
                "VND",
                "10912000000",
                previous=change("1200000000", "VND", "12.4"),
                freshness="late",
                loaded_at=NOW - timedelta(days=5),
            ),
            months(["1200000000", "1500000000", "1650000000", "1900000000", "2100000000", "2562000000"]),
        ),
        Tile(
            figure(
                language,
                "villages_without_coverage",
                "Thôn, bản trắng sóng, sóng yếu",
                "Villages without or with weak coverage",
                "villages",
                "212",
                good="down",
                year_ago=change("-56", "villages", "-20.9"),
            ),
            months(["268", "268", "251", "240", "226", "212"]),
        ),
        Tile(
            figure(
                language,
                "feedback_resolved_rate",
                "Tỷ lệ phản ánh, kiến nghị đã xử lý",
                "Citizens' feedback resolved",
                "%",
                None,
                reason=say(
                    language, "Lô tháng 6 bị giữ lại: 14 bản ghi thiếu ngày tiếp nhận.", "June's batch is held back: 14 records lack a date."
                ),
                quality="blocked",
                freshness="late",
                loaded_at=None,
                data_as_of=None,
            ),
            months(["52.1", "58.8", "61.2", "57.0", "58.8", None]),
        ),
    ]


def wall(language: Language) -> Wall:
    return Wall(say(language, "Chỉ số chủ yếu", "Key indicators"), FIRST, LAST, tiles(language))


def periods(language: Language) -> list[Link]:
    words = [("Tháng 6", "June"), ("Quý II", "Q2"), ("6 tháng", "6 months"), ("Năm", "Year")]
    return [Link(say(language, vi, en), f"?p={index}", index == 2) for index, (vi, en) in enumerate(words)]


def province(language: Language) -> Province:
    own = {"public_services": [0, 1], "documents": [2], "digital_society": [3, 6, 5], "border_gate": [4], "feedback": [7]}
    made = tiles(language)
    cards = [
        FieldCard(field, [made[i].figure for i in own.get(field.id, [])] if field.wired else [], len(own.get(field.id, [])))
        for field in fields(language)
    ]
    cards = [card if card.figures or not card.field.wired else replace(card, figures=[made[0].figure]) for card in cards]
    return Province(FIRST, LAST, periods(language), cards)


def field_page(language: Language, wired: bool = True) -> FieldPage:
    own = next(field for field in fields(language) if field.id == ("public_services" if wired else "socio_economic"))
    return FieldPage(own, FIRST, LAST, periods(language), tiles(language)[:5] if wired else [])


@cache
def communes() -> tuple[tuple[str, str, float, float], ...]:
    """Today's 65 communes of Lạng Sơn, from the package that the warehouse takes them from."""
    return tuple(
        (area.code, area.name, area.latitude, area.longitude)
        for area in areas()
        if area.level == "commune" and area.parent == "20" and area.valid_to is None
    )


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
            Place(code, name, latitude, longitude, value)
            for (code, name, latitude, longitude), value in zip(communes(), commune_values(), strict=True)
        ],
    )


def ranking(language: Language) -> Breakdown:
    parts = [
        Share(name, value, None, f"/kpis/online_dossier_rate?area={code}", code=code, estimated=index == 4)
        for index, ((code, name, _, _), value) in enumerate(zip(communes(), commune_values(), strict=True))
    ]
    parts.sort(key=lambda part: (part.value is None, -(part.value or 0)))
    return Breakdown(say(language, "Xếp hạng xã, phường", "Communes ranked"), "%", parts)


def definition(language: Language) -> Definition:
    return Definition(
        say(
            language,
            "Hồ sơ tiếp nhận trong kỳ, không tính hồ sơ mới tạo và hồ sơ không được tiếp nhận; nộp qua bưu chính không tính là trực tuyến.",
            "Dossiers received in the period, new and refused ones left out; those by post are not online.",
        ),
        say(language, "Sở Thông tin và Truyền thông", "Department of Information and Communications"),
        [say(language, "Cổng dịch vụ công và một cửa", "Public-service portal and one-stop system")],
        1,
        True,
    )


def kpi_table(language: Language) -> Table:
    from screens.formats import period

    columns = [
        Column(say(language, "Kỳ", "Period")),
        Column(say(language, "Giá trị (%)", "Value (%)"), True, 2),
        Column(say(language, "Trực tuyến", "Online"), True),
        Column(say(language, "Tiếp nhận", "Received"), True),
        Column(say(language, "Mục tiêu (%)", "Target (%)"), True),
        Column(say(language, "Tình trạng", "Status")),
        Column(say(language, "Cập nhật", "Updated")),
    ]
    status = {"official": ("Chính thức", "Official"), "provisional": ("Sơ bộ", "Provisional"), "missing": ("Chưa có", "Missing")}
    rows = [
        Row(
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


def downloads() -> Downloads:
    base = "/api/v1/kpis/online_dossier_rate/observations"
    return Downloads(f"{base}.csv", f"{base}.xlsx", f"{base}.metadata.json")


def kpi(language: Language) -> KpiPage:
    own = replace(
        tiles(language)[0].figure,
        numerator=D(126434),
        denominator=D(135408),
        previous=change("12.02"),
        status="provisional",
        reason=say(language, "Ngày 30/06 còn nhận thêm hồ sơ đến hết hạn chốt.", "The last day still takes late records."),
        revision=3,
    )
    channels = [("Trực tuyến", "Online", "126434", "93.37"), ("Trực tiếp", "Direct", "8974", "6.63"), ("Bưu chính", "Post", "0", "0")]
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
        definition(language),
        periods(language),
        [Option("20", say(language, "Toàn tỉnh", "Whole province"), True), Option("178", "Thành phố Lạng Sơn"), Option("180", "Huyện Tràng Định")],
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
            ),
        ],
        ranking(language),
        area_model(language),
        kpi_table(language),
        downloads(),
        "/map?kpi=online_dossier_rate",
    )


def map_page(language: Language) -> MapPage:
    return MapPage(
        tiles(language)[0].figure,
        area_model(language),
        ranking(language),
        [Option("online_dossier_rate", say(language, "Tỷ lệ hồ sơ tiếp nhận trực tuyến", "Dossiers received online"), True)],
        [
            Link(say(language, "Trước 01/07/2025", "Before 1 July 2025"), "?era=old"),
            Link(say(language, "Từ 01/07/2025", "Since 1 July 2025"), "?era=new", True),
        ],
    )


def freshness(language: Language) -> FreshnessPage:
    def state(vi: str, en: str, owner: str, cadence: tuple[str, str], kind: str, hours: int | None, **more: object) -> SourceState:
        return SourceState(
            say(language, vi, en),
            owner,
            say(language, *cadence),
            kind,  # type: ignore[arg-type]
            None if hours is None else NOW - timedelta(hours=hours),
            None if hours is None else (NOW - timedelta(hours=hours)).date(),
            href="/quality/runs",
            **more,  # type: ignore[arg-type]
        )

    daily, monthly = ("Hằng ngày lúc 02:00", "Daily at 02:00"), ("Ngày 5 hằng tháng", "On the 5th of a month")
    return FreshnessPage(
        [
            state("Phản ánh, kiến nghị 1022", "Feedback 1022", "Trung tâm 1022", ("Hằng giờ", "Hourly"), "blocked", 30,
                  note=say(language, "14 bản ghi thiếu ngày tiếp nhận", "14 records lack a date")),
            state("Sàn thương mại điện tử", "E-commerce platforms", "Bưu điện tỉnh", daily, "late", 120, late_by=timedelta(days=4)),
            state("Công dân số", "Citizen app", "Sở Thông tin và Truyền thông", daily, "never", None),
            state("Cổng dịch vụ công và một cửa", "Public-service portal", "Văn phòng UBND tỉnh", daily, "on_time", 7),
            state("Văn bản điều hành (iOffice)", "Documents (iOffice)", "Văn phòng UBND tỉnh", daily, "on_time", 7),
            state("Doanh nghiệp viễn thông", "Telecom operators", "Sở Thông tin và Truyền thông", monthly, "on_time", 300),
            state("Cửa khẩu số", "Digital border gates", "Ban Quản lý khu kinh tế cửa khẩu", ("15 phút", "15 minutes"), "on_time", 0),
        ]
    )  # fmt: skip


def explore(language: Language) -> Explore:
    names = [tile.figure for tile in tiles(language)]
    one, two = months(ONLINE), months(["99.1", "99", "98.9", "99.2", "98.7", "98.8", "98.2", "98.4", "98.3", "98.6", "98.5", "98.45"])
    from screens.formats import period

    rows = [Row([period(a.first, a.last, language), a.value, b.value]) for a, b in zip(one, two, strict=True)]
    columns = [Column(say(language, "Kỳ", "Period")), Column(names[0].name, True, 2), Column(names[1].name, True, 2)]
    return Explore(
        [Option(f.kpi, f.name, index < 2) for index, f in enumerate(names)],
        [Option("20", say(language, "Toàn tỉnh", "Whole province"), True), Option("178", "Thành phố Lạng Sơn"), Option("180", "Huyện Tràng Định")],
        [Option("month", say(language, "Tháng", "Month"), True), Option("quarter", say(language, "Quý", "Quarter"))],
        date(2022, 7, 1),
        LAST,
        Table(say(language, "Các số đã chọn", "The chosen figures"), columns, rows),
        "%",
        downloads(),
    )


def explain(language: Language, may_see_rows: bool = True) -> Explain:
    def table(vi: str, en: str, columns: list[tuple[str, str]], rows: list[list[object]], code: tuple[int, ...] = ()) -> Table:
        return Table(
            say(language, vi, en),
            [
                Column(say(language, *names), bool(rows) and isinstance(rows[0][index], int | Decimal), code=index in code)
                for index, names in enumerate(columns)
            ],
            [Row(row) for row in rows],  # type: ignore[arg-type]
            say(language, "Không có.", "None."),
        )

    return Explain(
        replace(tiles(language)[0].figure, numerator=D(126434), denominator=D(135408)),
        definition(language),
        say(language, "Hồ sơ tiếp nhận trực tuyến ÷ hồ sơ tiếp nhận × 100", "Dossiers received online ÷ dossiers received × 100"),
        [
            (
                say(language, "Câu lệnh SQL đã chạy", "The SQL that ran"),
                "select count(*) filter (where channel = 'online'), count(*)\nfrom serving.dossiers as r\nwhere r.province_id = 1"
                " and (is_received)\nand r.received_day between '2023-01-01' and '2023-06-30'",
            )
        ],
        None,
        table(
            "Lô đã đưa bản ghi vào con số", "Batches that brought the records",
            [("Lô", "Batch"), ("Nguồn", "Feed"), ("Từ ngày", "From"), ("Đến ngày", "To"), ("Nhận về", "Fetched"), ("Nạp", "Loaded"),
             ("Không đổi", "Unchanged"), ("Thay thế", "Superseded"), ("Từ chối", "Refused"), ("Xong lúc", "Finished")],
            [[str(100 + n), "dvc.dossiers", date(2023, n, 1), date(2023, n, 28), 22500 + n, 22390 + n, 70, 32, 8, NOW] for n in range(1, 7)],
        ),
        table(
            "Quy tắc có bản ghi vi phạm", "Rules that a record broke",
            [("Quy tắc", "Rule"), ("Mức", "Severity"), ("Số bản ghi", "Records")],
            [[say(language, "Ngày trả không trước ngày nhận", "Returned not before received"), say(language, "từ chối", "reject"), 41]],
        ),
        table("Bản ghi bị từ chối trong kỳ", "Records refused in the period",
              [("Quy tắc", "Rule"), ("Số bản ghi", "Records")],
              [[say(language, "Ngày trả không trước ngày nhận", "Returned not before received"), 41]]),
        table("Giá trị đã công bố của kỳ này", "What was published of this period",
              [("Bản", "Revision"), ("Giá trị (%)", "Value (%)"), ("Từ lúc", "Since"), ("Vì sao", "Cause")],
              [[1, D("93.21"), NOW - timedelta(days=3), say(language, "lần đầu", "first")],
               [2, D("93.37"), NOW, say(language, "dữ liệu mới", "new data")]]),
        table("Trang nhận từ nguồn", "Pages received",
              [("Lô", "Batch"), ("Trang", "Page"), ("Bản ghi", "Records"), ("SHA-256", "SHA-256"), ("Nhận lúc", "Fetched")],
              [["101", n, 200, "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", NOW] for n in range(1, 4)], (3,)),
        table("Những bản ghi đầu tiên", "The first records",
              [("Mã hồ sơ", "Dossier"), ("Ngày nhận", "Received"), ("Kênh", "Channel"), ("Lô", "Batch"), ("Trang", "Page")],
              [[f"000.00.16.H37-230{n}01-0001", date(2023, n, 1), "online", "101", 1] for n in range(1, 6)], (0,))
        if may_see_rows else None,
        say(language, "Nếu các bản ghi này được nhận, con số sẽ là 93,35%.", "Were they taken, the figure would be 93.35%."),
    )  # fmt: skip


def login(language: Language, fault: bool = False) -> Login:
    return Login(
        "/login",
        "/wall",
        "van.phong" if fault else "",
        say(language, "Tên đăng nhập hoặc mật khẩu không đúng.", "Login or password is wrong.") if fault else None,
        "/oidc",
        say(language, "tài khoản của tỉnh", "the province's account"),
    )


def fault(language: Language) -> Fault:
    return Fault(
        404,
        say(language, "Không có chỉ số “online_dosier_rate”.", "There is no indicator “online_dosier_rate”."),
        say(language, "Có thể bạn tìm “online_dossier_rate”. Chọn trong danh sách theo lĩnh vực.", "You may mean “online_dossier_rate”. Choose from the fields."),
        "/kpis/online_dosier_rate",
        "7f3a-21c8",
        [Link(say(language, "Về trang toàn tỉnh", "To the province's page"), "/")],
    )
