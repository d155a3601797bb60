"""Long lists come in pages that together are the whole, each entry once."""

import pytest

from tests.screens.api.conftest import Get

LONG = ["/organisations", "/areas", "/quality/runs", "/quality/results", "/kpis/gate_vehicles/observations"]


@pytest.mark.parametrize("path", LONG)
def test_pages_together_are_the_whole(get: Get, path: str) -> None:
    size = 40 if path == "/areas" else 2
    query = {"as_of": "2023-06-30"} if path == "/areas" else {}
    whole = get(path, limit=1000, **query).json()
    assert whole["next"] is None
    assert len(whole["data"]) > 1
    found: list[object] = []
    cursor = None
    while cursor is not None or not found:
        page = get(path, limit=size, **query, **({"cursor": cursor} if cursor else {})).json()
        assert 0 < len(page["data"]) <= size
        found += page["data"]
        cursor = page["next"]
        if cursor is None:
            break
    assert found == whole["data"]


def test_a_cursor_of_another_question_is_refused(get: Get) -> None:
    cursor = get("/quality/runs", limit=1).json()["next"]
    for path, query in (
        ("/quality/runs", {"cursor": "nonsense"}),
        ("/quality/runs", {"cursor": cursor, "status": "published"}),
        ("/organisations", {"cursor": cursor}),
    ):
        answer = get(path, lang="en", **query)
        assert answer.status_code == 422, path
        assert answer.json()["errors"][0]["parameter"] == "cursor"
