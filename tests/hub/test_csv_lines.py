"""Of a file of other hands what is harmless is read, what is ambiguous is a fault of its line, and no line is lost."""

import pytest

from hub.csv_lines import decoded, read_csv, twice

GOOD = [(["1", "x", "3"], None), (["4", "y", "6"], None)]


def lines(text: str, names: str = "abc") -> list[tuple[int, list[str], str | None]]:
    table = read_csv(text, list(names), ";,\t")
    assert table is not None
    return [(line.number, list(line.values), line.fault.en if line.fault else None) for line in table.lines]


@pytest.mark.parametrize(
    "text",
    [
        "a;b;c\n1;x;3\n4;y;6\n",
        "a;b;c\r\n1;x;3\r\n4;y;6",
        "a;b;c\r1;x;3\r4;y;6\r",
        "a,b,c\n1,x,3\n4,y,6\n",
        "a\tb\tc\n1\tx\t3\n4\ty\t6\n",
        "sep=;\na;b;c\n1;x;3\n4;y;6\n",
        "SEP=|\na|b|c\n1|x|3\n4|y|6\n",
        "sep=;;;\na;b;c\n1;x;3\n4;y;6\n",
        "BÁO CÁO THÁNG 6;;\n\na;b;c\n1;x;3\n4;y;6\n",
        "BÁO CÁO\nSở a; Lạng Sơn\n(số liệu, đến 30/6)\na;b;c\n1;x;3\n4;y;6\n",
        "a;b;c;;\n1;x;3;;\n4;y;6;;\n",
        "a;b;c;;\n1;x;3\n4;y;6\n",
        "a;b;c\n1;x;3;\n4;y;6;\n",
        "\n\na;b;c\n\n1;x;3\n;;\n4;y;6\n\n",
        '"a";"b";"c"\n"1";"x";"3"\n4; "y";6\n',
        'a;b;c\n="1";x;3\n"=""4""";="y";6\n',
        " a ;\u200bb;c\u00a0\n1;x;3\n4;y;6\n",
    ],
    ids=ascii,
)
def test_what_is_harmless_is_read(text: str) -> None:
    assert [(values, fault) for _, values, fault in lines(text)] == GOOD


def test_a_mark_before_the_first_name_is_harmless() -> None:
    table = read_csv(decoded(b"\xef\xbb\xbfa;b;c\n"), "abc", ";")
    assert table is not None
    assert table.header == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("2;x", "2 values instead of 3"),
        ("2;x;3;4", "4 values instead of 3"),
        ("2;x;3;", "4 values instead of 3"),
        ('2;"x" y;3', "a quote stands within a value"),
        ('2;x";3', "a quote stands within a value"),
        ('2;"x;3', "a quote is opened and never closed"),
        ('"2;x;3', "a quote is opened and never closed"),
        ("a;b;c", "repeats the header"),
    ],
)
def test_what_is_ambiguous_is_a_fault_of_its_line_and_of_no_other(row: str, told: str) -> None:
    first, odd, last = lines(f"a;b;c\n1;x;3\n{row}\n4;y;6\n")
    assert (first[1:], last[1:]) == tuple(GOOD)
    assert odd[0] == 3
    assert odd[2] is not None
    assert told in odd[2]


@pytest.mark.parametrize("other", ["dich_vu;ky", "dich_vu;ky;gia", "Tên;dich_vu;ky"])
def test_lines_below_another_header_are_faults_for_their_values_have_other_names(other: str) -> None:
    csv = read_csv(f"ky;dich_vu\n2023-06;a\nky;dich_vu\n2023-06;b\n{other}\nc;d\n", ["ky", "dich_vu"], ";")
    assert csv is not None
    faults = [line.fault and line.fault.en for line in csv.lines]
    below = "stands below another header, in line 5; send a file for each"
    assert faults == [None, "repeats the header", None, below, below]


def test_bytes_that_are_no_utf8_are_a_fault_of_their_line() -> None:
    found = lines(decoded(b"a;b;c\n1;x;3\n2;\xe3;3\n4;y;6\n"))
    assert [fault for *_, fault in found] == [None, "is not UTF-8", None]


def test_two_quotes_that_are_never_closed_swallow_no_line_between_them() -> None:
    found = lines('a;b;c\n1;"x;3\n2;y;3\n3;"z;3\n4;y;6\n')
    assert [(number, fault is None) for number, _, fault in found] == [(2, False), (3, True), (4, False), (5, True)]


def test_a_quote_that_another_line_seems_to_close_spoils_both() -> None:
    found = lines('a;b;c\n1;"x;3\n2;y";4\n5;z;7\n')
    assert [(number, fault is None) for number, _, fault in found] == [(2, False), (3, False), (4, True)]


def test_a_quoted_value_may_go_over_lines() -> None:
    assert lines('a;b;c\n1;"x\ny ""z"", w";3\n4;y;6\n') == [
        (2, ["1", 'x\ny "z", w', "3"], None),
        (4, ["4", "y", "6"], None),
    ]


def test_an_empty_last_column_is_no_filling_behind_the_last() -> None:
    found = lines("a;b;c\n1;x;\n2;x;y;\n")
    assert [fault is None for *_, fault in found] == [True, False]


def test_a_decimal_comma_between_commas_is_a_fault_even_at_the_end() -> None:
    assert [fault is None for *_, fault in lines("a,b,c\n1,5,2,\n")] == [False]


def test_names_that_come_twice_are_told() -> None:
    table = read_csv("a;b;b;;\n", "abc", ";")
    assert table is not None
    assert twice(table.header) == ["b"]


@pytest.mark.parametrize("text", ["", "\n\n", 'a;"b'], ids=ascii)
def test_a_text_without_a_header_is_no_table(text: str) -> None:
    assert read_csv(text, "abc", ";") is None


def test_nothing_known_leaves_the_first_line_as_the_header() -> None:
    table = read_csv("x;y\n1;2\n", "abc", ";,")
    assert table is not None
    assert table.header == ["x", "y"]
