"""A cached answer is given again to whoever asks the same within the same rights, and to nobody else."""

import gzip
from typing import Any

import pytest

from accounts import directory, keys
from screens.api.answer_cache import AnswerCache
from tests.screens.api.conftest import Get
from tests.screens.api.hub import World
from warehouse.database import connect


@pytest.fixture
def no_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """From here on no figure can be read any more."""

    def refuse(*_: object) -> None:
        raise AssertionError("was read again")

    monkeypatch.setattr("screens.answers.board", refuse)


def test_the_same_question_is_answered_from_memory(get: Get, request: pytest.FixtureRequest) -> None:
    first = get("/board", period="2023-02")
    request.getfixturevalue("no_figures")
    again = get("/board", period="2023-02")
    assert (again.status_code, again.content, again.headers["ETag"]) == (200, first.content, first.headers["ETag"])
    assert again.headers["Cache-Control"] == "private, no-cache"
    plain = get("/board", period="2023-02", headers={"Accept-Encoding": "identity"})
    assert "Content-Encoding" not in plain.headers
    assert plain.content == first.content
    assert plain.headers["Vary"] == again.headers["Vary"]


@pytest.mark.parametrize("other", ["town", "office", "press", "viewer", "wall"])
def test_other_rights_are_another_answer(get: Get, request: pytest.FixtureRequest, other: str) -> None:
    assert get("/board", period="2023-03").status_code == 200
    request.getfixturevalue("no_figures")
    assert get("/board", period="2023-03").status_code == 200
    assert get("/board", other, period="2023-03").status_code == 500, "it has to be read for them"


@pytest.mark.parametrize("caller", ["nobody", "forged", "expired", "revoked", "closed", "ended", "key as wall"])
def test_worthless_credentials_get_nothing_from_memory(get: Get, caller: str) -> None:
    assert get("/board").status_code == 200
    assert get("/board", caller).status_code == 401


def test_a_key_that_is_revoked_is_worthless_at_once(get: Get, world: World) -> None:
    with connect(world.url, "accounts") as keeper:
        key = keys.create(keeper, directory.find(keeper, "whole").account_id, "soon gone", ["read"], 9)
        keeper.commit()
        own = {"Authorization": f"Bearer {key}"}
        answers = [get("/board", "nobody", headers=own) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [200, 200]
        has_it = own | {"If-None-Match": answers[0].headers["ETag"]}
        assert get("/board", "nobody", headers=has_it).status_code == 304
        keys.revoke(keeper, key)
        keeper.commit()
    assert get("/board", "nobody", headers=own).status_code == 401
    assert get("/board", "nobody", headers=has_it).status_code == 401


@pytest.mark.parametrize(
    "wrong", [{"lang": "xx"}, {"area": ""}, {"where": "gate=north"}, {"lang": ["vi", "vi"]}, {"as_of": "2023-02-30"}]
)
def test_a_tag_of_another_question_hides_no_fault(get: Get, wrong: dict[str, Any]) -> None:
    tag = get("/board").headers["ETag"]
    assert get("/board", headers={"If-None-Match": tag}).status_code == 304
    assert get("/board", headers={"If-None-Match": tag}, **wrong).status_code == 422


def test_what_is_published_is_told_at_once(moving: tuple[Get, World], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("screens.database.FRESH", 0.0)  # the number is read anew for every answer
    get, world = moving

    def vehicles() -> int:
        (found,) = [
            f["value"] for f in get("/board", period="2023-01").json()["figures"] if f["kpi"] == "gate_vehicles"
        ]
        return int(found)

    before = vehicles()
    assert vehicles() == before
    world.publish(2)
    assert vehicles() == before + 2


def test_lateness_is_looked_at_again(get: Get, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("screens.api.call.time", lambda: 1_000_000_000.0)
    tags = [get("/board").headers["ETag"]]
    monkeypatch.setattr("screens.api.call.time", lambda: 1_000_000_000.0 + 300)
    tags.append(get("/board").headers["ETag"])
    assert len(set(tags)) == 2


def test_the_memory_has_a_bound() -> None:
    cache = AnswerCache(room=100)
    answer = cache.keep("first", b"1" * 50)
    assert gzip.decompress(answer.zipped) == b"1" * 50
    assert cache.find("first") == answer
    for number in range(10):
        cache.keep(f"later {number}", b"1" * 50)
    assert cache.find("first") is None
    assert cache.find("later 9") is not None
    cache.keep("huge", bytes(range(256)) * 2)
    assert cache.find("huge") is None
