"""Other hands tell the same content in other ways: normalised, each dialect's answers equal the plain ones."""

import csv
import io
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256
from typing import Any
from unicodedata import is_normalized, normalize

import pytest
import requests

from gateway.dialects import DIALECTS, parse_dialects
from gateway.server import running
from tests.gateway.conftest import Client

WORLD, PROVINCE, AREA = "bac-ninh-2023", "H05", "27"
OFFICE = {"ma_don_vi": PROVINCE, "tu_ngay": "01/06/2023", "den_ngay": "08/06/2023"}
UNKNOWN = "ghi_chu_he_thong"
INVISIBLE = re.compile("[\u200b\u2060\ufeff]")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.0+)?([+-]\d\d:\d\d|Z)?")
FEEDS = {
    "dossiers": ("dvc/ho-so/tra-cuu", {"tuNgay": "20230601000000", "denNgay": "20230604000000"}),
    "services": ("dvc/thu-tuc", {"ngay": "20230630"}),
    "counts": ("dvc/thong-ke", {"tuNgay": "20230601000000", "denNgay": "20230604000000"}),
    "documents": ("/ioffice/v2/van-ban-di", {}),
    "work files": ("/ioffice/v2/ho-so-cong-viec", {}),
    "certificates": ("/ioffice/v2/chung-thu-so", {}),
    "vehicles": ("/cuakhau/v1/phuong-tien", {"since": "2023-06-01T00:00:00"}),
    "vehicle counts": ("/cuakhau/v1/thong-ke", {"tu": "2023-06-01", "den": "2023-06-30"}),
    "reports": ("/pakn/v1/phan-anh", {"updated_since": "2023-05-01T00:00:00"}),
    "press": ("/baochi/v1/tin-bai", {"tu": "2023-05-01", "den": "2023-06-30"}),
    "platforms": ("/tmdt/v1/bao-cao-thong-ke", {"ngay": "2023-06-30"}),
    "points": ("/buuchinh/v1/bao-cao", {"ngay": "2023-06-30"}),
    "post revenue": ("/buuchinh/v1/doanh-thu", {"ky": "2023-06"}),
    "accounts": ("/congdanso/v1/tai-khoan", {"ngay": "2023-06-15"}),
    "threats": ("/soc/v1/moi-nguy", {"tu": "2023-06-01", "den": "2023-06-30"}),
    "connections": ("/lgsp/v1/ket-noi", {"ngay": "2023-06-30"}),
    "no day yet": ("/congdanso/v1/tai-khoan", {"ngay": "2024-06-15"}),
}
Row = dict[str, Any]


def plain(told: Any) -> Any:
    """Without what is only a way to tell it: every scalar as one text, nothing that has no value."""
    match told:
        case dict():
            items = ((name, plain(value)) for name, value in told.items() if name != UNKNOWN)
            return {name: value for name, value in sorted(items) if value not in (None, "", [])}
        case list():
            return [plain(value) for value in told]
        case bool() | None:
            return told
        case int() | float():
            assert int(told) == told
            return str(int(told))
    text = normalize("NFC", INVISIBLE.sub("", told).strip())
    if TIME.fullmatch(text):
        return moment(text)
    return text.replace(".", "") if re.fullmatch(r"\d{1,3}(\.\d{3})+", text) else text


def moment(text: str) -> str:
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return text
    return when.replace(tzinfo=when.tzinfo or timezone(timedelta(hours=7))).astimezone(UTC).isoformat()


def body_of(answer: requests.Response) -> Any:
    assert answer.status_code in (200, 204)
    return json.loads(answer.content.removeprefix(b"\xef\xbb\xbf")) if answer.content else None


