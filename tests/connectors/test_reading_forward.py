"""A read moves forward or ends with one error that names where it does not, after one attempt."""

from collections.abc import Callable
from typing import Any

import pytest

from connectors.paging import style
from connectors.paging.feed_reader import Declaration
from hub.errors import Reject, Retry
from tests.connectors import specs
from tests.connectors.stub import Asked, Reply, says, stub
from tests.connectors.test_paging import COUNTED, NUMBERED, OFFSET, codes, cursored, numbered, read, rows

PATH = "/luutru/v1/van-ban"
Pages = dict[str, tuple[list[str], Any]]


def linked(pages: Pages, total: Any = 3) -> Callable[[Asked], Reply]:
    """Pages by the parameter `trang`, with the link that each holds."""

    def answer(asked: Asked) -> Reply:
        names, link = pages[asked.query.get("trang", "1")]
        return says({"ma_loi": 0, "du_lieu": rows(*names), "trang": {"tong": total, "tiep": link}})

    return answer


@pytest.mark.parametrize("end", ["", None, "  ", "\u200b", False], ids=repr)
def test_an_empty_link_is_the_end(end: Any) -> None:
    with stub(linked({"1": (["1", "2"], f"{PATH}?trang=2"), "2": (["3"], end)})) as there:
        assert codes(read(there, specs.feed())) == [["1", "2"], ["3"]]
    assert len(there.asked) == 2


def test_a_missing_link_is_the_end() -> None:
    with stub(lambda _: says({"ma_loi": 0, "du_lieu": rows("1"), "trang": {"tong": 1}})) as there:
        assert codes(read(there, specs.feed())) == [["1"]]


@pytest.mark.parametrize(
    ("pages", "named", "asked"),
    [
        ({"1": (["1"], f"{PATH}?trang=1"), "2": ([], None)}, "trang=1", 2),
        ({"1": (["1"], f"{PATH}?trang=2"), "2": (["2"], f"{PATH}?trang=2")}, "trang=2", 2),
        ({"1": (["1"], f"{PATH}?trang=2"), "2": (["2"], "?trang=2")}, "trang=2", 2),
        (
            {"1": (["1"], f"{PATH}?trang=2"), "2": (["2"], "?trang=3"), "3": (["3"], "?trang=2")},
            "trang=2",
            3,
        ),
        (
            {"1": (["1"], f"{PATH}?tu=2023-05-01T00:00:00%2B07:00&so_dong=3"), "2": ([], None)},
            "so_dong=3",
            1,
        ),
        (
            {"1": (["1"], f"{PATH}?so_dong=3&tu=2023-05-01T00%3A00%3A00%2B07%3A00"), "2": ([], None)},
            "so_dong=3",
            1,
        ),
        ({"1": (["1"], f"{PATH}?trang=2"), "2": (["2"], f"{PATH}?trang=3"), "3": (["2"], f"{PATH}?trang=4")}, "=3", 3),
    ],
    ids=["itself", "the same", "the same, written otherwise", "before", "first", "first, other order", "same records"],
)
def test_a_link_seen_before_ends_the_read_with_an_error_that_names_it(pages: Pages, named: str, asked: int) -> None:
    with stub(linked(pages)) as there, pytest.raises(Reject, match="in a circle") as error:
        list(read(there, specs.feed()))
    assert named in str(error.value)
    assert len(there.asked) == asked


@pytest.mark.parametrize("link", [2, True, ["a"], {"href": "a"}], ids=repr)
def test_a_link_that_is_none_is_an_error(link: Any) -> None:
    with stub(linked({"1": (["1"], link)})) as there, pytest.raises(Retry):
        list(read(there, specs.feed()))


