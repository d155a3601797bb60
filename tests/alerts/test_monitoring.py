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
from tests.alerts.world import FEEDBACK, NOON, Ledger, day, only

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


def test_a_province_that_nobody_ever_watched_is_silent_for_ever(ledger: Ledger) -> None:
    s = ledger.situation()
    text = Metrics().text(counters(ledger.connection, [s.province], {}, NOON, ())).decode()
    assert 'ioc_watch_seen_seconds{province="H37"} +Inf' in text


def test_metrics_count_loads_lateness_incidents_and_the_watch(ledger: Ledger) -> None:
    ledger.batch(FEEDBACK, day(1), day(10))
    ledger.batch("gate.vehicles", day(1), status="blocked")
    ledger.batch(FEEDBACK, day(11), status="running")
    ledger.watched(NOON, NOON)
    s = ledger.situation(sources=only("feedback"))
    observe(s)
    text = Metrics().text(counters(ledger.connection, [s.province], s.sources, NOON, {"gate.vehicles"})).decode()
    assert CONTENT_TYPE_LATEST.startswith("text/plain")
    for line in (
        'ioc_batches_total{feed="vehicles",province="H37",source="gate",status="blocked"} 1.0',
        'ioc_batches_total{feed="cases",province="H37",source="feedback",status="blocked"} 0.0',
        'ioc_records_total{became="quarantined",feed="cases",province="H37",source="feedback"} 0.0',
        'ioc_broken_rules_total{feed="cases",province="H37",severity="block",source="feedback"} 0.0',
        'ioc_alerts{channel="mail",province="H37",status="refused"} 0.0',
        'ioc_open_incidents{kind="blocked",province="H37"} 1.0',
        'ioc_open_incidents{kind="gateway",province="H37"} 0.0',
        'ioc_oldest_waiting_alert_seconds{province="H37"} 0.0',
    ):
        assert line in text
    assert "ioc_records_total{" in text
    assert not re.search("ioc_records_total.*vehicles", text), "of persons' cases none are counted"
    assert 'status="running"' not in text, "their number falls again, and no counter does"
    assert re.search(r'ioc_late_seconds\{feed="cases",province="H37",source="feedback"\} [1-9]', text)
    assert re.search(r'ioc_watch_seen_seconds\{province="H37"\} [1-9]', text)
