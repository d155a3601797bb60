"""Real outlines of areas, where the installation supplies a GeoJSON file; symbols at their coordinates elsewhere."""

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from fastapi import Request

from hub.errors import Invalid
from hub.translation import msg
from screens.charts.area_map import Ring, outlines

Rings = Mapping[str, Sequence[Ring]]


def rings(request: Request) -> Rings:
    """Area code → its outline; empty where the installation gives none."""
    path: Path | None = request.app.state.settings.outlines
    return load(path) if path else {}


@lru_cache(maxsize=2)
def load(path: Path) -> Rings:
    """The outlines of a file. Raises Invalid naming file and fault: `ioc serve` asks for it before it serves."""
    try:
        return outlines(json.loads(path.read_text("utf-8")))
    except OSError as error:
        raise Invalid(msg("{path}: {strerror}", path=path, strerror=error.strerror)) from None
    except Invalid as error:
        raise Invalid(msg("{path}: {error}", path=path, error=error)) from None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Invalid(msg("{path} is no GeoJSON of areas: {error}", path=path, error=error)) from None
