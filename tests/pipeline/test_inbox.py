"""Workbooks that departments leave: loaded, corrected, replaced, taken away; errors go back to whoever left them."""

import io
import os
import time
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import fsspec
import pytest
from openpyxl import load_workbook

from connectors import inbox as inboxes
from connectors.blank_workbook import blank_workbook
from connectors.inbox import Inbox
from connectors.source_files import load_sources
from gateway.inbox import write_inbox
from hub.errors import Abort, Blocked, HubError
from hub.settings import Settings
from tests.kpis.asking import compute
from tests.pipeline.conftest import NewHub
from tests.pipeline.hub import Hub
from warehouse.database import connect
from warehouse.landing import Landing

FEED = load_sources()["tasks"].feeds["tasks"]
DAYS = (date(2023, 6, 1), date(2023, 6, 30))
Row = dict[str, Any]


def row(code: str, **changes: Any) -> Row:
    given = {"Mã": code, "Loại": "Nhiệm vụ", "Ngày giao": date(2023, 1, 3), "Hạn hoàn thành": date(2023, 6, 30)}
    return given | {"Trạng thái": "Đang thực hiện", "Nội dung": "Nguyễn Văn Hiếm báo cáo"} | changes


def workbook(*rows: Row, **more: str) -> bytes:
    """The template, filled in; `more` are columns that nobody asked for, with what stands in them."""
    book = load_workbook(io.BytesIO(blank_workbook(FEED)))
    sheet = book[str(FEED.sheet)]
    places = {cell.value: cell.column for cell in sheet[4]}
    for name in more:
        places[name] = len(places) + 1
        sheet.cell(4, int(places[name] or 0), name)
    for number, values in enumerate(rows, 5):
        for name, value in {**values, **more}.items():
            sheet.cell(number, int(places[name] or 0), value)
    saved = io.BytesIO()
    book.save(saved)
    return saved.getvalue()


Leave = Callable[..., Path]


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    folder = tmp_path / "inbox" / "tasks"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def hub(new_hub: NewHub, inbox: Path) -> Hub:
    return new_hub(inbox=str(inbox.parent))


@pytest.fixture
def leave(inbox: Path) -> Leave:
    """Leaves a workbook, each one saved a second after the one before."""
    saved = time.time() - 600

    def put(name: str, *rows: Row, **more: str) -> Path:
        nonlocal saved
        saved += 1
        path = inbox / name
        path.write_bytes(workbook(*rows, **more))
        os.utime(path, (saved, saved))
        return path

    return put


def run(hub: Hub) -> dict[str, int]:
    account = hub.run("tasks", "tasks", *DAYS).account
    names = ("fetched", "loaded", "unchanged", "superseded", "quarantined", "removed")
    return {name: value for name in names if (value := getattr(account, name))}


def cases(hub: Hub) -> dict[str, str]:
    return dict(hub.rows("select case_code, status from serving.cases where source = 'tasks' order by 1"))


def returned(inbox: Path) -> list[str]:
    return sorted(path.name for path in (inbox / "returned").glob("*"))


def told(inbox: Path, name: str) -> dict[str, str]:
    """What a returned workbook says of each record's code, where it says something."""
    sheet = load_workbook(inbox / "returned" / name)[str(FEED.sheet)]
    header, *rows = list(sheet.values)
    at = header.index("Lỗi")
    return {str(row[header.index("Mã")]): str(row[at]) for row in rows if row[at]}


def test_a_workbook_is_loaded_once_however_often_it_is_read(hub: Hub, leave: Leave) -> None:
    leave("so-tttt.xlsx", row("A1"), row("A2", **{"Trạng thái": "Hoàn thành", "Ngày hoàn thành": date(2023, 5, 2)}))
    assert run(hub) == {"fetched": 2, "loaded": 2}
    assert run(hub) == {"fetched": 2, "unchanged": 2}
    assert cases(hub) == {"A1": "open", "A2": "done"}
    assert hub.rows("select channel, received_day, due_day, done_day from serving.cases where case_code = 'A2'") == [
        ("so-tttt.xlsx", date(2023, 1, 3), date(2023, 6, 30), date(2023, 5, 2))
    ]


def test_a_row_leads_back_to_its_workbook_and_its_place_there(hub: Hub, inbox: Path, leave: Leave) -> None:
    leave("so-tttt.xlsx", row("A1"), row("A2"))
    run(hub)
    request, landed = hub.rows(
        "select request, landed_sha256 from landing.page join warehouse.fact_case"
        " using (batch_id, page_number) where case_code = 'A2'"
    )[0]
    assert request == f"FILE {inbox}/so-tttt.xlsx"
    assert b'"rows":[5,6]' in Landing(hub.settings.landing_address).read(landed)


