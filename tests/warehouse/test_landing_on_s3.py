"""The landing in a bucket of an S3 server, reached over HTTP."""

import hashlib
from collections.abc import Iterator

import fsspec
import pytest

from hub.errors import Abort
from tests.bucket import BUCKET, empty_bucket, forget_clients
from warehouse.landing import Landing

PAGE = b'{"records": [' + b"1, " * 5000 + b"2]}"
ADDRESS = f"s3://{BUCKET}/landing"


@pytest.fixture
def bucket() -> Iterator[fsspec.AbstractFileSystem]:
    with empty_bucket() as store:
        yield store


def test_a_page_in_a_bucket_is_read_as_it_was_written(bucket: fsspec.AbstractFileSystem) -> None:
    landing = Landing(ADDRESS)
    sha256 = landing.write(PAGE)
    assert landing.read(sha256) == PAGE
    assert bucket.find(BUCKET) == [landing.path(sha256)]


def test_a_broken_page_in_a_bucket_is_told_and_written_again(bucket: fsspec.AbstractFileSystem) -> None:
    landing = Landing(ADDRESS)
    sha256 = landing.write(PAGE)
    bucket.pipe_file(landing.path(sha256), b"cut")
    with pytest.raises(Abort):
        landing.read(sha256)
    assert landing.write(PAGE) == sha256
    assert landing.read(sha256) == PAGE


def test_what_another_worker_wrote_into_the_bucket_is_found(bucket: fsspec.AbstractFileSystem) -> None:
    here, other = Landing(ADDRESS), Landing(ADDRESS)
    first = here.write(PAGE)
    assert here.folders() == [first[:2]]
    assert here.files(first[:2]) == {first}
    forget_clients()
    second = Landing(ADDRESS).write(b"[2]")
    assert other.read(second) == b"[2]"
    assert (other.has(second), other.files(second[:2])) == (True, {second})
    assert other.folders() == sorted({first[:2], second[:2]})
    assert other.written_at(second) >= other.written_at(first)


def test_a_page_is_deleted_from_the_bucket(bucket: fsspec.AbstractFileSystem) -> None:
    landing = Landing(ADDRESS)
    sha256 = landing.write(PAGE)
    landing.delete(sha256)
    assert not landing.has(sha256)
    assert bucket.find(BUCKET) == []
    with pytest.raises(Abort, match=f"Landed page {sha256} cannot be read"):
        landing.read(sha256)


def test_a_page_that_another_worker_wrote_after_a_look_is_found_and_deleted(bucket: fsspec.AbstractFileSystem) -> None:
    landing = Landing(ADDRESS)
    sha256 = hashlib.sha256(PAGE).hexdigest()
    folder = landing.path(sha256).rpartition("/")[0]
    bucket.pipe_file(f"{folder}/stray", b"")
    landing._files.ls(folder)
    forget_clients()
    assert Landing(ADDRESS).write(PAGE) == sha256
    landing.delete(sha256)
    assert bucket.find(BUCKET) == [f"{folder}/stray"]
    landing.write(PAGE)
    assert landing.has(sha256)


def test_a_bucket_that_there_is_not_is_told(bucket: fsspec.AbstractFileSystem) -> None:
    with pytest.raises(Abort, match="The landing nowhere/landing cannot be written"):
        Landing("s3://nowhere/landing").write(PAGE)
