"""Answers that are no JSON take the same way: redacted, landed, judged, counted and kept where they are refused."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from hub.errors import HubError
from tests.connectors.simulated import FIRST
from tests.connectors.stub import Asked, Reply, Stub, says, stub
from tests.connectors.workbooks import book
from tests.pipeline.conftest import NewHub
from tests.pipeline.hub import Hub
from warehouse.landing import Landing

XML = """
title = "Kho lưu trữ văn bản"
owner = "chi-cuc-van-thu"
cadence = "5 * * * *"
lateness = "PT4H"

[feeds.papers]
title = "Văn bản lưu trữ"
fact = "fact_document"
format = "xml"
version = "updated_at"
slice = "day"
max_rejected = 0.5
request = { path = "/luutru/v1/van-ban.xml", query = { tinh = "{area}", ngay = "{start:%Y-%m-%d}" } }
repeats = { "@tinh" = "{area}" }
paging = { style = "single", records = "van_ban", total = "@tong_so" }

[feeds.papers.columns]
document_code = { wire = "@ma", key = true, required = true, label = "Mã văn bản" }
organisation_code = { wire = "noi_gui/don_vi", known = "organisation", label = "Đơn vị" }
issued_at = { wire = "ban_hanh", type = "datetime", required = true, label = "Ban hành lúc" }
secret = { wire = "mat", type = "boolean", required = true, label = "Mật" }
signed = { wire = "ky_so", type = "boolean", required = true, label = "Ký số" }
signer = { wire = "nguoi_ky", personal = "hmac", fact = false }
subject = { wire = "trich_yeu", personal = "drop" }
updated_at = { page = "@lap_luc", type = "datetime", required = true, label = "Lập lúc" }
"""
DOCUMENT = """<?xml version="1.0" encoding="UTF-8"?>
<bao_cao xmlns="urn:luu-tru" tinh="20" tong_so="3" lap_luc="2023-02-26T10:00:00">
 <van_ban ma="VB-1"><noi_gui><don_vi>000.00.11.H37</don_vi></noi_gui><ban_hanh>2023-02-26T08:00:00</ban_hanh>
  <mat>0</mat><ky_so>1</ky_so><nguoi_ky>Nguyễn Zzyvan</nguoi_ky><trich_yeu>V/v Zzytrich</trich_yeu></van_ban>
 <van_ban ma="VB-2"><ban_hanh>2023-02-26T09:00:00</ban_hanh><mat>0</mat><ky_so>0</ky_so></van_ban>
 <van_ban ma="VB-3"><ban_hanh>2023-02-26T09:00:00</ban_hanh><mat>0</mat><mat>1</mat><ky_so>0</ky_so>
  <nguoi_ky>Nguyễn Zzyba</nguoi_ky></van_ban>
</bao_cao>"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An installation's own sources."""
    made = tmp_path / "sources"
    made.mkdir()
    return made


def everything_kept(hub: Hub) -> str:
    """All landed pages and refused records, as they rest."""
    landing = Landing(hub.settings.landing_address)
    pages = [landing.read(sha256).decode() for (sha256,) in hub.rows("select landed_sha256 from landing.page")]
    return "".join(pages) + json.dumps(hub.rows("select record, offences from quality.quarantine"), ensure_ascii=False)


