"""Pages for leaders and auditors name things as people do: sources, feeds, fields and columns by their titles."""

import re
from html.parser import HTMLParser

import pytest
from fastapi.testclient import TestClient

from tests.installation import CATALOGUE
from tests.screens.pages.conftest import session_of
from tests.screens.pages.world import AUDITOR, KPIS, World

FEEDS = {f"{name}.{feed}" for name, source in CATALOGUE.sources.items() for feed in source.feeds}
CODE = re.compile(r"\b[A-Z0-9]+_[A-Z0-9_]+\b")
"""As sources write theirs: VIEN_THONG."""


class _Text(HTMLParser):
    """What a page shows, without what is set as code."""

    def __init__(self) -> None:
        super().__init__()
        self.text: list[str] = []
        self._hidden: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        is_code = tag in ("pre", "code", "script", "style") or "code" in (dict(attrs).get("class") or "").split()
        if self._hidden or is_code:
            self._hidden += [] if tag in ("br", "input", "img", "meta", "link") else [tag]

    def handle_endtag(self, tag: str) -> None:
        if self._hidden and self._hidden[-1] == tag:
            self._hidden.pop()

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.text.append(data)


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("path", ["/kpis/{}", "/kpis/{}/explain", "/explore?kpi={}"])
@pytest.mark.parametrize("kpi", KPIS)
def test_nothing_is_named_by_its_code(client: TestClient, world: World, kpi: str, path: str, language: str) -> None:
    cookies = {"__Host-ioc_session": session_of(world, AUDITOR), "lang": language}
    answer = client.get(path.format(kpi), headers={"Cookie": "; ".join(f"{k}={v}" for k, v in cookies.items())})
    assert answer.status_code == 200
    page = _Text()
    page.feed(answer.text)
    said = " ".join(page.text)
    assert [feed for feed in FEEDS if re.search(rf"(?<![\w.]){re.escape(feed)}(?![\w.])", said)] == []
    assert CODE.findall(said) == []


def test_a_request_is_an_address_and_its_parameters(client: TestClient, world: World) -> None:
    cookie = f"__Host-ioc_session={session_of(world, AUDITOR)}"
    page = client.get("/kpis/online_dossier_rate/explain", headers={"Cookie": cookie}).text
    assert "Tham số" in page
    assert "page = 1" in page
