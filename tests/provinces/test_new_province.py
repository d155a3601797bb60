"""A province that no file of the hub knows: a folder that `ioc init` makes is all that it needs."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from connectors.source_files import find_feed
from hub.errors import Retry
from hub.periods import Period
from ioc.main import app
from kpis.catalogue import Catalogue
from kpis.computation import compute
from kpis.question import Question
from tests.connectors.simulated import Simulated, simulated
from tests.pipeline.hub import IN_EVERY_WORLD, Hub
from tests.postgres import Postgres
from warehouse.database import connect
from warehouse.migrate import migrate

FIRST, LAST = date(2023, 4, 30), date(2023, 6, 30)
NOW = "2023-07-12T06:00:00+07:00"
"""When late records of June have come, too."""
FAULTS = ",".join(
    [
        *(
            "token_expires",
            "token_revoked",
            "busy_429",
            "error_503",
            "dvc_busy",
            "dvc_session",
            "ioffice_code_429",
            "cut",
        ),
        *("truncated_json", "duplicate_page_rows", "extra_field", "missing_field", "reordered_ties", "null_field"),
    ]
)
Parts = dict[str | None, Any]
NewHub = Callable[[str], Hub]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("new-province") / "bac-ninh"
    answer = CliRunner().invoke(app, ["init", str(made), "--province", "H05", "--area", "27"])
    assert answer.exit_code == 0, answer.output
    return made


@pytest.fixture(scope="module")
def new_hub(postgres: Postgres, folder: Path, tmp_path_factory: pytest.TempPathFactory) -> NewHub:
    def make(gateway_url: str) -> Hub:
        url = postgres.database(migrated=False)
        hub = Hub(url, tmp_path_factory.mktemp("state"), gateway_url, installation=folder, province="H05", area="27")
        migrate(url, hub.installation, Catalogue.of(hub.installation).fields)
        return hub

    return make


@contextmanager
def bac_ninh() -> Iterator[Simulated]:
    with simulated("bac-ninh-2023") as gateway:
        gateway.clock(NOW)
        yield gateway


def load(hub: Hub) -> dict[str, str]:
    """Every feed, tried again as a scheduler does; gives those that were not published whole."""
    left = {}
    for source, feed in IN_EVERY_WORLD:
        first = FIRST.replace(day=1) if find_feed(source, feed).slice == "month" else FIRST
        for _ in range(4):
            try:
                outcome = hub.run(source, feed, first, LAST)
            except Retry:
                continue
            left[f"{source}.{feed}"] = outcome.status
            if outcome.status == "published":
                break
    assert len(left) == len(IN_EVERY_WORLD)
    return {feed: status for feed, status in left.items() if status != "published"}


@pytest.fixture(scope="module")
def loaded(new_hub: NewHub) -> Iterator[Hub]:
    with bac_ninh() as gateway:
        hub = new_hub(gateway.url)
        assert load(hub) == {}
        hub.refresh()
        yield hub


def figure(hub: Hub, kpi: str, days: Period, by: str | None = None, measure: str | None = None) -> Parts:
    question = Question(kpi, days, "H05", by=(by,) if by else (), measure=measure)
    with connect(hub.url, "reader") as connection:
        found = compute(connection, question, catalogue=Catalogue.of(hub.installation))
    if by is None:
        return {None: found.value}
    return {row.breakdown[by]: row.value for row in found.rows}


MAY_AND_JUNE = Period(date(2023, 5, 1), LAST)
TOTALS = [
    ("online_dossier_rate", "received", 10_000),
    ("on_time_dossier_rate", "resolved", 9_040),
    ("on_time_dossier_rate", None, 8_800 / 9_040 * 100),
    ("postal_revenue", None, 88.2),
]
WITHOUT_REFERENCE = {"internet_density", "phone_density", "digital_account_plan_rate"}
"""KPIs of the population and of plans, which `ioc init` cannot know."""


def test_every_count_of_the_sources_is_the_hubs(loaded: Hub) -> None:
    differing = loaded.rows(
        "select measure, breakdown, first_day, source_value, hub_value from quality.reconciliation"
        " where hub_value is distinct from source_value"
    )
    assert differing == []
    assert loaded.one("select count(*) from quality.reconciliation") > 5


@pytest.mark.parametrize(("kpi", "measure", "total"), TOTALS)
def test_the_province_has_all_that_its_systems_hold(loaded: Hub, kpi: str, measure: str | None, total: float) -> None:
    days = Period(date(2023, 4, 1), LAST) if kpi == "postal_revenue" else MAY_AND_JUNE
    assert float(figure(loaded, kpi, days, measure=measure)[None]) == pytest.approx(total)


def test_every_kpi_has_a_figure_or_says_which_reference_data_it_lacks(loaded: Hub) -> None:
    catalogue = Catalogue.of(loaded.installation)
    without = set()
    with connect(loaded.url, "reader") as connection:
        for kpi, definition in catalogue.definitions.items():
            if not set(definition.feeds) <= set(IN_EVERY_WORLD):
                continue
            found = compute(connection, Question(kpi, Period(date(2023, 6, 1), LAST), "H05"), catalogue=catalogue)
            if found.value is None:
                without.add(kpi)
                assert found.reason is not None
    assert without == WITHOUT_REFERENCE


def test_figures_by_organisation_become_right_when_the_list_arrives_without_loading_again(
    loaded: Hub, folder: Path
) -> None:
    before = figure(loaded, "online_dossier_rate", MAY_AND_JUNE, "organisation", "received")
    batches = loaded.one("select count(*) from ledger.batch")
    codes = [code for (code,) in loaded.rows("select code from warehouse.dim_organisation where is_inferred")]
    assert set(before) - {None} <= set(codes)
    lines = "".join(f"H05,{code},province,Cơ quan {code}\n" for code in codes)
    listed = folder / "reference" / "organisations.csv"
    empty = listed.read_text("utf-8")
    listed.write_text(f"province_code,code,tier,name\n{lines}", "utf-8")
    migrate(loaded.url, loaded.installation, Catalogue.of(loaded.installation).fields)
    listed.write_text(empty, "utf-8")
    assert figure(loaded, "online_dossier_rate", MAY_AND_JUNE, "organisation", "received") == before
    assert loaded.one("select count(*) from warehouse.dim_organisation where is_inferred or name is null") == 0
    assert loaded.one("select count(*) from ledger.batch") == batches


def test_other_hands_and_passing_faults_end_in_the_same_facts(loaded: Hub, new_hub: NewHub) -> None:
    with bac_ninh() as gateway:
        hub = new_hub(gateway.url)
        with gateway.dialect("all"), gateway.faults(FAULTS, 1):
            assert load(hub) == {}
    facts = {name: value for name, value in loaded.checksums().items() if name.startswith("fact_")}
    assert {name: value for name, value in hub.checksums().items() if name.startswith("fact_")} == facts