class Reader:
    """A right client: it stops where nothing new comes."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def pages(self, name: str, size: int) -> Iterator[Any]:
        path, query = FEEDS[name]
        if path.startswith("dvc/"):
            for number in range(1, 60):
                asked = query | {"trang": number, "kichThuoc": size}
                yield body_of(self.client.dvc(path.removeprefix("dvc/"), **asked))
        elif path.startswith("/ioffice"):
            for offset in range(0, 40 * size, size):
                yield body_of(self.get(path, offset=offset, limit=size, **OFFICE))
        elif name == "vehicles":
            while query:
                page = body_of(self.get(path, limit=size, **query)) or {}
                yield page
                query = {"cursor": page["next_cursor"]} if page.get("has_more") else {}
        elif name == "reports":
            page = body_of(self.get(path, page_size=size, **query))
            while page:
                yield page
                link = page["paging"].get("next")
                page = body_of(self.get(link.removeprefix(self.client.base))) if link else None
        else:
            for number in range(1, 12 if name == "press" else 2):
                yield body_of(self.get(path, tinh=AREA, page=number, **query))

    def get(self, path: str, **query: Any) -> requests.Response:
        return self.client.get(path, **query)

    def content(self, name: str, size: int = 150) -> tuple[list[Row], set[str]]:
        """Records in the order of their texts, each once, and the totals that were told."""
        found: dict[str, Row] = {}
        totals = set()
        for page in self.pages(name, size):
            told = plain(page) or {}
            envelope = told.get("response") or told
            rows: list[Row] = next(
                (envelope[key] for key in ("data", "items", "du_lieu", "san") if key in envelope), []
            )
            before = len(found)
            found |= {json.dumps(row, sort_keys=True): row for row in rows}
            totals |= {value for value in (told.get("tongSo"), envelope.get("total"), told.get("pages")) if value}
            if name == "counts":
                found[json.dumps(told)] = told
            if len(found) == before:
                break
        return [found[key] for key in sorted(found)], totals

    def files(self) -> dict[str, list[tuple[tuple[str, str], ...]]]:
        """The rows of June's files by their address; size and sum are those that the list tells."""
        found = {}
        for entry in body_of(self.get("/vienthong/v1/tep", tinh=AREA, ky="2023-06")):
            told = plain(entry)
            content = self.get(told["duong_dan"].removeprefix(self.client.base)).content
            assert (str(len(content)), sha256(content).hexdigest()) == (told["kich_thuoc"], told["sha256"])
            lines = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))
            header = next(n for n, row in enumerate(lines) if "ky" in row)
            rows = [dict(zip(lines[header], row, strict=True)) for row in lines[header + 1 :] if row]
            key = told["duong_dan"].removeprefix(self.client.base)
            found[key] = sorted(tuple(sorted(plain(row).items())) for row in rows)
        return found


@pytest.fixture(scope="module")
def bac_ninh() -> Iterator[Client]:
    with running(WORLD) as base:
        yield Client(base, PROVINCE, AREA)


@pytest.fixture(scope="module")
def plain_content(bac_ninh: Client) -> dict[str, Any]:
    reader = Reader(bac_ninh)
    return {name: reader.content(name) for name in FEEDS} | {"files": reader.files()}


@pytest.mark.parametrize("dialect", [*DIALECTS, "all"])
def test_a_dialect_tells_the_same_content(plain_content: dict[str, Any], dialect: str) -> None:
    with running(WORLD, dialect=dialect) as base:
        reader = Reader(Client(base, PROVINCE, AREA))
        for name in FEEDS:
            rows, totals = reader.content(name)
            assert rows == plain_content[name][0], name
            assert totals == plain_content[name][1], name
        assert reader.files() == plain_content["files"]


@pytest.mark.parametrize("name", [name for name in FEEDS if name != "no day yet"])
def test_the_content_to_compare_is_there(plain_content: dict[str, Any], name: str) -> None:
    rows, _ = plain_content[name]
    assert rows
    assert len(rows) > 150 or name not in ("dossiers", "services", "vehicles", "press")


@pytest.fixture(scope="module")
def telling() -> Iterator[Any]:
    """Asks one gateway in a dialect: ``telling("bom", path, query)`` gives the answer."""
    with running(WORLD) as base:
        client = Client(base, PROVINCE, AREA)

        def ask(dialect: str, path: str, **query: Any) -> requests.Response:
            client.admin("dialect", dialect=dialect)
            return client.dvc(path[4:], **query) if path.startswith("dvc/") else client.get(path, **query)

        yield ask


WINDOW = {"tuNgay": "20230601000000", "denNgay": "20230602000000", "kichThuoc": 50}
REPORTS = {"updated_since": "2023-06-20T00:00:00"}


def test_links_end_empty_or_are_absolute(telling: Any) -> None:
    assert telling("empty_link", "/pakn/v1/phan-anh", page_size=1000, **REPORTS).json()["paging"]["next"] == ""
    link = telling("absolute_links", "/pakn/v1/phan-anh", page_size=5, **REPORTS).json()["paging"]["next"]
    assert link.startswith("http://127.0.0.1:")


def test_nothing_is_told_in_many_ways(telling: Any) -> None:
    empty = {"tinh": AREA, "ngay": "2024-01-01"}
    assert telling("null_lists", "/lgsp/v1/ket-noi", **empty).json()["du_lieu"] is None
    assert telling("null_lists", "/vienthong/v1/tep", tinh=AREA, ky="2024-01").json() is None
    nothing = telling("no_content", "/lgsp/v1/ket-noi", **empty)
    assert (nothing.status_code, nothing.content) == (204, b"")
    rows = telling("null_fields", "dvc/ho-so/tra-cuu", **WINDOW).json()["data"]
    assert any(value is None for row in rows for value in row.values())
    assert "" not in {value for row in rows for value in row.values()}
    rows = telling("left_out", "dvc/ho-so/tra-cuu", **WINDOW).json()["data"]
    assert len({len(row) for row in rows}) > 1


