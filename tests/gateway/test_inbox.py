"""The workbooks that departments of a world fill in tell what the province published, and are the same each time."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from gateway import inbox
from gateway.inbox import write_inbox
from gateway.people import leaks


def rows(folder: Path) -> Iterator[dict[str, Any]]:
    for path in sorted(folder.glob("*.xlsx")):
        _, _, _, header, *lines = load_workbook(path).worksheets[0].values
        yield from (dict(zip(map(str, header), line, strict=True)) for line in lines)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("inbox")
    write_inbox("lang-son-2023", folder)
    return folder


def between(row: dict[str, Any], first: str, last: str) -> bool:
    issued = row["Ngày ban hành"]
    return issued is not None and datetime.fromisoformat(first) <= issued <= datetime.fromisoformat(last)


def test_steering_documents_are_as_many_as_published(written: Path) -> None:
    documents = list(rows(written / "steering_documents"))
    in_2022 = [row for row in documents if between(row, "2022-01-01", "2022-08-08")]
    in_2023 = [row for row in documents if between(row, "2023-01-01", "2023-06-30")]
    assert Counter(row["Lĩnh vực"] for row in in_2022 if row["Trạng thái"] == "Hoàn thành")["Chuyển đổi số"] == 25
    assert Counter(row["Lĩnh vực"] for row in in_2023)["Kinh tế số"] == 52
    assert Counter(row["Hình thức"] for row in in_2023)["Kế hoạch"] == 12


def test_nineteen_of_thirty_targets_are_met(written: Path) -> None:
    targets = [row for row in rows(written / "tasks") if row["Loại"] == "Chỉ tiêu nghị quyết"]
    assert Counter(row["Trạng thái"] for row in targets) == {"Hoàn thành": 19, "Đang thực hiện": 11}


def test_what_happens_later_is_not_told_yet(tmp_path: Path, written: Path) -> None:
    write_inbox("lang-son-2022", tmp_path)
    earlier, later = ({row["Mã"] for row in rows(folder / "tasks")} for folder in (tmp_path, written))
    assert earlier < later


def test_the_same_world_writes_the_same_files(tmp_path: Path, written: Path) -> None:
    again = write_inbox("lang-son-2023", tmp_path)
    write_inbox("lang-son-2023", tmp_path)
    assert len(again) == len(list(written.rglob("*"))) - 2
    for path in again:
        other = written / path.relative_to(tmp_path)
        assert path.read_bytes() == other.read_bytes()
        assert path.stat().st_mtime == other.stat().st_mtime
    assert not list(tmp_path.rglob("*.part"))


def test_people_are_named_in_them_so_that_a_leak_is_seen(written: Path) -> None:
    assert any(leaks(str(row["Nội dung"])) for row in rows(written / "tasks"))


def test_an_unknown_world_and_a_broken_file_are_told_in_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["gateway.inbox", "--world", "nowhere", str(tmp_path)])
    assert inbox.main() == 2
    assert "nowhere" in capsys.readouterr().err
