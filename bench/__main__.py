"""`make bench`: the hub beside its peers on the same pages; `make bench ARGS=board`: how fast its screens answer;
`make bench ARGS=quality`: what the pages of quality cost with 100 runs, 10,000 and 100,000; `make bench ARGS=scale`:
what a province's questions and repairs cost beside 0.2, 6 and 50 million dossiers; `make bench ARGS=plan`: how long a
plan takes; `make bench ARGS=freshness`: how old news is when an open wall shows it.

Progress on stderr, figures on stdout.
"""

import argparse
import json
import sys
from dataclasses import asdict

from bench import board, clock, database, freshness, gateway, hub, pages, plan, quality, scale, table
from bench.rounds import SUBJECTS, Measured, measure

GROWTH = (50_000, 500_000, 2_000_000)


def main() -> None:
    options = _options()
    if options.what == "board":
        _board(options)
    elif options.what == "quality":
        _quality(options)
    elif options.what == "scale":
        _scale(options)
    elif options.what == "plan":
        _plan(options)
    elif options.what == "freshness":
        _freshness(options)
    else:
        _load(options)


def _board(options: argparse.Namespace) -> None:
    with database.running() as server, hub.loaded(server, _tell) as url, hub.served(url) as (address, pid):
        session = hub.session(url)
        answers = board.measure(address, pid, hub.key(url, "read"), session, options.seconds, _tell)
        seen = pages.measure(address, hub.key(url, "wall"), session, options.rounds)
    if options.json:
        print(json.dumps(table.plain_board(answers, seen), indent=1))
    else:
        print(table.board(answers))
        print(table.pages(seen))


def _quality(options: argparse.Namespace) -> None:
    with database.running() as server:
        found = quality.measure(server, max(options.rounds, 15), _tell)
    if options.json:
        plain = [{**asdict(one), "ratio": one.ratio, "ratio_of_full": one.ratio_of_full} for one in found]
        print(json.dumps(plain, indent=1))
    else:
        print(table.quality(found))


def _scale(options: argparse.Namespace) -> None:
    with database.running() as server:
        found = scale.measure(server, scale.SIZES, min(options.rounds, scale.ROUNDS), _tell)
    if options.json:
        print(json.dumps([asdict(one) | {"ratio": one.ratio} for one in found], indent=1))
    else:
        print(table.scale(found))


def _plan(options: argparse.Namespace) -> None:
    with database.running() as server:
        found = plan.measure(server, options.rows, _tell)
    print(json.dumps([asdict(one) for one in found], indent=1))


def _freshness(options: argparse.Namespace) -> None:
    clock.shift(freshness.START)
    found = freshness.measure(options.minutes, options.sources, _tell)
    print(json.dumps(asdict(found), indent=1) if options.json else table.freshness(found))


def _load(options: argparse.Namespace) -> None:
    with database.running() as server:
        paths = _paths(server, options.rows, options.only, options.rounds)
        growth = [_growth(server, rows, options, paths) for rows in GROWTH] if options.growth else []
    if options.json:
        print(json.dumps(_plain(paths, growth), indent=1))
    else:
        print(table.paths(paths))
        if growth:
            print(table.growth(growth))


def _paths(server: database.Server, rows: int, names: list[str], rounds: int) -> dict[str, Measured]:
    with gateway.running(*gateway.with_dossiers(rows)) as address:
        _tell(f"making {rows:,} dossiers")
        made = gateway.warm(address)
        return measure(server, address, made, names, rounds, _tell)


def _growth(server, rows, options, measured) -> Measured:
    """The hub at this size, taken from what was measured already where it was."""
    if rows == options.rows and "hub" in measured:
        return measured["hub"]
    return _paths(server, rows, ["hub"], options.rounds)["hub"]


def _plain(paths: dict[str, Measured], growth: list[Measured]) -> dict[str, object]:
    ratios = table.ratios(paths)
    return {
        "paths": [
            {**asdict(found), "rows_per_second": round(found.rows_per_second), "ratios": ratios[found.name]}
            for found in paths.values()
        ],
        "growth": [{**asdict(found), "rows_per_second": round(found.rows_per_second)} for found in growth],
    }


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "what",
        nargs="?",
        choices=["load", "board", "quality", "scale", "plan", "freshness"],
        default="load",
        help="load by default",
    )
    parser.add_argument("--seconds", type=float, default=5, help="board: how long each kind of question is asked")
    parser.add_argument("--rows", type=int, default=500_000, help="load, plan: dossiers")
    parser.add_argument("--rounds", type=int, default=3, help="how often each path runs, or a page is opened; medians")
    parser.add_argument("--only", nargs="+", choices=list(SUBJECTS), default=list(SUBJECTS), metavar="PATH")
    parser.add_argument("--minutes", type=float, default=30, help="freshness: how long records are followed")
    parser.add_argument("--sources", nargs="+", default=[], help="freshness: only these")
    parser.add_argument("--growth", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if options.rows < 1 or options.rounds < 1 or min(options.seconds, options.minutes) <= 0:
        parser.error("--rows, --rounds, --seconds and --minutes must be more than 0")
    return options


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
