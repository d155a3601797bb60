"""The key that signs checkpoints is whole, of its owner alone, and made once."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from audit import checkpoints
from audit.notes import SigningKey
from hub.errors import Abort
from tests.audit.trail import Trail


def test_the_key_is_for_its_owner_alone(kept: Trail, tmp_path: Path) -> None:
    assert kept.settings.audit_key is not None
    assert kept.settings.audit_key.stat().st_mode & 0o777 == 0o600
    (tmp_path / "open.pem").write_bytes(kept.settings.audit_key.read_bytes())
    (tmp_path / "open.pem").chmod(0o644)
    with pytest.raises(Abort, match="can be read by others"):
        SigningKey.open(tmp_path / "open.pem", "x")
    with pytest.raises(Abort, match="No key is configured"):
        checkpoints.signing_key(kept.settings.model_copy(update={"audit_key": None}))


@pytest.mark.usefixtures("disk_full")
def test_a_key_is_made_whole_or_not_at_all(tmp_path: Path) -> None:
    with pytest.raises(Abort, match="No space left"):
        SigningKey.open(tmp_path / "audit.pem", "x")
    assert list(tmp_path.iterdir()) == []


def test_several_who_make_the_key_at_once_have_the_same(tmp_path: Path) -> None:
    file = tmp_path / "audit.pem"
    with ThreadPoolExecutor(8) as pool:
        keys = list(pool.map(lambda _: SigningKey.open(file, "x").verifier, range(8)))
    assert len(set(keys)) == 1
    assert list(tmp_path.iterdir()) == [file]
