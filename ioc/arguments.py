"""What several commands ask for, read in one way."""

from collections.abc import Collection
from datetime import date

import typer

from ioc.texts import say


def parse_day(text: str) -> date:
    """A day as YYYY-MM-DD; anything else is a usage error that says so."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(
            say(
                f"{text!r} không phải là ngày; hãy viết YYYY-MM-DD, ví dụ 2023-06-30",
                f"{text!r} is no day; write YYYY-MM-DD, for example 2023-06-30",
            )
        ) from None


def check_range(first: date, last: date) -> None:
    """Refuses a reversed range."""
    if last < first:
        raise typer.BadParameter(
            say(
                f"khoảng ngày bị ngược: {first} sau {last}; hãy đổi chỗ --from và --to",
                f"the range is reversed: {first} is after {last}; swap --from and --to",
            )
        )


def check_source(name: str, known: Collection[str], province: str | None = None) -> None:
    """Refuses a source that is not among those of the installation or, where one is named, of the province."""
    if name not in known:
        there = ", ".join(known)
        raise typer.BadParameter(
            say(
                f"{province or 'cài đặt này'} không có nguồn {name!r}; hiện có {there}",
                f"{province or 'this installation'} has no source {name!r}; it has {there}",
            )
        )


First = typer.Option("--from", parser=parse_day, metavar="DAY", help="Ngày đầu / first day, YYYY-MM-DD")
Last = typer.Option("--to", parser=parse_day, metavar="DAY", help="Ngày cuối, tính cả ngày này / last, inclusive")
Province = typer.Option("--province", metavar="CODE", help="Mã tỉnh, khi có nhiều tỉnh / province, if several: H37")
