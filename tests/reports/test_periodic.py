"""The periodic report of a small hub: read back from the file it equals the warehouse, and has the decree's form."""

import json
import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import docx
import psycopg
import pytest
from docx.document import Document
from docx.oxml import parse_xml
from docx.oxml.ns import qn
from docx.shared import Length
from pypdf import PdfReader
from typer.testing import CliRunner

from hub.errors import Abort
from hub.installation import Installation
from hub.periods import VIETNAM, Period
from hub.province_settings import Agency
from hub.settings import Settings
from ioc import report as command
from kpis.notes import withdraw_note, write_note
from kpis.question import Question
from reports import phrases
from reports.document import as_docx
from reports.filing import MadeReport, file_periodic, make_periodic
from reports.notes import Reported, note_of
from tests.installation import CATALOGUE, FOLDER, LANG_SON, refresh
from tests.kpis.facts import Facts
from warehouse.database import connect
from warehouse.serving import find_area, find_province

HALF = Period(date(2023, 1, 1), date(2023, 6, 30))
COVERED = (date(2022, 12, 31), date(2023, 6, 30))
NOW = datetime(2023, 7, 1, 6, tzinfo=VIETNAM)
KPIS = (
    "online_dossier_rate",
    "full_online_service_rate",
    "national_portal_services",
    "gate_vehicles",
    "feedback_resolved_rate",
    "ecommerce_listings",
    "ecommerce_order_revenue",
    "telecom_revenue",
    "positive_press_rate",
)
PUBLISHED = """kpi,measure,breakdown,from,to,value,unit,note
online_dossier_rate,received,,2023-01-01,2023-06-30,20,dossiers,
ecommerce_listings,listings,,2023-06-30,2023-06-30,999,products,
gate_vehicles,vehicles,,2023-01-01,2023-05-15,31,vehicles,
soil_samples,files,,2023-06-30,2023-06-30,8015,files,
national_portal_services,services,,2023-06-30,2023-06-30,12,services,
national_portal_services,services,level=3,2023-06-30,2023-06-30,4,services,
national_portal_services,services,level=4,2023-06-30,2023-06-30,5,services,
"""
"""Of the half year: one figure that is the hub's, one that is not, one that the hub does not give, one that nothing
defines, and a total that its parts contradict."""


def _days(count: int, column: str, **said: Any) -> list[dict[str, Any]]:
    return [{column: f"2023-0{1 + place % 6}-11T08:00:00+07:00", **said} for place in range(count)]


def _fill(url: str) -> None:
    with connect(url, "owner") as owner:
        facts = Facts(owner)
        facts.add("fact_dossier", _days(36, "received_at", channel_code="online"))
        facts.add("fact_dossier", _days(30, "received_at", channel_code="direct"))
        facts.add("fact_vehicle", _days(36, "processed_at") + _days(30, "processed_at", direction="import"))
        facts.add("fact_feedback", _days(3, "received_at"))
        facts.add("fact_article", _days(9, "published_at", sentiment="positive"))
        services = [{"day": "2023-06-30", "level": level} for level in (2, 3, 3, 4, 4, 4)]
        facts.add("fact_service", services)
        portal = [{"day": "2023-06-30", "level": level, "on_national_portal": True} for level in (3, 3, 3, 3, 4)]
        facts.add("fact_service", portal)
        states = [("2022-12-31", 100, 1_000_000), ("2023-06-30", 125, 2_250_000)]
        facts.add(
            "fact_ecommerce",
            [
                {"day": day, "platform_code": "postmart", "listings": listings, "orders": 7, "revenue_vnd": vnd}
                for day, listings, vnd in states
            ],
        )
        months = ["01-31", "02-28", "03-31", "04-30", "05-31", "06-30"]
        facts.add("fact_revenue", [{"month_end_day": f"2023-{day}", "revenue_vnd": 10**11} for day in months])
        for feed in sorted({feed for kpi in KPIS for feed in CATALOGUE.find(kpi).sources}):
            facts.publish(feed, COVERED)
        owner.commit()
    refresh(url, "H37", KPIS)


