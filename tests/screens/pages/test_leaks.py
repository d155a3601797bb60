"""No page gives anybody a row, a count or a name beyond its rights, whatever its address asks for.

As tests/screens/api/test_leaks.py for the API, over every other route that the application has. Each page is asked by
each
caller for everything that there is, in both languages, and searched for numbers and names that are only others'.
"""

import html
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlsplit

import httpx2
import pytest
from fastapi.testclient import TestClient

from screens.app import create_app
from screens.database import ScreenSettings
from screens.wall_file import read_boards
from tests.installation import CATALOGUE, LANG_SON
from tests.postgres import Postgres
from tests.screens.api import hub
from tests.screens.api.hub import DISTRICT, FAR, FOREIGN, OTHER, OWN, TOWN, WORTHLESS, World
from tests.screens.api.test_leaks import KPIS, ROUTES
from tests.screens.pages.planted import foreign_numbers, names, plant
from warehouse.database import connect

MARCH: dict[str, Any] = {"from": "2023-03-01", "to": "2023-03-31"}
THEIRS: list[dict[str, Any]] = [{}, *({**MARCH, "area": area} for area in (TOWN, FAR))]
AREAS = [*THEIRS, MARCH, *({**MARCH, "area": area} for area in ("20", DISTRICT, "84"))]
SLICES: list[dict[str, Any]] = [
    *AREAS,
    *({**MARCH, "where": f"organisation={code}"} for code in (OWN, OTHER, f"{OWN}|{OTHER}")),
    {**MARCH, "where": "channel=online"},
    {"from": "2023-03-05", "to": "2023-03-20"},
    {"from": "2023-03-05", "to": "2023-03-20", "area": TOWN},
]
ADDED = [{"series": "day"}, {"series": "week"}, {"measure": "received"}, {"find": "a", "parts": "true"}]
EXPLORED = {"kpi": ["online_dossier_rate", "gate_vehicles"], "freq": "quarter"}
PAGES: dict[str, list[tuple[str, list[dict[str, Any]]]]] = {
    "/": [("/", AREAS)],
    "/wall": [("/wall", [*THEIRS, MARCH, *({"kpi": [kpi], **MARCH} for kpi in KPIS)])],
    "/fields/{field}": [(f"/fields/{field}", THEIRS[:2]) for field in sorted(set(KPIS.values()))],
    "/map": [("/map", [{}, {"kpi": "gate_vehicles"}, {"kpi": "online_dossier_rate", "area": FAR, **MARCH}])],
    "/kpis/{kpi_id}": [
        ("/kpis/online_dossier_rate", [{**query, **parts} for query in SLICES for parts in ({}, {"parts": "true"})]),
        ("/kpis/online_dossier_rate", [{**query, **own} for query in THEIRS for own in ADDED]),
        *((f"/kpis/{kpi}", THEIRS) for kpi in KPIS if kpi != "online_dossier_rate"),
    ],
    "/kpis/{kpi_id}/map": [
        ("/kpis/online_dossier_rate/map", [*THEIRS, MARCH, {**MARCH, "era": "today"}]),
        (
            "/kpis/online_dossier_rate/map",
            [{**MARCH, "level": "commune", "scale": "whole"}, {**MARCH, "area": DISTRICT}],
        ),
    ],
    "/areas/{code}": [(f"/areas/{code}", [{}, MARCH]) for code in ("20", DISTRICT, TOWN, FAR, "84", "06004")],
    "/kpis/{kpi_id}/explain": [
        ("/kpis/online_dossier_rate/explain", [*SLICES, {**MARCH, "rows": 500}]),
        ("/kpis/gate_vehicles/explain", [MARCH]),
    ],
    "/freshness": [("/freshness", [{}])],
    "/freshness/deliverers": [("/freshness/deliverers", [{}])],
    "/audit": [("/audit", [{}, {"act": "figures"}])],
    "/audit/log.{kind}": [("/audit/log.csv", [{}])],
    "/quality": [("/quality", [{}, {"source": "dvc"}])],
    "/quality/runs": [("/quality/runs", [{}, {"source": "dvc"}])],
    "/quality/rules": [("/quality/rules", [{}])],
    "/quality/quarantine": [("/quality/quarantine", [{}])],
    "/quality/{name}.{kind}": [(f"/quality/{name}.csv", [{}]) for name in ("runs", "rules", "quarantine")],
    "/quality/runs/{batch}": [("/quality/runs/1", [{}])],
    "/quality/runs/{batch}/pages/{number}": [("/quality/runs/1/pages/1", [{}])],
    "/quality/runs/{batch}/pages/{number}/content": [("/quality/runs/1/pages/1/content", [{}])],
    "/reference": [("/reference", [{}])],
    "/incidents": [("/incidents", [{}, {"state": "resolved"}])],
    "/incidents/{number}": [("/incidents/1", [{}])],
    "/guide": [("/guide", [{}])],
    "/explore": [
        ("/explore", [{**EXPLORED, "area": area} for area in ("20", DISTRICT, TOWN, FAR)]),
        ("/explore", [{"kpi": [kpi], "area": [TOWN, FAR]} for kpi in KPIS]),
        ("/explore", [{"from": "2023-01-01", "to": "2025-12-31"}, {"find_area": "a", "find_kpi": "a"}]),
    ],
    "/explore/{name}.{kind}": [
        (f"/explore/{file}", [{**EXPLORED, "area": area} for area in ("20", DISTRICT, TOWN, FAR)])
        for file in ("chart.svg", "table.csv", "table.xlsx")
    ],
    "/{path:path}": [("/nowhere", [{}]), ("/admin", [{}])],
}
"""Page → the addresses that are asked."""
OPEN = {"/login", "/logout", "/login/oidc", "/login/oidc/back", "/wall/open"}
"""The way in and out: the same for everybody."""
FORMS = {"/quality/runs/{batch}/decisions", "/kpis/{kpi_id}/notes", "/kpis/{kpi_id}/notes/{number}/withdraw"}
"""Forms only: who may send them is in test_quality and test_notes."""
MACHINES = {"/healthz", "/readyz", "/metrics"}
DESCRIBED = {"/api/v1/openapi.json", "/api/docs", "/api/{path:path}", "/static"}
"""What the hub is, and nothing of what it knows."""


