"""Addresses in settings, without credentials."""

import re
from typing import Annotated

from pydantic import AfterValidator

from hub.errors import Invalid
from hub.translation import msg

_CREDENTIAL = re.compile(r"[?&;][^=&]*(secret|password|token|key|sig)[^=&]*=", re.IGNORECASE)
"""A parameter of an address that holds one."""


def _without_credentials(address: str) -> str:
    """Raises Invalid, which does not repeat them, where an address that messages and logs name holds credentials."""
    place = address.partition("://")[2] or address.lstrip()
    host = re.split("[/?#]", place)[0]
    has_password = "@" in place and ":" in host and not host.rpartition(":")[2].isdecimal()
    if "@" in host or has_password or _CREDENTIAL.search(place):
        raise Invalid(
            msg(
                "must hold no user, password or key, because messages and logs name the address: give those of a"
                " gateway as client_id and client_secret, those of a store of files in the variables of its own program"
            )
        )
    return address


Address = Annotated[str, AfterValidator(_without_credentials)]
"""Of a gateway or a store of files, without credentials."""
