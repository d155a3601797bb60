"""Codes that no list has: a page for whoever mends the reference data, and for nobody else."""

import pytest
from fastapi.testclient import TestClient

from tests.screens.pages.conftest import session_of
from tests.screens.pages.world import AUDITOR, DISTRICT, ENGINEER, LEADER, World


def page(client: TestClient, world: World, login: str) -> tuple[int, str]:
    answer = client.get("/reference", headers={"Cookie": f"__Host-ioc_session={session_of(world, login)}"})
    return answer.status_code, answer.text


def test_an_engineer_sees_each_code_with_its_records_and_its_first_batch(client: TestClient, world: World) -> None:
    status, text = page(client, world, ENGINEER)
    assert status == 200
    assert "&lt;b&gt;kiosk&lt;/b&gt;" in text
    assert "Hồ sơ thủ tục hành chính (Cổng dịch vụ công" in text
    assert "04/01/2021" in text
    assert 'href="/quality/runs/1"' in text


@pytest.mark.parametrize("login", [LEADER, AUDITOR, DISTRICT])
def test_nobody_else_does(client: TestClient, world: World, login: str) -> None:
    status, text = page(client, world, login)
    assert status == 403
    assert "kiosk" not in text
