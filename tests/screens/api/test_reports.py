"""The periodic report from the API: for whoever sees all of a province and may export, entered into the trail."""

import shutil
from collections.abc import Iterator
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import docx
import pytest
from fastapi.testclient import TestClient

from hub.installation import Installation
from hub.province_settings import Agency
from hub.settings import Settings
from screens.app import create_app
from screens.database import ScreenSettings
from tests.installation import CATALOGUE, FOLDER
from tests.screens.api.conftest import Get, asking
from tests.screens.api.hub import World
from warehouse.database import connect

PATH = "/reports/periodic.docx"
QUARTER = {"from": "2023-01-01", "to": "2023-03-31"}


def _asking(world: World, installation: Installation | None) -> Iterator[Get]:
    settings = ScreenSettings(world.url, "H37", CATALOGUE, installation=installation, connections=2)
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:
        yield asking(client, world)


@pytest.fixture(scope="module")
def ask(world: World) -> Iterator[Get]:
    """The API of an installation that says in whose name reports are."""
    yield from _asking(world, Installation(Settings(installation=FOLDER)))


@pytest.fixture(scope="module")
def ask_nameless(world: World) -> Iterator[Get]:
    """That of one that does not."""
    settings = Settings(installation=FOLDER).model_copy(update={"agency": Agency()})
    yield from _asking(world, Installation(settings))


def _entries(world: World) -> list[tuple[str, str, str]]:
    with connect(world.url, "owner") as owner:
        return owner.execute(
            "select actor, subject, body::jsonb -> 'after' ->> 'sha256' from ledger.entry where act = 'report'"
            " order by entry_id"
        ).fetchall()


@pytest.mark.parametrize("caller", ["whole", "browser", "viewer", "hub"])
def test_who_sees_the_whole_province_gets_the_document_and_the_trail_its_hash(
    ask: Get, world: World, caller: str
) -> None:
    before = len(_entries(world))
    answer = ask(PATH, caller, **QUARTER)
    assert answer.status_code == 200, answer.text
    assert "I. KẾT QUẢ THỰC HIỆN" in [p.text for p in docx.Document(BytesIO(answer.content)).paragraphs]
    assert 'filename="periodic-H37-2023-01-01_2023-03-31.docx"' in answer.headers["Content-Disposition"]
    ((actor, subject, hashed),) = _entries(world)[before:]
    assert actor == f"account:{'whole' if caller == 'browser' else caller}"
    assert subject == "report/periodic/periodic-H37-2023-01-01_2023-03-31.docx"
    assert hashed == sha256(answer.content).hexdigest()


@pytest.mark.parametrize("caller", ["town", "far", "office", "press", "reads", "wall"])
def test_nobody_else_gets_it(ask: Get, world: World, caller: str) -> None:
    before = len(_entries(world))
    assert ask(PATH, caller, **QUARTER).status_code == 403
    assert len(_entries(world)) == before


def test_nobody_gets_it_without_signing_in(ask: Get) -> None:
    assert ask(PATH, "nobody", **QUARTER).status_code == 401


@pytest.mark.parametrize(
    "days",
    [
        {},
        {"from": "2023-01-01"},
        {"period": "2023-X"},
        {"period": "2023-Q1", **QUARTER},
        {"from": "2023-02-01", "to": "2023-01-01"},
    ],
)
def test_days_that_cannot_be_are_refused(ask: Get, days: dict[str, str]) -> None:
    assert ask(PATH, "whole", **days).status_code == 422


def test_a_figure_of_few_persons_is_not_in_it(ask: Get) -> None:
    """Seven and five dossiers of the town, three and two of the far commune: no part of the file tells areas."""
    text = "\n".join(p.text for p in docx.Document(BytesIO(ask(PATH, "whole", **QUARTER).content)).paragraphs)
    assert "toàn tỉnh tiếp nhận 17 hồ sơ" in text


def test_an_installation_that_does_not_say_in_whose_name_is_told_to(ask_nameless: Get) -> None:
    answer = ask_nameless(PATH, "whole", lang="en", **QUARTER)
    assert (answer.status_code, answer.json()["type"]) == (503, "urn:ioc:problem:not-configured")
    assert "reports need name, symbol" in answer.json()["detail"]


def test_a_fault_in_the_outline_is_not_told_as_a_missing_agency(world: World, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(FOLDER, tmp_path / "installation"))
    (folder / "reports").mkdir(exist_ok=True)
    (folder / "reports" / "periodic.toml").write_text("[", "utf-8")
    for ask in _asking(world, Installation(Settings(installation=folder))):
        answer = ask(PATH, "whole", lang="en", **QUARTER)
        assert (answer.status_code, answer.json()["type"]) == (500, "urn:ioc:problem:internal")


@pytest.mark.parametrize(("caller", "offered"), [("browser", True), ("town in browser", False)])
def test_the_provinces_page_offers_it_to_who_may_take_it(ask: Get, caller: str, offered: bool) -> None:
    page = ask("/!", caller, headers={"Accept": "text/html"})
    assert page.status_code == 200
    assert ("/api/v1/reports/periodic.docx?from=" in page.text) is offered


def test_a_nameless_installation_offers_none(ask_nameless: Get) -> None:
    assert "periodic.docx" not in ask_nameless("/!", "browser", headers={"Accept": "text/html"}).text
