"""Made-up states, explanations, forms and faults."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from screens.charts.multiples import Panel, PanelGroup
from screens.texts import Language
from screens.view_models.entry import ErrorPage, Login
from screens.view_models.evidence import DeliverersPage, Explain, FreshnessPage
from screens.view_models.kpi import Explore
from screens.view_models.page import Link, Option, Table, TableColumn, TableRow
from tests.screens.made_up import LAST, NOW, ONLINE, D, months, say, tiles
from warehouse.deliverers import Delivery, matrices
from warehouse.punctuality import FeedState, SourceState, State


def deliverers(language: Language) -> DeliverersPage:
    months = [(date(2023, month, 1), date(2023, month, 28)) for month in range(1, 13)]
    found = [
        Delivery("made_up", "cases", *days, name.lower(), name, name, True, records, NOW if records else None)
        for name, missing in (("Alpha", 3), ("Beta", 12))
        for place, days in enumerate(months)
        for records in [None if place == missing else 1234 * place + 1]
    ]
    return DeliverersPage([(say(language, "Nguồn giả định", "Made-up source"), one) for one in matrices(found)])


def freshness(language: Language) -> FreshnessPage:
    def state(
        vi: str, en: str, owner: str, cadence: str, kind: State, hours: int | None, late_by: timedelta | None = None
    ) -> SourceState:
        loaded = None if hours is None else NOW - timedelta(hours=hours)
        feeds = [
            FeedState(name, loaded and loaded.date(), loaded, None, None, None, one)
            for name, one in (("cases", kind), ("replies", "on_time"))
        ]
        return SourceState(
            *("made_up", say(language, vi, en), owner, cadence, timedelta(hours=6), kind),
            *(loaded and loaded.date(), loaded, late_by, feeds),
        )

    daily = "0 2 * * *"
    return FreshnessPage(
        [
            state("Phản ánh, kiến nghị 1022", "Feedback 1022", "Trung tâm 1022", "0 * * * *", "blocked", 30),
            state(
                *("Sàn thương mại điện tử", "E-commerce platforms", "Bưu điện tỉnh", daily, "late", 120),
                timedelta(days=4),
            ),
            state("Công dân số", "Citizen app", "Sở Thông tin và Truyền thông", daily, "never", None),
            state("Cổng dịch vụ công và một cửa", "Public-service portal", "Văn phòng UBND tỉnh", daily, "on_time", 7),
            state("Văn bản điều hành (iOffice)", "Documents (iOffice)", "Văn phòng UBND tỉnh", daily, "on_time", 7),
            state(
                *("Doanh nghiệp viễn thông", "Telecom operators", "Sở Thông tin và Truyền thông"),
                *("0 2 5 * *", "on_time", 300),
            ),
            state("Cửa khẩu số", "Digital border gates", "Ban Quản lý khu kinh tế cửa khẩu", daily, "on_time", 0),
        ]
    )


def explore(language: Language) -> Explore:
    names = [tile.figure for tile in tiles()]
    one, two = (
        months(ONLINE),
        months(["99.1", "99", "98.9", "99.2", "98.7", "98.8", "98.2", "98.4", "98.3", "98.6", "98.5", "98.45"]),
    )
    from screens.formats import period

    rows = [TableRow([period(a.first, a.last, language), a.value, b.value]) for a, b in zip(one, two, strict=True)]
    titles = [getattr(figure.name, language) for figure in names[:2]]
    columns = [TableColumn(say(language, "Kỳ", "Period")), *(TableColumn(title, True, 2) for title in titles)]
    return Explore(
        [Option(f.kpi, getattr(f.name, language), index < 2) for index, f in enumerate(names)],
        [
            Option("20", say(language, "Toàn tỉnh", "Whole province"), True),
            Option("178", "Thành phố Lạng Sơn"),
            Option("180", "Huyện Tràng Định"),
        ],
        [Option("month", say(language, "Tháng", "Month"), True), Option("quarter", say(language, "Quý", "Quarter"))],
        [Option("2022-07-01", say(language, "Tháng 7/2022", "Jul 2022"), True)],
        [Option(str(LAST), say(language, "Tháng 6/2023", "Jun 2023"), True)],
        Table(say(language, "Các số đã chọn", "The chosen figures"), columns, rows),
        [PanelGroup("%", [Panel(titles[0], one), Panel(titles[1], two)])],
        [Link("SVG", "/explore/chart.svg?kpi=online_dossier_rate")],
        [Link("CSV", "/explore/table.csv?kpi=online_dossier_rate")],
    )


def explain(language: Language, may_see_rows: bool = True) -> Explain:
    def table(
        vi: str, en: str, columns: list[tuple[str, str]], rows: list[list[object]], code: tuple[int, ...] = ()
    ) -> Table:
        return Table(
            say(language, vi, en),
            [
                TableColumn(
                    say(language, *names), bool(rows) and isinstance(rows[0][index], int | Decimal), code=index in code
                )
                for index, names in enumerate(columns)
            ],
            [TableRow(row) for row in rows],  # type: ignore[arg-type]
            say(language, "Không có.", "None."),
        )

    return Explain(
        replace(tiles()[0].figure, numerator=D(126434), denominator=D(135408)),
        [say(language, "Hồ sơ (Cổng dịch vụ công)", "Dossiers (public service portal)")],
        say(
            language,
            "Hồ sơ tiếp nhận trực tuyến ÷ hồ sơ tiếp nhận × 100",
            "Dossiers received online ÷ dossiers received × 100",
        ),
        [
            (
                say(language, "Câu lệnh SQL đã chạy", "The SQL that ran"),
                "select count(*) filter (where channel = 'online'), count(*)\nfrom serving.dossiers as r"
                "\nwhere r.province_id = 1 and (is_received)\nand r.received_day between '2023-01-01' and '2023-06-30'",
            )
        ],
        None,
        table(
            "Lô đã đưa bản ghi vào con số",
            "Batches that brought the records",
            [
                ("Lô", "Batch"),
                ("Nguồn", "Feed"),
                ("Từ ngày", "From"),
                ("Đến ngày", "To"),
                ("Nhận về", "Fetched"),
                ("Nạp", "Loaded"),
                ("Không đổi", "Unchanged"),
                ("Thay thế", "Superseded"),
                ("Cách ly", "Quarantined"),
                ("Xong lúc", "Finished"),
            ],
            [
                [
                    str(100 + n),
                    "dvc.dossiers",
                    date(2023, n, 1),
                    date(2023, n, 28),
                    22500 + n,
                    22390 + n,
                    70,
                    32,
                    8,
                    NOW,
                ]
                for n in range(1, 7)
            ],
        ),
        table(
            "Quy tắc có bản ghi vi phạm",
            "Rules that a record broke",
            [("Quy tắc", "Rule"), ("Mức", "Severity"), ("Số bản ghi", "Records")],
            [
                [
                    say(language, "Ngày trả không trước ngày nhận", "Returned not before received"),
                    say(language, "cách ly", "reject"),
                    41,
                ]
            ],
        ),
        table(
            "Bản ghi bị cách ly trong kỳ",
            "Records quarantined in the period",
            [("Quy tắc", "Rule"), ("Số bản ghi", "Records")],
            [[say(language, "Ngày trả không trước ngày nhận", "Returned not before received"), 41]],
        ),
        table(
            "Giá trị đã công bố của kỳ này",
            "What was published of this period",
            [("Bản", "Revision"), ("Giá trị (%)", "Value (%)"), ("Từ lúc", "Since"), ("Vì sao", "Cause")],
            [
                [1, D("93.21"), NOW - timedelta(days=3), say(language, "lần đầu", "first")],
                [2, D("93.37"), NOW, say(language, "dữ liệu mới", "new data")],
            ],
        ),
        table(
            "Trang nhận từ nguồn",
            "Pages received",
            [
                ("Lô", "Batch"),
                ("Trang", "Page"),
                ("Bản ghi", "Records"),
                ("SHA-256", "SHA-256"),
                ("Nhận lúc", "Fetched"),
            ],
            [
                ["101", n, 200, "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", NOW]
                for n in range(1, 4)
            ],
            (3,),
        ),
        table(
            "Những bản ghi đầu tiên",
            "The first records",
            [
                ("Mã hồ sơ", "Dossier"),
                ("Ngày nhận", "Received"),
                ("Kênh", "Channel"),
                ("Lô", "Batch"),
                ("Trang", "Page"),
            ],
            [[f"000.00.16.H37-230{n}01-0001", date(2023, n, 1), "online", "101", 1] for n in range(1, 6)],
            (0,),
        )
        if may_see_rows
        else None,
        say(
            language,
            "Nếu các bản ghi này được nhận, con số sẽ là 93,35%.",
            "Were they taken, the figure would be 93.35%.",
        ),
    )


def login(language: Language, error: bool = False) -> Login:
    return Login(
        "/login",
        "/wall",
        "van.phong" if error else "",
        say(language, "Tên đăng nhập hoặc mật khẩu không đúng.", "Login or password is wrong.") if error else None,
        "/oidc",
        say(language, "tài khoản của tỉnh", "the province's account"),
    )


def error(language: Language) -> ErrorPage:
    return ErrorPage(
        404,
        say(language, "Không có chỉ tiêu “online_dosier_rate”.", "There is no indicator “online_dosier_rate”."),
        say(
            language,
            "Có thể bạn tìm “online_dossier_rate”.",
            "You may mean “online_dossier_rate”. Choose from the fields.",
        ),
        "/kpis/online_dosier_rate",
        "7f3a-21c8",
    )