class Ask(Protocol):
    def __call__(
        self, path: str, caller: str, headers: dict[str, str] | None = None, **query: Any
    ) -> httpx2.Response: ...


@pytest.fixture(scope="module")
def world(postgres: Postgres) -> World:
    made = hub.fill(postgres.database())
    plant(made)
    return made


@pytest.fixture(scope="module")
def client(world: World) -> Iterator[TestClient]:
    boards = read_boards(LANG_SON, CATALOGUE.definitions)
    app = create_app(ScreenSettings(world.url, "H37", CATALOGUE, boards=boards, connections=4))
    with TestClient(app, raise_server_exceptions=False, follow_redirects=False, client=("10.1.2.3", 5000)) as made:
        yield made


@pytest.fixture(scope="module")
def ask(client: TestClient, world: World) -> Ask:
    def get(path: str, caller: str, headers: dict[str, str] | None = None, **query: Any) -> httpx2.Response:
        client.cookies.clear()
        found: httpx2.Response = client.get(
            path, params=query, headers={"Accept": "text/html"} | world.headers[caller] | (headers or {})
        )
        return found

    return get


def addresses() -> list[tuple[str, dict[str, Any]]]:
    return [(path, query) for asked in PAGES.values() for path, queries in asked for query in queries]


def said(answer: httpx2.Response, path: str, query: dict[str, Any]) -> str:
    """The page without what the caller itself said: that comes back in links, faults and the form of the choice."""
    text, own = answer.text, path.split("/")
    for value in query.values():
        for one in value if isinstance(value, list) else [value]:
            own += [str(one), *str(one).partition("=")[2].split("|")]
    for word in filter(None, own):
        text = text.replace(word, "…")
    return text


