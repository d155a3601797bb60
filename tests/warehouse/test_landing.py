"""A landed page is whole whenever it has its name, and a broken one does not stay."""

import errno
import hashlib
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import zstandard
from botocore.exceptions import EndpointConnectionError

from hub.errors import Abort
from warehouse.landing import Landing

PAGE = b'{"records": [' + b"1, " * 5000 + b"2]}"


def stored(folder: Path) -> Path:
    [file] = folder.glob("??/*.zst")
    return file


def test_a_page_is_read_as_it_was_written(tmp_path: Path) -> None:
    where = Landing(str(tmp_path / "a" / "landing"))
    assert where.read(where.write(PAGE)) == PAGE


@pytest.mark.parametrize(
    "broken",
    [
        lambda packed: packed[: len(packed) // 2],
        lambda packed: packed[:-1],
        lambda packed: packed[:3],
        lambda _: b"",
        lambda packed: b"\0" * len(packed),
        lambda packed: packed[:10] + b"\xff\xff" + packed[12:],
        lambda _: zstandard.ZstdCompressor().compress(b"another page"),
        lambda _: PAGE,
        lambda packed: packed[:-4] + b"\0\0\0\0",
    ],
)
def test_a_broken_page_is_written_again(broken: Any, tmp_path: Path) -> None:
    where = Landing(str(tmp_path))
    sha256 = where.write(PAGE)
    stored(tmp_path).write_bytes(broken(stored(tmp_path).read_bytes()))
    with pytest.raises(Abort):
        where.read(sha256)
    assert where.write(PAGE) == sha256
    assert where.read(sha256) == PAGE


def test_a_broken_page_elsewhere_than_on_a_disk_is_written_again() -> None:
    where = Landing("memory://broken")
    sha256 = where.write(PAGE)
    where._files.pipe_file(where.path(sha256), b"cut")
    assert where.read(where.write(PAGE)) == PAGE


def test_a_whole_page_is_not_written_twice(tmp_path: Path) -> None:
    where = Landing(str(tmp_path))
    where.write(PAGE)
    before = stored(tmp_path).stat()
    where.write(PAGE)
    assert (stored(tmp_path).stat().st_ino, stored(tmp_path).stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS])
def test_a_disk_that_takes_no_more_is_told_and_leaves_nothing(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = Landing(str(tmp_path))

    def full(_: int) -> None:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patched:
        patched.setattr("hub.files.os.fsync", full)
        with pytest.raises(Abort, match=f"The landing .* cannot be written: {os.strerror(number)}"):
            where.write(PAGE)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    assert where.read(where.write(PAGE)) == PAGE


def test_file_and_folders_are_on_the_disk_before_the_page_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[str] = []

    def sync(handle: int) -> None:
        synced.append(str(Path(f"/proc/self/fd/{handle}").readlink()))

    monkeypatch.setattr("hub.files.os.fsync", sync)
    sha256 = Landing(str(tmp_path)).write(PAGE)
    assert [Path(name).suffix or name for name in synced] == [".part", str(tmp_path / sha256[:2]), str(tmp_path)]


def test_parts_of_killed_writers_are_removed_and_those_in_work_stay(tmp_path: Path) -> None:
    where = Landing(str(tmp_path))
    sha256 = where.write(PAGE)
    old, young = (Path(f"{where.path(sha256)}.{name}.part") for name in ("old", "young"))
    for part in (old, young):
        part.write_bytes(b"half")
    os.utime(old, (time.time() - 2 * 24 * 3600,) * 2)
    where.remove_parts()
    assert (old.exists(), young.exists(), where.read(sha256)) == (False, True, PAGE)


def test_parts_that_another_run_removes_do_not_matter(tmp_path: Path) -> None:
    where = Landing(str(tmp_path))
    folder = Path(where.path(hashlib.sha256(PAGE).hexdigest())).parent
    folder.mkdir()
    for number in range(200):
        part = folder / f"{number}.part"
        part.touch()
        os.utime(part, (0, 0))
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: where.remove_parts(), range(8)))
    assert list(folder.iterdir()) == []


def test_many_writers_of_one_broken_page_end_with_a_whole_one(tmp_path: Path) -> None:
    where = Landing(str(tmp_path))
    sha256 = where.write(PAGE)
    stored(tmp_path).write_bytes(b"")
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(where.write, [PAGE] * 32)) == {sha256}
    assert where.read(sha256) == PAGE
    assert [file.name for file in stored(tmp_path).parent.iterdir()] == [stored(tmp_path).name]


def test_a_landing_that_does_not_exist_yet_has_no_parts(tmp_path: Path) -> None:
    Landing(str(tmp_path / "none")).remove_parts()
    Landing("memory://none").remove_parts()


@pytest.mark.parametrize("after", [b"x", zstandard.compress(b"[]")])
def test_nothing_may_follow_a_page_in_its_file(tmp_path: Path, after: bytes) -> None:
    landing = Landing(str(tmp_path))
    sha256 = landing.write(b"[1]")
    path = Path(landing.path(sha256))
    path.write_bytes(path.read_bytes() + after)
    with pytest.raises(Abort, match=f"Landed page {sha256} cannot be read"):
        landing.read(sha256)
    landing.write(b"[1]")
    assert landing.read(sha256) == b"[1]"


def test_files_are_named_by_the_page_or_by_their_place(tmp_path: Path) -> None:
    landing = Landing(str(tmp_path))
    sha256 = landing.write(b"[1]")
    folder = Path(landing.path(sha256)).parent
    part = f"{sha256}.json.zst.{'0' * 32}.part"
    (folder / part).write_bytes(b"")
    (tmp_path / "stray").write_bytes(b"")
    assert landing.folders() == sorted([folder.name, "stray"])
    assert landing.files(folder.name) == {sha256, f"{folder.name}/{part}"}
    assert landing.files("stray") == {"stray"}
    assert landing.is_part(f"{folder.name}/{part}")
    assert not landing.is_part("stray")
    assert landing.written_at(sha256) <= landing.written_at("stray")


@pytest.mark.parametrize("act", ["cat_file", "pipe_file", "exists", "rm_file", "find", "ls", "modified"])
def test_a_store_that_cannot_be_reached_is_told_in_one_message(act: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def lost(*_: object, **__: object) -> None:
        raise EndpointConnectionError(endpoint_url="http://bucket")

    where = Landing("memory://lost")
    sha256 = where.write(PAGE)
    monkeypatch.setattr(f"fsspec.implementations.memory.MemoryFileSystem.{act}", lost)
    asked: dict[str, Callable[[], object]] = {
        "cat_file": lambda: where.read(sha256),
        "pipe_file": lambda: where.write(b"another page"),
        "exists": lambda: where.has(sha256),
        "rm_file": lambda: where.delete(sha256),
        "find": lambda: where.files(sha256[:2]),
        "ls": where.folders,
        "modified": lambda: where.written_at(sha256),
    }
    with pytest.raises(Abort, match="Could not connect to the endpoint"):
        asked[act]()
