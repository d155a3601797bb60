"""A page becomes redacted records at once: what is personal has no place to be put, what is odd stops nothing."""

import hashlib
import hmac
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.decoding import Decoded, Decoder
from connectors.json_places import NO_NUMBER, NO_SCALAR, NO_VALUE
from connectors.source_files import find_feed, load_sources
from connectors.specification import Feed
from hub.errors import Reject, Retry
from tests.connectors import specs

PAPERS = specs.feed(paging={"style": "single", "records": "du_lieu"})
FEEDS = {f"{s.name}.{name}": feed for s in load_sources().values() for name, feed in s.feeds.items()}
JSON_FEEDS = {name: feed for name, feed in FEEDS.items() if feed.format == "json"}
CSV_FEEDS = {name: feed for name, feed in FEEDS.items() if feed.format == "csv"}
PERSONAL = st.text(min_size=4, max_size=30).filter(lambda text: text.strip())


def page(feed: Feed, records: Any) -> bytes:
    """An answer of the feed's form."""
    body: dict[str, Any] = {}
    for path, value in ((feed.paging.records, records), *((place, 1) for place in feed.paging.stated())):
        *outer, name = path.split(".")
        place = body
        for part in outer:
            place = place.setdefault(part, {})
        place[name] = value
    return json.dumps(body, ensure_ascii=False).encode(errors="surrogatepass")


def decode(records: Any, feed: Feed = PAPERS, key: str = "key") -> Decoded:
    return Decoder(feed, key).decode(page(feed, records), {}, look=True)


def plain(records: Any, feed: Feed = PAPERS, key: str = "key") -> list[dict[str, Any]]:
    decoder = Decoder(feed, key)
    return [decoder.plain(record) for record in decoder.decode(page(feed, records), {}, look=True).records]


@pytest.mark.parametrize("feed", JSON_FEEDS.values(), ids=JSON_FEEDS)
@given(text=PERSONAL)
def test_no_personal_text_outlives_decoding(feed: Feed, text: str) -> None:
    marked = f"Zz{text}zZ"
    personal = [str(column.wire) for column in feed.columns.values() if column.personal]
    record = {"la": marked, **dict.fromkeys(personal, marked)}
    decoder = Decoder(feed, "key")
    decoded = decoder.decode(page(feed, [record]), {}, look=True)
    told = [decoder.encode(decoded).decode(), repr(decoded), json.dumps(decoder.plain(decoded.records[0]))]
    for written in (marked, json.dumps(marked)[1:-1], repr(marked)[1:-1]):
        assert not any(written in place for place in told)


@pytest.mark.parametrize("feed", CSV_FEEDS.values(), ids=CSV_FEEDS)
def test_no_column_that_a_file_should_not_have_outlives_decoding(feed: Feed) -> None:
    decoder = Decoder(feed, "key")
    decoded = decoder.decode("ky;ten_thue_bao\r\n2023-06;Nguyễn Zzyvan\r\n".encode(), {}, look=True)
    assert "Zzyvan" not in decoder.encode(decoded).decode() + repr(decoded)
    assert decoded.unknown_fields == ["ten_thue_bao"]


def test_a_hashed_person_is_the_same_person_everywhere_and_no_name() -> None:
    records = [{"ma": "1", "nguoi_ky": "Nguyễn Văn A"}, {"ma": "2", "nguoi_ky": "Nguyễn Văn A"}, {"nguoi_ky": "B"}]
    first, same, other = [record["nguoi_ky"] for record in plain(records)]
    assert first == hmac.digest(b"key", "Nguyễn Văn A".encode(), hashlib.sha256).hex()
    assert first == same != other
    assert first != plain(records, key="another key")[0]["nguoi_ky"]


def test_nobody_is_not_hashed() -> None:
    assert [record.get("nguoi_ky", "-") for record in plain([{"nguoi_ky": ""}, {"nguoi_ky": None}, {}])] == [
        "",
        None,
        "-",
    ]


def test_a_personal_number_is_hashed_as_its_text() -> None:
    assert plain([{"nguoi_ky": 20999}]) == plain([{"nguoi_ky": "20999"}])


