"""The workbooks that departments of a world fill in by hand, as they lie in the inbox at its moment ``now``.

``python -m gateway.inbox --world lang-son-2023 FOLDER`` writes them, in a folder for each source. What they tell is
declared in ``worlds/<folder>/inbox/<source>.toml``: cases as in a system's file, and how they look in a sheet.
"""

import argparse
import io
import os
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import msgspec
from xlsxwriter import Workbook

from gateway.records.cases import CaseMaker
from gateway.systemfile import SystemFile
from gateway.world import World, load_world
from gateway.worldfile import whole_history, world_path

_FIELDS = ("tiep_nhan_luc", "han_luc", "hoan_thanh_luc")
_HEADER = 3


class InboxFile(SystemFile, frozen=True, kw_only=True):
    """``header``: a case's field → its column in the sheet; ``words``: what people write for a system's codes."""

    sheet: str
    header: dict[str, str]
    words: dict[str, str] = msgspec.field(default_factory=dict)


def write_inbox(name: str, folder: Path) -> list[Path]:
    """Writes every workbook of world ``name`` below ``folder``, each saved at the world's moment; gives their paths.

    Raises ValueError with one line that says what is wrong, and OSError.
    """
    world = load_world(name)
    written = []
    saved = world.file.now.timestamp()
    for path in sorted((world_path(name).parent / world.file.systems / "inbox").glob("*.toml")):
        for file, content in _workbooks(world, path).items():
            place = folder / path.stem / file
            place.parent.mkdir(parents=True, exist_ok=True)
            part = place.with_name(f".{file}.part")
            part.write_bytes(content)
            os.utime(part, (saved, saved))
            part.replace(place)
            written.append(place)
    return written


def _workbooks(world: World, path: Path) -> dict[str, bytes]:
    """By name: each organisation fills in one of its own."""
    try:
        plan = msgspec.toml.decode(path.read_text(encoding="utf-8"), type=InboxFile)
        cases = _cases(world, path.stem, plan)
    except (msgspec.DecodeError, UnicodeDecodeError, ValueError) as error:
        raise ValueError(f"{path}: {error}") from None
    of: defaultdict[str, list[Mapping[str, object]]] = defaultdict(list)
    for case in cases:
        of[str(case["ma_don_vi"])].append(case)
    return {f"{organisation}.xlsx": _workbook(world, plan, own) for organisation, own in sorted(of.items())}


def _cases(world: World, source: str, plan: InboxFile) -> list[Mapping[str, object]]:
    """Each case in its newest state at the world's moment, by code."""
    entries = sorted(CaseMaker(whole_history(world.history), source, plan, world.province).states())
    known = {entry.code: entry.body for entry in entries if entry.moment <= world.now}
    return [msgspec.json.decode(body) for _, body in sorted(known.items())]


def _workbook(world: World, plan: InboxFile, cases: Sequence[Mapping[str, object]]) -> bytes:
    file = io.BytesIO()
    with Workbook(file, {"in_memory": True}) as book:
        book.set_properties({"created": world.file.now.replace(tzinfo=None)})  # the same bytes each time
        sheet, day = book.add_worksheet(plan.sheet), book.add_format({"num_format": "dd/mm/yyyy"})
        sheet.write_string(0, 0, plan.title)
        for place, (field, title) in enumerate(plan.header.items()):
            sheet.write_string(_HEADER, place, title)
            for row, case in enumerate(cases, _HEADER + 1):
                value = case[field]
                if isinstance(value, int):
                    sheet.write_number(row, place, value)
                elif value and field in _FIELDS:
                    sheet.write_datetime(row, place, date.fromisoformat(str(value)[:10]), day)
                elif value:
                    sheet.write_string(row, place, plan.words.get(str(value), str(value)))
    return file.getvalue()


def main() -> int:
    """0 when all were written, else 2."""
    parser = argparse.ArgumentParser(prog="python -m gateway.inbox", description="A world's workbooks in a folder.")
    parser.add_argument("--world", default="lang-son-2023", help="name in gateway/worlds, or a path ending in .toml")
    parser.add_argument("folder", type=Path)
    options = parser.parse_args()
    try:
        for path in write_inbox(options.world, options.folder):
            print(path)  # noqa: T201 - the command's output
    except (ValueError, OSError) as error:
        print(f"gateway: {error}", file=sys.stderr)  # noqa: T201 - the command's output
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