def test_the_matrix_leaves_no_route_out() -> None:
    app = create_app(ScreenSettings("postgresql+psycopg://localhost/none"))
    assert {getattr(route, "path", "") for route in app.routes} == {
        *ROUTES,
        *PAGES,
        *OPEN,
        *FORMS,
        *MACHINES,
        *DESCRIBED,
    }


NAMES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "south": ((TOWN, FAR, DISTRICT), (OTHER,)),
    "town": ((FAR,), ()),
    "far": ((TOWN, DISTRICT), ()),
}
"""Caller → areas and organisations that it knows nothing of. OWN's name stands on every page as a KPI's owner."""


LINK = re.compile(r'<a\b[^>]*?href="(/[^"#]*)"')
SLOW = re.compile(r"\.(png|pdf|xlsx|svg)\b")
"""Files whose rights are those of the page that links to them, and that take long to be made."""


def one_of_a_kind(links: Iterable[str]) -> dict[tuple[str, ...], str]:
    """Of links that differ in numbers and values only, one."""
    parts = [(link, urlsplit(link)) for link in sorted(links)]
    return {(re.sub(r"\d+", "0", to.path), *sorted(dict(parse_qsl(to.query)))): link for link, to in parts}


@pytest.mark.parametrize("caller", FOREIGN)
def test_no_page_holds_a_number_or_a_name_of_others_or_a_link_that_is_closed(
    ask: Ask, world: World, caller: str
) -> None:
    foreign = foreign_numbers(world, caller)
    assert foreign, "each of them has something that it may not see"
    numbers = re.compile(rf"(?<![\w.,-])({'|'.join(map(re.escape, sorted(foreign)))})(?![\d]|[.,]\d)")
    words = {word for word in FOREIGN[caller] if not word.isdigit()} | names(world, *NAMES.get(caller, ((), ())))
    codes = {f"{a}{word}{z}" for word in FOREIGN[caller] for a, z in (("=", "&"), ("=", '"'), (">", "<"))}
    seen, links = 0, dict[tuple[str, ...], str]()
    for place, (path, query) in enumerate(addresses()):
        answer = ask(path, f"{caller} in browser", **query, lang=("vi", "en")[place % 2])
        assert answer.status_code in (200, 303, 403, 404, 422), (path, query, answer.status_code)
        seen += answer.status_code == 200
        found = numbers.search(answer.text)
        assert not found, (path, query, answer.text[found.start() - 300 : found.end() + 50])
        text = said(answer, path, query)
        told = [word for word in words | codes if word in text]
        assert not told, (path, query, told, text[max(0, text.index(told[0]) - 200) :][:500])
        found_links = LINK.findall(answer.text) if answer.status_code == 200 else []
        links |= one_of_a_kind(html.unescape(link) for link in found_links if not SLOW.search(link))
    assert seen > 12
    closed = {link: ask(link, f"{caller} in browser").status_code for link in links.values()}
    assert {link: status for link, status in closed.items() if status not in (200, 303)} == {}


def test_who_delivered_how_much_is_for_those_who_see_a_whole_province(ask: Ask) -> None:
    for caller in ("whole", *FOREIGN):
        page = ask("/freshness/deliverers", f"{caller} in browser", lang="en").text
        assert ("VNPT" in page, "60,077" in page) == (caller in ("whole", "viewer"),) * 2, caller


def test_the_numbers_that_are_looked_for_do_stand_on_the_pages_of_those_who_may_see_them(
    ask: Ask, world: World
) -> None:
    page = ask("/kpis/online_dossier_rate", "whole in browser", **MARCH, lang="en").text
    shown = {number for number in foreign_numbers(world, "far") if number in page}
    assert any("," in number for number in shown), shown


@pytest.mark.parametrize("caller", [*WORTHLESS, "whole"])
def test_without_a_session_every_page_leads_to_the_way_in(ask: Ask, caller: str) -> None:
    for path, query in addresses():
        answer = ask(path, caller, **query)
        if path in ("/nowhere", "/admin"):
            assert answer.status_code == 404
            continue
        assert (answer.status_code, answer.content) == (303, b""), (path, query)
        assert answer.headers["Location"].startswith("/login")
        again = ask(path, caller, {"HX-Request": "true"}, **query)
        assert (again.status_code, again.content) == (401, b""), (path, query)


