"""Where the time of a record goes: from its appearance over Airflow's run, the load and the refresh to the wall."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from bench import freshness
from bench.freshness import _Followed, _Read, _TaskRun, _Wall
from hub.periods import VIETNAM

NINE = datetime(2023, 6, 13, 9, tzinfo=VIETNAM)


def at(seconds: float) -> datetime:
    return NINE + timedelta(seconds=seconds)


def task(dag: str, name: str, due: float, begun: float) -> _TaskRun:
    return _TaskRun(dag, name, "success", at(due), at(begun), at(begun + 5))


RUNS = [
    task("source_gate_h37", "vehicles", 0, 2),
    task("kpis", "refresh_h37", 10, 10),
    task("source_gate_h37", "vehicles", 60, 63),
    task("kpis", "refresh_h37", 70, 72),
]


@pytest.fixture
def way(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The way of a record that appeared at 20 s and whose batch 7 was read at 64 s and published at 68 s."""

    def found(newest: int, reads: list[_Read]) -> list[float]:
        followed, wall = _Followed("nowhere"), _Wall("nowhere", "key", reads)
        followed._seen["gate", "vehicles"] = [(6, at(15)), (newest, at(75))]
        monkeypatch.setattr(freshness, "_versions", lambda *_: iter([("gate", "vehicles", 7, at(64), at(68), at(20))]))
        [only] = freshness._ways("nowhere", NINE, at(600), RUNS, followed, wall)
        return list(only)

    return found


def test_each_stage_has_its_seconds_and_all_of_them_are_the_whole_way(way: Any) -> None:
    reads = [_Read(at(74), at(76), "before"), _Read(at(76), at(77), "after")]
    assert way(7, reads) == [40, 3, 5, 4, 3, 2, 57]


def test_a_read_that_began_before_the_refresh_does_not_count(way: Any) -> None:
    assert way(7, [_Read(at(74), at(76), "before")])[-1] == float("inf")


def test_a_record_that_no_figure_reflects_is_older_than_any(way: Any) -> None:
    assert way(6, [_Read(at(76), at(77), "after")])[-1] == float("inf")


def test_a_record_that_was_never_shown_counts_in_the_whole_way_alone() -> None:
    stages = freshness._stages([[1.0] * 7, [2.0] * 7, [float("inf")] * 7])
    assert [stage.longest for stage in stages] == [2, 2, 2, 2, 2, 2, float("inf")]


def test_a_stage_tells_the_middle_and_the_slowest_of_twenty() -> None:
    stage = freshness._stage("all", [float(seconds) for seconds in range(1, 21)])
    assert (stage.p50, stage.p95, stage.longest) == (10.5, 19, 20)