def test_an_answer_in_xml_is_loaded(folder: Path, new_hub: NewHub) -> None:
    (folder / "archive.toml").write_text(XML, "utf-8")
    with stub(lambda _: Reply(DOCUMENT.encode())) as there:
        hub = new_hub(sources=folder, gateway_url=there.url)
        outcome = hub.run("archive", "papers", FIRST, FIRST)
        again = hub.run("archive", "papers", FIRST, FIRST)
    account = outcome.account
    assert (account.declared, account.fetched, account.loaded, account.quarantined) == (3, 3, 2, 1)
    assert (again.account.unchanged, again.account.quarantined) == (2, 1)
    assert hub.rows("select document_code, signed from warehouse.fact_document order by 1") == [
        ("VB-1", True),
        ("VB-2", False),
    ]
    record, offences = hub.rows("select record, offences from quality.quarantine")[0]
    assert record["record"]["@ma"] == "VB-3"
    assert {"rule": "types", "column": "secret", "value": "(given twice)"} in offences
    assert "Zzy" not in everything_kept(hub)
    assert "VB-1" in everything_kept(hub)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (DOCUMENT.replace('tong_so="3"', 'tong_so="4"'), "blocked"),
        (DOCUMENT[:-30], "failed"),
        (DOCUMENT.replace("<bao_cao", "<!DOCTYPE bao_cao><bao_cao", 1), "failed"),
    ],
    ids=["one is missing", "cut off", "DTD"],
)
def test_an_answer_in_xml_that_is_not_whole_changes_nothing(
    body: str, status: str, folder: Path, new_hub: NewHub
) -> None:
    (folder / "archive.toml").write_text(XML, "utf-8")
    bodies = [DOCUMENT]

    def answer(_: Asked) -> Reply:
        return Reply(bodies[-1].encode())

    with stub(answer) as there:
        hub = new_hub(sources=folder, gateway_url=there.url)
        hub.run("archive", "papers", FIRST, FIRST)
        bodies.append(body)
        with pytest.raises(HubError, match=r"archive\.papers|van-ban\.xml"):
            hub.run("archive", "papers", FIRST, FIRST)
    assert hub.rows("select count(*) from warehouse.fact_document") == [(2,)]
    assert hub.batches("status", "is_own_fault")[-1] == (status, None)


WORKBOOK = (
    XML.split("[feeds.papers]", maxsplit=1)[0]
    + """
[feeds.papers]
title = "Văn bản lưu trữ"
fact = "fact_document"
format = "xlsx"
sheet = "BaoCao"
total_row = { column = "Đơn vị", text = "Tổng cộng", sums = ["pages"] }
version = "updated_at"
slice = "day"
max_rejected = 0.5
request = { path = "/luutru/v1/tep", query = { tinh = "{area}", ngay = "{start:%Y-%m-%d}" } }
paging = { style = "files", file = "duong_dan", newest = "lan_nop", per = ["kho"], sha256 = "sha256" }

[feeds.papers.columns]
document_code = { wire = "Mã văn bản", key = true, required = true, label = "Mã văn bản" }
organisation_code = { wire = "Đơn vị", known = "organisation", label = "Đơn vị" }
issued_at = { wire = "Ngày ban hành", type = "datetime", required = true, label = "Ban hành lúc" }
secret = { wire = "Mật", type = "boolean", required = true, label = "Mật" }
signed = { wire = "Ký số", type = "boolean", required = true, label = "Ký số" }
signer = { wire = "Người ký", personal = "hmac", fact = false }
subject = { wire = "Trích yếu", personal = "drop" }
updated_at = { page = "nop_luc", type = "datetime", required = true, label = "Nộp lúc" }
pages = { wire = "Số trang", type = "integer", thousands = ".", fact = false, label = "Số trang" }
"""
)
SHEET: list[list[Any]] = [
    ["VB-1", "000.00.11.H37", "2023-02-26T08:00:00", "0", "1", "Nguyễn Zzyvan", "V/v Zzytrich", 12],
    ["VB-2", None, "2023-02-26T09:00:00", 0, False, None, None, "1.030"],
    ["VB-3", None, "2023-02-26T09:00:00", 0, "=TRUE()", "Nguyễn Zzyba", None, 3],
    ["Tổng cộng", "Tổng cộng", None, None, None, None, None, 1045],
    [],
    [None, "Người lập: Nguyễn Zzyky"],
]
NAMES = ["Mã văn bản", "Đơn vị", "Ngày ban hành", "Mật", "Ký số", "Người ký", "Trích yếu", "Số trang"]


