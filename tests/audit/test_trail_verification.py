"""What is done to the audit trail by whoever owns the database is found, and the first bad place named."""

import pytest

from audit import anchors, checkpoints
from tests.audit.trail import Trail
from warehouse.database import connect


def rebuild(hub: Trail) -> None:
    """As an attacker who knows the hub does: all places, nodes and checkpoints are made anew, with the hub's key."""
    hub.attack(
        "truncate ledger.leaf, ledger.tree_node, ledger.checkpoint, ledger.pending_entry",
        "insert into ledger.pending_entry select entry_id from ledger.entry",
    )
    with connect(hub.url, "loader") as connection:
        checkpoints.make(connection, checkpoints.signing_key(hub.settings))


CHANGED = "update ledger.entry set body = replace(body, '\"fetched\":3', '\"fetched\":9') where subject = 'feed/dvc/3'"


@pytest.mark.parametrize(
    ("statements", "named"),
    [
        ([CHANGED], "(place {third}) was changed after it was written"),
        (["delete from ledger.entry where subject = 'feed/dvc/3' and entry_id < 10"], "(place {third}) was deleted"),
        (
            ["insert into ledger.entry (body) select body from ledger.entry where subject = 'feed/dvc/3' limit 1"],
            "was not written by the hub: it has no place in the tree",
        ),
        (
            [
                "update ledger.entry e set body = o.body from (select body, subject from ledger.entry where subject in"
                " ('feed/dvc/3', 'feed/dvc/4') and entry_id < 10) o where e.entry_id < 10 and e.subject in"
                " ('feed/dvc/3', 'feed/dvc/4') and o.subject <> e.subject"
            ],
            "(place {third}) holds what was written at place {fourth}",
        ),
        (
            ["update ledger.leaf l set entry_id = -1 - entry_id where position = 5"],
            "(place 5) was deleted",
        ),
        (["delete from ledger.leaf where position = 5"], "The place 5 in the tree over the audit trail is missing"),
        (
            ["update ledger.tree_node set sha256 = sha256('') where level = 2 and position = 1"],
            "the node over the places 4 to 7 is not what they give",
        ),
        (
            [
                "alter table ledger.entry alter column actor drop expression",
                "update ledger.entry set actor = 'user:nobody' where subject = 'feed/dvc/3' and entry_id < 10",
            ],
            "(place {third}): columns contradict its text",
        ),
        (
            ["delete from ledger.checkpoint where tree_size = (select max(tree_size) from ledger.checkpoint)"],
            "places were added, or checkpoints deleted",
        ),
        (
            ["update ledger.checkpoint set note = replace(note, E'\\n' || tree_size || E'\\n', E'\\n7\\n')"],
            "is not signed by ioc-data-hub-h37+",
        ),
        (
            [
                "delete from ledger.entry where entry_id > 15",
                "delete from ledger.leaf where entry_id > 15",
                "delete from ledger.pending_entry",
                "delete from ledger.checkpoint where tree_size > (select count(*) from ledger.leaf)",
                "delete from ledger.tree_node n where (position + 1) << level > (select count(*) from ledger.leaf)",
                "update ledger.anchor set tree_size = 0",
            ],
            "The audit trail was cut off",
        ),
        (["delete from ledger.pending_entry"], "was not written by the hub: it has no place in the tree"),
        (
            ["delete from ledger.entry where entry_id in (select min(entry_id) from ledger.pending_entry)"],
            "was deleted before it had a place in the tree",
        ),
        (
            [
                "insert into ledger.seal select 99, 'x', 1, 'load', now(), 0, sha256(''), null, sha256('')",
            ],
            "Seal 99 (chain x) was not made by the hub: no entry of the audit trail names it",
        ),
        (["delete from ledger.seal"], "which entry"),
    ],
)
def test_each_way_to_rewrite_the_trail_is_found_and_its_place_named(
    hub: Trail, statements: list[str], named: str
) -> None:
    third, fourth = (
        hub.one(
            f"select min(position) from ledger.leaf join ledger.entry using (entry_id) where subject = 'feed/dvc/{n}'"
        )
        for n in (3, 4)
    )
    hub.attack(*statements)
    found = hub.verify()
    assert named.format(third=third, fourth=fourth) in " | ".join(finding.text.en for finding in found.findings)


@pytest.mark.parametrize(
    ("statement", "place"),
    [
        (CHANGED, "{third}"),
        ("delete from ledger.entry where subject = 'feed/dvc/3' and entry_id < 10", "{third}"),
        ("update ledger.entry set entry_id = 900 where subject = 'feed/dvc/3' and entry_id < 10", "{third}"),
    ],
)
def test_a_chain_that_is_rewritten_as_a_whole_contradicts_the_checkpoints_outside(
    hub: Trail, statement: str, place: str
) -> None:
    third = hub.one(
        "select min(position) from ledger.leaf join ledger.entry using (entry_id) where subject = 'feed/dvc/3'"
    )
    hub.attack(statement)
    rebuild(hub)
    said = [finding.text.en for finding in hub.verify().findings]
    assert any("The audit trail was rewritten" in text for text in said)
    assert f"at place {place.format(third=third)} (entry" in said[-1]
    assert anchors.is_folder(hub.settings.audit_anchors[0])
    refused = hub.checkpoint()
    assert "contradicts the audit trail" in str(refused[0].error)
