"""How numbers are written on the wire, and how they are read."""

import re

from pydantic import BaseModel

_INTEGER = r"-?\d+"
_NUMBER = r"-?\d+(\.\d+)?([eE][+-]?\d+)?"


class NumberFormat(BaseModel):
    """The keys of a column that say how its numbers are written."""

    thousands: str | None = None
    """What stands between groups of three digits: "10.915" is ten thousand where it is "."."""

    def plain(self, *, integer: bool) -> list[tuple[str, str, str]]:
        """The steps from the wire's form to one like "-1234.5e6", or "1234" of integers: the regular expression that
        a number must match, what is then replaced in it, and by what."""
        steps = [(f"^({_INTEGER if integer else _NUMBER})$", "", "")]
        if self.thousands:
            grouped = rf"^(-?\d{{1,3}}({re.escape(self.thousands)}\d{{3}})*|{_INTEGER})$"
            steps.insert(0, (grouped, self.thousands, ""))
        return steps
