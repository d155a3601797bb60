"""View models with figures like those of the reports, for looking at pages. Nothing here is anybody's data."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from hub.names import Name
from hub.periods import Period
from hub.translation import Text
from kpis.definition import load_definitions
from kpis.figure import Change, Figure
from kpis.question import Question
from screens.charts.series import Point
from screens.texts import Language
from screens.view_models.board import FieldCard, FieldPage, ProvincePage
from screens.view_models.figure import Tile
from screens.view_models.page import FieldLink, Link, Page

NOW = datetime(2023, 7, 3, 2, 30, tzinfo=UTC)
FIRST, LAST = date(2023, 1, 1), date(2023, 6, 30)
D = Decimal

BASIS = Name(
    vi="Hồ sơ tiếp nhận trong kỳ, không tính hồ sơ mới tạo và hồ sơ bị từ chối; qua bưu chính thì không.",
    en="Dossiers received in the period, new and refused ones left out; those by post are not online.",
)
FIELDS = (
    ("socio_economic", "Kinh tế – xã hội", "Socio-economic", False),
    ("health", "Y tế", "Health", False),
    ("border_gate", "Cửa khẩu", "Border gates", True),
    ("documents", "Văn bản", "Documents", True),
    ("education", "Giáo dục", "Education", False),
    ("public_services", "Dịch vụ công", "Public services", True),
    ("feedback", "Phản ánh, kiến nghị", "Feedback", True),
    ("press", "Báo chí", "Press", True),
    ("security", "An toàn thông tin", "Security", True),
    ("digital_society", "Xã hội số", "Digital society", True),
)
"""Fields of the reports."""


def fields(language: Language, current: str | None = None) -> list[FieldLink]:
    return [
        FieldLink(id_, vi if language == "vi" else en, f"/fields/{id_}", wired, id_ == current)
        for id_, vi, en, wired in FIELDS
    ]


def page(language: Language = "vi", path: str = "/", title: str = "", theme: str = "auto", **more: object) -> Page:
    made = Page(
        language=language,
        title=title or ("Toàn tỉnh" if language == "vi" else "Province"),
        path=path,
        language_href=f"{path}{'&' if '?' in path else '?'}lang={'en' if language == 'vi' else 'vi'}",
        now=NOW,
        province="Tỉnh Lạng Sơn" if language == "vi" else "Lạng Sơn province",
        whose="Tỉnh Lạng Sơn" if language == "vi" else "Lạng Sơn province",
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


def figure(kpi: str, vi: str, en: str, unit: str, value: str | None, **more: object) -> Figure:
    good = more.pop("good", "up")
    definition = load_definitions()["online_dossier_rate"].model_copy(
        update={"id": kpi, "name": Name(vi=vi, en=en), "good": good, "basis": BASIS, "government": True}
    )
    made = Figure(
        question=Question(kpi, Period(FIRST, LAST), "H37"),
        definition=definition,
        place=None,
        measure="rate",
        unit=unit,
        value=None if value is None else D(value),
        status="missing" if value is None else "official",
        definition_version=1,
        data_as_of=LAST,
        loaded_at=NOW - timedelta(hours=2),
        revision=1,
        quality="passed",
        freshness="on_time",
    )
    return replace(made, **more)  # type: ignore[arg-type]


def months(
    values: list[str | None], target: str | None = None, provisional: int = 0, revised: int | None = None
) -> list[Point]:
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


def tiles() -> list[Tile]:
    return [replace(tile, href=f"/kpis/{tile.figure.kpi}") for tile in _tiles()]


def _tiles() -> list[Tile]:
    return [
        Tile(
            figure(
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
                "on_time_dossier_rate",
                "Tỷ lệ hồ sơ giải quyết đúng hạn",
                "Dossiers resolved on time",
                "%",
                "98.45",
                year_ago=change("-0.62"),
                target=D(100),
                attainment=D("98.45"),
            ),
            months(
                ["99.1", "99.0", "98.9", "99.2", "98.7", "98.8", "98.2", "98.4", "98.3", "98.6", "98.5", "98.45"], "100"
            ),
        ),
        Tile(
            figure(
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
                "telecom_revenue",
                "Doanh thu viễn thông",
                "Telecom revenue",
                "billion VND",
                "478.6",
                year_ago=change("-21.3", "billion VND", "-4.26"),
                target=D(950),
                attainment=D("50.4"),
                status="provisional",
                reason=Text("Hai nhà mạng chưa nộp tháng 6.", "Two operators have not delivered June."),
            ),
            months(["82.1", "80.4", "79.9", "81.2", "78.7", "76.3"], None, 1),
        ),
        Tile(
            figure(
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
                "feedback_resolved_rate",
                "Tỷ lệ phản ánh, kiến nghị đã xử lý",
                "Citizens' feedback resolved",
                "%",
                None,
                reason=Text(
                    "Lô tháng 6 bị giữ lại: 14 bản ghi thiếu ngày tiếp nhận.",
                    "June's batch is held back: 14 records lack a date.",
                ),
                quality="blocked",
                freshness="late",
                loaded_at=None,
                data_as_of=None,
            ),
            months(["52.1", "58.8", "61.2", "57.0", "58.8", None]),
        ),
    ]


def periods(language: Language) -> list[Link]:
    words = [("Tháng 6", "June"), ("Quý II", "Q2"), ("6 tháng", "6 months"), ("Năm", "Year")]
    return [Link(say(language, vi, en), f"?p={index}", index == 2) for index, (vi, en) in enumerate(words)]


def province(language: Language) -> ProvincePage:
    own = {
        "public_services": [0, 1],
        "documents": [2],
        "digital_society": [3, 6, 5],
        "border_gate": [4],
        "feedback": [7],
    }
    made = tiles()
    others = [
        replace(made[0].figure, question=replace(made[0].figure.question, kpi=f"other_{field.id}"))
        for field in fields(language)
    ]
    cards = [
        FieldCard(field, [made[i] for i in own.get(field.id, [])] if field.wired else [], len(own.get(field.id, [])))
        for field in fields(language)
    ]
    cards = [
        card if card.tiles or not card.field.wired else replace(card, tiles=[replace(made[0], figure=other)])
        for card, other in zip(cards, others, strict=True)
    ]
    return ProvincePage(FIRST, LAST, periods(language), cards)


def field_page(language: Language, wired: bool = True) -> FieldPage:
    own = next(field for field in fields(language) if field.id == ("public_services" if wired else "socio_economic"))
    return FieldPage(own, FIRST, LAST, periods(language), tiles()[:5] if wired else [])
