"""Entries get their places when a checkpoint is made, and nothing is signed that contradicts the one before."""

import pytest

from hub.errors import Abort
from tests.audit.trail import Trail
from warehouse import trail
from warehouse.database import connect


def test_what_commits_late_gets_its_place_with_the_next_checkpoint(hub: Trail) -> None:
    with connect(hub.url, "loader") as late:
        number = trail.write(late, "load", "feed/late")
        hub.write(1)
        hub.checkpoint()
        assert hub.one(f"select count(*) from ledger.leaf where entry_id = {number}") == 0
        late.commit()
    assert hub.verify().pending == 1
    hub.checkpoint()
    position = hub.one(f"select position from ledger.leaf where entry_id = {number}")
    assert position == hub.one("select max(position) from ledger.leaf")
    assert hub.verify().findings == []


def test_no_checkpoint_is_signed_that_contradicts_the_one_before(hub: Trail) -> None:
    hub.attack("update ledger.leaf set sha256 = sha256('') where position = 0; delete from ledger.tree_node")
    with pytest.raises(Abort, match="run `ioc audit verify`"):
        hub.checkpoint()
