"""The roles of accounts, and the scopes: what a caller may do with what it sees."""

from typing import Literal, get_args

from hub.suggestions import unknown
from hub.translation import msg

Role = Literal["viewer", "department", "engineer", "auditor", "admin"]
Scope = Literal["read", "explain", "rows", "export", "wall", "metrics"]
ROLES: tuple[Role, ...] = get_args(Role)
KEY_SCOPES: tuple[Scope, ...] = get_args(Scope)
"""`read` figures, `explain` them, see the source `rows`, `export` files; `wall` shows the wall and nothing else,
`metrics` the counters of the web process, in which there is no figure."""

_PERSON: frozenset[Scope] = frozenset(["read", "explain", "rows", "export"])
ROLE_SCOPES: dict[Role, frozenset[Scope]] = dict.fromkeys(ROLES, _PERSON) | {
    "viewer": _PERSON - {"rows"},
    "engineer": _PERSON | {"metrics"},
    "admin": _PERSON | {"metrics"},
}

SEE_INCIDENTS: frozenset[Role] = frozenset(["engineer", "auditor", "admin"])
ENGINEERS: frozenset[Role] = SEE_INCIDENTS - {"auditor"}
"""Who sees the page of incidents; who acknowledges, assigns and resolves them, and mends the reference data."""


WRITE_NOTES: frozenset[Role] = frozenset(["department", "engineer", "admin"])
KEEP_NOTES: frozenset[Role] = frozenset(["admin"])
"""Who writes notes on figures of its own areas and fields, and who withdraws those of others, too."""


def check_role(name: str) -> Role:
    """The role of that name. Raises InvalidAccount naming those that there are."""
    for role in ROLES:
        if role == name:
            return role
    raise unknown(msg("role"), name, ROLES)


PAGE_READERS: frozenset[Role] = frozenset(["auditor", "engineer", "admin"])
"""Who may open landed pages, which are redacted; each time is an entry of the trail."""
AUDITORS: frozenset[Role] = frozenset(["auditor", "admin"])
"""Who may waive refused records or reject them for good; assigning them is for PAGE_READERS."""
