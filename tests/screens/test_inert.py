"""Whatever is in the database or in a request: no page, answer, header or file holds it raw."""

import io
import json
from collections.abc import Iterator
from urllib.parse import quote

import httpx2
import pytest
from fastapi.testclient import TestClient
from openpyxl import load_workbook
from pypdf import PdfReader

from accounts import directory, keys, sessions
from hub.texts import UNREADABLE
from screens.app import create_app
from screens.database import ScreenSettings
from tests import hostile
from tests.hostile import COMMANDS, FORBIDDEN, HOSTILE, every_text
from tests.installation import CATALOGUE
from tests.postgres import Postgres
from tests.screens.api.test_leaks import ROUTES
from tests.screens.pages.test_every_page import PATHS
from tests.screens.pages.world import AUDITOR
from warehouse.database import connect

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DAYS = "from=2023-01-01&to=2023-06-30"
ASKED = [DAYS, f"{DAYS}&by=area", f"{DAYS}&by=organisation", f"{DAYS}&by=field", f"{DAYS}&rows=50"]
KPIS = ("online_dossier_rate", "gate_vehicles", "feedback_resolved_rate")
API = [
    f"{route.replace('{kpi}', kpi).replace('{kind}', kind)}?{asked}"
    for route in ROUTES
    if not route.endswith("/events")
    for kind in (("svg", "png") if "{kind}" in route else ("",))
    for kpi in (KPIS if "{kpi}" in route else ("",))
    for asked in (ASKED if "{kpi}" in route else ("", DAYS))
]
FAULTS = [
    f"{path}{quote(COMMANDS)}{rest}"
    for path, rest in (
        ("/", ""),
        ("/kpis/", ""),
        ("/kpis/", "/map"),
        ("/fields/", ""),
        ("/kpis/gate_vehicles?from=", ""),
        ("/?area=", ""),
        ("/explore?kpi=", ""),
        ("/api/v1/", ""),
        ("/api/v1/kpis/", ""),
        ("/api/v1/kpis/", "/observations.csv"),
        ("/api/v1/kpis/gate_vehicles/observations?where=gate%3D", ""),
        ("/api/v1/kpis/gate_vehicles/observations?", "=1"),
        ("/api/v1/kpis?lang=", ""),
        ("/login?next=", ""),
    )
]


@pytest.fixture(scope="module")
def url(postgres: Postgres) -> str:
    made = postgres.database()
    hostile.fill(made)
    return made


@pytest.fixture(scope="module")
def client(url: str) -> Iterator[TestClient]:
    app = create_app(ScreenSettings(url, "H37", CATALOGUE, connections=4))
    with TestClient(app, raise_server_exceptions=False, follow_redirects=False) as made:
        yield made


@pytest.fixture(scope="module")
def session(url: str) -> dict[str, str]:
    with connect(url, "accounts") as keeper:
        caller = directory.find_caller(keeper, directory.find(keeper, AUDITOR).account_id)
        assert caller is not None
        return {"Cookie": f"ioc_session={sessions.open_for(keeper, caller)}"}


@pytest.fixture(scope="module")
def key(url: str) -> dict[str, str]:
    with connect(url, "accounts") as keeper:
        account = directory.find(keeper, AUDITOR).account_id
        made = keys.create(keeper, account, "test", ["read", "explain", "rows", "export"], 9)
        keeper.commit()
        return {"Authorization": f"Bearer {made}"}


def texts(answer: httpx2.Response) -> str:
    """All that an answer says, without what its format needs."""
    kind = answer.headers.get("content-type", "")
    said = [value for pair in answer.headers.multi_items() for value in pair]
    if kind == XLSX:
        book = load_workbook(io.BytesIO(answer.content))
        said += [sheet.title for sheet in book]
        said += [str(cell.value) for sheet in book for row in sheet for cell in row if cell.value is not None]
    elif kind.startswith("text/csv"):
        said.append(answer.content.decode("utf-8-sig").replace("\r\n", "\n"))
    elif kind == "application/pdf":
        reader = PdfReader(io.BytesIO(answer.content))
        said += [page.extract_text().replace("\u200b", "") for page in reader.pages]  # where a word may be broken
        said += [body.decode("utf-8-sig").replace("\r\n", "\n") for own in reader.attachments.values() for body in own]
    elif kind == "image/png":
        pass  # what its SVG says
    else:
        said.append(answer.content.decode())
    return "\0\n".join(said).replace("\0\n", "\n")


@pytest.mark.parametrize("language", ["vi", "en"])
def test_no_page_holds_them(client: TestClient, session: dict[str, str], language: str) -> None:
    showing = 0
    for path in PATHS:
        answer = client.get(path, headers=session | {"Accept-Language": language, "Accept": "text/html"})
        assert answer.status_code == 200, path
        found = texts(answer)
        assert not FORBIDDEN.search(found), path
        assert "<script>alert" not in found
        showing += f"{UNREADABLE}[31m" in found
    assert showing > 8, "most of them show something hostile"


def test_no_answer_of_the_api_holds_them_and_programs_read_what_was_sent(
    client: TestClient, session: dict[str, str], key: dict[str, str]
) -> None:
    showing, files = set(), set()
    for path in API:
        for headers in (session, key):
            answer = client.get(path, headers=headers)
            assert answer.status_code in (200, 304, 403, 404, 422), (path, answer.text)
            found = texts(answer)
            assert not FORBIDDEN.search(found), path
            kind = answer.headers["content-type"]
            if kind == "application/json" and COMMANDS in every_text(json.loads(answer.text)):
                showing.add(path.split("?")[0])
            if answer.status_code == 200 and kind != "application/json" and f"{UNREADABLE}[31m" in found:
                files.add(kind)
    assert len(showing) > 6, showing
    assert files == {XLSX, "text/csv; charset=utf-8", "application/pdf", "image/svg+xml"}


@pytest.mark.parametrize("path", FAULTS, ids=lambda path: path.replace(quote(COMMANDS), "…"))
def test_what_is_quoted_of_a_request_is_inert(client: TestClient, session: dict[str, str], path: str) -> None:
    for accepted in ("text/html", "application/json"):
        answer = client.get(path, headers=session | {"Accept": accepted, "Accept-Language": "en"})
        assert answer.status_code < 500
        assert not FORBIDDEN.search(texts(answer))


def test_a_picture_holds_none(url: str) -> None:
    from screens.charts.svg import markup, picture

    drawn = str(markup(picture("p", HOSTILE, HOSTILE, 10, 10, "c")))
    assert UNREADABLE in drawn
    assert not FORBIDDEN.search(drawn)
