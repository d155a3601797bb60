"""The paging styles. A new one is a file beside this one and a line here."""

from typing import Annotated, get_args

from pydantic import Field

from connectors.paging.cursor import Cursor
from connectors.paging.files import Files
from connectors.paging.hub import HubValues
from connectors.paging.inbox import InboxFiles
from connectors.paging.next_link import NextLink
from connectors.paging.offset import Offset
from connectors.paging.pages import Pages
from connectors.paging.single import Single

_Style = Single | Pages | Offset | Cursor | NextLink | Files | InboxFiles | HubValues
Paging = Annotated[_Style, Field(discriminator="style")]
"""The keys of `paging` in a specification; `style` says which class reads them."""
PLACEHOLDERS = frozenset().union(*(style.placeholders for style in get_args(_Style)))
"""What any style fills in a request."""
