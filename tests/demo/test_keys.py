"""The demo's secrets."""

import json
from pathlib import Path

import pytest

from demo.secret_keys import demo_keys
from hub.errors import Abort


def test_secrets_are_made_once_and_kept(tmp_path: Path) -> None:
    keys = demo_keys(tmp_path / "state")
    assert demo_keys(tmp_path / "state") == keys
    assert demo_keys(tmp_path / "elsewhere")["hmac_key"] != keys["hmac_key"]


def test_nobody_else_can_read_them(tmp_path: Path) -> None:
    demo_keys(tmp_path)
    assert (tmp_path / "demo.keys.json").stat().st_mode & 0o077 == 0


def test_a_new_kind_of_secret_leaves_the_old_ones(tmp_path: Path) -> None:
    keys = demo_keys(tmp_path)
    path = tmp_path / "demo.keys.json"
    path.write_text(json.dumps({"hmac_key": keys["hmac_key"]}))
    assert demo_keys(tmp_path)["hmac_key"] == keys["hmac_key"]


def test_a_broken_file_is_an_error_and_not_a_reason_for_new_keys(tmp_path: Path) -> None:
    (tmp_path / "demo.keys.json").write_text("{")
    with pytest.raises(Abort, match=r"demo\.keys\.json"):
        demo_keys(tmp_path)
    assert (tmp_path / "demo.keys.json").read_text() == "{"
