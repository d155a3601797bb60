"""A measurement of plans that does not do what it says fails."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bench import plan
from hub.errors import Retry


@pytest.mark.parametrize(
    ("change", "file"),
    [(plan._another_tier, "organisations.csv"), (plan._another_population, "area_population.csv")],
)
def test_a_change_that_finds_nothing_to_change_is_an_error(
    change: Callable[[Path], None], file: str, tmp_path: Path
) -> None:
    (tmp_path / "reference").mkdir()
    (tmp_path / "reference" / file).write_text("code,level\n")
    with pytest.raises(SystemExit, match=file):
        change(tmp_path)


def test_reads_that_failed_meanwhile_are_an_error() -> None:
    reader = plan._Reader("postgresql+psycopg://127.0.0.1:9/nowhere")
    with pytest.raises(Retry):
        reader.end()