def workbook(rows: Sequence[Sequence[Any]]) -> bytes:
    def change(_: Workbook, sheet: Worksheet) -> None:
        for place, row in enumerate(rows):
            for column, value in enumerate(row):
                if isinstance(value, str) and value.startswith("="):
                    sheet.write_formula(4 + place, column, value, None, True)

    return book(rows, NAMES, change=change)


@contextmanager
def store(bodies: list[bytes]) -> Iterator[Stub]:
    """A gateway that lists the newest of the workbooks."""

    def answer(asked: Asked) -> Reply:
        body = bodies[-1]
        if asked.path.endswith(".xlsx"):
            return Reply(body)
        sha256 = hashlib.sha256(body).hexdigest()
        entry = {"kho": "TW", "lan_nop": len(bodies), "nop_luc": f"2023-02-26T1{len(bodies)}:00:00"}
        return says([{**entry, "duong_dan": "/luutru/v1/tep/a.xlsx", "sha256": sha256}])

    with stub(answer) as there:
        yield there


def test_a_workbook_is_loaded(folder: Path, new_hub: NewHub) -> None:
    (folder / "archive.toml").write_text(WORKBOOK, "utf-8")
    with store([workbook(SHEET)]) as there:
        hub = new_hub(sources=folder, gateway_url=there.url)
        account = hub.run("archive", "papers", FIRST, FIRST).account
        again = hub.run("archive", "papers", FIRST, FIRST).account
        assert (account.fetched, account.loaded, account.quarantined) == (3, 2, 1)
        assert (again.loaded, again.unchanged, again.quarantined) == (0, 2, 1)
        assert hub.rows("select document_code, signed from warehouse.fact_document order by 1") == [
            ("VB-1", True),
            ("VB-2", False),
        ]
        record, offences = hub.rows("select record, offences from quality.quarantine")[0]
        assert record["record"]["Mã văn bản"] == "VB-3"
        assert {"rule": "types", "column": "signed", "value": "(formula, E7)"} in offences
        replayed = hub.replay(1).account
        assert (replayed.fetched, replayed.quarantined) == (1, 1)
        assert hub.rows("select count(*) from quality.quarantine where replay_batch_id is not null") == [(0,)]
    kept = everything_kept(hub)
    assert "Zzy" not in kept
    assert '"rows":[5,6,7],"totals":{"Số trang":1045}' in kept
    results = hub.rows("select observed, passed from quality.rule_result where rule_id = 'total_row' order by batch_id")
    assert results == [("0", True), ("0", True)]
    assert hub.rows("select count(*) from landing.page where wire_sha256 = landed_sha256") == [(0,)]


@pytest.mark.parametrize(
    ("rows", "status", "why"),
    [
        ([*SHEET[:1], *SHEET[2:]], "blocked", "total_row: 1: pages: 15 ≠ 1045|total_row: pages: 15 ≠ 1045"),
        (SHEET[:3], "failed", "no row of totals"),
        ([SHEET[0], *SHEET], "blocked", "pages: 1057 ≠ 1045"),
    ],
    ids=["a row is missing", "cut off", "a row again"],
)
def test_a_workbook_whose_sums_are_not_its_totals_changes_nothing(
    rows: list[Any], status: str, why: str, folder: Path, new_hub: NewHub
) -> None:
    (folder / "archive.toml").write_text(WORKBOOK, "utf-8")
    bodies = [workbook(SHEET)]
    with store(bodies) as there:
        hub = new_hub(sources=folder, gateway_url=there.url)
        hub.run("archive", "papers", FIRST, FIRST)
        bodies.append(workbook(rows))
        with pytest.raises(HubError, match=why):
            hub.run("archive", "papers", FIRST, FIRST)
    assert hub.rows("select count(*) from warehouse.fact_document") == [(2,)]
    assert hub.batches("status", "is_own_fault")[-1] == (status, None)
