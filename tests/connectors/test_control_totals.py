"""The source's own counts are read by type: a count, or an error that says where there is none."""

import json
from datetime import date
from typing import Any

import pytest

from connectors.slices import Slice
from connectors.source_files import find_feed
from expectations.control_totals import ControlTotal, totals
from hub.errors import Retry
from tests.connectors.stub import Reply, stub

GATES = find_feed("gate", "vehicles")
JUNE = Slice(date(2023, 6, 1), date(2023, 6, 30))
PLACE = {"province": "H37", "area": "20"}


def asked(body: bytes, status: int = 200) -> list[ControlTotal]:
    with stub(lambda _: Reply(body, status)) as there:
        return list(totals(there.gateway(), GATES, JUNE, PLACE))


def row(**changes: Any) -> bytes:
    said = {"cua_khau": "HUU_NGHI", "chieu": "XUAT", "so_luong": 5, **changes}
    return json.dumps({"du_lieu": [said]}).encode()


@pytest.mark.parametrize("count", [5, "5", 5.0, " 5 ", "5\u00a0"], ids=repr)
def test_a_count_may_be_written_in_many_ways(count: Any) -> None:
    (total,) = asked(b"\xef\xbb\xbf" + row(so_luong=count))
    assert (total.value, total.breakdown) == (5.0, {"gate": "huu_nghi", "direction": "export"})


@pytest.mark.parametrize(
    "count", [None, "", True, "nhiều", "1.234", "1e3", [5], float("nan"), float("inf"), 10**20, "9" * 5000], ids=ascii
)
def test_what_is_no_count_is_an_error_that_names_its_field(count: Any) -> None:
    with pytest.raises(Retry, match="so_luong is no count"):
        asked(row(so_luong=count))


@pytest.mark.parametrize("gate", [None, "", {"ma": 1}], ids=repr)
def test_a_count_of_no_slice_is_an_error_that_names_its_field(gate: Any) -> None:
    with pytest.raises(Retry, match="does not say its cua_khau"):
        asked(row(cua_khau=gate))


@pytest.mark.parametrize(("body", "status"), [(b'{"du_lieu":null}', 200), (b'{"du_lieu":[]}', 200), (b"", 204)])
def test_there_may_be_no_counts(body: bytes, status: int) -> None:
    assert asked(body, status) == []


@pytest.mark.parametrize("body", [b'{"du_lieu":[5]}', b'{"du_lieu":{"a":1}}', b"<html>", b"[" * 100_000])
def test_an_answer_of_another_form_is_an_error(body: bytes) -> None:
    with pytest.raises(Retry, match="GET /cuakhau/v1/thong-ke"):
        asked(body)
