"""docker-compose.yml keeps its promises, as far as the file alone can tell."""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import distributions
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from sqlalchemy.engine import make_url

from hub.installation import Installation
from tests.compose.services import ROOT, interpolated, raw, variables

SCHEMA = json.loads((Path(__file__).parent / "compose_spec.json").read_text("utf-8"))
GIVEN = {name: "a1" for name, required in variables().items() if required}
OF_EITHER_FORM = {"IOC_CLIENT_SECRET", "IOC_CLIENT_SECRETS"}
"""Secrets of one province or of several: which of them is missing only the settings can tell."""
OWN, OWN_FILES = {"IOC_INSTALLATION", "IOC_KPIS", "IOC_SOURCES"}, "./own:/opt/ioc/own:ro"
OURS = {
    "init",
    "airflow-api-server",
    "airflow-scheduler",
    "airflow-dag-processor",
    "airflow-triggerer",
    "worker",
    "watch",
    "screens",
}


@pytest.fixture
def compose() -> dict[str, Any]:
    content: dict[str, Any] = interpolated(raw(), GIVEN)
    return content


def test_the_file_follows_the_compose_specification(compose: dict[str, Any]) -> None:
    jsonschema.Draft7Validator(SCHEMA).validate(compose)


def test_the_schema_would_notice_a_wrong_key(compose: dict[str, Any]) -> None:
    compose["services"]["redis"]["helthcheck"] = {}
    assert not jsonschema.Draft7Validator(SCHEMA).is_valid(compose)


def test_an_installation_has_all_its_parts(compose: dict[str, Any]) -> None:
    assert set(compose["services"]) == OURS | {"postgres", "redis"}


def test_only_what_browsers_open_is_published_and_only_on_loopback(compose: dict[str, Any]) -> None:
    published = {name: service["ports"] for name, service in compose["services"].items() if "ports" in service}
    assert published == {"airflow-api-server": ["127.0.0.1:8080:8080"], "screens": ["127.0.0.1:8000:8000"]}


def test_database_and_queue_have_no_way_out(compose: dict[str, Any]) -> None:
    assert compose["networks"]["inside"] == {"internal": True}
    assert all(compose["services"][name]["networks"] == ["inside"] for name in ("postgres", "redis"))


def test_every_lasting_service_restarts_and_tells_its_health(compose: dict[str, Any]) -> None:
    lasting = {name: service for name, service in compose["services"].items() if name != "init"}
    assert all(s["restart"] == "unless-stopped" and s["healthcheck"]["retries"] > 0 for s in lasting.values())


def test_parts_wait_until_databases_are_migrated(compose: dict[str, Any]) -> None:
    waiting = OURS - {"init"}
    conditions = [compose["services"][name]["depends_on"]["init"]["condition"] for name in waiting]
    assert set(conditions) == {"service_completed_successfully"}