def test_unknown_fields_are_named_and_not_kept() -> None:
    decoder = Decoder(PAPERS, "key")
    decoded = decoder.decode(page(PAPERS, [{"ma": "1", "ghi_chu": "bí mật"}, {"la\0": 1}]), {}, look=True)
    assert decoded.unknown_fields == ["ghi_chu", "la�"]
    assert decoded.seen_fields == {"ma", "ghi_chu", "la�"}
    assert "bí mật" not in decoder.encode(decoded).decode()
    assert decoder.decode(page(PAPERS, [{"ghi_chu": 1}]), {}, look=False).unknown_fields == []


@pytest.mark.parametrize(
    ("field", "told"), [({}, []), ({"hang": None}, ["ghi_chu"]), (None, ["ghi_chu"]), ([], ["ghi_chu"])]
)
def test_an_unknown_field_that_has_no_fields_in_it_says_nothing_new(field: Any, told: list[str]) -> None:
    assert decode([{"ghi_chu": field}]).unknown_fields == told


def test_a_flood_of_unknown_fields_is_cut() -> None:
    assert len(decode([{f"la_{number}": 1 for number in range(1000)}]).unknown_fields) == 50


ODD: list[Any] = [
    "no record",
    7,
    None,
    [],
    {"ma": {"la": 1}},
    {"ma": ["1"], "don_vi": "D"},
    {"ma": "1", "nguoi_ky": {"ten": "Nguyễn Văn A"}},
    {},
]


@pytest.mark.parametrize("odd", ODD, ids=json.dumps)
def test_one_record_without_a_records_form_does_not_stop_its_page(odd: Any) -> None:
    found = plain([{"ma": "1"}, odd, {"ma": "3", "mat": True}])
    assert found[0] == {"ma": "1"}
    assert found[2] == {"ma": "3", "mat": True}
    assert "Nguyễn" not in json.dumps(found, ensure_ascii=False)


def test_the_readable_fields_of_an_odd_record_are_kept_to_explain_it() -> None:
    assert plain([{"ma": ["1"], "don_vi": "D", "mat": False}]) == [{"ma": NO_SCALAR, "don_vi": "D", "mat": False}]


@pytest.mark.parametrize(
    ("wire", "kept"),
    [
        (rb'"a\u0000b"', "a�b"),
        (rb'"a\\u0000b"', r"a\u0000b"),
        (rb'"a\ud83d b"', "a? b"),
        (rb'"\ud83d\ude00"', "😀"),
        (b'"a\xffb"', "a�b"),
        (b"1e999", NO_NUMBER),
        (b"NaN", NO_NUMBER),
        (b"-Infinity", NO_NUMBER),
        (b"9" * 5000, NO_NUMBER),
        (b"3.0", 3.0),
        (b"123456789012345678901234567890", 123456789012345678901234567890),
        (b'"a\nb"', "a\nb"),
        (b'"a\tb\x01"', "a\tb\x01"),
    ],
    ids=str,
)
def test_what_no_database_keeps_is_replaced_and_stops_nothing(wire: bytes, kept: Any) -> None:
    decoder = Decoder(PAPERS, "key")
    body = b'{"du_lieu":[{"ma":"1"},{"ma":' + wire + b'},{"ma":"3"}]}'
    decoded = decoder.decode(body, {}, look=True)
    assert [decoder.plain(record).get("ma") for record in decoded.records] == ["1", kept, "3"]
    assert decoder.reread(decoder.encode(decoded)).records == decoded.records


@pytest.mark.parametrize(
    "body",
    [
        b'{"du_lieu":[{"ma":"1","mat":0},{"ma":"2","mat":0,"mat":1}]}',
        b'{"du_lieu":[{"ma":"1"}],"du_lieu":[]}',
        b'{"du_lieu":[],"trang":{"tong":0},"du_lieu":[{"ma":"1"}],"trang":{"tong":1}}',
    ],
    ids=["a field", "the list", "the total"],
)
def test_a_name_that_comes_twice_with_two_values_refuses_the_answer(body: bytes) -> None:
    with pytest.raises(Reject, match="twice in one place"):
        Decoder(specs.feed(), "key").decode(body, {}, look=True)


