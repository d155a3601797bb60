"""Which months of quality are shown."""

from datetime import UTC, date, datetime, tzinfo

import pytest

from screens import quality
from tests.postgres import Postgres
from warehouse.database import connect


def test_without_any_batch_the_months_end_with_that_of_today_in_vietnam(
    postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the clock of the machine still has 30 June."""

    class Clock(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return datetime(2023, 6, 30, 20, tzinfo=UTC).astimezone(tz)

    monkeypatch.setattr(quality, "datetime", Clock)
    with connect(postgres.database(), "owner") as connection:
        months = quality.window(connection, 1, quality.Filters())
    assert (months.first, months.last) == (date(2022, 8, 1), date(2023, 7, 1))
