"""`ioc source new` drafts a specification that can be previewed at once, and is none until it is filled in."""

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from connectors.samples import read_sample
from connectors.source_files import UNFILLED, load_source, load_sources, read_draft
from gateway import people
from hub.errors import Abort
from ioc import source
from ioc.source_draft import text_of
from pipeline.draft import draft
from tests.hostile import FORBIDDEN, HOSTILE


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    (tmp_path / "ioc.toml").write_text('province = "H37"\narea = "20"\n', "utf-8")
    monkeypatch.setenv("IOC_INSTALLATION", str(tmp_path))
    monkeypatch.setenv("IOC_LANG", "en")
    return tmp_path


def new(*arguments: str | Path) -> Result:
    return CliRunner().invoke(source.app, ["new", *map(str, arguments)])


def write(folder: Path, value: Any, name: str = "1.json") -> Path:
    path = folder / name
    path.write_text(json.dumps(value, ensure_ascii=False), "utf-8")
    return path


CASES = [
    {
        "ma_phan_anh": f"PA-{n}",
        "linh_vuc": ["DAT_DAI", "MOI_TRUONG"][n % 2],
        "tiep_nhan_luc": f"2023-02-{n % 20 + 1:02}T08:00:00",
        "gia_tri": f"1.{n}00.000",
        "nguoi_gui": people.name(n),
        "ghi": people.telephone(n),
    }
    for n in range(30)
]


def test_a_draft_is_written_once_and_loads_when_it_is_filled_in(folder: Path) -> None:
    answer = write(folder, {"ma_loi": 0, "tong": 300, "ds": CASES})
    said = new("phan_anh", "--sample", answer)
    assert said.exit_code == 0, said.output
    path = folder / "sources" / "phan_anh.toml"
    drafted, unfilled = read_draft(path)
    feed = drafted.feeds["records"]
    assert {column.wire for column in feed.columns.values() if column.personal} == {"nguoi_gui", "ghi"}
    assert (feed.paging.style, feed.paging.records, feed.paging.total) == ("pages", "ds", "tong")
    with pytest.raises(Abort, match=r"a draft; fill in .* 3 \(title\), 4 \(owner\)") as error:
        load_source(path)
    assert all(line in str(error.value) for line in unfilled)
    again = new("phan_anh", "--sample", answer)
    assert isinstance(again.exception, Abort)
    text = path.read_text("utf-8")
    path.write_text(text.replace(UNFILLED, "x"), "utf-8")
    assert load_source(path).title == "x"


def test_nothing_personal_is_in_a_draft(folder: Path) -> None:
    assert new("phan_anh", "--sample", write(folder, {"ds": CASES})).exit_code == 0
    assert people.leaks((folder / "sources" / "phan_anh.toml").read_text("utf-8")) == []


def test_an_installation_without_sources_of_its_own_gets_the_folder(folder: Path) -> None:
    assert not (folder / "sources").exists()
    new("phan_anh", "--sample", write(folder, {"ds": CASES}))
    assert (folder / "sources" / "phan_anh.toml").stat().st_mode & 0o777 == 0o640


def test_a_draft_takes_the_name_of_no_other_source(folder: Path) -> None:
    answer = write(folder, {"ds": CASES})
    assert isinstance(new("dvc", "--sample", answer).exception, Abort), "one that comes with the hub would be lost"
    for name in ("Phản ánh", "../x", "1a", ""):
        assert new(name, "--sample", answer).exit_code == 2
    assert not (folder / "sources").exists()


def test_a_faulty_answer_writes_nothing(folder: Path) -> None:
    (folder / "1.bin").write_bytes(bytes(range(256)))
    assert isinstance(new("phan_anh", "--sample", folder / "1.bin").exception, Abort)
    assert not (folder / "sources").exists()


def test_the_draft_of_a_known_interface_is_its_specification(folder: Path) -> None:
    """What other sources know of the same fields needs no filling in."""
    records = [
        {"ma_khai_bao": f"KB{n}", "seq": n + 1, "cua_khau": "huu_nghi", "chieu": "XUAT", "trang_thai": "HUY"}
        for n in range(9)
    ]
    new("cua_khau", "--sample", write(folder, {"items": records, "next_cursor": "x", "has_more": False}))
    drafted, _ = read_draft(folder / "sources" / "cua_khau.toml")
    hub = load_sources()["gate"].feeds["vehicles"].columns
    feed = drafted.feeds["records"]
    assert feed.fact == "fact_vehicle"
    assert feed.columns == {name: hub[name] for name in feed.columns}


def test_what_may_be_read_in_two_ways_is_marked(folder: Path) -> None:
    records = [{"ma": f"A{n}", "so": f"1.{n}00", "ngay": f"0{n}/0{n}/2023"} for n in range(1, 10)]
    new("bang", "--sample", write(folder, {"ds": records}))
    text = (folder / "sources" / "bang.toml").read_text("utf-8")
    for field in ("so", "ngay"):
        [line] = [line for line in text.splitlines() if line.startswith(f"{field} =")]
        assert f"# {UNFILLED}" in line


def test_a_table_is_drafted_as_one_of_files(folder: Path) -> None:
    table = folder / "1.csv"
    table.write_text("ma;so\n" + "\n".join(f"A{n};{n}" for n in range(9)), "utf-8")
    assert new("bang", "--sample", table).exit_code == 0
    drafted, _ = read_draft(folder / "sources" / "bang.toml")
    assert (drafted.feeds["records"].format, drafted.feeds["records"].paging.style) == ("csv", "files")


def drafted_text(records: list[Any], **stated: Any) -> str:
    content = json.dumps({"ds": records, **stated}, ensure_ascii=False).encode(errors="replace")
    return text_of(draft([read_sample(content, "1.json")], load_sources()), ["1.json"])


def test_hostile_names_and_values_are_inert_in_a_draft() -> None:
    text = drafted_text([{HOSTILE: HOSTILE, "a": n, "b": f"x{n % 2}{HOSTILE}"} for n in range(30)], **{HOSTILE: 99})
    assert not FORBIDDEN.search(text)
    columns = tomllib.loads(text)["feeds"]["records"]["columns"]
    assert HOSTILE in {column["wire"] for column in columns.values()}


SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=30))
RECORD = st.dictionaries(st.text(max_size=30), SCALARS, min_size=1, max_size=6)


@given(st.lists(RECORD, min_size=1, max_size=6), st.dictionaries(st.text(max_size=12), SCALARS, max_size=4))
def test_whatever_came_a_draft_can_be_read(records: list[Any], stated: dict[str, Any]) -> None:
    text = drafted_text(records, **{name: value for name, value in stated.items() if name != "ds"})
    assert not FORBIDDEN.search(text)
    assert "columns" in tomllib.loads(text)["feeds"]["records"]
