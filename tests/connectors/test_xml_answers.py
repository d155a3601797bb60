"""Feeds whose source answers in XML: redacted, checked and read like those in JSON."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors import client
from connectors.columns import UNREAD, typed_table, wire_table
from connectors.decoding import Decoder
from connectors.json_places import NO_RECORD
from connectors.paging.feed_reader import Declaration, FeedReader
from connectors.slices import Slice
from connectors.xml_places import NO_SINGLE
from hub.errors import Abort, HubError, Invalid, Reject, Retry
from tests.connectors import specs
from tests.connectors.simulated import FIRST
from tests.connectors.stub import Asked, Reply, Stub, stub
from tests.connectors.test_every_feed import read_sample
from tests.memory import megabytes

PAPERS = specs.xml_feed()
PAPER = (
    '<van_ban ma="{ma}" cap_nhat="2023-02-26T09:00:00"><ban_hanh>2023-02-26T08:00:00</ban_hanh><mat>0</mat>'
    "<ky_so>true</ky_so><nguoi_ky><ten>Nguyễn Zzyvan</ten><so>Zzyso</so></nguoi_ky>"
    "<trich_yeu>V/v Zzytrich</trich_yeu><noi_gui><don_vi>D1</don_vi></noi_gui></van_ban>"
)


def document(*papers: str, total: object = None, area: str = "20") -> bytes:
    total = len(papers) if total is None else total
    return f'<bao_cao tinh="{area}" tong_so="{total}">{"".join(papers)}</bao_cao>'.encode()


def answers(body: bytes) -> Any:
    return stub(lambda _: Reply(body))


def read(there: Stub, **changes: Any) -> list[Any]:
    feed = specs.xml_feed(**changes)
    reader = FeedReader(there.gateway(), feed, Decoder(feed, "key"), "H37", "20")
    return list(reader.read([Slice(FIRST, FIRST)], Declaration()))


def test_a_feed_is_read_from_recorded_answers(tmp_path: Path) -> None:
    (tmp_path / "1.xml").write_bytes(document(PAPER.format(ma="VB-1"), PAPER.format(ma="VB-2")))
    came = read_sample(tmp_path, PAPERS)
    assert came.table["document_code"].to_pylist() == ["VB-1", "VB-2"]
    assert came.table["organisation_code"].to_pylist() == ["D1", "D1"]
    assert came.table["signed"].to_pylist() == [True, True]
    assert came.table[UNREAD].null_count == 2
    assert came.declaration.declared == 2
    assert came.pages[0].decoded.unknown_fields == ["nguoi_ky/so"]
    assert came.pages[0].decoded.seen_fields == {*specs.XML_WIRES.values(), "nguoi_ky/so"}


def test_what_is_landed_is_redacted_and_read_back(tmp_path: Path) -> None:
    (tmp_path / "1.xml").write_bytes(document(PAPER.format(ma="VB-1")))
    came = read_sample(tmp_path, PAPERS)
    landed = came.decoder.encode(came.pages[0].decoded)
    assert "Zzy" not in landed.decode() + repr(came.pages)
    record = json.loads(landed)["records"][0]
    assert record["@ma"] == "VB-1"
    assert len(record["nguoi_ky/ten"]) == 64
    assert "trich_yeu" not in record
    assert came.decoder.reread(landed).records == came.pages[0].decoded.records


@given(name=st.text(st.characters(codec="ascii", categories=["L"]), min_size=4))
def test_no_personal_text_outlives_decoding(name: str) -> None:
    marked = f"Zz{name}zZ"
    paper = PAPER.replace("Zzyvan", marked).replace("Zzytrich", marked).replace("Zzyso", marked)
    decoder = Decoder(PAPERS, "key")
    decoded = decoder.decode(document(paper), {}, look=True)
    told = decoder.encode(decoded).decode() + repr(decoded) + str(decoder.plain(decoded.records[0]))
    assert marked not in told


def test_a_person_given_twice_is_nobody() -> None:
    decoder = Decoder(PAPERS, "key")
    twice = PAPER.replace("</nguoi_ky>", "</nguoi_ky><nguoi_ky><ten>Zzyhai</ten></nguoi_ky>")
    (record,) = decoder.decode(document(twice), {}, look=True).records
    assert decoder.plain(record)["nguoi_ky/ten"] == NO_SINGLE


def test_a_record_that_says_a_thing_twice_is_refused_by_the_rule_about_types() -> None:
    papers = [PAPER.format(ma="VB-1"), PAPER.format(ma="VB-2").replace("<mat>0</mat>", "<mat>0</mat><mat>1</mat>")]
    decoder = Decoder(PAPERS, "key")
    decoded = decoder.decode(document(*papers), {}, look=True)
    table = typed_table(PAPERS, wire_table(decoder, PAPERS, decoded, 1, 1))
    assert table[UNREAD].to_pylist() == [None, "secret"]
    assert NO_RECORD not in str(decoded.records)


def test_the_answer_to_another_request_is_refused() -> None:
    with (
        answers(document(PAPER, area="84")) as there,
        pytest.raises(Reject, match=r"asked for @tinh 20, .* of @tinh 84"),
    ):
        read(there)


@pytest.mark.parametrize(
    ("body", "kind", "why"),
    [
        (b"<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", Reject, "document type declaration"),
        (document(PAPER)[:-20], Retry, "The XML is not whole"),
        (document(PAPER) + b"<x/>", Retry, "The XML is not whole"),
        (b'{"du_lieu": []}', Retry, "The XML is not whole"),
        (b"<html><body><p>502</p></body></html>", Retry, "has no van_ban, and nothing else"),
        (b"<bao_cao/>", Retry, "has no van_ban, and nothing else"),
        (b"<a>" * 100_000, Retry, "nested too deeply"),
        (document(PAPER, total="hai"), Retry, "@tong_so is 'hai', which is no count"),
        (document(PAPER).replace(b'tong_so="1"', b""), Retry, "@tong_so is None, which is no count"),
        (document(total=3), Retry, "@tong_so is 3, but there is no list"),
    ],
    ids=range(10),
)
def test_what_is_no_page_is_told_once_and_clearly(
    body: bytes, kind: type[HubError], why: str, waits: list[float]
) -> None:
    with answers(body) as there, pytest.raises(kind, match=why) as told:
        read(there)
    assert "/luutru/v1/van-ban.xml" in told.value.en
    assert told.value.vi != told.value.en


def test_a_page_without_records_is_one(tmp_path: Path) -> None:
    with answers(document()) as there:
        (page,) = read(there)
    assert page.decoded.records == []


def test_a_document_cut_off_is_asked_for_again(waits: list[float]) -> None:
    bodies = [document(PAPER)[:100], document(PAPER)]

    def answer(_: Asked) -> Reply:
        return Reply(bodies.pop(0) if len(bodies) > 1 else bodies[0])

    with stub(answer) as there:
        assert len(read(there)[0].decoded.records) == 1
        assert len(there.asked) == 2


def test_an_error_that_only_the_document_tells_is_sorted() -> None:
    told = {"path": "trang_thai.@ma", "ok": ["0"], "retry": ["9"]}
    fine = document(PAPER).replace(b"</bao_cao>", b'<trang_thai ma="0"/></bao_cao>')
    with answers(fine) as there:
        assert len(read(there, errors=told)[0].decoded.records) == 1
    with answers(fine.replace(b'ma="0"', b'ma="-2"')) as there, pytest.raises(Abort, match="refuses the call"):
        read(there, errors=told)


@pytest.mark.parametrize(
    "body",
    [
        '<bao_cao tinh="20" loi="Hết thời gian chờ"/>',
        '<bao_cao tinh="20" tong_so="0"><Error><code>500</code></Error></bao_cao>',
        '<bao_cao tinh="20" tong_so="0"><success>false</success></bao_cao>',
    ],
)
def test_a_document_that_calls_itself_an_error_is_none(body: str) -> None:
    with answers(body.encode()) as there, pytest.raises(Retry, match="says that it is an error"):
        read(there)


def test_a_document_that_names_no_error_is_one() -> None:
    body = document(PAPER.format(ma="VB-1")).replace(b"</bao_cao>", b"<error/><success>1</success></bao_cao>")
    with answers(body) as there:
        assert [len(page.decoded.records) for page in read(there)] == [1]


def test_pages_in_xml_follow_any_style() -> None:
    def answer(asked: Asked) -> Reply:
        number = int(asked.query["trang"])
        return Reply(document(*([PAPER.format(ma=f"VB-{number}")] if number < 3 else []), total=2))

    paging = {"style": "pages", "records": "van_ban", "total": "@tong_so", "size": 1}
    request = {"path": "/luutru/v1/van-ban.xml", "query": {"trang": "{page}"}}
    with stub(answer) as there:
        pages = read(there, paging=paging, request=request, repeats={})
    assert [len(page.decoded.records) for page in pages][:2] == [1, 1]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"paging": {"style": "single"}}, "paging.records is missing"),
        ({"paging": {"style": "single", "records": "@van_ban.x"}}, "is no place in XML"),
        ({"repeats": {"a..b": "{area}"}}, "is no place in XML"),
        ({"paging": {"style": "files", "records": "x", "file": "f", "newest": "n", "per": ["p"]}}, "not for files"),
    ],
    ids=["records", "attribute", "repeats", "files"],
)
def test_a_specification_of_xml_is_checked(changes: dict[str, Any], why: str) -> None:
    with pytest.raises((Invalid, ValueError), match=why):
        specs.xml_feed(**changes)


def test_a_document_that_came_packed_small_is_cut_off(monkeypatch: pytest.MonkeyPatch, waits: list[float]) -> None:
    monkeypatch.setattr(client, "MAX_BYTES", 2**20)
    bomb = gzip.compress(b"<a>" + b" " * 2**26)
    sent = Reply(bomb, headers={"Content-Encoding": "gzip"})
    with stub(lambda _: sent) as there, pytest.raises(Retry, match="larger than 1 MiB; cut off"):
        read(there)


IMPORTS = """
from tests.connectors import test_xml_parser as hostile
from connectors.xml_parser import parse
"""
READ_ALL = """
for pieces, _ in hostile.ENDLESS.values():
    try:
        parse(pieces, hostile.Nothing())
    except hostile.HubError:
        continue
    raise SystemExit("read to its end")
"""


def test_endless_documents_take_the_process_few_megabytes() -> None:
    """What expat itself allocates is seen by no tracer."""
    assert megabytes(IMPORTS, READ_ALL) < 32
