"""Which days a run loads. No Airflow here, so that the rule can be read and tested on its own."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from hub.errors import Abort
from hub.periods import VIETNAM, require_years
from hub.translation import msg

_DAY = timedelta(days=1)


def days(
    params: Mapping[str, object], start: datetime | None, end: datetime | None, run_after: datetime
) -> tuple[date, date]:
    """First and last day, both inclusive, Vietnam time.

    The parameters `from` and `to` win; then the run's data interval; a run that has neither loads the day before
    it was asked for. Raises Abort for parameters that name no range.
    """
    if params.get("from") or params.get("to"):
        return _asked(params)
    if start is None or end is None:
        yesterday = run_after.astimezone(VIETNAM).date() - _DAY
        return yesterday, yesterday
    return _completed(start, end)


def _asked(params: Mapping[str, object]) -> tuple[date, date]:
    first, last = (_day(params, name) for name in ("from", "to"))
    if last < first:
        raise Abort(
            msg(
                "The range is reversed: from {first} is after to {last}. Swap the two parameters.",
                first=first,
                last=last,
            ),
        )
    require_years(first, last)
    return first, last


def _day(params: Mapping[str, object], name: str) -> date:
    value = params.get(name)
    if not value:
        raise Abort(
            msg(
                "Parameter {name!r} is missing: give both from and to, as days such as 2023-06-30, or neither.",
                name=name,
            ),
        )
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise Abort(
            msg("Parameter {name!r} is {value!r}, which is no day; write it as 2023-06-30.", name=name, value=value),
        ) from None


def _completed(start: datetime, end: datetime) -> tuple[date, date]:
    """The days that ended within (start, end]: each day falls into one interval of a schedule. An interval within
    a day, as an hourly schedule has, gives the day in progress."""
    first = start.astimezone(VIETNAM).date()
    last = end.astimezone(VIETNAM).date() - _DAY
    return first, max(first, last)
