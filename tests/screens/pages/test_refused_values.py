"""Beside the rules that refused records stand the values that broke them most often, for whoever sees the evidence."""

from collections.abc import Iterator

import psycopg
import pytest
from fastapi.testclient import TestClient
from psycopg.types.json import Jsonb

from tests.screens.pages.conftest import session_of
from tests.screens.pages.world import AUDITOR, DISTRICT, STRANGE, World
from warehouse.database import connect

PAGE = "/kpis/feedback_resolved_rate/explain?area=180&from=2023-06-01&to=2023-06-30"
VALUES = [*3 * ["31/02/2023"], *2 * [None], *2 * [STRANGE], "n/a"]


@pytest.fixture
def refused(world: World) -> Iterator[psycopg.Connection]:
    """Cases whose day could not be read, or did not come."""
    with connect(world.url, "owner") as owner:
        row = owner.execute(
            "select batch_id, jsonb_build_object('province_id', province_id) from ledger.batch"
            " where source = 'feedback' and feed = 'cases' order by batch_id limit 1"
        ).fetchone()
        assert row is not None
        for number, value in enumerate(VALUES, 1):
            offences = [{"rule": "types", "column": "received_at", "value": value}]
            owner.execute(
                "insert into quality.quarantine (batch_id, page_number, row_number, record_key, rules, record, fact,"
                " fact_row, offences) values (%s, 1, %s, %s, '[\"types\"]', '{}', 'fact_feedback', %s, %s)",
                [row[0], number, f"V-{number}", Jsonb(row[1]), Jsonb(offences)],
            )
        owner.commit()
        yield owner
        owner.execute("delete from quality.quarantine where record_key like 'V-%'")
        owner.commit()


def seen(client: TestClient, world: World, login: str) -> str:
    answer = client.get(PAGE, headers={"cookie": f"__Host-ioc_session={session_of(world, login)}"})
    assert answer.status_code == 200, answer.text
    return str(answer.text)


def test_an_auditor_sees_column_value_and_count(client: TestClient, world: World, refused: psycopg.Connection) -> None:
    page = seen(client, world, AUDITOR)
    assert "Tiếp nhận lúc = 31/02/2023 × 3" in page
    assert "Tiếp nhận lúc = – × 2" in page
    assert "n/a" not in page, "only the three most frequent"
    assert STRANGE not in page
    assert "Giá trị gặp nhiều nhất, toàn tỉnh" in page


def test_an_account_of_a_part_of_the_province_sees_no_value(
    client: TestClient, world: World, refused: psycopg.Connection
) -> None:
    assert "31/02/2023" not in seen(client, world, DISTRICT)
