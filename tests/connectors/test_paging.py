"""Each way of handing out a long answer is read to its end, in order, once; whatever does not end is ended."""

import hashlib
import json
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest

from connectors.decoding import Decoder, WirePage
from connectors.paging.feed_reader import Declaration, FeedReader
from connectors.paging.numbered import AHEAD
from connectors.slices import Slice, cut
from connectors.source_files import find_feed
from connectors.specification import Feed
from hub.errors import Abort, Reject, Retry
from tests.connectors import specs
from tests.connectors.stub import Asked, Reply, Stub, says, stub

MAY = Slice(date(2023, 5, 1), date(2023, 5, 31))
NUMBERED = {"style": "pages", "records": "du_lieu", "total": "tong", "size": 3}
OFFSET = {"style": "offset", "records": "du_lieu", "total": "tong", "size": 3}
COUNTED = {"style": "pages", "records": "du_lieu", "pages": "so_trang", "size": 3}
CURSOR = {"style": "cursor", "records": "du_lieu", "next": "sau", "has_more": "con", "size": 3, "gone_status": 410}


def numbered(paging: dict[str, Any] | None = None) -> Feed:
    query = {"trang": "{page}", "bo_qua": "{offset}", "tu": "{start:%d/%m/%Y}", "den": "{last:%d/%m/%Y}"}
    return specs.feed(errors=None, paging=paging or NUMBERED, request={"path": "/luutru", "query": query})


def cursored() -> Feed:
    query = {"cursor": "{cursor}", "since": "{since}"}
    return specs.feed(errors=None, paging=CURSOR, request={"path": "/luutru", "query": query})


def read(
    there: Stub,
    feed: Feed,
    declaration: Declaration | None = None,
    slices: list[Slice] | None = None,
) -> Iterator[WirePage]:
    reader = FeedReader(there.gateway(), feed, Decoder(feed, "key"), "H37", "20")
    return reader.read(slices or [MAY], declaration or Declaration())


def codes(pages: Iterator[WirePage]) -> list[list[str]]:
    return [[record.f0 for record in page.decoded.records] for page in pages]


def rows(*names: str) -> list[dict[str, str]]:
    return [{"ma": name} for name in names]