def own(url: str) -> list[str]:
    host = url.removeprefix("http://")
    return [
        f"{url}{PATH}?trang=2",
        f"HTTP{url[4:]}{PATH}?trang=2",
        f"//{host}{PATH}?trang=2",
        f"{PATH}?trang=2",
        f"{PATH[1:]}?trang=2",
        "van-ban?trang=2",
        "./van-ban?trang=2",
        "?trang=2",
        f"{PATH}?trang=2#dau",
    ]


@pytest.mark.parametrize("number", range(9))
@pytest.mark.parametrize("prefix", ["", "/lgsp"])
def test_a_link_of_the_gateways_own_is_followed_however_it_is_written(number: int, prefix: str) -> None:
    pages: Pages = {"2": (["3"], None)}
    with stub(linked(pages)) as there:
        there.url += prefix
        pages["1"] = ["1", "2"], own(there.url)[number]
        assert codes(read(there, specs.feed())) == [["1", "2"], ["3"]]
        assert {asked.path for asked in there.asked} == {prefix + PATH}


FOREIGN = [
    "{elsewhere}/luutru/v1/van-ban?trang=2",
    "//{host}/luutru/v1/van-ban",
    "https://{own}/luutru/v1/van-ban",
    "http://127.0.0.1:1/luutru/v1/van-ban",
    "http://{own}@{host}/luutru",
    "http://hub:x@{own}/luutru",
    "@{host}/luutru",
    "ftp://{own}/luutru",
    "javascript:alert(1)",
    "http:\\\\{host}\\luutru",
    "\\\\{host}/luutru",
    "/luutru?x=\r\nHost: {host}",
    "http://[::1",
    "/luutru?x=" + "y" * 9000,
]


@pytest.mark.parametrize("link", FOREIGN, ids=lambda link: link[:30])
def test_a_link_to_elsewhere_is_never_followed(link: str) -> None:
    with stub(lambda _: says({})) as elsewhere:
        places = {"elsewhere": elsewhere.url, "host": elsewhere.url.removeprefix("http://")}
        pages: Pages = {}
        with stub(linked(pages)) as there:
            pages["1"] = (["1"], link.format(**places, own=there.url.removeprefix("http://")))
            with pytest.raises(Reject, match="elsewhere"):
                list(read(there, specs.feed()))
            assert len(there.asked) == 1
        assert elsewhere.asked == []


def cursors(pages: dict[str | None, tuple[list[str], Any, Any]]) -> Callable[[Asked], Reply]:
    def answer(asked: Asked) -> Reply:
        names, following, more = pages[asked.query.get("cursor")]
        said = {"du_lieu": rows(*names), "sau": following, "con": more}
        return says({name: value for name, value in said.items() if value != "missing"})

    return answer


@pytest.mark.parametrize("following", [None, "", " ", "missing"], ids=repr)
def test_more_without_a_cursor_is_an_error_after_one_attempt(following: Any) -> None:
    with stub(cursors({None: (["1"], following, True)})) as there, pytest.raises(Reject, match="there is no sau"):
        list(read(there, cursored()))
    assert len(there.asked) == 1


@pytest.mark.parametrize("said", [False, "false", "False", 0, "0", 0.0], ids=repr)
def test_no_more_may_be_said_in_many_ways(said: Any) -> None:
    declaration = Declaration()
    with stub(cursors({None: (["1"], "a", said)})) as there:
        assert codes(read(there, cursored(), declaration)) == [["1"]]
    assert declaration.cursor == "a"
    assert len(there.asked) == 1


@pytest.mark.parametrize("said", [True, "true", "TRUE", 1, "1", 1.0], ids=repr)
def test_so_may_more(said: Any) -> None:
    with stub(cursors({None: (["1"], "a", said), "a": (["2"], "b", False)})) as there:
        assert codes(read(there, cursored())) == [["1"], ["2"]]


@pytest.mark.parametrize("said", ["maybe", 2, "-1"], ids=repr)
def test_neither_yes_nor_no_is_an_error(said: Any) -> None:
    with stub(cursors({None: (["1"], "a", said)})) as there, pytest.raises(Retry, match="neither yes nor no"):
        list(read(there, cursored()))


