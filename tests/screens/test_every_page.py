"""What holds for every page: whoever looks, in whichever theme, and whatever host is within reach."""

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from hub.translation import Text, texts
from screens.rendering import render
from screens.texts import LANGUAGES, Language
from screens.view_models.page import Page
from tests.browser import AXE
from tests.screens import made_up, made_up_wall
from tests.screens.gallery import PAGES

BUDGET = 150 * 1024
RUN = """rules => axe.run({resultTypes: ['violations'], ...rules})
  .then(r => r.violations.map(v => [v.impact, v.id, v.nodes[0].html]))"""
COLOURS = {"runOnly": ["color-contrast", "link-in-text-block"]}
"""All that a theme can change: what is not about colours is asked once, in the light one."""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_accessible_light_alone_and_silent(visit: Any, path: str, scheme: str) -> None:
    seen = visit(path, scheme=scheme)
    assert seen.strangers == []
    assert seen.complaints == []
    sizes = seen.bytes()
    assert 40 * 1024 < sum(sizes.values()) < BUDGET, sizes
    seen.page.evaluate(AXE.read_text("utf-8") + ";0")
    found = seen.page.evaluate(RUN, COLOURS if scheme == "dark" else {})
    assert [fault for fault in found if fault[0] in ("serious", "critical")] == []


@pytest.mark.parametrize("path", ["/", "/kpi", "/explain", "/freshness"])
def test_a_tablet_never_scrolls_sideways(visit: Any, path: str) -> None:
    page = visit(path, size=(834, 1112)).page
    assert page.evaluate("document.documentElement.scrollWidth") <= 834


def test_the_api_documentation_comes_from_here(visit: Any) -> None:
    seen = visit("/docs")
    seen.page.wait_for_selector("text=/board")
    assert (seen.strangers, seen.complaints) == ([], [])


ADDRESSES = {"href", "src", "action", "data", "srcset", "poster", "hx-get", "hx-sse:connect", "data-script", "data-url"}


class _Inline(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = {name for name, _ in attrs}
        if tag == "style" or (tag == "script" and "src" not in names):
            self.found.append(tag)
        self.found += [f"{tag} {name}" for name in names if name == "style" or name.startswith("on")]
        addresses = [value.strip() for name, value in attrs if value and name in ADDRESSES]
        self.found += [f"{tag} {value}" for value in addresses if re.match(r"\w+:|//", value)]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", PAGES)
def test_a_page_holds_nothing_inline_and_no_outer_address(assets: Path, path: str, language: Language) -> None:
    shown = PAGES[path]
    parser = _Inline()
    parser.feed(render(shown.template, made_up.page(language, path), shown.model(language)))
    assert parser.found == []


def test_an_english_page_has_no_vietnamese_word_of_ours(assets: Path) -> None:
    page = made_up.page("en", "/wall", "Wall")
    text = render("wall.html", page, made_up_wall.wall("en"))
    own = [text for id_, text in texts().items() if text != id_ and len(text) > 9]
    assert [words for words in own if "{" not in words and f">{words}<" in text] == []


def test_names_from_records_stay_text(assets: Path) -> None:
    hostile = "<script>alert(1)</script>\"'&"
    page: Page = made_up.page("vi", "/kpi", hostile, province=hostile, account=hostile)
    for path, shown in PAGES.items():
        model = shown.model("vi")
        for name in ("title", "what", "login"):
            if hasattr(model, name):
                object.__setattr__(model, name, hostile)
        if hasattr(model, "figure"):
            object.__setattr__(
                model, "figure", made_up.figure("x", hostile, hostile, hostile, "1", reason=Text(hostile, hostile))
            )
        assert "<script>alert" not in render(shown.template, page, model), path
