"""Why a request has another answer than the asked one, with the HTTP status that tells machines.

A thing that the caller may not see is not found: nobody learns from an answer whether it exists.
"""

from collections.abc import Sequence
from difflib import get_close_matches

from hub.errors import RequestError
from hub.translation import msg


def unauthenticated() -> RequestError:
    """No known caller. Never says which part of the credentials is wrong."""
    error = RequestError(
        msg("Sign in, or send an API key: Authorization: Bearer <key>. An expired or revoked key is not valid"),
        401,
        "unauthenticated",
    )
    error.headers["WWW-Authenticate"] = 'Bearer realm="ioc"'
    return error


def forbidden(scope: str) -> RequestError:
    """The caller is known, but has no such right at all."""
    return RequestError(
        msg("this account or key does not have the scope {scope}; ask an administrator", scope=scope),
        403,
        "forbidden",
        scope=scope,
    )


def not_found(vi: str, en: str, given: object, known: Sequence[str] = ()) -> RequestError:
    """There is no such thing for this caller; the nearest names among those that there are."""
    near = get_close_matches(str(given), known, n=3)
    also_vi, also_en = msg("; similar: {near}", near=", ".join(near)) if near else ("", "")
    return RequestError(
        f"Không có {vi} {given!r} trong phạm vi của bạn{also_vi}",
        f"there is no {en} {given!r} within your rights{also_en}",
        404,
        "not-found",
    )


def invalid_parameter(parameter: str, vi: str, en: str) -> RequestError:
    """A parameter with a value that it cannot have."""
    return invalid_parameters([{"parameter": parameter, "vi": vi, "en": en}])


def invalid_parameters(errors: Sequence[dict[str, str]]) -> RequestError:
    """Several of them in one answer; each names its `parameter`, and says in `vi` and `en` what is wrong."""
    vi, en = ("; ".join(f"{error['parameter']}: {error[language]}" for error in errors) for language in ("vi", "en"))
    return RequestError(vi, en, 422, "invalid-parameters", errors=errors)


def unavailable(after: int = 5) -> RequestError:
    """The database does not answer now."""
    error = RequestError(
        msg("the database does not answer now; try again in {after} s", after=after),
        503,
        "unavailable",
    )
    error.headers["Retry-After"] = str(after)
    return error
