"""A recorded answer is read without a specification: where its records lie, and what it states beside them."""

import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from connectors.recordings import read_answer
from connectors.samples import MOST_BYTES, read_sample
from hub.errors import Abort, HubError


def sample(value: Any) -> Any:
    return read_sample(json.dumps(value, ensure_ascii=False).encode(), "1.json")


def test_the_records_are_the_longest_list() -> None:
    found = sample({"ma_loi": 0, "du_lieu": {"tong": 7, "ds": [{"a": 1}, {"a": 2}], "loi": [{"b": 1}], "the": ["x"]}})
    assert (found.format, found.place, len(found.records)) == ("json", "du_lieu.ds", 2)
    assert found.stated == {"ma_loi": 0, "du_lieu.tong": 7}


@pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
def test_a_table_has_its_header_where_most_names_are(separator: str) -> None:
    lines = [["BÁO CÁO", "", ""], ["ky", "loai", "so"], ["2023-01", "a", "1"], ["2023-01", "b", "2"]]
    found = read_sample("\r\n".join(separator.join(line) for line in lines).encode("utf-8-sig"), "1.csv")
    assert (found.format, found.place) == ("csv", "")
    assert list(found.records) == [{"ky": "2023-01", "loai": "a", "so": "1"}, {"ky": "2023-01", "loai": "b", "so": "2"}]


HOSTILE: dict[str, bytes] = {
    "binary": bytes(range(256)) * 100,
    "blanks": b" \n",
    "one word": b"xin chao",
    "error page": b"<!DOCTYPE html>\n<html><body>loi; loi, loi</body></html>",
    "cut off": b'{"data": [{"a": 1}, {"a"',
    "deep": b'{"a":' * 100_000,
    "deep list": b"[" * 1_000_000,
    "list without a place": b'[{"a": 1}]',
    "no list": b'{"a": 1}',
    "empty list": b'{"a": []}',
    "list of texts": b'{"a": ["b", "c"]}',
    "many fields": json.dumps({"a": [{str(n): n for n in range(1000)}]}).encode(),
    "many parts": b'{"a": [' + b"{}," * 1_500_000 + b"{}]}",
    "a zip": b"PK\x03\x04" + bytes(1000),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_what_is_no_answer_is_refused_in_one_line(kind: str) -> None:
    with pytest.raises(HubError, match=r"1\.bin") as error:
        read_sample(HOSTILE[kind], "1.bin")
    assert "\n" not in str(error.value)


def test_a_file_is_read_up_to_the_bound(tmp_path: Path) -> None:
    huge = tmp_path / "huge.json"
    with huge.open("wb") as file:
        file.truncate(2**40)  # no byte of it is on the disk
    tracemalloc.start()
    with pytest.raises(Abort, match="larger than 16 MiB"):
        read_answer(huge, MOST_BYTES)
    assert tracemalloc.get_traced_memory()[1] < 2 * MOST_BYTES
    tracemalloc.stop()


def test_files_that_are_none_are_told(tmp_path: Path) -> None:
    with pytest.raises(Abort, match="cannot be read"):
        read_answer(tmp_path / "none.json")
    with pytest.raises(Abort, match="cannot be read"):
        read_answer(tmp_path)
    (tmp_path / "empty").touch()
    with pytest.raises(Abort, match="empty"):
        read_answer(tmp_path / "empty")