def test_a_walls_token_opens_the_wall_and_nothing_else(ask: Ask) -> None:
    for path, query in addresses():
        answer = ask(path, "wall in browser", **query)
        if path in ("/wall", "/nowhere", "/admin"):
            assert answer.status_code in (200, 404), (path, query)
            assert not re.search(r'href="/(kpis|fields/.|map)', answer.text.split("<main")[1]), (path, query)
        else:
            assert answer.status_code == 403, (path, query)
    assert ask("/wall", "wall in browser", area="20", **MARCH).status_code == 200


ALIKE = [
    ("press", "/kpis/gate_vehicles", "gate_vehicles", "gate_nothing", {}),
    ("press", "/kpis/gate_vehicles/explain", "gate_vehicles", "gate_nothing", MARCH),
    ("press", "/kpis/online_dossier_rate/map", "online_dossier_rate", "online_nothing", {}),
    ("press", "/fields/border_gate", "border_gate", "border_nothing", {}),
    ("press", "/wall", "gate_vehicles", "gate_nothing", {"kpi": "gate_vehicles"}),
    ("press", "/explore", "gate_vehicles", "gate_nothing", {"kpi": "gate_vehicles"}),
    ("press", "/map", "online_dossier_rate", "online_nothing", {"kpi": "online_dossier_rate"}),
    *(
        ("far", path, TOWN, "05970", {**MARCH, "area": TOWN, **({"kpi": "online_dossier_rate"} if kpi else {})})
        for path, kpi in (
            ("/", False),
            ("/wall", False),
            ("/fields/public_services", False),
            ("/kpis/online_dossier_rate", False),
            ("/kpis/online_dossier_rate/explain", False),
            ("/kpis/online_dossier_rate/map", False),
            ("/explore", True),
        )
    ),
    *(
        ("office", f"/kpis/online_dossier_rate{page}", OWN, "000.00.99.H37", {**MARCH, "where": f"organisation={OWN}"})
        for page in ("", "/explain")
    ),
    ("far", f"/areas/{TOWN}", TOWN, "05970", MARCH),
    ("south", f"/areas/{TOWN}", TOWN, "05970", MARCH),
    ("south", "/kpis/gate_vehicles", TOWN, "05970", {**MARCH, "area": TOWN}),
]
"""Caller, page, what is another's, the like of which there is not, and the address."""


def timeless(answer: httpx2.Response) -> str:
    """The page without the moment at which it was drawn, and the names of one's own that are near to what was asked."""
    return re.sub(r'datetime="[^"]*"|\b\d\d:\d\d\b|; gần giống: [^<]*', "", answer.text)


@pytest.mark.parametrize(("caller", "path", "hidden", "absent", "query"), ALIKE)
def test_what_one_may_not_see_is_answered_like_what_there_is_not(
    ask: Ask, caller: str, path: str, hidden: str, absent: str, query: dict[str, Any]
) -> None:
    other: dict[str, Any] = {name: str(value).replace(hidden, absent) for name, value in query.items()}
    theirs = ask(path, f"{caller} in browser", **query)
    nothing = ask(path.replace(hidden, absent), f"{caller} in browser", **other)
    assert theirs.status_code == nothing.status_code
    assert theirs.headers.get("Location") == nothing.headers.get("Location")
    assert timeless(theirs).replace(hidden, "x") == timeless(nothing).replace(absent, "x")
    assert theirs.status_code in (303, 404, 422)


@pytest.mark.parametrize("path", ["//evil.example/", "//evil.example/kpis/x", "/%2f%2fevil.example", "/\\evil.example"])
@pytest.mark.parametrize("caller", ["nobody", "whole in browser"])
def test_no_page_leads_to_another_host(client: TestClient, world: World, path: str, caller: str) -> None:
    client.cookies.clear()
    answer = client.request("GET", f"http://testserver{path}", headers={"Accept": "text/html"} | world.headers[caller])
    assert not re.search(r'(href|src|action|hx-get)="([a-z]+:|//|/\\)', answer.text)
    assert not re.match(r"([a-z]+:|//|/\\)", answer.headers.get("Location", "/"))