def test_a_corrected_workbook_replaces_what_it_told_before(hub: Hub, leave: Leave) -> None:
    leave("a.xlsx", row("A1"), row("A2"), row("A3"))
    leave("b.xlsx", row("B1"))
    run(hub)
    done = {"Trạng thái": "Hoàn thành", "Ngày hoàn thành": date(2023, 6, 1)}
    leave("a.xlsx", row("A1", **done), row("A2-1"), row("A3"))
    assert run(hub) == {"fetched": 4, "loaded": 3, "unchanged": 1, "removed": 1}  # a newer version each, and A2 is gone
    assert cases(hub) == {"A1": "done", "A2-1": "open", "A3": "open", "B1": "open"}


def test_days_of_what_is_gone_are_computed_again(hub: Hub, leave: Leave) -> None:
    leave("a.xlsx", row("A1", **{"Ngày giao": date(2022, 2, 1)}), row("A2"), row("A3"))
    run(hub)
    leave("a.xlsx", row("A2"), row("A3"))
    run(hub)
    assert hub.batches("changed_from")[-1] == (date(2022, 2, 1),)


def test_what_a_refused_version_says_changes_nothing_of_the_case(hub: Hub, leave: Leave) -> None:
    leave("a.xlsx", *(row(f"A{n}") for n in range(9)))
    run(hub)
    leave("a.xlsx", *(row(f"A{n}") for n in range(8)), row("A8", **{"Ngày giao": "31/02/2023"}))
    assert run(hub) == {"fetched": 9, "loaded": 8, "quarantined": 1}
    assert cases(hub)["A8"] == "open"


def test_of_two_workbooks_with_the_same_case_the_newer_counts(hub: Hub, leave: Leave) -> None:
    done = {"Trạng thái": "Hoàn thành", "Ngày hoàn thành": date(2023, 6, 1)}
    leave("z-thang-5.xlsx", row("A1"), row("A2"))
    leave("a-thang-6.xlsx", row("A1", **done))
    assert run(hub) == {"fetched": 3, "loaded": 2, "superseded": 1}
    assert run(hub) == {"fetched": 3, "unchanged": 2, "superseded": 1}
    assert cases(hub) == {"A1": "done", "A2": "open"}


def test_an_older_copy_that_is_put_back_changes_nothing(hub: Hub, leave: Leave) -> None:
    path = leave("a.xlsx", row("A1"))
    before, saved = path.read_bytes(), path.stat().st_mtime
    run(hub)
    leave("a.xlsx", row("A1", **{"Trạng thái": "Huỷ"}))
    run(hub)
    path.write_bytes(before)
    os.utime(path, (saved, saved))
    assert run(hub) == {"fetched": 1, "superseded": 1}
    assert cases(hub) == {"A1": "cancelled"}


def test_a_workbook_that_is_taken_away_takes_nothing_with_it(hub: Hub, leave: Leave) -> None:
    path = leave("a.xlsx", row("A1"))
    leave("b.xlsx", row("B1"))
    run(hub)
    path.unlink()
    assert run(hub) == {"fetched": 1, "unchanged": 1}
    assert cases(hub) == {"A1": "open", "B1": "open"}


def test_an_empty_inbox_is_told_and_changes_nothing(hub: Hub, leave: Leave) -> None:
    path = leave("a.xlsx", row("A1"))
    run(hub)
    path.unlink()
    with pytest.raises(Blocked, match="fetched"):
        run(hub)
    assert cases(hub) == {"A1": "open"}


def test_a_workbook_that_has_lost_most_of_its_rows_is_not_taken(hub: Hub, leave: Leave) -> None:
    leave("a.xlsx", *(row(f"A{n}") for n in range(5)))
    leave("b.xlsx", row("B1"))
    run(hub)
    leave("a.xlsx", row("A1"))
    with pytest.raises(Blocked, match="kept_share"):
        run(hub)
    assert len(cases(hub)) == 6


def test_a_file_that_is_no_workbook_is_named_and_changes_nothing(hub: Hub, inbox: Path, leave: Leave) -> None:
    leave("a.xlsx", row("A1"))
    run(hub)
    bad = inbox / "b.xlsx"
    bad.write_bytes(b"PK" + bytes(50))
    os.utime(bad, (1_000_000_000,) * 2)
    with pytest.raises(HubError, match=r"b\.xlsx: The file is no whole workbook"):
        run(hub)
    assert cases(hub) == {"A1": "open"}