@pytest.mark.parametrize("said", [None, "", "missing"], ids=repr)
def test_where_more_is_not_told_cursors_are_followed_while_records_come(said: Any) -> None:
    with stub(cursors({None: (["1"], "a", said), "a": (["2"], "b", said), "b": ([], "c", said)})) as there:
        assert codes(read(there, cursored())) == [["1"], ["2"], []]


def test_a_ring_of_cursors_is_an_error_that_names_it() -> None:
    ring = {None: (["1"], "a", True), "a": (["2"], "b", True), "b": (["3"], "a", True)}
    with stub(cursors(ring)) as there, pytest.raises(Reject, match="in a circle: 'a'"):
        list(read(there, cursored()))
    assert len(there.asked) == 3


def test_a_cursor_of_the_last_load_that_leads_back_to_itself_is_an_error() -> None:
    ring = {"x": (["1"], "y", True), "y": (["2"], "x", True)}
    with stub(cursors(ring)) as there, pytest.raises(Reject, match="in a circle: 'x'"):  # type: ignore[arg-type]
        list(read(there, cursored(), Declaration(cursor="x")))
    assert len(there.asked) == 2


def test_new_cursors_to_the_same_records_are_a_circle() -> None:
    def answer(asked: Asked) -> Reply:
        return says({"du_lieu": rows("1"), "sau": asked.query.get("cursor", "") + "a", "con": True})

    with stub(answer) as there, pytest.raises(Reject, match="in a circle"):
        list(read(there, cursored()))
    assert len(there.asked) == 2


def test_a_cursor_that_is_at_its_end_stays() -> None:
    declaration = Declaration(cursor="x")
    with stub(cursors({"x": ([], "x", False)})) as there:
        assert codes(read(there, cursored(), declaration)) == [[]]
    assert declaration.cursor == "x"


def test_an_end_without_a_cursor_keeps_the_last_one() -> None:
    declaration = Declaration(cursor="x")
    with stub(cursors({"x": (["1"], None, False)})) as there:
        assert codes(read(there, cursored(), declaration)) == [["1"]]
    assert declaration.cursor == "x"


def test_pages_that_never_end_are_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(style, "MOST_PAGES", 20)

    def numbers(asked: Asked) -> Reply:
        start = int(asked.query["bo_qua"])
        return says({"du_lieu": rows(*(str(start + n) for n in range(3))), "tong": 6, "so_trang": 2})

    for paging in (NUMBERED, OFFSET, COUNTED):
        with stub(numbers) as there, pytest.raises(Reject, match="still another page after 20"):
            list(read(there, numbered(paging)))
        assert len(there.asked) <= 22

    def chain(asked: Asked) -> Reply:
        number = int(asked.query.get("cursor", "0")) + 1
        return says({"du_lieu": rows(str(number)), "sau": str(number), "con": True})

    with stub(chain) as there, pytest.raises(Reject, match="still another page after 20"):
        list(read(there, cursored()))


