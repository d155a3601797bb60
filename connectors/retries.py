"""When a call to the gateway is tried again: how often, after how long, and with a new token."""

import email.utils
from collections.abc import Callable
from datetime import UTC, datetime
from typing import ParamSpec, TypeVar

import tenacity

from hub.errors import ExpiredToken, Retry

_ATTEMPTS = 6
_TOKENS = 3
"""Tokens in a row that one try may see refused: readers of a feed share a token, so one may fall to another's call."""
_LONGEST_WAIT = 60.0
"""Seconds between two tries of a call, whatever the other side asks for."""
_BACKOFF = tenacity.wait_exponential_jitter(multiplier=0.2, max=20, jitter=0.2)

Call = ParamSpec("Call")
Answer = TypeVar("Answer")


def persist(attempt: Callable[Call, Answer], *args: Call.args, **kwargs: Call.kwargs) -> Answer:
    """What `attempt` gives, after as many tries as its faults allow. Raises what the last try raised.

    After ExpiredToken, which means that the next try has a new token, it is tried again at once; after any other Retry
    when the time has passed that the other side asked for, or that the back-off gives.
    """
    with_tokens = tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(ExpiredToken),
        stop=tenacity.stop_after_attempt(_TOKENS),
        reraise=True,
    )
    with_patience = tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(Retry),
        stop=tenacity.stop_after_attempt(_ATTEMPTS),
        wait=_wait,
        reraise=True,
    )
    answer: Answer = with_patience(with_tokens, attempt, *args, **kwargs)
    return answer


_PASSING = frozenset({304, 408, 425, 429})
"""Statuses below 500 of a fault that may be over soon: a cache says "not modified" though nobody asked for that (304),
the request came too slowly (408) or too early (425), there were too many (429)."""


def may_pass(status: int) -> bool:
    """Whether an HTTP status means a fault that may be over soon."""
    return status in _PASSING or status >= 500


def seconds(retry_after: str | None) -> float | None:
    """Seconds that a Retry-After header asks to wait, from a number or an HTTP date, however many; Retry cuts them."""
    if retry_after is None:
        return None
    if retry_after.strip().isdecimal():
        return float(retry_after)
    until = moment(retry_after)
    return None if until is None else max(0.0, (until - datetime.now(UTC)).total_seconds())


def moment(header: str | None) -> datetime | None:
    """The moment that a header tells as an HTTP date; None where it tells none."""
    try:
        told = email.utils.parsedate_to_datetime(header or "")
    except (TypeError, ValueError, OverflowError, IndexError):
        return None
    return told if told.tzinfo else told.replace(tzinfo=UTC)


def _wait(state: tenacity.RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    asked = error.after if isinstance(error, Retry) else None
    return min(asked if asked is not None else _BACKOFF(state), _LONGEST_WAIT)
