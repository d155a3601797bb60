"""Files that people leave in an inbox: which are read, which are left for another time, which never are."""

import hashlib
import os
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import fsspec
import pytest

from connectors import inbox as inboxes
from connectors.client import Gateway
from connectors.decoding import Decoder, WirePage
from connectors.inbox import Inbox
from connectors.paging.feed_reader import Declaration, FeedReader
from connectors.slices import Slice
from connectors.specification import Feed
from hub.errors import Abort, Invalid, Reject, Retry
from tests.connectors.workbooks import SHEET, book

DAYS = Slice(date(2023, 6, 1), date(2023, 6, 30))
FEED: dict[str, Any] = {
    "title": "Nhiệm vụ",
    "fact": "fact_case",
    "format": "xlsx",
    "sheet": SHEET,
    "paging": {"style": "inbox"},
    "columns": {
        "case_code": {"wire": "Mã", "key": True, "required": True, "label": "Mã"},
        "channel": {"page": "file", "label": "Tệp"},
        "updated_at": {"page": "modified_at", "type": "datetime", "required": True, "label": "Lưu lúc"},
    },
}


def feed(**changes: Any) -> Feed:
    return Feed.model_validate({**FEED, **changes})


def sheet(*codes: str) -> bytes:
    return book([[code, "Nguyễn Văn Hiếm"] for code in codes], ["Mã", "Người làm"])


def leave(folder: Path, name: str, content: bytes, age: float = 60) -> Path:
    """A file that was saved `age` seconds ago."""
    path = folder / name
    path.write_bytes(content)
    os.utime(path, (time.time() - age,) * 2)
    return path


def read(address: object, spec: Feed | None = None) -> list[WirePage]:
    spec = spec or feed()
    decoder = Decoder(spec, "key")
    reader = FeedReader(Gateway("", "", ""), spec, decoder, "H37", "20", Inbox(str(address)))
    return list(reader.read([DAYS], Declaration()))


def codes(pages: list[WirePage]) -> list[list[str]]:
    return [[record.f0 for record in page.decoded.records] for page in pages]


def test_each_file_is_a_page_whose_evidence_is_its_bytes_and_its_address(tmp_path: Path) -> None:
    leave(tmp_path, "b.xlsx", sheet("B1"))
    leave(tmp_path, "a phòng.XLSX", sheet("A1", "A2"))
    first, second = read(tmp_path)
    assert codes([first, second]) == [["A1", "A2"], ["B1"]]
    assert first.request == f"FILE {tmp_path}/a phòng.XLSX"
    content = (tmp_path / "b.xlsx").read_bytes()
    assert (second.wire_sha256, second.wire_bytes) == (hashlib.sha256(content).hexdigest(), len(content))
    assert second.decoded.envelope["file"] == "b.xlsx"


def test_columns_that_nobody_asked_for_are_not_kept(tmp_path: Path) -> None:
    leave(tmp_path, "a.xlsx", sheet("A1"))
    (page,) = read(tmp_path)
    assert "Hiếm" not in Decoder(feed(), "key").encode(page.decoded).decode()
    assert page.decoded.unknown_fields == ["Người làm"]


def test_what_a_csv_holds_is_read_where_the_feed_is_of_csv(tmp_path: Path) -> None:
    leave(tmp_path, "a.csv", "Mã;Người làm\nA1;X\n".encode())
    leave(tmp_path, "b.xlsx", sheet("B1"))
    assert codes(read(tmp_path, feed(format="csv", sheet=None))) == [["A1"]]