def test_a_name_in_a_column_that_nobody_asked_for_rests_nowhere(hub: Hub, leave: Leave) -> None:
    leave("a.xlsx", row("A1"), row("A2", **{"Loại": "không rõ"}), **{"Người phụ trách": "Trần Thị Zzycanary"})
    run(hub)
    kept = [p.read_bytes() for p in hub.settings.state.rglob("*") if p.is_file()]
    landing = Landing(hub.settings.landing_address)
    pages = [landing.read(sha256) for (sha256,) in hub.rows("select landed_sha256 from landing.page")]
    refused = repr(hub.rows("select record, offences, fact_row from quality.quarantine")).encode()
    assert len(pages) == 1
    for name in ("Zzycanary", "Hiếm"):
        assert not any(name.encode() in content for content in [*kept, *pages, refused])


def test_errors_come_back_as_the_same_sheet(hub: Hub, inbox: Path, leave: Leave) -> None:
    wrong = row("A3", **{"Ngày giao": "31/02/2023", "Số tiền (đồng)": 5})
    leave("a.xlsx", *(row(f"B{n}") for n in range(9)), wrong, **{"Người phụ trách": "Trần Thị Zzycanary"})
    leave("b.xlsx", row("C1"))
    assert run(hub)["quarantined"] == 1
    assert returned(inbox) == ["a-loi.xlsx"]
    says = told(inbox, "a-loi.xlsx")
    assert list(says) == ["A3"]
    assert "dòng 14, Ngày giao là “31/02/2023”: ngày, dd/mm/yyyy" in says["A3"]
    content = load_workbook(inbox / "returned" / "a-loi.xlsx")[str(FEED.sheet)]
    header, first, *_ = list(content.values)
    shown = [str(one.wire) for one in FEED.kept.values() if one.wire]
    assert header == (*shown, "Lỗi")
    assert first[:6] == ("B0", "Nhiệm vụ", None, None, datetime(2023, 1, 3), datetime(2023, 6, 30))
    assert content.max_row == 11
    texts = repr(list(content.values))
    assert "Zzycanary" not in texts
    assert "Hiếm" not in texts


def test_what_comes_back_is_never_read_and_goes_when_all_is_right(hub: Hub, inbox: Path, leave: Leave) -> None:
    good = [row(f"B{n}") for n in range(9)]
    leave("a.xlsx", *good, row("A1", **{"Loại": "việc"}))
    assert run(hub) == {"fetched": 10, "loaded": 9, "quarantined": 1}
    assert run(hub) == {"fetched": 10, "unchanged": 9, "quarantined": 1}
    assert returned(inbox) == ["a-loi.xlsx"]
    leave("a.xlsx", *good, row("A1"))
    run(hub)
    assert returned(inbox) == []
    assert "A1" in cases(hub)


def test_errors_of_a_blocked_workbook_come_back_too(hub: Hub, inbox: Path, leave: Leave) -> None:
    leave("a.xlsx", *(row(f"A{n}", **{"Trạng thái": "đang làm"}) for n in range(5)), row("B1"))
    with pytest.raises(Blocked):
        run(hub)
    assert list(told(inbox, "a-loi.xlsx")) == [f"A{n}" for n in range(5)]
    assert cases(hub) == {}


def test_a_case_that_stands_twice_in_one_workbook_is_told(hub: Hub, inbox: Path, leave: Leave) -> None:
    others = [row(f"B{n}") for n in range(40)]
    leave("a.xlsx", *others, row("A1"), row("A1", **{"Trạng thái": "Huỷ"}))
    run(hub)
    says = told(inbox, "a-loi.xlsx")
    assert list(says) == ["A1"]
    assert "A1" not in cases(hub)


def test_what_comes_back_commands_nobody(hub: Hub, inbox: Path, leave: Leave) -> None:
    leave("a.xlsx", *(row(f"B{n}") for n in range(9)), row('=cmd|"/c calc"!A0', **{"Loại": "@SUM(1)"}))
    run(hub)
    sheet = load_workbook(inbox / "returned" / "a-loi.xlsx")[str(FEED.sheet)]
    assert not [cell for line in sheet.iter_rows() for cell in line if cell.data_type == "f"]


