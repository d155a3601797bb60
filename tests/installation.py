"""The installations of tests: Lạng Sơn as the demo has it, which commands use, and a hub of several provinces."""

import shutil
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import kpis.series
from hub.installation import Installation
from hub.province_settings import ProvinceSettings
from hub.settings import Settings
from kpis import computation, explanation, history, lineage
from kpis import refresh as refreshing
from kpis.catalogue import Catalogue
from reports import comparison
from warehouse import migrate as migration

FOLDER = Path(__file__).parents[1] / "demo" / "lang-son"
PROVINCES = {"H37": "20", "H59": "84", "H10": "70"}
PUBLISHED = FOLDER / "published"
LANG_SON = Installation(Settings(installation=FOLDER))
_TRA_VINH = Path(__file__).with_name("tra_vinh_organisations.csv")
CATALOGUE = Catalogue.of(LANG_SON)

compute = partial(computation.compute, catalogue=CATALOGUE)
explain = partial(explanation.explain, catalogue=CATALOGUE)
observed = partial(history.observed, catalogue=CATALOGUE)
counted_in = partial(lineage.counted_in, catalogue=CATALOGUE)
refresh = partial(refreshing.refresh, catalogue=CATALOGUE)
recompute = partial(refreshing.recompute, catalogue=CATALOGUE)
reconcile = partial(comparison.reconcile, catalogue=CATALOGUE)
series = partial(kpis.series.series, catalogue=CATALOGUE)
with_changes = partial(kpis.series.with_changes, catalogue=CATALOGUE)
compare = partial(comparison.compare, catalogue=CATALOGUE)


def migrate(url: str) -> list[str]:
    """Bring a database to the code's schema, with the reference data of both, and of a province that has none. Gives
    the BI logins whose sessions were ended for it."""
    with TemporaryDirectory() as folder:
        reference = Path(shutil.copytree(LANG_SON.reference, Path(folder) / "reference"))
        with (reference / "organisations.csv").open("a", encoding="utf-8") as organisations:
            organisations.writelines(_TRA_VINH.read_text("utf-8").splitlines(keepends=True)[1:])
        provinces = [ProvinceSettings(code=code, area=area) for code, area in PROVINCES.items()]
        installation = Installation(Settings(installation=Path(folder), provinces=tuple(provinces)))
        return migration.migrate(url, installation, CATALOGUE.fields)