def test_numbers_and_texts_change_places(telling: Any) -> None:
    listed = telling("text_numbers", "/vienthong/v1/tep", tinh=AREA, ky="2023-06").json()
    assert {entry["lan_nop"] for entry in listed} <= {"1", "2"}
    page = telling("whole_floats", "/ioffice/v2/van-ban-di", **OFFICE)
    assert '"total":' in page.text
    assert ".0," in page.text
    page = telling("number_status", "dvc/ho-so/tra-cuu", **WINDOW).json()
    assert page["error_code"] == 0
    assert isinstance(page["tongSo"], int)
    assert {type(row["TrangThaiHoSo"]) for row in page["data"]} == {int}
    assert telling("number_status", "/ioffice/v2/van-ban-di", **OFFICE).json()["code"] == "200"
    figures = telling("undotted", "/tmdt/v1/bao-cao-thong-ke", tinh=AREA, ngay="2023-06-30").json()
    assert not any("." in value for row in figures["san"] for value in row.values())


def test_texts_are_decomposed_and_stand_between_blanks(telling: Any) -> None:
    page = telling("nfd", "dvc/ho-so/tra-cuu", **WINDOW)
    assert is_normalized("NFD", page.text)
    assert not is_normalized("NFC", page.text)
    codes = {row["MaHoSo"] for row in telling("odd_blanks", "dvc/ho-so/tra-cuu", **WINDOW).json()["data"]}
    assert all(code != plain(code) for code in codes)
    assert len({code[0] for code in codes} | {code[-1] for code in codes}) > 5


def test_pages_repeat_a_record_or_the_last_page(telling: Any) -> None:
    first, second = (telling("repeats", "dvc/ho-so/tra-cuu", trang=number, **WINDOW).json() for number in (1, 2))
    assert first["data"][-1] == second["data"][0]
    assert len(second["data"]) == 51
    total = int(first["tongSo"])
    last, beyond = (
        telling("clamped_pages", "dvc/ho-so/tra-cuu", trang=number, **WINDOW).json()["data"]
        for number in (-(-total // 50), 99)
    )
    assert last == beyond
    assert last


def test_times_have_offsets_and_milliseconds(telling: Any) -> None:
    items = telling("offset_times", "/cuakhau/v1/phuong-tien", limit=9).json()["items"]
    told = [item["khai_bao_luc"] for item in items]
    assert any(time.endswith("+07:00") for time in told)
    assert any(re.search(r":\d\dZ$", time) for time in told)
    assert any(time.endswith(".000Z") for time in told)


def test_a_byte_order_mark_and_other_types(telling: Any) -> None:
    assert telling("bom", "/lgsp/v1/ket-noi", tinh=AREA, ngay="2023-06-30").content.startswith(b"\xef\xbb\xbf{")
    page = telling("plain_types", "/lgsp/v1/ket-noi", tinh=AREA, ngay="2023-06-30")
    assert page.headers["Content-Type"] == "text/plain"
    assert telling("pretty", "/lgsp/v1/ket-noi", tinh=AREA, ngay="2023-06-30").content.isascii()
    rows = telling("extra_fields", "/lgsp/v1/ket-noi", tinh=AREA, ngay="2023-06-30").json()
    assert UNKNOWN in rows
    assert all(UNKNOWN in row for row in rows["du_lieu"])


@pytest.mark.parametrize(
    ("dialect", "begins"),
    [
        ("sep_line", "sep=;\r\nky;"),
        ("title_line", "BÁO CÁO SỐ LIỆU VIỄN THÔNG\r\n\r\nky;"),
        ("quoted", '"ky";"'),
        ("reordered", "so_thue_bao;smartphone;loai;ma_dia_ban;ky\r\n"),
        ("line_feeds", "ky;ma_dia_ban;loai;smartphone;so_thue_bao\n2023-06;"),
    ],
)
def test_files_of_other_hands(telling: Any, dialect: str, begins: str) -> None:
    listed = telling(dialect, "/vienthong/v1/tep", tinh=AREA, ky="2023-06").json()
    path = next(entry["duong_dan"] for entry in listed if entry["loai"] == "thue_bao")
    assert telling(dialect, path).content.decode("utf-8-sig").startswith(begins)


def test_a_failure_is_told_as_ever(telling: Any) -> None:
    answer = telling("all", "/congdanso/v1/tai-khoan", tinh="99", ngay="2023-06-15")
    assert (answer.status_code, answer.json()) == (400, {"loi": "tinh không đúng"})
    assert telling("all", "dvc/ho-so/tra-cuu", **(WINDOW | {"trang": 0})).content.startswith(b"\xef\xbb\xbf")


def test_dialects_are_named_or_all() -> None:
    assert parse_dialects("") == frozenset()
    assert parse_dialects(" bom , nfd") == {"bom", "nfd"}
    assert parse_dialects("all") == parse_dialects("all,bom") == DIALECTS.keys()
    with pytest.raises(ValueError, match="nonsense"):
        parse_dialects("bom,nonsense")
