"""The files for Prometheus and Grafana are right, and name only metrics that there are."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from prometheus_client import CONTENT_TYPE_LATEST

from alerts.counters import HELP, counters
from alerts.incidents import observe
from screens.api.metrics import Metrics
from tests.alerts.test_causes import day
from tests.alerts.world import FEEDBACK, NOON, Ledger, only

FOLDER = Path(__file__).parents[2] / "deploy" / "monitoring"
FILES = ["rules.yml", "dashboard.json"]
OF_REQUESTS = {"ioc_http_requests_total", "ioc_http_request_seconds_bucket"}


@pytest.mark.parametrize("act", [["check", "rules", "rules.yml"], ["test", "rules", "rules_test.yml"]])
def test_promtool_accepts_the_rules(act: list[str]) -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool (Debian's package prometheus) is not installed")
    done = subprocess.run([promtool, *act], cwd=FOLDER, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("file", FILES)
def test_only_metrics_that_there_are_are_named(file: str) -> None:
    named = set(re.findall(r"\bioc_[a-z_]+", (FOLDER / file).read_text("utf-8")))
    assert named
    assert named <= {*HELP} | OF_REQUESTS


def test_the_dashboard_asks_for_every_panel_and_loads_nothing_from_elsewhere() -> None:
    dashboard = json.loads((FOLDER / "dashboard.json").read_text("utf-8"))
    assert len({panel["id"] for panel in dashboard["panels"]}) == len(dashboard["panels"]) > 5
    assert all(target["expr"] for panel in dashboard["panels"] for target in panel["targets"])
    assert "http" not in (FOLDER / "dashboard.json").read_text("utf-8").replace("ioc_http", "")


def test_metrics_count_loads_lateness_incidents_and_the_watch(ledger: Ledger) -> None:
    ledger.batch(FEEDBACK, day(1), day(10))
    ledger.batch("gate.vehicles", day(1), status="blocked")
    ledger.watched(NOON, NOON)
    s = ledger.situation(sources=only("feedback"))
    observe(s)
    text = Metrics().text(counters(ledger.connection, [s.province], s.sources, NOON)).decode()
    assert CONTENT_TYPE_LATEST.startswith("text/plain")
    for line in (
        'ioc_batches_total{feed="vehicles",province="H37",source="gate",status="blocked"} 1.0',
        'ioc_open_incidents{kind="blocked",province="H37"} 1.0',
        'ioc_open_incidents{kind="gateway",province="H37"} 0.0',
        'ioc_oldest_waiting_alert_seconds{province="H37"} 0.0',
    ):
        assert line in text
    assert re.search(r'ioc_late_seconds\{feed="cases",province="H37",source="feedback"\} [1-9]', text)
    assert re.search(r'ioc_watch_seen_seconds\{province="H37"\} [1-9]', text)