@pytest.mark.parametrize(
    "record",
    ['"mat":0,"mat":0', '"la":1,"la":2', '"mat":0,"la":{"mat":1}', '"mat":0,"don_vi":"mat"'],
    ids=["twice the same", "nobody reads it", "elsewhere", "as a value"],
)
def test_a_name_that_comes_twice_without_two_meanings_is_harmless(record: str) -> None:
    decoded = Decoder(PAPERS, "key").decode(f'{{"du_lieu":[{{"ma":"1",{record}}}]}}'.encode(), {}, look=True)
    assert len(decoded.records) == 1


def test_a_file_keeps_no_nul_either() -> None:
    feed = CSV_FEEDS["telecom.revenue"]
    assert [
        Decoder(feed, "key").plain(record)["dich_vu"]
        for record in Decoder(feed, "key").decode(b"dich_vu\r\nA\0B\r\n", {}, look=True).records
    ] == ["A�B"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b'{"du_lieu":[{"ma":"1"}',
        b'{"du_lieu":{"ma":"1"}}',
        b"{}",
        b"[]",
        b"[" * 9000,
    ],
    ids=lambda body: body[:30].decode(),
)
def test_what_is_no_page_is_asked_for_again(body: bytes) -> None:
    with pytest.raises(Retry):
        Decoder(PAPERS, "key").decode(body, {}, look=False)


@pytest.mark.parametrize(
    "body", ["mã".encode("latin-1", "replace") + b"\xe3\r\n", b'a;"b\r\n'], ids=["not UTF-8", "cut"]
)
def test_what_is_no_file_is_asked_for_again(body: bytes) -> None:
    with pytest.raises(Retry, match="no UTF-8 CSV"):
        Decoder(CSV_FEEDS["telecom.stations"], "key").decode(body, {}, look=False)


@pytest.mark.parametrize("body", [b"<!DOCTYPE html><html></html>", b'{"error":"timeout"}', b"a;b\r\n1;2\r\n"])
def test_a_file_without_any_name_that_is_known_is_asked_for_again(body: bytes) -> None:
    with pytest.raises(Retry, match="no header with"):
        Decoder(CSV_FEEDS["telecom.revenue"], "key").decode(body, {}, look=False)


def test_a_line_of_totals_in_a_file_is_no_record() -> None:
    lines = ["ky;dich_vu;doanh_thu_dong;ghi_chu", "2023-06;a;1;", "2023-06;Tổng cộng;1;", "2023-06;;1;Cộng:"]
    decoder = Decoder(CSV_FEEDS["telecom.revenue"], "key")
    decoded = decoder.decode("\r\n".join(lines).encode(), {}, look=False)
    assert [decoder.plain(record)["dich_vu"][:1] for record in decoded.records] == ["a", NO_VALUE, NO_VALUE]
    assert [fault.en[:29] for fault in decoded.faults] == [
        "line 3: looks like a row of t",
        "line 4: looks like a row of t",
    ]


@pytest.mark.parametrize(
    "title", ["Đơn vị tính: triệu đồng", ";;;ĐVT: 1.000đ", "(Đơn vị: nghìn đồng)", "Unit: million"]
)
def test_a_file_whose_title_says_thousands_or_more_is_refused(title: str) -> None:
    body = f"BÁO CÁO\n{title}\nky;dich_vu;doanh_thu_dong\n2023-06;a;1\n".encode()
    with pytest.raises(Reject, match=r"above the header stands .*single units"):
        Decoder(CSV_FEEDS["telecom.revenue"], "key").decode(body, {}, look=False)


@pytest.mark.parametrize("title", ["Đơn vị tính: đồng", "Đơn vị: Triệu Phong", "ĐVT: người", "Nghìn việc tốt"])
def test_other_titles_say_nothing_of_the_numbers(title: str) -> None:
    body = f"{title}\nky;dich_vu;doanh_thu_dong\n2023-06;a;1\n".encode()
    assert len(Decoder(CSV_FEEDS["telecom.revenue"], "key").decode(body, {}, look=False).records) == 1