def archive(total: int, told: int | None = None) -> Callable[[Asked], Reply]:
    """Papers "1", "2", … by page number or offset, three a page, with a total that may be wrong."""
    names = [str(number) for number in range(1, total + 1)]

    def answer(asked: Asked) -> Reply:
        start = int(asked.query["bo_qua"])
        return says(
            {
                "du_lieu": rows(*names[start : start + 3]),
                "tong": total if told is None else told,
                "so_trang": -(-total // 3),
            }
        )

    return answer


@pytest.mark.parametrize("style", [NUMBERED, OFFSET, COUNTED], ids=["page numbers", "offsets", "a count of pages"])
@pytest.mark.parametrize("total", [0, 1, 3, 7, 30])
def test_numbered_pages_are_read_in_order_to_the_last(style: dict[str, Any], total: int) -> None:
    declaration = Declaration()
    with stub(archive(total)) as there:
        found = codes(read(there, numbered(style), declaration))
    assert [name for page in found for name in page] == [str(number) for number in range(1, total + 1)]
    assert declaration.declared == (None if style is COUNTED else total)


def test_one_page_more_is_asked_for_when_the_last_is_full() -> None:
    with stub(archive(6)) as there:
        assert codes(read(there, numbered())) == [["1", "2", "3"], ["4", "5", "6"], []]


@pytest.mark.parametrize("empty", [says({"du_lieu": []}), Reply(b"", 204)], ids=["an empty list", "no content"])
def test_an_empty_page_before_the_last_one_is_no_end_where_nothing_tells_the_records(empty: Reply) -> None:
    def answer(asked: Asked) -> Reply:
        return empty if asked.query["bo_qua"] == "3" else archive(9)(asked)

    with stub(answer) as there, pytest.raises(Retry, match="page 2 of 3 is empty"):
        list(read(there, numbered(COUNTED)))


def test_records_beyond_the_declared_total_are_seen() -> None:
    declaration = Declaration()
    with stub(archive(7, told=6)) as there:
        found = codes(read(there, numbered(), declaration))
    assert sum(map(len, found)) == 7
    assert declaration.declared == 6


def test_an_absurd_total_is_not_believed_to_the_end() -> None:
    declaration = Declaration()
    with stub(archive(7, told=10**12)) as there:
        found = codes(read(there, numbered(), declaration))
    assert sum(map(len, found)) == 7
    assert declaration.declared == 10**12
    assert len(there.asked) <= 4 + AHEAD + 1


def test_declared_totals_of_slices_add_up() -> None:
    declaration = Declaration()
    slices = list(cut(date(2023, 5, 1), date(2023, 5, 3), "day"))
    with stub(archive(4)) as there:
        list(read(there, numbered(), declaration, slices))
    assert declaration.declared == 12
    asked = sorted({(asked.query["tu"], asked.query["den"]) for asked in there.asked})
    assert asked == [(day, day) for day in ("01/05/2023", "02/05/2023", "03/05/2023")]


@pytest.mark.parametrize("told", ["many", None, {"a": 1}])
def test_a_total_that_is_no_count_may_pass(told: Any) -> None:
    with stub(lambda _: says({"du_lieu": [], "tong": told})) as there, pytest.raises(Retry):
        list(read(there, numbered()))


def test_the_evidence_of_a_page_is_of_its_bytes_and_call() -> None:
    body = json.dumps({"du_lieu": rows("1"), "tong": 1}).encode()
    with stub(lambda _: Reply(body)) as there:
        (page,) = read(there, numbered())
    assert page.wire_sha256 == hashlib.sha256(body).hexdigest()
    assert page.correlation_id == there.asked[0].headers["X-Correlation-Id"]
    assert page.request.startswith("GET /luutru?trang=1&bo_qua=0&tu=01%2F05%2F2023")


def events(pages: dict[str | None, tuple[list[str], str | None, bool]], gone: set[str] = frozenset()) -> Any:  # type: ignore[assignment]
    def answer(asked: Asked) -> Reply:
        cursor = asked.query.get("cursor")
        if cursor in gone:
            return says({}, 410)
        names, following, more = pages[cursor]
        return says({"du_lieu": rows(*names), "sau": following, "con": more})

    return answer


def test_a_cursor_is_followed_and_kept_for_the_next_time() -> None:
    declaration = Declaration()
    answer = events({None: (["1", "2"], "a", True), "a": (["3"], "b", True), "b": ([], "c", False)})
    with stub(answer) as there:
        assert codes(read(there, cursored(), declaration)) == [["1", "2"], ["3"], []]
    assert declaration.cursor == "c"
    assert [asked.query for asked in there.asked] == [
        {"since": "2023-05-01T00:00:00+07:00"},
        {"cursor": "a"},
        {"cursor": "b"},
    ]


def test_reading_goes_on_from_a_kept_cursor() -> None:
    declaration = Declaration(cursor="b")
    with stub(events({"b": (["4"], "c", False)})) as there:
        assert codes(read(there, cursored(), declaration)) == [["4"]]
    assert declaration.cursor == "c"


def test_a_cursor_that_is_gone_is_opened_again_at_the_start() -> None:
    answer = events({None: (["1", "2"], "c", False)}, gone={"old"})
    with stub(answer) as there:
        assert codes(read(there, cursored(), Declaration(cursor="old"))) == [["1", "2"]]
    assert [set(asked.query) for asked in there.asked] == [{"cursor"}, {"since"}]


def test_a_gateway_that_keeps_no_cursor_is_left() -> None:
    with (
        stub(events({None: (["1"], "a", True)}, gone={"a"})) as there,
        pytest.raises(Retry, match="keeps no cursor open"),
    ):
        list(read(there, cursored()))
    assert len(there.asked) == 4


@pytest.mark.parametrize(
    ("following", "told"),
    [(None, "con is true but there is no sau"), ("a", "the pages lead in a circle"), ("b", "lead in a circle")],
    ids=["nowhere", "the same page", "a page before"],
)
def test_a_cursor_that_leads_nowhere_is_left(following: str | None, told: str) -> None:
    pages = {None: (["1"], "b", True), "b": (["2"], "a", True), "a": (["3"], following, True)}
    with stub(events(pages)) as there, pytest.raises(Reject, match=told):
        list(read(there, cursored()))
    assert len(there.asked) == 3


def test_a_kept_cursor_that_names_itself_as_the_next_is_left() -> None:
    with stub(events({"b": (["1"], "b", True)})) as there, pytest.raises(Reject, match="in a circle: 'b'"):
        list(read(there, cursored(), Declaration(cursor="b")))
    assert len(there.asked) == 1


def links(pages: dict[str, tuple[list[str], str | None]], total: int) -> Callable[[Asked], Reply]:
    def answer(asked: Asked) -> Reply:
        names, following = pages[asked.query.get("trang", "1")]
        return says({"ma_loi": 0, "du_lieu": rows(*names), "trang": {"tong": total, "tiep": following}})

    return answer


def test_next_links_are_followed() -> None:
    declaration = Declaration()
    pages = {"1": (["1", "2"], "/luutru/v1/van-ban?trang=2"), "2": (["3"], None)}
    with stub(links(pages, 3)) as there:
        assert codes(read(there, specs.feed(), declaration)) == [["1", "2"], ["3"]]
    assert declaration.declared == 3
    assert there.asked[0].query == {"tu": "2023-05-01T00:00:00+07:00", "so_dong": "3"}


def test_a_next_link_to_another_host_is_never_followed() -> None:
    with stub(lambda _: says({})) as elsewhere:
        host = elsewhere.url.removeprefix("http://")
        for link in (f"{elsewhere.url}/a", f"@{host}/a", f"//{host}/a"):
            with (
                stub(links({"1": (["1"], link)}, 1)) as there,
                pytest.raises((Reject, Retry), match=r"elsewhere|in a circle"),
            ):
                list(read(there, specs.feed()))
        assert elsewhere.asked == []


@pytest.mark.parametrize("back_to", ["1", "2"])
def test_links_that_lead_in_a_circle_are_left(back_to: str) -> None:
    pages: dict[str, tuple[list[str], str | None]] = {
        "1": (["1"], "/luutru/v1/van-ban?trang=2"),
        "2": (["2"], f"/luutru/v1/van-ban?trang={back_to}"),
    }
    with (
        stub(links(pages, 1)) as there,
        pytest.raises(Reject, match=f"in a circle: '/luutru/v1/van-ban.trang={back_to}'"),
    ):
        list(read(there, specs.feed()))
    assert len(there.asked) == 3 - (back_to == "2")


@pytest.mark.parametrize(
    ("code", "error", "told", "asked"),
    [
        (2, Retry, "ma_loi 2", 6),
        (1, Retry, "the session was not valid", 6 * 3),
        (9, Abort, r"refuses the call \(ma_loi 9\)", 1),
    ],
)
def test_errors_that_only_the_body_tells_are_sorted_by_recovery(
    code: int, error: type[Exception], told: str, asked: int
) -> None:
    with stub(lambda _: says({"ma_loi": code, "du_lieu": None})) as there, pytest.raises(error, match=told):
        list(read(there, specs.feed()))
    assert len(there.asked) == asked
    assert len(there.tokens) == (1 + asked if code == 1 else 1)


@pytest.mark.parametrize(
    "told",
    [
        {"success": False, "message": "Lỗi kết nối"},
        {"thanh_cong": 0},
        {"error": {"code": "E1"}},
        {"errors": ["timeout"]},
        {"loi": "Hết thời gian chờ"},
        {"status": "500"},
        {"code": 401},
        {"code": -1, "message": "Hết phiên làm việc"},
        {"maLoi": "E01"},
        {"ma_loi": 5},
        {"ErrorCode": "ERR_DB"},
        {"error-message": "Không kết nối được cơ sở dữ liệu"},
        {"hasError": True},
        {"status": "FAILED"},
        {"trangThai": "Lỗi"},
        {"ketQua": "Thất bại"},
        {"result": False},
        {"status": {"code": 503}},
        {"isSuccess": "N"},
    ],
    ids=str,
)
@pytest.mark.parametrize("records", [None, [], [{"ma": "1"}]], ids=["null", "empty", "a part"])
def test_an_answer_that_calls_itself_an_error_is_none(told: dict[str, Any], records: Any) -> None:
    feed = specs.only()
    with stub(lambda _: says({"du_lieu": records, **told})) as there, pytest.raises(Retry, match="says that it is an"):
        list(read(there, feed))


@pytest.mark.parametrize(
    "told",
    [
        {"success": True, "error": None, "errors": [], "status": "OK", "code": 200},
        {"success": "1", "error": "", "loi": {}, "status": 0, "code": "00"},
        {"error": 0, "loi": False, "exception": "None", "code": "LS-404-1", "message": "Thành công"},
        {"errorCode": "00", "errorMessage": "Thành công", "hasError": False, "status": {"code": 200, "error": None}},
        {"maLoi": 0, "ket_qua": "OK", "result": {"phien": -1}, "trangThai": 1, "resultCode": "1", "ok": "có"},
    ],
    ids=str,
)
def test_an_answer_that_names_no_error_is_one(told: dict[str, Any]) -> None:
    with stub(lambda _: says({**told, "du_lieu": rows("1")})) as there:
        assert codes(read(there, specs.only())) == [["1"]]


def test_a_page_cut_in_the_middle_is_asked_for_again() -> None:
    bodies = [b'{"du_lieu": [{"ma', b"<html>", json.dumps({"du_lieu": rows("1"), "tong": 1}).encode()]
    with stub(lambda _: Reply(bodies.pop(0))) as there:
        assert codes(read(there, numbered())) == [["1"]]
    assert len(there.asked) == 3


def test_half_an_emoji_does_not_stop_a_page() -> None:
    body = b'{"ma_loi":0,"du_lieu":[{"ma":"1","don_vi":"\\ud83d"}],"trang":{"tong":1,"tiep":null}}'
    with stub(lambda _: Reply(body)) as there:
        assert codes(read(there, specs.feed())) == [["1"]]


def test_a_day_that_is_not_published_has_no_page() -> None:
    feed = find_feed("ecommerce", "platforms")
    published = {"2023-05-01": "01/05/2023", "2023-05-03": "03/05/2023"}

    def answer(asked: Asked) -> Reply:
        day = published.get(asked.query["ngay"])
        return says({"ngay": day, "san": [{"ten_san": "Voso"}]}) if day else says({}, 404)

    with stub(answer) as there:
        slices = list(cut(date(2023, 5, 1), date(2023, 5, 4), "day"))
        pages = list(read(there, feed, slices=slices))
    assert [page.decoded.envelope["ngay"] for page in pages] == ["01/05/2023", "03/05/2023"]
    assert len(there.asked) == 4


STATIONS = find_feed("telecom", "stations")
JUNE = Slice(date(2023, 6, 1), date(2023, 6, 30))


def station_file(code: str) -> bytes:
    return f"\ufeffky;ma_vi_tri;ma_dia_ban;cong_nghe\r\n2023-06;{code};05971;4G\r\n".encode()


def listed(operator: str, submission: int, content: bytes, **changed: Any) -> dict[str, Any]:
    return {
        "doanh_nghiep": operator,
        "loai": "tram",
        "lan_nop": submission,
        "kich_thuoc": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "duong_dan": f"/vienthong/v1/tep/{operator}-{submission}.csv",
        **changed,
    }


def files(listing: Any, contents: dict[str, bytes]) -> Callable[[Asked], Reply]:
    return lambda asked: Reply(contents[asked.path]) if asked.path in contents else says(listing)


def test_of_files_that_replace_each_other_only_the_newest_is_fetched() -> None:
    contents = {
        f"/vienthong/v1/tep/{operator}-{number}.csv": station_file(f"{operator}{number}")
        for operator in ("VNPT", "VIETTEL")
        for number in (1, 2, 10)
    }
    listing = [
        listed("VNPT", 2, station_file("VNPT2")),
        listed("VNPT", 10, station_file("VNPT10")),
        listed("VIETTEL", 1, station_file("VIETTEL1")),
        listed("VNPT", 1, station_file("VNPT1")),
        listed("VIETTEL", 2, station_file("VIETTEL2"), loai="thue_bao"),
    ]
    with stub(files(listing, contents)) as there:
        pages = list(read(there, STATIONS, slices=[JUNE]))
    assert [asked.path.rsplit("/", 1)[1] for asked in there.asked] == ["tep", "VNPT-10.csv", "VIETTEL-1.csv"]
    assert [(page.decoded.envelope["doanh_nghiep"], page.decoded.envelope["lan_nop"]) for page in pages] == [
        ("VNPT", 10),
        ("VIETTEL", 1),
    ]
    assert [len(page.decoded.records) for page in pages] == [1, 1]


def test_a_file_that_is_not_the_listed_one_is_fetched_again() -> None:
    right = station_file("A1")
    sent = [right[:-9], right.replace(b"A1", b"B1"), right]
    listing = [listed("VNPT", 1, right)]
    with stub(lambda asked: Reply(sent.pop(0)) if asked.path.endswith(".csv") else says(listing)) as there:
        (page,) = read(there, STATIONS, slices=[JUNE])
    assert page.wire_sha256 == hashlib.sha256(right).hexdigest()


@pytest.mark.parametrize(("spoiled", "told"), [("sha256", "SHA-256 is not the one"), ("kich_thuoc", "the list says")])
def test_a_file_that_never_is_the_listed_one_is_not_read(spoiled: str, told: str) -> None:
    content = station_file("A1")
    listing = [listed("VNPT", 1, content, **{spoiled: 1})]
    contents = {"/vienthong/v1/tep/VNPT-1.csv": content}
    with stub(files(listing, contents)) as there, pytest.raises(Retry, match=told):
        list(read(there, STATIONS, slices=[JUNE]))


def test_a_file_on_another_host_is_never_fetched() -> None:
    with stub(lambda _: Reply(b"")) as elsewhere:
        listing = [listed("VNPT", 1, b"", duong_dan=f"@{elsewhere.url.removeprefix('http://')}/a.csv")]
        with stub(files(listing, {})) as there, pytest.raises(Reject, match="address elsewhere"):
            list(read(there, STATIONS, slices=[JUNE]))
        assert elsewhere.asked == []


@pytest.mark.parametrize(
    "listing",
    [{"ghi_chu": "?"}, ["a.csv"], [{"loai": "tram"}], [{"loai": "tram", "doanh_nghiep": ["VNPT"], "lan_nop": 1}]],
    ids=json.dumps,
)
def test_a_list_of_files_that_is_none_may_pass(listing: Any) -> None:
    with stub(files(listing, {})) as there, pytest.raises(Retry, match="list of files"):
        list(read(there, STATIONS, slices=[JUNE]))


def test_a_list_without_files_is_no_page() -> None:
    with stub(files([], {})) as there:
        assert list(read(there, STATIONS, slices=[JUNE])) == []


def listing(*entries: dict[str, Any], contents: dict[str, bytes] | None = None) -> list[str]:
    """The files that are fetched by a list."""
    contents = contents or {str(entry.get("duong_dan")): station_file("A") for entry in entries}
    with stub(files(list(entries), contents)) as there:
        list(read(there, STATIONS, slices=[JUNE]))
    return [asked.path.rsplit("/", 1)[1] for asked in there.asked[1:]]


A = station_file("A")


@pytest.mark.parametrize(
    ("older", "newer"),
    [("9", "10"), (9, "10"), ("9", 10), (9.0, 10), ("2", "11 "), ("2023-07-05T08:00:00+07:00", "2023-07-05T02:00:00Z")],
    ids=repr,
)
def test_numbers_and_moments_of_files_are_compared_as_such(older: Any, newer: Any) -> None:
    first, second = listed("VNPT", 1, A, lan_nop=older), listed("VNPT", 2, A, lan_nop=newer)
    assert listing(first, second) == listing(second, first) == ["VNPT-2.csv"]


def test_operators_and_kinds_are_compared_as_texts_in_one_form() -> None:
    entries = [
        listed("VNPT", 1, A, loai="tram "),
        listed("VNPT", 2, A, doanh_nghiep="vnpt"),
        listed("VNPT", 3, A, doanh_nghiep=" VNPT"),
    ]
    assert listing(*entries) == ["VNPT-3.csv"]


def test_an_entry_that_comes_twice_is_one_file() -> None:
    assert listing(listed("VNPT", 1, A), listed("VNPT", 1, A)) == ["VNPT-1.csv"]


@pytest.mark.parametrize("written", ["text", "upper case", "relative", "absolute", "from the top"])
def test_an_entry_may_be_written_in_many_ways(written: str) -> None:
    entry = listed("VNPT", 1, A)
    with stub(lambda asked: Reply(A) if asked.path.endswith(".csv") else says([entry])) as there:
        path = entry["duong_dan"]
        entry |= {
            "text": {"kich_thuoc": str(len(A)), "lan_nop": "1"},
            "upper case": {"sha256": entry["sha256"].upper() + " "},
            "relative": {"duong_dan": "tep/VNPT-1.csv"},
            "absolute": {"duong_dan": there.url + path},
            "from the top": {"duong_dan": path[1:]},
        }[written]
        assert len(list(read(there, STATIONS, slices=[JUNE]))) == 1
        assert there.asked[1].path == path


AMBIGUOUS = [
    ([{"duong_dan": None}], "does not say duong_dan"),
    ([{"duong_dan": ""}], "does not say duong_dan"),
    ([{"duong_dan": 7}], "does not say duong_dan"),
    ([{"sha256": None}], "does not say sha256"),
    ([{"kich_thuoc": None}], "does not say kich_thuoc"),
    ([{"kich_thuoc": "1 KB"}], "is no length"),
    ([{"kich_thuoc": -1}], "is no length"),
    ([{"lan_nop": None}], "does not say lan_nop"),
    ([{"lan_nop": "cuối"}], "neither a whole number nor a moment"),
    ([{"lan_nop": [1]}], "does not say lan_nop"),
    ([{"lan_nop": True}], "neither a whole number nor a moment"),
    ([{"doanh_nghiep": " "}], "does not say doanh_nghiep"),
    ([{}, {"duong_dan": "/vienthong/v1/tep/khac.csv"}], "two different files of vnpt have lan_nop 1"),
    ([{}, {"lan_nop": "2023-07-05"}], "a number here and a moment there"),
    ([{}, {"doanh_nghiep": "VIETTEL"}], "is the file of several"),
]


@pytest.mark.parametrize(("changes", "told"), AMBIGUOUS, ids=[told for _, told in AMBIGUOUS])
def test_a_list_that_is_ambiguous_is_an_error_that_says_where(changes: list[dict[str, Any]], told: str) -> None:
    entries = [listed("VNPT", 1, A, **change) for change in changes]
    with stub(files(entries, {})) as there, pytest.raises(Retry, match="/vienthong/v1/tep: the list of files") as error:
        list(read(there, STATIONS, slices=[JUNE]))
    assert told in str(error.value)
    assert len(there.asked) == 1


@pytest.mark.parametrize(
    "reply", [Reply(b"null"), Reply(b"", 204), Reply(b"\xef\xbb\xbf[]")], ids=["null", "204", "mark"]
)
def test_a_list_may_be_empty_in_many_ways(reply: Reply) -> None:
    with stub(lambda _: reply) as there:
        assert list(read(there, STATIONS, slices=[JUNE])) == []


def test_the_records_of_files_are_counted_where_the_list_says_how_many() -> None:
    feed = STATIONS.model_copy(update={"paging": STATIONS.paging.model_copy(update={"total": "so_dong"})})
    entries = [listed("VNPT", 1, A, so_dong="1"), listed("VIETTEL", 1, A, so_dong=4)]
    declaration = Declaration()
    with stub(files(entries, {entry["duong_dan"]: A for entry in entries})) as there:
        list(read(there, feed, declaration, [JUNE]))
    assert (declaration.declared, declaration.totals_differ) == (5, False)


def test_a_header_with_a_column_twice_is_told_with_file_line_and_column() -> None:
    content = b"ky;ma_vi_tri;ma_dia_ban;cong_nghe;ma_vi_tri\r\n2023-06;A;05971;4G;B\r\n"
    entry = listed("VNPT", 1, content)
    with stub(files([entry], {entry["duong_dan"]: content})) as there, pytest.raises(Reject) as error:
        list(read(there, STATIONS, slices=[JUNE]))
    assert "VNPT-1.csv: line 1: the header names ma_vi_tri twice" in str(error.value)


def test_an_odd_line_of_a_file_is_told_and_counts_as_a_record(caplog: pytest.LogCaptureFixture) -> None:
    content = A + b'2023-06;"B;05971;4G\r\n' + A.splitlines()[1] + b"\r\n"
    entry = listed("VNPT", 1, content)
    with stub(files([entry], {entry["duong_dan"]: content})) as there:
        (page,) = read(there, STATIONS, slices=[JUNE])
    assert len(page.decoded.records) == 3
    assert "VNPT-1.csv, " in caplog.text
    assert "line 3: a quote is opened and never closed" in caplog.text
