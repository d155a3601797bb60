"""The outline of a periodic report: whose it is, and what is told of a wrong one."""

from pathlib import Path

import pytest

from hub.errors import Abort
from hub.installation import Installation
from hub.settings import Settings
from kpis.definition import load_definitions
from reports.outline import FILE, load_outline, read_outline

GOOD = """
title = "Báo cáo"
subject = "Kết quả {period}"
[[sections]]
title = "Kết quả"
paragraphs = ["Tiếp nhận {received}{received.change}{received.target} đến {last}."]
[figures]
received = { kpi = "online_dossier_rate", measure = "received", where = "channel=online" }
"""
FAULTS = {
    ("online_dossier_rate", "online_dossier_rat"): "figures.received.kpi: there is no KPI 'online_dossier_rat'",
    ('"received", where', '"recieved", where'): "figures.received.measure: KPI online_dossier_rate has no measure",
    ("channel=online", "chanel=online"): "figures.received.where: there is no breakdown 'chanel'",
    ("channel=online", "online"): "figures.received.where: ",
    ("channel=online", "area=180"): "figures.received.where: there is no breakdown 'area'",
    ("{received.change}", "{received.move}"): "sections.0.paragraphs.0: 'received' has no 'move'",
    ("{received}", "{recieved}"): "sections.0.paragraphs.0: there is no figure 'recieved'; did you mean received",
    ("đến {last}", "đến {last"): "sections.0.paragraphs.0: braces do not match",
    ("đến {last}", "đến {last:%d}"): "sections.0.paragraphs.0: braces do not match, or hold more than a name",
    ("{period}", "{received}"): "subject: names a figure; headings may name period, first, last, year",
    ('title = "Báo cáo"', 'title = "Báo cáo {received}"'): "title: names a figure",
    ('title = "Kết quả"', 'title = "Kết quả {received}"'): "sections.0.title: names a figure",
    ('title = "Báo cáo"', 'title = "Báo cáo {last"'): "title: braces do not match",
    ("Kết quả {period}", r"Kết\u0007quả {period}"): "subject: holds U+0007, which nobody sees",
    ("Tiếp nhận", r"Tiếp\u202enhận"): "sections.0.paragraphs.0: holds U+202E",
    ("title = ", "titel = "): "titel: unknown key; did you mean title?",
    ("measure = ", "mesure = "): "figures.received.mesure: unknown key; did you mean measure?",
    ("[figures]", '[figures]\nperiod = { kpi = "gate_vehicles" }'): "figures.period: is the name of the report's own",
    ("[figures]", '[figures]\nspare = { kpi = "gate_vehicles" }'): "figures.spare: stands in no text",
    ("where =", 'days = "end", where ='): "figures.received.days: end is for running totals",
    ("[figures]", "[figures"): "is no valid TOML",
    ('paragraphs = ["', 'paragraphs = "'): "is no valid TOML",
}


def _installation(folder: Path, text: str | None) -> Installation:
    if text is not None:
        (folder / "reports").mkdir()
        (folder / "reports" / FILE).write_text(text, "utf-8")
    return Installation(Settings(installation=folder, province="H05", area="27"))


def test_the_hubs_own_outline_is_good() -> None:
    outline = read_outline(_installation(Path("/nowhere"), None), load_definitions())
    assert len(outline.figures) > 70


def test_every_kpi_stands_in_the_hubs_own_outline() -> None:
    outline = read_outline(_installation(Path("/nowhere"), None), load_definitions())
    own = {name for name, kpi in load_definitions().items() if not kpi.further}
    assert {spec.kpi for spec in outline.figures.values()} == own


def test_an_installations_outline_takes_the_place_of_the_hubs(tmp_path: Path) -> None:
    assert list(read_outline(_installation(tmp_path, GOOD), load_definitions()).figures) == ["received"]


@pytest.mark.parametrize(("change", "told"), FAULTS.items(), ids=[told[:40] for told in FAULTS.values()])
def test_a_fault_is_told_with_its_place_and_what_may_stand_there(
    tmp_path: Path, change: tuple[str, str], told: str
) -> None:
    assert change[0] in GOOD
    file = tmp_path / FILE
    file.write_text(GOOD.replace(change[0], change[1], 1), "utf-8")
    with pytest.raises(Abort) as error:
        load_outline(file, load_definitions())
    assert told in error.value.en
    assert str(file) in error.value.en
    assert "\n" not in error.value.en


def test_a_file_that_is_not_utf_8_is_told(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(GOOD.encode("utf-16"))
    with pytest.raises(Abort, match="not UTF-8"):
        load_outline(tmp_path / FILE, load_definitions())
