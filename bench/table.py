"""The figures as tables that can be pasted into a page."""

from dataclasses import asdict

from bench.board import Measured as Answers
from bench.freshness import AIM, Freshness
from bench.pages import AIM_KIB, AIM_MS, SeenPage
from bench.quality import SIZES, QualityPage
from bench.rounds import SUBJECTS, Measured
from bench.scale import SIZES as SCALES
from bench.scale import Cost

_AGAINST = {"dlt_default": "× dlt default", "dlt_best": "× dlt best", "bare": "× limit"}
AIMS = {"dlt_default": 10.0, "dlt_best": 1.0, "bare": 0.6}
"""How many times as fast as each of these the hub is to be."""
MOST_MEMORY_MB = 300
"""What its client is to take at most, however much it loads."""

MOST_GROWTH = 1.2
"""How many times as much a question about one month may cost beside the most dossiers as beside the fewest."""


def ratios(paths: dict[str, Measured]) -> dict[str, dict[str, float]]:
    """Each path's speed as a multiple of the others' that were measured too."""
    return {
        name: {other: round(paths[other].seconds / found.seconds, 2) for other in _AGAINST if other in paths}
        for name, found in paths.items()
    }


def paths(measured: dict[str, Measured]) -> str:
    against = [name for name in _AGAINST if name in measured]
    multiples = ratios(measured)
    head = ["path", "thousand rows/s", "seconds", *(_AGAINST[name] for name in against)]
    head += ["client CPU s", "memory, MB", "of it imports", "import s"]
    rows = [
        [
            SUBJECTS[name].title,
            f"{found.rows_per_second / 1000:.1f}",
            f"{found.seconds:.1f}",
            *(f"{multiples[name][other]:.2f}" for other in against),
            f"{found.cpu_seconds:.1f}",
            f"{found.memory_peak_mb:.0f}",
            f"{found.memory_before_mb:.0f}",
            f"{found.import_seconds:.1f}",
        ]
        for name, found in measured.items()
    ]
    if "hub" in measured:
        aims = (f"{AIMS[other]:.2f}" for other in against)
        rows.append(["aim of the hub, at least (memory at most)", "", "", *aims, "", f"{MOST_MEMORY_MB}", "", ""])
    return _table(head, rows)


def growth(measured: list[Measured]) -> str:
    head = ["hub, rows", "thousand rows/s", "seconds", "memory, MB"]
    rows = [
        [f"{m.rows:,}", f"{m.rows_per_second / 1000:.1f}", f"{m.seconds:.1f}", f"{m.memory_peak_mb:.0f}"]
        for m in measured
    ]
    return "\n" + _table(head, rows)


def board(measured: list[Answers]) -> str:
    head = ["question", "at a time", "answers/s", "× constant", "p50, ms", "p95, ms", "server CPU, ms", "aim"]
    times = _times_constant(measured)
    rows = [
        [
            m.title,
            f"{m.concurrency}",
            f"{m.per_second:.0f}",
            f"{ratio:.2f}",
            f"{m.p50_ms:.1f}",
            f"{m.p95_ms:.1f}",
            f"{m.cpu_ms:.2f}",
            "" if m.aim_ms is None else f"{m.aim_ms:.2f}",
        ]
        for m, ratio in zip(measured, times, strict=True)
    ]
    return _table(head, rows)


def pages(seen: list[SeenPage]) -> str:
    if not seen:
        return "\nPages were not looked at: there is no Chromium here."
    head = [
        f"page in a browser that never saw it, median of {seen[0].rounds}",
        f"first content, ms (aim {AIM_MS})",
        "of the first visit",
        "requests",
        f"KiB on the wire (aim {AIM_KIB})",
    ]
    rows = [
        [one.path, f"{one.first_content_ms:.0f}", f"{one.of_first_visit_ms:.0f}", f"{one.requests}", f"{one.kib:.0f}"]
        for one in seen
    ]
    return "\n" + _table(head, rows)


def quality(found: list[QualityPage]) -> str:
    rows = [
        [
            one.path,
            *(f"{took:.1f} ({shown})" for took, shown in zip(one.times, one.rows, strict=True)),
            f"{one.ratio:.2f}",
            f"{one.ratio_of_full:.2f}",
        ]
        for one in found
    ]
    heads = [f"{size:,} runs, ms (rows shown)" for size in SIZES]
    return _table(["page", *heads, f"× {SIZES[0]:,} runs", f"× {SIZES[1]:,} runs"], rows)


def scale(found: list[Cost]) -> str:
    rows = [
        [
            one.name,
            *(f"{cpu:.0f} ({wall:.0f})" for cpu, wall in zip(one.cpu, one.wall, strict=True)),
            f"{one.ratio:.2f}",
        ]
        for one in found
    ]
    heads = [f"{size.dossiers:,} dossiers, CPU ms (wall)" for size in SCALES]
    aim = ["aim: at most", *("" for _ in SCALES), f"{MOST_GROWTH:.2f}"]
    return _table(["what is done", *heads, "× the smallest"], [*rows, aim])


def freshness(found: Freshness) -> str:
    rows = [[one.name, f"{one.p50:.1f}", f"{one.p95:.1f}", f"{one.longest:.1f}"] for one in found.stages]
    ways = _table(
        [f"{found.records:,} records, seconds", "p50", "p95", "longest"], [*rows, ["aim", "", f"{AIM:.0f}", ""]]
    )
    work = [
        [name, f"{seconds:.1f}", f"{seconds / found.minutes:.1f}"]
        for name, seconds in sorted(found.cpu.items(), key=lambda one: -one[1])
    ]
    whole = sum(found.cpu.values())
    parts = _table(
        ["part", "CPU s", "CPU s a minute"], [*work, ["all", f"{whole:.1f}", f"{whole / found.minutes:.1f}"]]
    )
    failed = ", ".join(f"{name} {count}" for name, count in found.failed.items())
    return (
        f"{ways}\n\n{parts}\n\nIn {found.minutes:g} minutes, {found.sources} sources with {found.feeds} feeds:"
        f" {found.loads} loads, {found.skipped} with nothing to read, {found.refreshes} refreshes, {found.tasks} tasks;"
        f" {found.never_shown} records were never shown; the wall was read {found.reads} times and showed"
        f" {found.changes} contents. Failed: {failed or 'none'}."
    )


def plain_board(measured: list[Answers], seen: list[SeenPage]) -> dict[str, object]:
    times = _times_constant(measured)
    return {
        "answers": [
            {**asdict(m), "per_second": round(m.per_second, 1), "times_constant": round(ratio, 3)}
            for m, ratio in zip(measured, times, strict=True)
        ],
        "pages": [asdict(one) for one in seen],
    }


def _times_constant(measured: list[Answers]) -> list[float]:
    """Each speed as a multiple of the constant answer's at the same concurrency."""
    constant = {m.concurrency: m.per_second for m in measured if m.name == "constant"}
    return [m.per_second / constant[m.concurrency] for m in measured]


def _table(head: list[str], rows: list[list[str]]) -> str:
    widths = [max(len(line[place]) for line in [head, *rows]) for place in range(len(head))]

    def line(cells: list[str]) -> str:
        fitted = [cells[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(cells[1:], widths[1:], strict=True))]
        return f"| {' | '.join(fitted)} |"

    rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    return "\n".join([line(head), rule, *map(line, rows)])
