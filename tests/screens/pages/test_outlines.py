"""An installation's own outlines of areas, on the map in place of bare symbols."""

import json
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from screens.app import create_app
from screens.database import ScreenSettings
from screens.pages.outlines import load
from tests.installation import CATALOGUE
from tests.screens.pages.conftest import session_of
from tests.screens.pages.world import LEADER, World

SQUARE = [[[106.4, 22.1], [106.5, 22.1], [106.5, 22.2], [106.4, 22.1]]]


def test_outlines_of_a_file_are_drawn(world: World, tmp_path: Path) -> None:
    feature = {"properties": {"code": "180"}, "geometry": {"type": "Polygon", "coordinates": SQUARE}}
    path = tmp_path / "areas.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), "utf-8")
    app = create_app(ScreenSettings(world.url, "H37", CATALOGUE, outlines=path, connections=2))
    with TestClient(app, cookies={"ioc_session": session_of(world, LEADER)}) as client:
        assert client.get("/kpis/online_dossier_rate").text.count('class="outline"') == 1


@pytest.mark.parametrize("text", ["{", "[]", '{"features": [{"properties": {}, "geometry": {}}]}'])
def test_a_file_that_is_none_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "broken.geojson"
    path.write_text(text, "utf-8")
    with pytest.raises(ValueError, match=r"broken\.geojson"):
        load(path)