@pytest.fixture(scope="module")
def installation(warehouse_url: str, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """Lạng Sơn's folder with a small hub's warehouse and published report."""
    _fill(warehouse_url)
    folder = tmp_path_factory.mktemp("report") / "lang-son"
    shutil.copytree(FOLDER, folder)
    for file in (folder / "published").iterdir():
        file.unlink()
    (folder / "published" / "half.csv").write_text(PUBLISHED, "utf-8")
    return Installation(Settings(installation=folder, warehouse_url=warehouse_url, now=NOW))


@pytest.fixture(scope="module")
def made(installation: Installation) -> MadeReport:
    return _make(installation)


def _make(installation: Installation, period: Period = HALF) -> MadeReport:
    with connect(str(installation.settings.warehouse_url), "reader") as connection:
        return make_periodic(connection, installation, period, catalogue=CATALOGUE)


def _changed(installation: Installation, **settings: Any) -> Installation:
    return Installation(installation.settings.model_copy(update=settings))


@dataclass(frozen=True)
class Read:
    """The document as a reader has it."""

    document: Document
    parts: Mapping[str, bytes]

    @property
    def body(self) -> list[Any]:
        """The paragraphs of the text, headings among them."""
        return [p for p in self.document.paragraphs if p.paragraph_format.first_line_indent]

    @property
    def text(self) -> str:
        return "\n".join(p.text for p in self.document.paragraphs)

    def xml(self, name: str) -> Any:
        return parse_xml(self.parts[name])

    @property
    def notes(self) -> dict[int, str]:
        """Footnote → its text."""
        notes = self.xml("word/footnotes.xml").findall(qn("w:footnote"))
        texts = {n: "".join(t.text for t in n.iter(qn("w:t"))) for n in notes if n.get(qn("w:type")) is None}
        return {int(n.get(qn("w:id"))): text.strip() for n, text in texts.items()}

    @property
    def references(self) -> list[int]:
        """Footnotes in the order in which the text names them."""
        found = self.xml("word/document.xml").iter(qn("w:footnoteReference"))
        return [int(reference.get(qn("w:id"))) for reference in found]

    def rows(self, number: int) -> list[list[str]]:
        """A table's cells; the head's two tables and the foot's come first."""
        table = [t for t in self.document.tables if t.style and t.style.name == "Table Grid"][number]
        return [[cell.text for cell in row.cells] for row in table.rows]


def _read(document: bytes) -> Read:
    with zipfile.ZipFile(BytesIO(document)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    return Read(docx.Document(BytesIO(document)), parts)


@pytest.fixture(scope="module")
def read(made: MadeReport) -> Read:
    return _read(made.document)


def _mm(length: Length | int | None) -> float:
    assert length is not None
    return float(round(Length(length).mm, 1))


def _cell(read: Read, table: int, column: int) -> str:
    return str(read.document.tables[table].cell(0, column).text)


def _normal(read: Read) -> Any:
    return read.document.styles["Normal"]


def _sizes(read: Read) -> set[float]:
    """Sizes of the text's type, in points."""
    normal = _normal(read).font.size.pt
    return {run.font.size.pt if run.font.size else normal for p in read.body for run in p.runs}


def _fonts(read: Read) -> set[str]:
    used = {fonts.get(qn("w:ascii")) for fonts in read.xml("word/document.xml").iter(qn("w:rFonts"))}
    return {_normal(read).font.name, *used}


def _rules(read: Read) -> int:
    return len(list(read.xml("word/document.xml").iter(qn("w:pBdr"))))


def _header(read: Read) -> Any:
    return read.document.sections[0].header.paragraphs[0]


FORM: dict[str, Callable[[Read], bool]] = {
    "A4 wide": lambda r: _mm(r.document.sections[0].page_width) == 210,
    "A4 high": lambda r: _mm(r.document.sections[0].page_height) == 297,
    "upright": lambda r: r.document.sections[0].orientation == 0,
    "top margin": lambda r: 20 <= _mm(r.document.sections[0].top_margin) <= 25,
    "bottom margin": lambda r: 20 <= _mm(r.document.sections[0].bottom_margin) <= 25,
    "left margin": lambda r: 30 <= _mm(r.document.sections[0].left_margin) <= 35,
    "right margin": lambda r: 15 <= _mm(r.document.sections[0].right_margin) <= 20,
    "one section": lambda r: len(r.document.sections) == 1,
    "Times New Roman": lambda r: _fonts(r) == {"Times New Roman"},
    "for Vietnamese letters, too": lambda r: all(
        f.get(qn(f"w:{kind}")) == "Times New Roman"
        for f in _normal(r).element.iter(qn("w:rFonts"))
        for kind in ("ascii", "hAnsi", "eastAsia", "cs")
    ),
    "size 13 to 14": lambda r: _sizes(r) <= {13, 14},
    "Vietnamese": lambda r: "vi-VN" in str(r.parts["word/styles.xml"]),
    "justified": lambda r: {p.alignment for p in r.body} == {3},
    "first line set in": lambda r: {_mm(p.paragraph_format.first_line_indent) for p in r.body} == {12.7},
    "single lines at least": lambda r: _normal(r).paragraph_format.line_spacing >= 1,
    "space between paragraphs": lambda r: _normal(r).paragraph_format.space_after.pt >= 6,
    "page number": lambda r: "PAGE" in "".join(t.text for t in _header(r)._p.iter(qn("w:instrText"))),
    "page number in the middle": lambda r: _header(r).alignment == 1,
    "page number above the text": lambda r: _mm(r.document.sections[0].header_distance) < 20,
    "no page number on the first page": lambda r: (
        r.document.sections[0].different_first_page_header_footer
        and r.document.sections[0].first_page_header.paragraphs[0].text == ""
    ),
    "no page number at the foot": lambda r: r.document.sections[0].footer.paragraphs[0].text == "",
    "superior authority": lambda r: _cell(r, 0, 0).startswith("ỦY BAN NHÂN DÂN TỈNH LẠNG SƠN\n"),
    "agency": lambda r: "SỞ THÔNG TIN VÀ TRUYỀN THÔNG" in _cell(r, 0, 0),
    "agency in bold": lambda r: _bold(r, 0, 0, "SỞ THÔNG TIN VÀ TRUYỀN THÔNG"),
    "superior authority not in bold": lambda r: not _bold(r, 0, 0, "ỦY BAN NHÂN DÂN TỈNH LẠNG SƠN"),
    "name of the country": lambda r: _cell(r, 0, 1).startswith("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\n"),
    "motto": lambda r: "Độc lập - Tự do - Hạnh phúc" in _cell(r, 0, 1),
    "motto in bold": lambda r: _bold(r, 0, 1, "Độc lập - Tự do - Hạnh phúc"),
    "rules below agency, motto and subject": lambda r: _rules(r) == 3,
    "number left blank": lambda r: re.fullmatch(r"Số: +/BC-STTTT", _cell(r, 1, 0)) is not None,
    "place and day": lambda r: _cell(r, 1, 1) == "Lạng Sơn, ngày 01 tháng 7 năm 2023",
    "place and day in italics": lambda r: all(run.italic for run in r.document.tables[1].cell(0, 1).paragraphs[0].runs),
    "kind of document": lambda r: "BÁO CÁO" in [p.text for p in r.document.paragraphs],
    "subject in the middle": lambda r: any(
        p.alignment == 1 and "6 tháng đầu năm 2023" in p.text for p in r.document.paragraphs
    ),
    "sections by Roman numbers": lambda r: "I. KẾT QUẢ THỰC HIỆN" in r.text and "\nII. " in r.text,
    "ends with ./.": lambda r: "./." in r.text,
    "recipients": lambda r: _cell(r, 2, 0).startswith("Nơi nhận:\n- Ủy ban nhân dân tỉnh (báo cáo);"),
    "archive last": lambda r: _cell(r, 2, 0).endswith("- Lưu: VT."),
    "recipients in size 11": lambda r: (
        {run.font.size.pt for p in r.document.tables[2].cell(0, 0).paragraphs[1:] for run in p.runs} == {11}
    ),
    "who signs": lambda r: _cell(r, 2, 1).strip() == "GIÁM ĐỐC",
    "room for signature and seal": lambda r: len(r.document.tables[2].cell(0, 1).paragraphs) >= 4,
    "signature not torn from its page": lambda r: "cantSplit" in r.document.tables[2]._tbl.xml,
    "heads of tables come again": lambda r: str(r.parts["word/document.xml"]).count("tblHeader") == 2,
    "nothing of the tool's in the properties": lambda r: (
        r.document.core_properties.author == "Sở Thông tin và Truyền thông" and not r.document.core_properties.comments
    ),
}


def _bold(read: Read, table: int, column: int, text: str) -> bool:
    paragraphs = read.document.tables[table].cell(0, column).paragraphs
    (own,) = [p for p in paragraphs if p.text == text]
    return all(run.bold for run in own.runs)


@pytest.mark.parametrize("check", FORM)
def test_the_document_has_the_form_of_the_decree(read: Read, check: str) -> None:
    assert FORM[check](read)


@pytest.mark.parametrize(
    ("day", "written"), [(date(2024, 2, 9), "ngày 09 tháng 02 năm 2024"), (date(2023, 12, 31), "ngày 31 tháng 12 năm")]
)
def test_days_below_10_and_months_1_and_2_have_a_leading_zero(made: MadeReport, day: date, written: str) -> None:
    moment = datetime(day.year, day.month, day.day, 9, tzinfo=VIETNAM)
    again = _read(as_docx(made.report, LANG_SON.settings.agency, moment))
    assert written in _cell(again, 1, 1)


def test_every_part_of_the_file_is_named_by_its_type_and_every_link_leads_somewhere(read: Read) -> None:
    types = read.parts["[Content_Types].xml"].decode()
    assert '/word/footnotes.xml" ContentType="application/vnd.openxmlformats-officedocument' in types
    links = read.xml("word/_rels/document.xml.rels")
    targets = [link.get("Target") for link in links if link.get("TargetMode") != "External"]
    assert "footnotes.xml" in targets
    assert {f"word/{target}".replace("word/../", "") for target in targets} <= set(read.parts)


def test_footnotes_are_numbered_by_the_text_and_each_has_its_separator(read: Read) -> None:
    assert read.references == list(read.notes) == list(range(1, len(read.notes) + 1))
    kinds = [n.get(qn("w:type")) for n in read.xml("word/footnotes.xml").findall(qn("w:footnote"))[:2]]
    assert kinds == ["separator", "continuationSeparator"]


def test_footnotes_have_the_numbers_of_the_appendix(made: MadeReport, read: Read, installation: Installation) -> None:
    """Also where a section has paragraphs before its parts."""
    folder = installation.settings.installation / "reports"
    folder.mkdir()
    try:
        (folder / "periodic.toml").write_text(
            'title = "Báo cáo"\nsubject = "S"\n[[sections]]\ntitle = "T"\nparagraphs = ["Một {a}."]\n'
            '[[sections.parts]]\ntitle = "P"\nparagraphs = ["Hai {b}, ba {a}."]\n'
            '[figures]\na = { kpi = "gate_vehicles" }\nb = { kpi = "telecom_revenue" }\n',
            "utf-8",
        )
        other = _make(installation)
    finally:
        shutil.rmtree(folder)
    for report, document in ((made.report, read), (other.report, _read(other.document))):
        assert document.references == [one.number for one in report.figures]
        for one in report.figures:
            assert document.notes[one.number].startswith(one.figure.kpi), one.key


def _number(written: str) -> Decimal:
    found = re.match(r"-?[\d.]+(,\d+)?", written)
    assert found, written
    return Decimal(found[0].replace(".", "").replace(",", "."))


def test_every_figure_read_back_equals_the_warehouse(made: MadeReport, read: Read, installation: Installation) -> None:
    rows = {int(row[0]): row for row in read.rows(0)[1:]}
    assert set(rows) == {one.number for one in made.report.figures}
    with connect(str(installation.settings.warehouse_url), "reader") as connection:
        from tests.installation import compute

        for one in made.report.figures:
            question = one.figure.question
            if one.figure.value is None:
                assert rows[one.number][2].startswith("(")
                continue
            now = compute(connection, question).value
            assert now is not None
            assert abs(_number(rows[one.number][2]) - now) <= Decimal("0.005"), one.key
            assert one.value_text in read.text


def test_the_sentences_say_what_the_facts_hold(read: Read) -> None:
    assert "toàn tỉnh tiếp nhận 66 hồ sơ" in read.text
    assert "tiếp nhận trực tiếp 30 hồ sơ" in read.text
    assert "Tỷ lệ hồ sơ tiếp nhận trực tuyến đạt 54,55%" in read.text
    assert "xuất 36 lượt xe" in read.text


def test_a_state_is_compared_with_the_end_of_the_period_before(read: Read) -> None:
    row = next(row for row in read.rows(0) if row[1].startswith("Sản phẩm trên sàn thương mại điện tử, đến 30/6/2023"))
    assert row[3] == "cuối kỳ trước: 100 sản phẩm, tăng 25%"


def test_a_running_total_is_given_to_the_day_and_for_the_period(read: Read) -> None:
    assert "Doanh thu đơn hàng luỹ kế đạt 2.250.000 đồng" in read.text
    assert "trong kỳ đạt 1.250.000 đồng" in read.text


def test_the_target_of_the_year_stands_beside_the_figure(read: Read) -> None:
    assert re.search(
        r"Doanh thu viễn thông đạt 600 tỷ đồng[^.]*, đạt 63,16% mục tiêu năm 2023 \(950 tỷ đồng\)", read.text
    )


def test_a_footnote_leads_to_the_evidence(made: MadeReport, read: Read) -> None:
    one = _by_key(made, "online_rate")
    note = read.notes[one.number]
    assert note.startswith("online_dossier_rate, rate; định nghĩa phiên bản 1; từ 01/01/2023 đến 30/6/2023")
    assert f"công bố lần {one.figure.revision}" in note
    assert f"lô dữ liệu {phrases.numbers(one.batches)}" in note
    assert one.batches


def test_a_note_on_a_figure_stands_in_its_footnote(installation: Installation) -> None:
    days = Period(date(2023, 1, 2), date(2023, 6, 29))  # of a KPI about persons only what meets each month leaves
    with connect(str(installation.settings.warehouse_url), "owner") as owner:
        own = find_province(owner, "H37")
        area = find_area(owner, own, "20", days.last).area_id
        number = write_note(owner, own, "online_dossier_rate", area, days, "Hệ thống dừng 2 ngày")
    made = _make(installation)
    with connect(str(installation.settings.warehouse_url), "owner") as owner:
        withdraw_note(owner, own, number)
    said = "ghi chú về 02/01/2023 – 29/06/2023: Hệ thống dừng 2 ngày"
    assert said in note_of(_by_key(made, "online_rate"))
    assert said not in note_of(_by_key(_make(installation), "online_rate"))


def _by_key(made: MadeReport, key: str) -> Reported:
    return next(one for one in made.report.figures if one.key == key)


def test_a_small_number_of_persons_is_withheld_with_the_reason(made: MadeReport, read: Read) -> None:
    for key in ("feedback", "feedback_resolved", "feedback_rate"):
        one = _by_key(made, key)
        assert one.figure.value is None
        assert one.batches == []
        assert "không cung cấp" in read.rows(0)[one.number][2]
        assert "5" in read.notes[one.number]


def test_batches_of_a_part_of_persons_are_not_told(made: MadeReport) -> None:
    assert _by_key(made, "received").batches
    assert _by_key(made, "received_online").batches == []


def test_a_figure_without_data_says_so(made: MadeReport, read: Read) -> None:
    one = _by_key(made, "signed_rate")
    assert read.rows(0)[one.number][2] == "(chưa có số liệu)"
    assert "ký số (trừ văn bản mật) đạt (chưa có số liệu)" in read.text


def test_provisional_figures_are_marked_with_the_reason(made: MadeReport, read: Read) -> None:
    provisional = [one for one in made.report.figures if one.is_provisional]
    assert provisional
    for one in provisional:
        assert read.rows(0)[one.number][2].endswith("(*)") or one.remarks
        assert "sơ bộ: " in read.notes[one.number]
    assert "(*) số liệu sơ bộ" in read.text


def test_a_figure_that_the_published_report_contradicts_is_written_as_computed_with_a_remark(
    made: MadeReport, read: Read
) -> None:
    one = _by_key(made, "listings")
    assert one.value_text == "125 sản phẩm"
    assert "báo cáo đã công bố ghi 999 sản phẩm" in read.notes[one.number]
    assert "(**)" in read.rows(0)[one.number][2]


def test_a_figure_of_a_report_that_contradicts_itself_has_the_arithmetic_as_remark(
    made: MadeReport, read: Read
) -> None:
    note = read.notes[_by_key(made, "portal").number]
    assert "báo cáo đã công bố tự mâu thuẫn" in note
    assert "12 ≠ 4 + 5 = 9" in note


def test_parts_of_the_report_that_exceed_their_whole_are_remarked(made: MadeReport) -> None:
    """The portal has more services of level 3 than the province counts among those of its own."""
    said = {one.key: [remark.en for remark in one.remarks] for one in made.report.figures}
    whole, part = _by_key(made, "services_3").figure.value, _by_key(made, "portal_3").figure.value
    assert whole is not None
    assert part is not None
    assert (part > whole) == any("the parts contradict each other" in remark for remark in said["portal_3"])


def test_published_figures_stand_beside_the_hubs(read: Read) -> None:
    rows = {(row[0], row[1]): row[2:] for row in read.rows(1)[1:]}
    received = rows["Tỷ lệ hồ sơ tiếp nhận trực tuyến · Số tiếp nhận", "từ 01/01/2023 đến 30/6/2023"]
    assert received == ["20 hồ sơ", "66 hồ sơ", "khác"]
    vehicles = rows["Phương tiện qua cửa khẩu số", "từ 01/01/2023 đến 15/5/2023"]
    assert vehicles[1] == "–"
    assert re.fullmatch(r"không tính được \[\d\]", vehicles[2])
    assert "chỉ được đưa ra ngoài như đã công bố" in read.text


def test_the_file_says_that_its_figures_are_simulated(made: MadeReport, read: Read) -> None:
    assert made.name == "simulated-periodic-H37-2023-01-01_2023-06-30.docx"
    assert "Số liệu trong báo cáo này là số liệu mô phỏng." in read.text


def test_real_figures_are_not_called_simulated(installation: Installation) -> None:
    real = _make(_changed(installation, now=None))
    assert real.name == "periodic-H37-2023-01-01_2023-06-30.docx"
    assert "mô phỏng" not in _read(real.document).text


def test_a_year_without_a_published_report_has_one_appendix(installation: Installation) -> None:
    read = _read(_make(installation, Period(date(2022, 1, 1), date(2022, 12, 31))).document)
    assert "PHỤ LỤC\n" in read.text
    assert "PHỤ LỤC II" not in read.text
    assert "năm 2022" in read.text


@pytest.mark.parametrize("key", ["name", "symbol", "place", "signed_by", "recipients"])
def test_a_setting_of_the_agency_that_is_missing_is_named(installation: Installation, key: str) -> None:
    agency = installation.settings.agency.model_copy(update={key: type(getattr(installation.settings.agency, key))()})
    with pytest.raises(Abort, match=rf"reports need {key} in the table agency of ioc\.toml"):
        _make(_changed(installation, agency=agency))


def test_without_an_agency_all_that_is_missing_is_named(installation: Installation) -> None:
    with pytest.raises(Abort, match="reports need name, symbol, place, signed_by, recipients"):
        _make(_changed(installation, agency=Agency()))


HOSTILE = "Sở\x07 <w:p/> & ]]> \u202e=HYPERLINK()"


def test_hostile_texts_stay_texts(installation: Installation) -> None:
    agency = installation.settings.agency.model_copy(update={"name": HOSTILE, "recipients": (HOSTILE,)})
    read = _read(_make(_changed(installation, agency=agency)).document)
    assert "<w:p/> & ]]>" in _cell(read, 2, 0)
    assert not re.search("[\x07\u202e]", _cell(read, 0, 0) + _cell(read, 2, 0))


@pytest.fixture
def entries(installation: Installation) -> Callable[[], list[dict[str, Any]]]:
    def found() -> list[dict[str, Any]]:
        with connect(str(installation.settings.warehouse_url), "owner") as owner:
            rows = owner.execute("select body::jsonb from ledger.entry where act = 'report' order by entry_id")
            return [row[0] for row in rows]

    return found


def test_the_file_and_its_entry_in_the_trail_have_one_hash(
    installation: Installation, tmp_path: Path, entries: Callable[[], list[dict[str, Any]]]
) -> None:
    before, told = len(entries()), list[tuple[int, int]]()
    filed, path = file_periodic(
        installation,
        HALF,
        catalogue=CATALOGUE,
        path=tmp_path / "new" / "report.docx",
        tell=lambda done, of: told.append((done, of)),
    )
    (entry,) = entries()[before:]
    assert entry["after"]["sha256"] == sha256(path.read_bytes()).hexdigest() == filed.sha256
    assert entry["subject"] == f"report/periodic/{filed.name}"
    assert entry["province"] == "H37"
    assert told[-1] == (len(filed.report.figures), len(filed.report.figures))
    assert path.stat().st_mode & 0o007 == 0


def test_without_its_entry_there_is_no_file(
    installation: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> int:
        raise psycopg.errors.InsufficientPrivilege

    monkeypatch.setattr("warehouse.trail.write", refuse)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        file_periodic(installation, HALF, catalogue=CATALOGUE, path=tmp_path / "report.docx")
    assert list(tmp_path.iterdir()) == []


def _filed(installation: Installation, path: Path) -> bytes:
    file_periodic(installation, HALF, catalogue=CATALOGUE, path=path)
    return path.read_bytes()


def test_a_report_takes_the_place_of_one_that_the_hub_wrote(installation: Installation, tmp_path: Path) -> None:
    path = tmp_path / "report.docx"
    before = _filed(installation, path)
    assert _filed(_changed(installation, now=NOW.replace(day=2)), path) != before


@pytest.mark.parametrize("text", [b"edited", b""], ids=["edited", "empty"])
def test_a_report_that_somebody_has_edited_is_kept(
    installation: Installation, tmp_path: Path, entries: Callable[[], list[dict[str, Any]]], text: bytes
) -> None:
    path = tmp_path / "report.docx"
    _filed(installation, path)
    path.write_bytes(text)
    before = len(entries())
    with pytest.raises(Abort, match=r"report\.docx is not as the hub wrote it: move it, or name another file"):
        _filed(installation, path)
    assert path.read_bytes() == text
    assert len(entries()) == before


def test_the_report_of_before_stays_where_the_entry_is_not_committed(
    installation: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "report.docx"
    before = _filed(installation, path)

    @contextmanager
    def lost(self: psycopg.Connection) -> Iterator[None]:
        yield
        raise psycopg.OperationalError("the connection is lost")

    monkeypatch.setattr("psycopg.Connection.transaction", lost)
    for place in (path, tmp_path / "other.docx"):
        with pytest.raises(psycopg.OperationalError, match="the connection is lost"):
            _filed(_changed(installation, now=NOW.replace(day=2)), place)
    assert [(one.name, one.read_bytes()) for one in tmp_path.iterdir()] == [("report.docx", before)]


def test_without_its_file_there_is_no_entry(
    installation: Installation, tmp_path: Path, entries: Callable[[], list[dict[str, Any]]]
) -> None:
    before = len(entries())
    (tmp_path / "report.docx").mkdir()
    with pytest.raises(Abort, match="cannot be written"):
        file_periodic(installation, HALF, catalogue=CATALOGUE, path=tmp_path / "report.docx")
    assert len(entries()) == before
    assert [one.name for one in tmp_path.iterdir()] == ["report.docx"]


@pytest.fixture
def run(installation: Installation, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Callable[..., Any]]:
    monkeypatch.setenv("IOC_INSTALLATION", str(installation.settings.installation))
    monkeypatch.setenv("IOC_WAREHOUSE_URL", str(installation.settings.warehouse_url))
    monkeypatch.setenv("IOC_NOW", NOW.isoformat())
    monkeypatch.setenv("IOC_STATE", str(tmp_path))
    monkeypatch.setenv("IOC_LANG", "en")
    yield lambda *arguments: CliRunner().invoke(command.app, ["periodic", *arguments])


def test_the_command_tells_machines_path_hash_and_figures(run: Callable[..., Any], tmp_path: Path) -> None:
    result = run("--period", "2023-H1", "--json")
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    path = Path(told["path"])
    assert path.parent == tmp_path / "reports"
    assert told["sha256"] == sha256(path.read_bytes()).hexdigest()
    received = next(one for one in told["figures"] if one["key"] == "received")
    assert (received["value"], received["kpi"], received["status"]) == ("66", "online_dossier_rate", "official")
    assert [one["verdict"] for one in told["published"]][:2] == ["differs", "differs"]


def test_the_command_names_what_to_look_at(run: Callable[..., Any]) -> None:
    result = run("--from", "2023-01-01", "--to", "2023-06-30")
    assert result.exit_code == 0, result.output
    assert "To look at before the report goes out" in result.stdout


@pytest.mark.parametrize("days", [(), ("--period", "2023-X"), ("--from", "2023-06-30", "--to", "2023-01-01")])
def test_days_that_cannot_be_are_wrong_usage(run: Callable[..., Any], days: tuple[str, ...]) -> None:
    assert run(*days).exit_code == 2


needs_libreoffice = pytest.mark.skipif(
    shutil.which("soffice") is None, reason="LibreOffice is missing: .ci/run installs it"
)


@pytest.fixture(scope="module")
def converted(made: MadeReport, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """The document as LibreOffice reads it: as PDF, and written anew."""
    folder = tmp_path_factory.mktemp("libreoffice")
    (folder / "report.docx").write_bytes(made.document)
    for form in ("pdf", "odt"):
        subprocess.run(
            [
                *("soffice", f"-env:UserInstallation=file://{folder}/profile", "--headless", "--norestore"),
                *("--convert-to", form, "--outdir", str(folder), str(folder / "report.docx")),
            ],
            check=True,
            capture_output=True,
        )
    return {form: folder / f"report.{form}" for form in ("pdf", "odt")}


@needs_libreoffice
def test_libreoffice_makes_pages_of_a4_with_every_figure(made: MadeReport, converted: Mapping[str, Path]) -> None:
    pages = PdfReader(converted["pdf"]).pages
    assert {(round(float(p.mediabox.width)), round(float(p.mediabox.height))) for p in pages} == {(595, 842)}
    text = " ".join(" ".join(page.extract_text() for page in pages).split())
    assert [one.key for one in made.report.figures if one.value_text.split()[0] not in text] == []
    assert pages[0].extract_text().split()[0] != "1"
    assert pages[1].extract_text().split()[0] == "2"


@needs_libreoffice
def test_libreoffice_reads_every_footnote(read: Read, converted: Mapping[str, Path]) -> None:
    with zipfile.ZipFile(converted["odt"]) as archive:
        content = parse_xml(archive.read("content.xml"))
    text = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
    notes = ["".join(body.itertext()).strip() for body in content.iter(f"{text}note-body")]
    assert notes == list(read.notes.values())


def test_a_question_that_the_outline_asks_wrongly_is_told(installation: Installation) -> None:
    folder = installation.settings.installation / "reports"
    folder.mkdir()
    try:
        (folder / "periodic.toml").write_text(
            'title = "Báo cáo"\nsubject = "S"\n[[sections]]\ntitle = "T"\nparagraphs = ["{x}"]\n'
            '[figures]\nx = { kpi = "online_dossier_rate", where = "channel=telepathy" }\n',
            "utf-8",
        )
        with pytest.raises(Abort, match=r"figures\.x: Breakdown channel has no value 'telepathy'"):
            _make(installation)
    finally:
        shutil.rmtree(folder)


def test_a_question_is_answered_once(installation: Installation) -> None:
    from reports.answers import Answers

    with connect(str(installation.settings.warehouse_url), "reader") as connection:
        answers = Answers(connection, "H37", HALF, catalogue=CATALOGUE, now=NOW)
        question = Question("full_online_service_rate", HALF, "H37", measure="services")
        day = replace(question, period=Period(HALF.last, HALF.last))
        assert answers(question) is answers(day)