def test_a_kill_before_the_errors_are_given_back_is_made_good_by_the_next_run(
    hub: Hub, inbox: Path, leave: Leave, monkeypatch: pytest.MonkeyPatch
) -> None:
    leave("a.xlsx", *(row(f"B{n}") for n in range(9)), row("A1", **{"Loại": "việc"}))

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Inbox, "give_back", killed)
        with pytest.raises(KeyboardInterrupt):
            run(hub)
    assert hub.batches("status") == [("published",)]
    assert returned(inbox) == []
    assert run(hub) == {"fetched": 10, "unchanged": 9, "quarantined": 1}
    assert returned(inbox) == ["a-loi.xlsx"]


def test_errors_that_cannot_be_given_back_change_nothing_of_the_load(
    hub: Hub, inbox: Path, leave: Leave, caplog: pytest.LogCaptureFixture
) -> None:
    leave("a.xlsx", *(row(f"B{n}") for n in range(9)), row("A1", **{"Loại": "việc"}))
    (inbox / "returned").write_bytes(b"")
    assert run(hub)["loaded"] == 9
    assert "were not given back" in caplog.text


def test_an_inbox_in_a_bucket_is_read_and_gets_its_errors_back(
    new_hub: NewHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inboxes, "QUIET", timedelta(0))
    store = fsspec.filesystem("memory")
    store.makedirs("/bucket/tasks", exist_ok=True)
    store.pipe_file("/bucket/tasks/a.xlsx", workbook(*(row(f"B{n}") for n in range(9)), row("A1", **{"Loại": "việc"})))
    hub = new_hub(inbox="memory://bucket")
    try:
        assert run(hub) == {"fetched": 10, "loaded": 9, "quarantined": 1}
        assert store.exists("/bucket/tasks/returned/a-loi.xlsx")
        assert hub.one("select request from landing.page") == "FILE memory://bucket/tasks/a.xlsx"
        store.pipe_file("/bucket/tasks/a.xlsx", workbook(*(row(f"B{n}") for n in range(9)), row("A1")))
        run(hub)
        assert not store.exists("/bucket/tasks/returned/a-loi.xlsx")
        assert len(cases(hub)) == 10
    finally:
        store.rm("/bucket", recursive=True)


def test_an_inbox_that_nobody_has_set_is_told_before_anything_is_done(new_hub: NewHub) -> None:
    hub = new_hub(inbox=None)
    with pytest.raises(Abort, match="IOC_INBOX is not set"):
        run(hub)
    assert hub.batches("status") == []


def test_several_provinces_have_an_inbox_each(tmp_path: Path) -> None:
    own = [{"code": code, "area": area, "gateway_url": "http://a"} for code, area in (("H37", "20"), ("H59", "84"))]
    settings = Settings(installation=tmp_path, inbox=f"{tmp_path}/", provinces=own)
    assert settings.for_province("H59").inbox_of("tasks") == f"{tmp_path}/H59/tasks"


def test_the_workbooks_of_a_world_give_the_published_figures(hub: Hub, inbox: Path) -> None:
    write_inbox("lang-son-2023", inbox.parent)
    whole = (date(2021, 10, 31), date(2023, 6, 30))
    for source, feed in (("tasks", "tasks"), ("steering_documents", "documents")):
        outcome = hub.run(source, feed, *whole)
        assert (outcome.status, outcome.account.quarantined, outcome.broken) == ("published", 0, [])
        assert returned(inbox.parent / source) == []
    half, whole_2022 = (date(2023, 1, 1), date(2023, 6, 30)), (date(2022, 1, 1), date(2022, 8, 8))
    with connect(hub.url, "loader") as connection:

        def value(kpi: str, days: tuple[date, date], **asked: Any) -> Any:
            return compute(connection, kpi, *days, "H37", **asked).value

        transformation, economy = ("digital_transformation",), ("digital_economy",)
        assert value("steering_documents", whole_2022, where={"class": transformation}) == 25
        assert value("steering_documents", half, where={"class": economy}) == 52
        assert value("steering_documents", half, where={"kind": ("plan",)}) == 12
        assert value("resolution_target_rate", half, measure="met") == 19
        assert value("resolution_target_rate", (date(2021, 11, 1),) * 2, measure="met") == 0
        assert value("overdue_documents", half) == 4
        assert value("plan_task_on_time_rate", half, measure="tasks") == 140
        assert round(value("plan_task_on_time_rate", half), 2) == round(Decimal(12100) / 140, 2)
        assert value("project_budget", half) == Decimal("163.4")
        assert value("project_paid_rate", half, measure="paid") == Decimal("76.55")
        assert round(value("project_paid_rate", half), 6) == round(Decimal(7655) / 185, 6)
