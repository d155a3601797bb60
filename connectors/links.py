"""Links that a gateway gives to its own pages and files, in any of the ways in which they are written."""

import re
from urllib.parse import SplitResult, parse_qsl, urljoin, urlsplit

from hub.errors import Reject
from hub.translation import msg

_LONGEST = 8192
_SPOILED = re.compile(r"[\x00-\x20\x7f\\]")
_PORTS = {"http": 80, "https": 443}


def local_path(gateway: str, asked: str, link: str) -> str:
    """The path and query, from the gateway's address on, that a link means which came in the answer to `asked`.

    It may be absolute, with or without the path of the gateway's address, begin with a slash or not, or be a query
    alone. Raises Reject for an address elsewhere, which is never followed.
    """
    own = urlsplit(gateway)
    try:
        meant = urlsplit(link)
        is_own = not meant.netloc or _origin(meant._replace(scheme=meant.scheme or own.scheme)) == _origin(own)
    except ValueError:
        is_own = False
    relative = is_own and not meant.netloc
    first = meant.path.partition("/")[0] if is_own else ""
    if len(link) > _LONGEST or _SPOILED.search(link) or not is_own or (relative and (meant.scheme or "@" in first)):
        raise Reject(
            msg(
                "{url}: the gateway names an address elsewhere ({path!r}), which is never followed",
                url=gateway,
                path=link[:80],
            ),
        )
    path = urlsplit(asked).path
    if relative and first and first == path.split("/")[1]:  # from the top, without its slash
        link = f"/{link}"
    joined = urlsplit(urljoin(path, urlsplit(link)._replace(scheme="", netloc="", fragment="").geturl()))
    prefix, target = own.path.rstrip("/"), joined.path
    if prefix and target.startswith(f"{prefix}/"):
        target = target[len(prefix) :]
    target = "/" + target.lstrip("/")
    return f"{target}?{joined.query}" if joined.query else target


def identity(path: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """What a path with its query asks for, in whatever order and form it is written."""
    parts = urlsplit(path)
    return parts.path, tuple(sorted(parse_qsl(parts.query, keep_blank_values=True)))


def _origin(address: SplitResult) -> tuple[str, str | None, int | None, str | None]:
    return address.scheme, address.hostname, address.port or _PORTS.get(address.scheme), address.username
