"""The pages of the data dictionary: complete, whole, inert, and without figures."""

import re
import shutil
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest

from dictionary import descriptions, site
from dictionary.flows import flows
from hub.errors import Abort
from hub.installation import Installation
from hub.settings import Settings
from tests.hostile import COMMANDS, FORBIDDEN
from tests.installation import CATALOGUE, FOLDER, LANG_SON
from warehouse.serving_views import View

ATTACK = f"""</script></title><img src=x onerror=alert(1)><b style="color:red">"];alert(1);//{COMMANDS}"""


class Parsed(HTMLParser):
    """The links, anchors and elements of a page."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.anchors: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        own = dict(attrs)
        self.elements.append((tag, own))
        self.links += [str(own[name]) for name in ("href", "src") if own.get(name)]
        self.anchors += [str(own["id"])] if own.get("id") else []


def pages(built: Path) -> Iterator[tuple[Path, Parsed]]:
    for path in sorted(built.glob("**/*.html")):
        yield path, Parsed(path)


def test_every_link_leads_to_a_page_and_a_place_on_it(built: Path) -> None:
    found = dict(pages(built))
    assert len(found) > 200
    broken = []
    for path, page in found.items():
        for link in page.links:
            assert "://" not in link, f"{path} names an address"
            name, _, anchor = unquote(link).partition("#")
            target = (path.parent / name).resolve() if name else path
            if not target.is_file() or (anchor and anchor not in found[target].anchors):
                broken.append((str(path.relative_to(built)), link))
    assert broken == []


def test_anchors_are_unique_on_their_page(built: Path) -> None:
    doubled = {
        str(path): {one for one in page.anchors if page.anchors.count(one) > 1}
        for path, page in pages(built)
        if len(page.anchors) != len(set(page.anchors))
    }
    assert doubled == {}


def test_both_languages_have_the_same_pages(built: Path) -> None:
    vi, en = ({str(p.relative_to(built / one)) for p in (built / one).glob("**/*.html")} for one in ("vi", "en"))
    assert vi == en


def test_the_search_leads_to_places_that_are_there(built: Path) -> None:
    for language in ("vi", "en"):
        text = (built / "assets" / f"search-{language}.js").read_text("utf-8")
        places = re.findall(r'"((?:sources|tables|views|kpis)/[^"]+)"\]', text)
        assert len(places) > 900
        anchors = {path: set(page.anchors) for path, page in pages(built / language)}
        for place in set(places):
            name, _, anchor = place.partition("#")
            assert not anchor or anchor in anchors[built / language / name], place
            assert (built / language / name).is_file()


def test_nothing_is_undescribed() -> None:
    assert descriptions.undescribed(CATALOGUE.sources) == []


def test_a_vietnamese_page_describes_columns_in_vietnamese(built: Path) -> None:
    page = (built / "vi" / "views" / "dossiers.html").read_text("utf-8")
    assert "Mã hồ sơ của hệ thống một cửa" in page
    assert "Dossier code of the one-stop system" not in page
    assert "Dossier code of the one-stop system" in (built / "en" / "views" / "dossiers.html").read_text("utf-8")


def test_all_that_is_undescribed_is_named_in_one_message_and_nothing_is_written(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    own = descriptions.views()["dossiers"]
    without = {name: text for name, text in own.comments.items() if name not in ("level", "channel")}
    bare = View(own.name, own.select, "", without)
    monkeypatch.setattr(descriptions, "views", lambda: {"dossiers": bare})
    with pytest.raises(Abort) as failed:
        site.build(LANG_SON, tmp_path / "dictionary")
    for missing in ("view serving.dossiers\n", "view serving.dossiers.level", "view serving.dossiers.channel"):
        assert missing in failed.value.text("en")
    assert not (tmp_path / "dictionary").exists()


def test_a_comment_without_a_vietnamese_text_is_undescribed(monkeypatch: pytest.MonkeyPatch) -> None:
    own = descriptions.views()["dossiers"]
    new = View(own.name, own.select, own.comment, own.comments | {"level": "Said in English alone"})
    monkeypatch.setattr(descriptions, "views", lambda: {"dossiers": new})
    assert descriptions.undescribed({}) == ["view serving.dossiers.level"]


def test_a_folder_with_other_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("mine", "utf-8")
    with pytest.raises(Abort, match="holds other files"):
        site.build(LANG_SON, tmp_path)
    assert (tmp_path / "letter.txt").read_text("utf-8") == "mine"


def own_installation(folder: Path) -> Installation:
    """Lạng Sơn with a source and a KPI of its own whose texts attack the reader."""
    shutil.copytree(FOLDER / "reference", folder / "reference")
    (folder / "sources").mkdir()
    (folder / "kpis").mkdir()
    gate = (Path(site.__file__).parents[1] / "connectors" / "sources" / "gate.toml").read_text("utf-8")
    text = ATTACK.encode("unicode_escape").decode().replace("\\x", "\\u00").replace('"', '\\"')
    hostile = re.sub(r'title = "[^"]*"', lambda _: f'title = "{text}"', gate)
    hostile = re.sub(r'label = "[^"]*"', lambda _: f'label = "{text}"', hostile)
    hostile = re.sub(r'owner = "[^"]*"', lambda _: f'owner = "{text}"', hostile)
    (folder / "sources" / "own_gate.toml").write_text(hostile, "utf-8")
    kpis = Path(site.__file__).parents[1] / "kpis" / "definitions"
    kpi = (kpis / "gate_vehicles.toml").read_text("utf-8")
    kpi = re.sub(r'(vi|en|owner) = "[^"]*"', lambda m: f'{m[1]} = "{text}"', kpi)
    (folder / "kpis" / "own_vehicles.toml").write_text(kpi, "utf-8")
    return Installation(Settings(installation=folder, sources=folder / "sources", kpis=folder / "kpis"))


def test_hostile_texts_of_an_own_specification_are_inert(tmp_path: Path, assets: Path) -> None:
    (tmp_path / "own").mkdir()
    folder = tmp_path / "dictionary"
    site.build(own_installation(tmp_path / "own"), folder)
    source = (folder / "vi" / "sources" / "own_gate.html").read_text("utf-8")
    assert "&lt;img src=x" in source
    allowed = {"search-vi.js", "search-en.js", "search.js"}
    for path, page in pages(folder):
        for tag, own in page.elements:
            assert not any(name.startswith("on") or name == "style" for name in own), path
            assert tag not in ("img", "script") or Path(str(own["src"])).name in {*allowed, "mark.svg"}, path
    for path in [*folder.glob("**/*.html"), *folder.glob("assets/search-*.js"), *folder.glob("contracts/*")]:
        assert not FORBIDDEN.search(path.read_text("utf-8")), path


def test_it_holds_no_figure_of_the_installation(built: Path) -> None:
    """Targets, plans and population are the installation's figures; so are those of its published reports."""
    figures = set()
    for file in [*(FOLDER / "reference").glob("*.csv"), *(FOLDER / "published").glob("*.csv")]:
        figures |= set(re.findall(r"(?<![\w.])\d{5,}(?:\.\d+)?(?![\w.])", file.read_text("utf-8")))
    assert len(figures) > 50
    said = set()
    for path in [*built.glob("**/*.html"), *built.glob("contracts/*"), *built.glob("assets/search-*.js")]:
        said |= set(re.findall(r"(?<![\w.])\d{5,}(?:\.\d+)?(?![\w.])", path.read_text("utf-8")))
    assert not said & figures


def test_every_kpi_stands_at_the_end_of_a_way() -> None:
    ends = {way.kpi for way in flows(CATALOGUE.sources, CATALOGUE.definitions)}
    assert set(CATALOGUE.definitions) <= ends