@pytest.mark.parametrize("paging", [NUMBERED, OFFSET, COUNTED], ids=["pages", "offset", "counted"])
@pytest.mark.parametrize(("told", "there_are"), [(3, 7), (6, 9), (0, 4), (3, 3), (2, 3)])
def test_after_a_full_last_page_there_is_asked_for_one_more(paging: dict[str, Any], told: int, there_are: int) -> None:
    def answer(asked: Asked) -> Reply:
        start = int(asked.query["bo_qua"])
        names = [str(n) for n in range(there_are)][start : start + 3]
        return says({"du_lieu": rows(*names), "tong": told, "so_trang": -(-told // 3)})

    with stub(answer) as there:
        found = codes(read(there, numbered(paging)))
    assert [name for page in found for name in page] == [str(n) for n in range(there_are)]


@pytest.mark.parametrize("paging", [NUMBERED, OFFSET, COUNTED], ids=["pages", "offset", "counted"])
@pytest.mark.parametrize("echo", [False, True], ids=["identical", "with the number of the page"])
def test_a_server_that_gives_its_last_page_again_has_no_more(paging: dict[str, Any], echo: bool) -> None:
    def answer(asked: Asked) -> Reply:
        number = min(int(asked.query["trang"]), 2)
        names = [str(n) for n in range(6)][3 * number - 3 : 3 * number]
        said = {"so": asked.query["trang"]} if echo else {}
        return says({"du_lieu": rows(*names), "tong": 6, "so_trang": 2, **said})

    declaration = Declaration()
    with stub(answer) as there:
        assert codes(read(there, numbered(paging), declaration)) == [["0", "1", "2"], ["3", "4", "5"]]
    assert declaration.declared == (None if paging is COUNTED else 6)


def test_a_server_that_ignores_the_offset_gives_less_than_it_declares() -> None:
    declaration = Declaration()
    with stub(lambda _: says({"du_lieu": rows("1", "2", "3"), "tong": 6})) as there:
        found = codes(read(there, numbered(OFFSET), declaration))
    assert (sum(map(len, found)), declaration.declared) == (3, 6)


def test_a_server_that_counts_pages_and_gives_one_twice_leads_in_a_circle() -> None:
    with (
        stub(lambda _: says({"du_lieu": rows("1", "2", "3"), "so_trang": 4})) as there,
        pytest.raises(Reject, match="in a circle: '2'"),
    ):
        list(read(there, numbered(COUNTED)))


@pytest.mark.parametrize("paging", [NUMBERED, OFFSET], ids=["pages", "offset"])
def test_a_server_that_gives_smaller_pages_than_asked_for_is_read_to_its_end(paging: dict[str, Any]) -> None:
    names = [str(n) for n in range(7)]

    def answer(asked: Asked) -> Reply:
        start = int(asked.query["bo_qua"]) if paging is OFFSET else 2 * int(asked.query["trang"]) - 2
        return says({"du_lieu": rows(*names[start : start + 2]), "tong": 7})

    with stub(answer) as there:
        assert [name for page in codes(read(there, numbered(paging))) for name in page] == names


@pytest.mark.parametrize(
    ("totals", "differ"), [([6, 6, 6], False), ([6, 7, 6], True), ([6, None, 6], False), ([6, "6", 6.0], False)]
)
def test_whether_later_pages_tell_another_total_is_kept(totals: list[Any], differ: bool) -> None:
    def answer(asked: Asked) -> Reply:
        number = int(asked.query["trang"])
        names = [str(n) for n in range(3 * number - 3, 3 * number)] if number < 3 else []
        return says({"du_lieu": rows(*names), "tong": totals[min(number, 3) - 1]})

    declaration = Declaration()
    with stub(answer) as there:
        list(read(there, numbered(), declaration))
    assert (declaration.declared, declaration.totals_differ) == (6, differ)


@pytest.mark.parametrize("told", [True, 2.5, "1e3", "2.431", "-1", -1, "1_000", 10**20, "９９x"], ids=repr)
def test_a_total_that_is_no_whole_number_is_no_count(told: Any) -> None:
    with stub(lambda _: says({"du_lieu": [], "tong": told})) as there, pytest.raises(Retry, match="no count"):
        list(read(there, numbered()))


@pytest.mark.parametrize("told", [1, "1", 1.0, " 1 "], ids=repr)
@pytest.mark.parametrize("style_", ["single", "cursor", "next_link"])
def test_a_total_is_read_where_the_specification_names_one(style_: str, told: Any) -> None:
    paging = {"style": style_, "records": "du_lieu", "total": "tong"}
    if style_ != "single":
        paging["next"] = "sau"
    if style_ == "cursor":
        paging["has_more"] = "con"
    feed = specs.feed(errors=None, paging=paging, request={"path": "/luutru"})
    declaration = Declaration()
    with stub(lambda _: says({"du_lieu": rows("1"), "tong": told, "sau": None, "con": False})) as there:
        list(read(there, feed, declaration))
    assert declaration.declared == 1


EMPTY: list[Any] = [
    {"du_lieu": None, "tong": 0},
    {"tong": 0},
    {"tong": "0"},
    {"du_lieu": None},
    {"du_lieu": None, "tong": None},
    {"du_lieu": [], "tong": 0},
]


@pytest.mark.parametrize("body", EMPTY, ids=repr)
def test_null_for_a_list_without_records_is_an_empty_one(body: Any) -> None:
    declaration = Declaration()
    with stub(lambda _: says(body)) as there:
        assert codes(read(there, numbered(), declaration)) == [[]]
    assert declaration.declared == 0


@pytest.mark.parametrize("body", [{"du_lieu": None, "tong": 5}, {"tong": 5}, {}, {"loi": "?"}], ids=repr)
def test_no_list_where_there_should_be_one_is_no_page(body: Any) -> None:
    with stub(lambda _: says(body)) as there, pytest.raises(Retry):
        list(read(there, numbered()))


def test_null_above_the_list_is_an_empty_one_too() -> None:
    paging = {"style": "offset", "records": "response.items", "total": "response.total", "size": 3}
    feed = specs.feed(errors=None, paging=paging, request={"path": "/luutru"})
    with stub(lambda _: says({"code": 200, "response": None})) as there:
        assert codes(read(there, feed)) == [[]]


@pytest.mark.parametrize("feed", [numbered(), numbered(COUNTED), cursored(), specs.feed(errors=None)], ids=range(4))
def test_an_answer_without_content_is_an_empty_page(feed: Any) -> None:
    declaration = Declaration(cursor="x")
    with stub(lambda _: Reply(b"", 204)) as there:
        assert codes(read(there, feed, declaration)) == [[]]
    assert declaration.declared == (0 if feed.paging.total else None)
    assert declaration.cursor == "x"


@pytest.mark.parametrize("mark", [b"\xef\xbb\xbf", b""])
@pytest.mark.parametrize("code", [b"0", b'"0"', b"0.0", b'" 0"'])
def test_a_mark_before_json_and_a_code_as_number_or_text_are_the_same(mark: bytes, code: bytes) -> None:
    body = mark + b'{"ma_loi":' + code + b',"du_lieu":[{"ma":"1"}],"trang":{"tong":1,"tiep":null}}'
    with stub(lambda _: Reply(body)) as there:
        assert codes(read(there, specs.feed())) == [["1"]]
    assert len(there.asked) == 1


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b'{"du_lieu":[{"la":' + b"[" * 100_000 + b"]" * 100_000 + b"}]}", "nested too deeply"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"du_lieu":[{"ma":undefined}]}', "no JSON"),
        (b"{'du_lieu':[]}", "no JSON"),
        (b'{"du_lieu":[' + b"{}," * 1_200_000 + b"{}]}", "more than 1000000 objects"),
        (b'{"du_lieu":[' + b"0," * 600_000 + b"0]}", "more than 500000 records"),
        (b'{"du_lieu":[' + b"{}," * 600_000 + b"{}]}", "more than 500000 records"),
    ],
    ids=["deep", "deep and cut", "a strange word", "single quotes", "objects", "numbers", "empty records"],
)
def test_what_cannot_be_held_or_read_is_an_error_with_its_call(body: bytes, told: str) -> None:
    feed = specs.feed(errors=None, paging={"style": "single", "records": "du_lieu"}, request={"path": "/luutru"})
    with stub(lambda _: Reply(body)) as there, pytest.raises(Retry, match=told) as error:
        list(read(there, feed))
    assert "GET /luutru" in str(error.value)