def test_a_file_with_a_mark_and_quotes_is_read_and_a_short_line_is_a_record_with_nothing_readable() -> None:
    feed = find_feed("telecom", "coverage")
    decoder = Decoder(feed, "key")
    text = '\ufeffky;ma_thon;ten_thon\r\n2023-06;T1;"Bản ""Nà; Pàn"""\r\n2023-06;T2\r\n'
    decoded = decoder.decode(text.encode(), {"doanh_nghiep": "SO_TTTT"}, look=True)
    first, short = (decoder.plain(record) for record in decoded.records)
    assert first == {"ky": "2023-06", "ma_thon": "T1", "ten_thon": 'Bản "Nà; Pàn"'}
    assert set(short.values()) == {f"{NO_VALUE}line 3"}
    assert [fault.en for fault in decoded.faults] == [
        "line 3: 2 values instead of 3; quote values that hold a separator"
    ]
    assert decoded.envelope == {"doanh_nghiep": "SO_TTTT"}
    assert decoded.unknown_fields == []


SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text()
)
FIELDS = [str(column.wire) for column in PAPERS.kept.values()]


@given(st.lists(st.dictionaries(st.sampled_from(FIELDS), SCALARS)))
def test_a_landed_page_is_read_back_as_it_was(records: list[dict[str, Any]]) -> None:
    decoder = Decoder(PAPERS, "key")
    decoded = decoder.decode(page(PAPERS, records), {}, look=False)
    again = decoder.reread(decoder.encode(decoded))
    assert again.records == decoded.records
    assert decoder.encode(again) == decoder.encode(decoded)


@given(st.dictionaries(st.sampled_from(FIELDS), SCALARS))
def test_a_quarantined_record_is_revived_as_it_was(record: dict[str, Any]) -> None:
    decoder = Decoder(PAPERS, "key")
    decoded = decoder.decode(page(PAPERS, [record]), {}, look=False).records[0]
    assert decoder.revive(json.loads(json.dumps(decoder.plain(decoded)))) == decoded


def test_what_the_page_states_is_landed_with_it() -> None:
    feed = find_feed("ecommerce", "platforms")
    decoder = Decoder(feed, "key")
    decoded = decoder.decode(b'{"tinh":"20","ngay":"15/05/2023","san":[{"ten_san":"Voso"}]}', {"slice": "-"}, look=True)
    assert json.loads(decoder.encode(decoded)) == {"page": {"ngay": "15/05/2023"}, "records": [{"ten_san": "Voso"}]}
    assert decoder.reread(decoder.encode(decoded)).envelope == {"ngay": "15/05/2023"}


@pytest.mark.parametrize(
    ("record", "read"),
    [
        ({"ma": "A", "thuoc_tinh": {"do_phan_giai": "4K", "khac": 1}}, "4K"),
        ({"ma": "A", "thuoc_tinh": {"do_phan_giai": [1]}}, NO_SCALAR),
        ({"ma": "A", "thuoc_tinh": {}}, None),
        ({"ma": "A", "thuoc_tinh": None}, None),
        ({"ma": "A", "thuoc_tinh": "4K"}, None),
        ({"ma": "A"}, None),
    ],
)
def test_a_field_within_a_field_of_a_record_is_read_by_its_place(record: dict[str, Any], read: Any) -> None:
    decoder = Decoder(find_feed("camera", "cameras"), "key")
    page = decoder.decode(json.dumps({"tong_so": 1, "du_lieu": [record]}).encode(), {"slice": "2023-06-30"}, look=True)
    [plain] = map(decoder.plain, page.records)
    assert (plain["ma"], plain.get("thuoc_tinh.do_phan_giai")) == ("A", read)
    assert set(page.unknown_fields) <= {"thuoc_tinh.khac", "thuoc_tinh"}
    assert ("thuoc_tinh.khac" in page.unknown_fields) == ("khac" in str(record))
