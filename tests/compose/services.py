"""docker-compose.yml as Compose would understand it, and its services as processes of this machine."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "docker-compose.yml"
_VARIABLE = re.compile(r"\$(?:(?P<dollar>\$)|\{(?P<name>\w+)(?::(?P<how>[-?])(?P<text>[^}]*))?\})")


def raw() -> dict[str, Any]:
    """The file, anchors and merges resolved, variables as written."""
    content: dict[str, Any] = yaml.safe_load(FILE.read_text("utf-8"))
    return content


def variables() -> dict[str, bool]:
    """Every variable of the file: whether it must be given."""
    text = "\n".join(line for line in FILE.read_text("utf-8").splitlines() if not line.lstrip().startswith("#"))
    return {m["name"]: m["how"] == "?" for m in _VARIABLE.finditer(text) if m["name"]}


def interpolated(value: Any, given: Mapping[str, str]) -> Any:
    """`value` with `${NAME:-default}`, `${NAME:?message}` and `$$` replaced as Compose does."""
    if isinstance(value, dict):
        return {key: interpolated(item, given) for key, item in value.items()}
    if isinstance(value, list):
        return [interpolated(item, given) for item in value]
    if not isinstance(value, str):
        return value

    def replace(match: re.Match[str]) -> str:
        if match["dollar"]:
            return "$"
        if given.get(match["name"]):
            return given[match["name"]]
        assert match["how"] == "-", f"{match['name']} is not given: {match['text']}"
        return match["text"]

    return _VARIABLE.sub(replace, value)


def moved(value: Any, places: Mapping[str, str]) -> Any:
    """`value` with the addresses and folders of containers replaced by those of this machine."""
    if isinstance(value, dict):
        return {key: moved(item, places) for key, item in value.items()}
    if isinstance(value, list):
        return [moved(item, places) for item in value]
    if isinstance(value, str):
        for container, here in places.items():
            value = value.replace(container, here)
    return value


def health_command(service: Mapping[str, Any]) -> list[str]:
    """The command of a service's health check."""
    kind, *rest = service["healthcheck"]["test"]
    return ["sh", "-c", *rest] if kind == "CMD-SHELL" else list(rest)