def test_no_service_has_capabilities_or_can_get_any(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert not {"cap_add", "privileged", "pid", "ipc", "devices", "network_mode", "userns_mode"} & set(service), (
            name
        )


def test_no_service_runs_as_root(compose: dict[str, Any]) -> None:
    users = {name: service.get("user") for name, service in compose["services"].items()}
    assert users == {**dict.fromkeys(OURS), "postgres": "postgres", "redis": "redis"}
    image = (ROOT / "Dockerfile").read_text("utf-8")
    assert re.findall(r"^USER (.+)$", image, re.M) == ["ioc"], "whose user the others have"


def test_what_a_service_writes_is_not_for_everybody() -> None:
    [entry] = re.findall(r"^ENTRYPOINT (.+)$", (ROOT / "Dockerfile").read_text("utf-8"), re.M)
    command = [*json.loads(entry), "sh", "-c", 'umask; echo "$1"', "sh", "one argument"]
    said = subprocess.run(command, umask=0, capture_output=True, text=True, check=True).stdout
    assert said.split("\n") == ["0027", "one argument", ""]


def test_a_service_writes_to_volumes_and_to_what_is_gone_with_it(compose: dict[str, Any]) -> None:
    written = {}
    for name, service in compose["services"].items():
        assert service["read_only"] is True, name
        volumes = [volume for volume in service.get("volumes", []) if not volume.endswith(":ro")]
        assert all(volume.split(":")[0] in compose["volumes"] for volume in volumes), "no folder of the host"
        places = {place.split(":")[0] for place in service["tmpfs"]}
        written[name] = (places, {volume.split(":")[1] for volume in volumes})
    airflow, logs = {"/tmp", "/home/ioc", "/opt/airflow"}, "/opt/airflow/logs"
    assert written == {
        "postgres": ({"/tmp", "/run/postgresql"}, {"/var/lib/postgresql"}),
        "redis": ({"/tmp"}, {"/data"}),
        "screens": ({"/tmp"}, set()),
        "watch": ({"/tmp"}, set()),
        "init": (airflow, set()),
        "worker": (airflow, {"/var/lib/ioc/keys", "/var/lib/ioc/landing", logs}),
        "airflow-api-server": (airflow, {"/opt/airflow/access", logs}),
        **dict.fromkeys(("airflow-scheduler", "airflow-dag-processor", "airflow-triggerer"), (airflow, {logs})),
    }


def test_file_systems_in_memory_are_given_by_mode_for_podman_knows_no_owner_of_them(compose: dict[str, Any]) -> None:
    places = [place for service in compose["services"].values() for place in service["tmpfs"]]
    assert {place.partition(":")[2] for place in places} == {"", "mode=1777"}


def test_the_key_of_the_audit_trail_lies_on_a_volume_of_its_user(compose: dict[str, Any]) -> None:
    folder = str(Path(compose["services"]["worker"]["environment"]["IOC_AUDIT_KEY"]).parent)
    assert f"keys:{folder}" in compose["services"]["worker"]["volumes"]
    made = next(line for line in (ROOT / "Dockerfile").read_text("utf-8").splitlines() if "mkdir -p" in line)
    assert folder in made.split(), "an empty volume is given to the owner of the folder in the image"


def test_what_is_installed_is_locked_by_hash() -> None:
    lines = [
        *(ROOT / "Dockerfile").read_text("utf-8").splitlines(),
        *(ROOT / "Makefile").read_text("utf-8").splitlines(),
    ]
    installs = [line for line in lines if "pip install" in line and not line.startswith("#")]
    assert len(installs) == 6
    assert [line for line in installs if "--require-hashes" not in line and "--no-deps" not in line] == []
    locks = [ROOT / "requirements.lock", *ROOT.glob("*/*requirements.lock")]
    assert len(locks) == 4
    for lock in locks:
        text = lock.read_text("utf-8")
        pinned = re.findall(r"^[\w.-]+(?:\[[\w,-]+\])?==", text, re.M)
        assert len(re.findall(r"^    --hash=sha256:[0-9a-f]{64}", text, re.M)) >= len(pinned) > 0
        assert "://" not in text, "no registry's address"


def test_workers_can_be_many(compose: dict[str, Any]) -> None:
    assert not {"container_name", "hostname", "ports"} & set(compose["services"]["worker"])


def test_no_secret_is_written_in_the_file() -> None:
    secret = re.compile(r"PASSWORD|SECRET|KEY|CONN|BACKEND|BROKER")
    for name, service in raw()["services"].items():
        for variable, value in service.get("environment", {}).items():
            if variable in OF_EITHER_FORM:
                assert value == f"${{{variable}:-}}"
            elif variable == "IOC_SERVE_OIDC_CLIENT_SECRET":
                assert value == "${SCREENS_OIDC_CLIENT_SECRET:-}", "signing in by password needs none"
            elif variable == "IOC_AUDIT_KEY":
                assert value == "${IOC_AUDIT_KEY:-/var/lib/ioc/keys/audit.pem}", "the file of the key, not the key"
            elif variable in ("IOC_ALERTS_SMTP_PASSWORD", "IOC_ALERTS_WEBHOOK_SECRET"):
                assert value == f"${{{variable.removeprefix('IOC_')}:-}}", "without alerts none is needed"
            elif secret.search(variable) and not variable.endswith("_FILE"):
                assert ":?set " in value, f"{name}: {variable} must come from the environment and say so when missing"


def test_who_reads_dag_files_knows_the_provinces_and_no_secret_of_theirs(compose: dict[str, Any]) -> None:
    known = {
        name: {v for v in service.get("environment", {}) if v.startswith("IOC_")}
        for name, service in compose["services"].items()
    }
    assert known["airflow-dag-processor"] == {"IOC_AREA", "IOC_PROVINCE", "IOC_PROVINCES", *OWN}
    assert known["init"] == {*known["airflow-dag-processor"], "IOC_WAREHOUSE_URL"}, "it loads the provinces"
    assert {name for name, variables in known.items() if OF_EITHER_FORM & variables} == {"worker"}


def test_only_those_who_load_hold_the_key_of_pseudonyms(compose: dict[str, Any]) -> None:
    holders = {n for n, service in compose["services"].items() if "IOC_HMAC_KEY" in service.get("environment", {})}
    assert holders == {"worker"}


@pytest.mark.parametrize("name", ["airflow-dag-processor", "worker", "screens"])
def test_a_province_that_is_not_the_default_one_is_understood_by_every_part(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    content = interpolated(raw(), GIVEN | {"IOC_PROVINCE": "H59", "IOC_AREA": "84"})
    for variable, value in content["services"][name]["environment"].items():
        monkeypatch.setenv(variable, value.replace("/opt/ioc/own", str(tmp_path)))
    assert Installation.open().for_province().settings.area == "84"


def test_every_part_that_reads_specifications_sees_the_installations_own(compose: dict[str, Any]) -> None:
    services = compose["services"]
    sees = {name for name, service in services.items() if OWN_FILES in service.get("volumes", [])}
    assert sees == {"init", "airflow-dag-processor", "worker", "watch", "screens"}
    assert all(set(services[name]["environment"]) >= OWN for name in sees)


def test_the_screens_know_nothing_that_they_do_not_need(compose: dict[str, Any]) -> None:
    screens = compose["services"]["screens"]
    needed = {"IOC_AREA", "IOC_LANDING", "IOC_PROVINCE", "IOC_PROVINCES", "IOC_WAREHOUSE_URL", *OWN}
    assert {name for name in screens["environment"] if not name.startswith("IOC_SERVE_")} == needed
    assert screens["read_only"] is True and screens["volumes"] == [OWN_FILES, "landing:/var/lib/ioc/landing:ro"]


def test_only_the_migration_acts_as_the_owner_of_the_database(compose: dict[str, Any]) -> None:
    users = {
        name: make_url(service["environment"]["IOC_WAREHOUSE_URL"]).username
        for name, service in compose["services"].items()
        if "IOC_WAREHOUSE_URL" in service.get("environment", {})
    }
    assert users == {
        "init": "ioc_owner",
        "worker": "ioc_worker_login",
        "watch": "ioc_worker_login",
        "screens": "ioc_screens_login",
    }


def test_the_screens_believe_the_host_about_who_asks_and_nobody_else(compose: dict[str, Any]) -> None:
    network = compose["networks"]["outside"]["ipam"]["config"][0]
    assert compose["services"]["screens"]["environment"]["IOC_SERVE_PROXIES"] == network["gateway"]
    assert ip_address(network["gateway"]) in ip_network(network["subnet"])


def test_the_example_names_every_variable_and_fills_no_secret() -> None:
    lines = (ROOT / ".env.example").read_text("utf-8").splitlines()
    written = dict(line.removeprefix("# ").split("=", 1) for line in lines if re.match(r"(# )?[A-Z_]+=", line))
    required = {name for name, needed in variables().items() if needed}
    assert set(variables()) - set(written) <= {"IOC_VERSION"}
    assert {name for name in required if written[name]} == set()


def test_the_image_holds_every_package_that_runs_in_it() -> None:
    image = (ROOT / "Dockerfile").read_text("utf-8")
    [locks] = re.findall(r"^COPY (deploy/.+) \./$", image, re.M)
    assert {f"!{lock}" for lock in locks.split()} <= set((ROOT / ".dockerignore").read_text("utf-8").splitlines())
    copied = set(re.findall(r"^COPY (\w+) \w+$", image, re.M))
    packages = {folder.parent.name for folder in ROOT.glob("*/__init__.py")} - {"tests", "bench", "gateway"}
    assert packages <= copied
    kept = set(re.findall(r"^!(\w+)$", (ROOT / ".dockerignore").read_text("utf-8"), re.M))
    assert copied <= kept


def test_the_image_knows_which_release_of_the_hub_it_holds(tmp_path: Path) -> None:
    image = (ROOT / "Dockerfile").read_text("utf-8")
    assert "COPY pyproject.toml ./" in image
    assert "!pyproject.toml" in (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    [noted] = re.findall(r"^RUN (python -c (?:.*\\\n)*.*dist-info(?:.*\\\n)*.*)$", image, re.M)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    subprocess.run(["sh", "-c", noted], cwd=tmp_path, env={"PATH": path}, check=True)
    [told] = distributions(name="ioc-data-hub", path=[str(tmp_path)])
    assert told.version == tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]


def test_airflow_finds_its_local_settings_in_the_image() -> None:
    image = (ROOT / "Dockerfile").read_text("utf-8")
    [path] = re.findall(r"\bPYTHONPATH=(\S+)", image)
    folder = "deploy/airflow"
    assert f"/opt/ioc/{folder}" in path.split(":")
    assert f"COPY {folder} {folder}" in image
    assert f"!{folder}" in (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    assert [file.name for file in (ROOT / folder).glob("*.py")] == ["airflow_local_settings.py"]
