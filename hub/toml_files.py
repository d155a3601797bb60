"""TOML files that people write: settings, KPIs, outlines of reports, the boards of the wall."""

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hub.errors import Abort
from hub.translation import msg


def read_toml(file: Path, parse_float: Callable[[str], Any] = float) -> dict[str, Any]:
    """What the file says; `parse_float` makes a number with a fraction of its text. Raises Abort that names the file
    and what is wrong with it."""
    try:
        return tomllib.loads(file.read_text("utf-8-sig"), parse_float=parse_float)
    except OSError as error:
        raise Abort(msg("{file} cannot be read: {strerror}", file=file, strerror=error.strerror)) from None
    except UnicodeDecodeError as error:
        raise Abort(msg("{file}: not UTF-8 at byte {start}; save it as UTF-8", file=file, start=error.start)) from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise Abort(msg("{path} is no valid TOML: {error}", path=file, error=error)) from None
