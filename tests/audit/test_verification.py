"""What is verified of the evidence: pages that are what their hash says, accounts that balance."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import psycopg
import pytest

from audit.verification import Verification, verify
from tests.kpis.facts import Facts
from warehouse.database import connect
from warehouse.landing import Landing

JUNE = (date(2023, 6, 1), date(2023, 6, 30))


@pytest.fixture
def landing(tmp_path: Path) -> Landing:
    return Landing(str(tmp_path))


@pytest.fixture
def pages(owner: psycopg.Connection, landing: Landing) -> list[str]:
    """Hashes of two landed pages of a published batch."""
    batch = Facts(owner).publish("feedback.cases", JUNE)
    hashes = [landing.write(b"[1]"), landing.write(b"[2]")]
    for number, sha256 in enumerate(hashes, 1):
        owner.execute(
            "insert into landing.page (batch_id, page_number, wire_sha256, landed_sha256, correlation_id, request,"
            " records, wire_bytes, unknown_fields, fetched_at)"
            " values (%s, %s, 'a', %s, 'b', 'GET /', 1, 3, '[]', now())",
            [batch, number + 100, sha256],
        )
    owner.commit()
    return hashes


@pytest.fixture
def reader(warehouse_url: str) -> Iterator[psycopg.Connection]:
    with connect(warehouse_url, "reader") as connection:
        yield connection


def test_what_is_as_it_was_is_sound(reader: psycopg.Connection, landing: Landing, pages: list[str]) -> None:
    found = verify(reader, landing, "H37")
    assert found == Verification(len(pages), found.accounts, [], [])
    assert found.accounts > 0
    assert found.sound


def test_a_changed_and_a_missing_page_are_told(reader: psycopg.Connection, landing: Landing, pages: list[str]) -> None:
    changed, missing = pages
    Path(landing.path(changed)).write_bytes(Path(landing.path(missing)).read_bytes())
    Path(landing.path(missing)).unlink()
    found = verify(reader, landing)
    assert not found.sound
    told = " ".join(page.en for page in found.broken_pages)
    assert f"Landed page {changed} has been changed" in told
    assert f"Landed page {missing} cannot be read" in told


def test_pages_of_another_province_are_not_looked_at(
    reader: psycopg.Connection, landing: Landing, pages: list[str]
) -> None:
    assert pages
    assert verify(reader, landing, "H59").pages == 0