def test_links_folders_pipes_and_other_files_are_never_read(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    folder = tmp_path / "tasks"
    (folder / "returned").mkdir(parents=True)
    leave(folder / "returned", "a-loi.xlsx", sheet("R1"))
    outside = leave(tmp_path, "outside.xlsx", sheet("O1"))
    (folder / "link.xlsx").symlink_to(outside)
    os.utime(folder / "link.xlsx", (1, 1), follow_symlinks=False)
    os.mkfifo(folder / "pipe.xlsx")
    os.utime(folder / "pipe.xlsx", (1, 1))
    (folder / "folder.xlsx").mkdir()
    odd = ["line\nend.xlsx", "turned\u202egnp.xlsx", "back\\slash.xlsx", f"{'x' * 250}.xlsx"]
    for name in ("old.xls", ".hidden.xlsx", *odd):
        leave(folder, name, sheet("N1"))
    leave(folder, "good.xlsx", sheet("G1"))
    assert codes(read(folder)) == [["G1"]]
    told = [record.getMessage() for record in caplog.records]
    assert sum("link.xlsx" in line for line in told) == 1
    assert sum("old.xls is not read: it is no .xlsx" in line for line in told) == 1
    assert not any("\n" in line or "\u202e" in line for line in told)


def test_a_file_that_is_open_or_was_just_changed_is_left_for_the_next_time(tmp_path: Path) -> None:
    leave(tmp_path, "open.xlsx", sheet("O1"))
    lock = leave(tmp_path, "~$open.xlsx", b"Nguyen Van A")
    leave(tmp_path, "free.xlsx", sheet("F1"))
    libre = leave(tmp_path, ".~lock.free.xlsx#", b"")
    leave(tmp_path, "new.xlsx", sheet("N1")[:100], age=0)
    assert read(tmp_path) == []
    lock.unlink()
    libre.unlink()
    leave(tmp_path, "new.xlsx", sheet("N1"))
    assert codes(read(tmp_path)) == [["F1"], ["N1"], ["O1"]]


def test_a_lock_that_a_program_left_behind_ends_after_a_day(tmp_path: Path) -> None:
    leave(tmp_path, "a.xlsx", sheet("A1"), age=90_000)
    leave(tmp_path, "~$a.xlsx", b"", age=90_000)
    assert codes(read(tmp_path)) == [["A1"]]


def test_a_file_that_changes_while_it_is_read_is_left_for_the_next_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = leave(tmp_path, "a.xlsx", sheet("A1"))
    leave(tmp_path, "b.xlsx", sheet("B1"))
    content = Inbox._content

    def changing(self: Inbox, name: str) -> bytes:
        found = content(self, name)
        if name == "a.xlsx":
            path.write_bytes(sheet("A1", "A2"))
        return found

    monkeypatch.setattr(Inbox, "_content", changing)
    assert codes(read(tmp_path)) == [["B1"]]


def test_a_link_that_takes_a_files_place_is_not_followed(tmp_path: Path) -> None:
    folder = tmp_path / "tasks"
    folder.mkdir()
    path = leave(folder, "a.xlsx", sheet("A1"))
    here = Inbox(str(folder))
    (listed,) = here.files("xlsx")
    path.unlink()
    path.symlink_to(leave(tmp_path, "outside.xlsx", sheet("O1")))
    with pytest.raises(Retry, match="cannot be used"):
        here.read(listed)


def test_a_file_that_is_gone_when_it_is_read_is_left_out(tmp_path: Path) -> None:
    path = leave(tmp_path, "a.xlsx", sheet("A1"))
    here = Inbox(str(tmp_path))
    (listed,) = here.files("xlsx")
    path.unlink()
    assert here.read(listed) is None


def test_a_huge_file_is_refused_without_being_read_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inboxes, "MAX_BYTES", 1 << 20)
    path = leave(tmp_path, "huge.xlsx", b"PK")
    with path.open("r+b") as file:
        file.truncate(1 << 40)
    os.utime(path, (1, 1))
    with pytest.raises(Reject, match=r"huge.xlsx is larger than 1 MiB"):
        read(tmp_path)


def test_two_names_that_look_the_same_are_refused(tmp_path: Path) -> None:
    leave(tmp_path, "số.xlsx", sheet("A1"))
    leave(tmp_path, "so\u0302\u0301.XLSX", sheet("B1"))
    with pytest.raises(Reject, match="another file whose name looks the same"):
        read(tmp_path)


def test_a_file_that_is_no_workbook_ends_the_reading_by_name(tmp_path: Path) -> None:
    leave(tmp_path, "a.xlsx", b"PK" + bytes(100))
    with pytest.raises(Exception, match=r"a.xlsx: The file is no whole workbook"):
        read(tmp_path)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(Abort, match=f"There is no inbox {tmp_path}/tasks: make it"):
        read(tmp_path / "tasks")


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A store of objects, in memory."""
    monkeypatch.setattr(inboxes, "QUIET", timedelta(0))
    store = fsspec.filesystem("memory")
    store.makedirs("/inbox/tasks", exist_ok=True)
    yield store
    store.rm("/inbox", recursive=True)


def test_an_inbox_may_be_a_bucket(bucket: Any) -> None:
    bucket.pipe_file("/inbox/tasks/a.xlsx", sheet("A1"))
    bucket.pipe_file("/inbox/tasks/deep/b.xlsx", sheet("B1"))
    bucket.pipe_file("/inbox/other/c.xlsx", sheet("C1"))
    (page,) = read("memory://inbox/tasks")
    assert codes([page]) == [["A1"]]
    assert page.request == "FILE memory://inbox/tasks/a.xlsx"
    here = Inbox("memory://inbox/tasks/")
    here.check()
    here.give_back("a-loi.xlsx", b"1")
    assert bucket.cat_file("/inbox/tasks/returned/a-loi.xlsx") == b"1"
    here.take_back("a-loi.xlsx")
    here.take_back("a-loi.xlsx")
    assert not bucket.exists("/inbox/tasks/returned/a-loi.xlsx")
    assert codes(read("memory://inbox/tasks")) == [["A1"]]


def test_what_is_given_back_never_leads_elsewhere(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_bytes(b"mine")
    folder = tmp_path / "tasks"
    (folder / "returned").mkdir(parents=True)
    (folder / "returned" / "a-loi.xlsx").symlink_to(outside)
    here = Inbox(str(folder))
    here.give_back("a-loi.xlsx", b"1")
    assert outside.read_bytes() == b"mine"
    assert (folder / "returned" / "a-loi.xlsx").read_bytes() == b"1"
    (folder / "returned" / "a-loi.xlsx").unlink()
    (folder / "returned").rmdir()
    (folder / "returned").symlink_to(tmp_path)
    with pytest.raises(Retry, match="is a link"):
        here.give_back("a-loi.xlsx", b"1")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"request": {"path": "/a"}}, "leave it out in styles 'inbox' and 'hub'"),
        ({"slice": "month"}, "read as they lie there"),
        ({"format": "json", "sheet": None}, "read as they lie there"),
        ({"paging": {"style": "single", "records": ""}}, "request says what is called"),
    ],
)
def test_a_feed_either_calls_or_waits(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        feed(**changes)
    assert issubclass(Invalid, ValueError)
