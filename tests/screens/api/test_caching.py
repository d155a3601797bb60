"""An answer is sent again only when it changed: for this data version, these rights, this question, this language."""

import pytest

from tests.installation import CATALOGUE
from tests.screens.api.conftest import Get
from tests.screens.api.hub import World

ROUTES = ["/domains", "/areas", "/organisations", "/periods", "/kpis", "/kpis/gate_vehicles", "/board", "/sources"]
ROUTES += ["/kpis/gate_vehicles/observations", "/kpis/gate_vehicles/observations.csv", "/quality/runs"]
ROUTES += ["/quality/results", "/kpis/gate_vehicles/explain"]


@pytest.mark.parametrize("path", ROUTES)
def test_what_one_has_is_not_sent_again(get: Get, path: str) -> None:
    first = get(path)
    tag = first.headers["ETag"]
    again = get(path, headers={"If-None-Match": f'"other", {tag}'})
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", tag)
    assert again.headers["Cache-Control"] == first.headers["Cache-Control"] == "private, no-cache"
    assert "Authorization" in again.headers["Vary"]
    assert get(path, headers={"If-None-Match": '"other"'}).status_code == 200


def test_a_tag_is_of_rights_question_and_language(get: Get) -> None:
    asked = [
        get("/board"),
        get("/board", lang="en"),
        get("/board", period="2023-01"),
        get("/board", "town"),
        get("/board", "hub"),
        get("/kpis"),
    ]
    tags = [answer.headers["ETag"] for answer in asked]
    assert len(set(tags)) == len(tags)
    one, other = ({"area": "20", "period": "2023-01"}, {"period": "2023-01", "area": "20"})
    assert get("/board", **one).headers["ETag"] == get("/board", **other).headers["ETag"]


def test_what_was_published_since_is_sent(moving: tuple[Get, World], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("screens.database.FRESH", 0.0)  # the number is read anew for every answer
    get, world = moving
    before = get("/kpis/gate_vehicles/observations", period="2023-01")
    world.publish()
    after = get("/kpis/gate_vehicles/observations", period="2023-01", headers={"If-None-Match": before.headers["ETag"]})
    assert after.status_code == 200
    assert after.json()["version"] > before.json()["version"]
    assert after.json()["data"][0]["revision"] == before.json()["data"][0]["revision"] + 1
    assert after.json()["data"][0]["cause"] == "data"


def test_long_answers_are_compressed(get: Get) -> None:
    answer = get("/board", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert len(answer.json()["figures"]) == len(CATALOGUE.definitions)