@pytest.mark.parametrize("onward", ["//evil.example", "https://evil.example/", "/\\evil.example", "/\t/evil.example"])
@pytest.mark.parametrize("path", ["/login", "/login/oidc", "/wall"])
def test_no_parameter_leads_to_another_host(ask: Ask, path: str, onward: str) -> None:
    for name in ("next", "to", "url", "lang", "theme", "redirect"):
        for caller in ("nobody", "whole in browser"):
            answer = ask(path, caller, {"Referer": f"https://evil.example{onward}"}, **{name: onward})
            location = answer.headers.get("Location", "/")
            assert location.startswith("/") and not re.match(r"/[/\\\s]", location), (name, location)
            assert not re.search(r'(href|action|hx-get)="([a-z]+:|//|/\\)', answer.text)
            assert "Set-Cookie" not in answer.headers or onward not in answer.headers["Set-Cookie"]


def test_the_way_in_says_the_same_to_everybody_and_nothing_of_the_hub(ask: Ask, world: World) -> None:
    words = {"gate_vehicles", "Lạng Sơn", "H37", "H59", *names(world, (TOWN, FAR, DISTRICT), (OWN, OTHER)), "whole"}
    for path in ("/login", "/wall/open", "/login/oidc", "/login/oidc/back"):
        for caller in [*WORTHLESS, "wall in browser"]:
            answer = ask(path, caller)
            assert answer.status_code == (404 if "oidc" in path else 200)
            assert [word for word in words if word in answer.text] == [], (path, caller)


def test_what_describes_the_hub_is_the_same_for_everybody(ask: Ask) -> None:
    for path in ("/api/v1/openapi.json", "/api/docs", "/static/nothing.css", "/healthz", "/api/nothing"):
        answers = {
            timeless(ask(path, caller))
            for caller in (
                "nobody",
                "whole",
                "south",
                "whole in browser",
                "press in browser",
                "wall",
                "expired session",
            )
        }
        assert len(answers) == 1, path


@contextmanager
def limited(world: World, login: str, limit: str) -> Iterator[None]:
    """An account with a limit, for a while."""
    name = limit.partition(" =")[0]
    with connect(world.url, "owner") as owner:
        change = f"update access.account set province_id = coalesce(province_id, {PROVINCE}), {limit} where login = %s"
        change = f"update access.account set {limit} where login = %s" if name == "province_id" else change
        owner.execute(change.encode(), [login])
        owner.commit()
        yield
        columns = "(province_id, area_id, organisations, fields) = (null, null, null, null)"
        owner.execute(f"update access.account set {columns} where login = %s".encode(), [login])


PROVINCE = "(select province_id from warehouse.dim_province where code = 'H37')"


def test_counters_name_no_figure_and_no_person_and_are_for_who_runs_the_hub(ask: Ask, world: World) -> None:
    for caller in [*WORTHLESS, *world.headers]:
        allowed = caller in ("prometheus", "hub in browser")
        answer = ask("/metrics", caller)
        assert answer.status_code == (200 if allowed else 401 if caller in WORTHLESS else 403), caller
    for limit in (
        "area_id = (select max(area_id) from warehouse.dim_area)",
        "organisations = '{x}'",
        "fields = '{press}'",
    ):
        with limited(world, "hub", limit):
            for caller in ("prometheus", "hub in browser"):
                assert ask("/metrics", caller).status_code == 403, (limit, caller)
    with limited(world, "hub", "province_id = (select province_id from warehouse.dim_province where code = 'H37')"):
        own = ask("/metrics", "prometheus").text
    assert 'province="H37"' in own
    assert 'province="H59"' not in own
    text = ask("/metrics", "prometheus").text
    assert 'province="H59"' in text
    words = [*KPIS, "Lạng Sơn", "whole", *names(world, (TOWN, FAR), (OWN, OTHER))]
    assert [word for word in words if re.search(rf"\b{re.escape(word)}\b", text)] == []
