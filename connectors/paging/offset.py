"""Pages by the number of records before them."""

from typing import Literal

from connectors.paging.numbered import Numbered
from connectors.paging.style import Place


class Offset(Numbered):
    """Every answer says how many records there are."""

    style: Literal["offset"]
    total: Place
