from __future__ import annotations

import time
import tracemalloc

import numpy as np
import pytest

from antistokes.errors import ReadError
from antistokes.io import text

ROWS = [(400.0, 0.5), (401.5, 1.25), (402.0, -2e-3)]


def block(content: str) -> text.Block:
    return text.find_block("f.csv", text.decode("f.csv", content.encode()).lines)


def refused(content: str | bytes) -> ReadError:
    raw = content.encode() if isinstance(content, str) else content
    with pytest.raises(ReadError) as caught:
        text.find_block("f.csv", text.decode("f.csv", raw).lines)
    return caught.value


DIALECTS = [(d, s) for d in (",", "\t", ";", " ", "   ", " \t ") for s in ".," if d != s]


@pytest.mark.parametrize(("delimiter", "decimal"), DIALECTS)
def test_every_dialect_gives_the_same_numbers(delimiter: str, decimal: str) -> None:
    lines = [delimiter.join(str(v).replace(".", decimal) for v in row) for row in ROWS]
    np.testing.assert_array_equal(block("\n".join(lines)).values, ROWS)


@pytest.mark.parametrize(
    ("encoding", "name"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
    ],
)
def test_unicode_with_and_without_mark(encoding: str, name: str) -> None:
    decoded = text.decode("f", "λ;A\r\n400;1\r\n".encode(encoding))
    assert decoded.lines == ["λ;A", "400;1"]
    assert decoded.encoding == name
    assert bool(decoded.notes) == (encoding in ("utf-16-le", "utf-16-be"))


def test_other_bytes_are_read_as_cp1252_with_a_note() -> None:
    decoded = text.decode("f", b"\xb5W/nm \xb1")
    assert (decoded.lines, decoded.encoding) == (["µW/nm ±"], "cp1252")
    assert "cp1252" in decoded.notes[0]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\r\r\n"])
def test_line_ends_and_blank_lines(end: str) -> None:
    found = block(end.join(["nm,A", "400,1", "", "401,2", ",", "402,3", "", ""]))
    np.testing.assert_array_equal(found.values, [[400, 1], [401, 2], [402, 3]])


def test_header_and_log_are_kept_apart_from_the_numbers() -> None:
    found = block("Instrument X\nnm\tA\t\n400\t1\t\t\n401\t2\t\t\n402\t3\t\t\n\nLog\nslit 2, 5\n")
    assert found.header == ["Instrument X", "nm\tA\t"]
    assert found.tail == ["Log", "slit 2, 5"]
    assert found.lines.tolist() == [3, 4, 5]
    assert (found.delimiter, found.columns) == ("\t", (0, 1))


def test_forms_of_numbers() -> None:
    found = block("400,1.5D-03,.5\n4.01e2,+1d3,2.\n402,−7,1E+2\n")
    np.testing.assert_array_equal(found.values, [[400, 1.5e-3, 0.5], [401, 1e3, 2], [402, -7, 100]])


@pytest.mark.parametrize("nothing", ["", "NaN", "-nan", "n/a", "#N/A", "--", "1.#QNAN", "null"])
def test_words_for_nothing_are_empty_cells(nothing: str) -> None:
    assert np.isnan(block(f"400,{nothing},1\n401,2,2\n402,3,3\n").values[0, 1])


@pytest.mark.parametrize("bad", ["1_000", "0x10", "inf", "Infinity", "1e", "٣", "1 000"])
def test_what_python_would_take_for_a_number_is_text(bad: str) -> None:
    error = refused(f"400,1,1\n401,{bad},1\n402,1,1\n403,1,1\n")
    assert error.where == "line 2, column 2"
    assert error.found == repr(bad)


def test_comma_is_never_stripped() -> None:
    np.testing.assert_array_equal(block("400\t9,99\n401\t8,5\n402\t7\n").values[:, 1], [9.99, 8.5, 7])
    np.testing.assert_array_equal(block("9,99\n8,5\n7,1\n").values, [[9, 99], [8, 5], [7, 1]])


def test_very_long_quoted_lines() -> None:
    assert block('"' + "x" * 200_000 + '",1\n400,1\n401,2\n402,3').values.shape == (3, 2)


def test_numbers_cut_at_the_wrong_sign_are_no_text_column() -> None:
    np.testing.assert_array_equal(block("400,0\t0,5\n401,0\t0,5\n402,0\t0,5\n").values[:, 1], [0.5] * 3)


def test_separators_of_thousands_are_refused() -> None:
    assert "thousands" in str(refused("400\t999\n401\t1,001\n402\t10,000\n"))
    assert "thousands" in str(refused("400\t1,999.5\n401\t1,001.5\n402\t1,000.5\n"))
    assert "decimal sign" in block("400\t1,999\n401\t1,001\n402\t1,000\n").notes[0]
    assert block("400\t0,999\n401\t1,001\n402\t1,000\n").notes == ()


def test_dots_between_thousands_are_refused_too() -> None:
    error = refused("nm;A\n400;900\n401;990\n402;1.000\n403;1.190\n")
    assert (error.where, error.expected) == ("line 2, column 'A'", "one form of numbers")
    assert "thousands" in str(error)
    assert "'1.200'" in block("400;1.200\n401;1.100\n402;1.000\n").notes[0]
    for cells in (["900", "1.5", "1.000"], ["0.900", "0.990", "1.000"], ["1", "2", "1.500"], ["900", "990", "999"]):
        assert block("".join(f"{400 + n};{cell}\n" for n, cell in enumerate(cells))).notes == ()
    assert block("400.125;1\n401.125;2\n402.125;3\n").notes == ()


@pytest.mark.parametrize(
    ("content", "where", "found"),
    [
        ('nm,A\n398,8\n399,9\n400,900\n401,"1,000"\n402,"1,100"\n', "line 5, column 'A'", "'1,000'"),
        ("nm,A\n400,1\n401,2\n402,3\n403,OVRFLW\n", "line 5, column 'A'", "'OVRFLW'"),
        ("nm,A\n402,1\n401,2\n400,3\n399,OVRFLW\nlog\n", "line 5, column 'A'", "'OVRFLW'"),
        ("nm,A\n400,OVRFLW\n401,1\n402,2\n403,3\n", "line 2, column 'A'", "'OVRFLW'"),
        ("nm,A\n500,1\n501,OVRFLW\n502,3\n503,4\n", "line 3, column 'A'", "'OVRFLW'"),
        ("nm,A\n500,1\n501,OVRFLW\n502,3\n", "line 3, column 'A'", "'OVRFLW'"),
        ("nm,A\n400,1\n401,2\n402,3\n403\n", "line 5", "'403'"),
    ],
)
def test_a_row_with_text_next_to_the_numbers_is_named(content: str, where: str, found: str) -> None:
    error = refused(content)
    assert error.where == where
    assert error.found.startswith(found)
    assert "remove" not in error.advice or where == "line 5"
    assert ("thousands" in error.advice) == ("1,000" in found)


def test_lines_apart_from_the_numbers_or_their_axis_are_text() -> None:
    table = "nm,A\n500,1\n501,2\n502,3\n"
    assert block(table + "\n503,peak\n").tail == ["503,peak"]
    assert block(table + "Peaks\n503,peak\n").tail == ["Peaks", "503,peak"]
    assert block(table + "5,peak\n").tail == ["5,peak"]
    assert block("2,samples\n" + table[5:]).header == ["2,samples"]


def test_whole_numbers_first_do_not_hide_the_decimal_comma() -> None:
    lines = [f"{n};0" for n in range(400, 420)] + [f"{n};1,5" for n in range(420, 430)]
    assert block("\n".join(lines)).values.shape == (30, 2)


def test_text_beside_the_numbers_is_set_aside() -> None:
    found = block("400,1,,file.sp,,25\n401,2,,,,1 ms\n402,3\n403,4\n404,5\n")
    assert found.values.shape == (5, 2)
    assert found.aside == ["line 1, column 4: file.sp", "line 2, column 6: 1 ms", "line 1, column 6: 25"]
    commented = block("400,a,1\n401,b,2\n402,c,3\n")
    assert commented.columns == (0, 2)


def test_quoted_cells() -> None:
    assert text.split_cells('"a, b","say ""x""", c,,', ",") == ["a, b", 'say "x"', "c"]
    np.testing.assert_array_equal(block('"400","1"\n"401","2"\n"402","3"\n').values[:, 1], [1, 2, 3])


@pytest.mark.parametrize("line", ["foo", "405,abc", "405,OVER"])
@pytest.mark.parametrize("at", [1, 2, 5, 8])
def test_a_line_of_text_among_numbers_is_named(line: str, at: int) -> None:
    rows = [f"{400 + n},{n}.5" for n in range(9)]
    rows.insert(at, line)
    error = refused("nm,Abs\n" + "\n".join(rows))
    assert error.where.startswith(f"line {at + 2}")
    assert line.split(",")[-1] in error.found
    assert ("column 'Abs'" in error.where) == ("," in line)


def test_text_in_a_wide_table_names_line_and_column() -> None:
    error = refused("nm,A,B\n400,1,2\n401,OVER,3\n402,5,6\n")
    assert (error.where, error.expected, error.found) == ("line 3, column 'A'", "a number", "'OVER'")


def test_two_tables_in_a_file_are_refused_but_a_peak_list_is_log_text() -> None:
    table = "nm,A\n500,1\n501,2\n502,3\n503,2\n"
    assert refused(table + "\nnm,A\n400,1\n401,2\n402,3\n").where == "line 7"
    assert block(table + "Peaks\n502.1,3.02\n").tail == ["Peaks", "502.1,3.02"]
    assert block("4,2\n" + table).header == ["4,2", "nm,A"]


def test_blanks_do_not_shift_cells() -> None:
    assert refused("400 1 2\n401 1\n402 3 4\n403 3 4\n404 1 2").where == "line 2"


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ("", "an empty file"),
        (" \r\n\n", "an empty file"),
        (b"\0\0\0\0", "an empty file"),
        ("hello\nworld\n", "'hello'"),
        ("Abs\n1\n2\n3\n", "one column only"),
        ("1.830,,note,25\n1.831,,more,1\n1.82\n1.81\n1.80\n", "one column only"),
        ("nm,A\n400,1\n401,2\n", "2 rows"),
        ("400,1\n401,2e999\n402,1\n", "one too large to hold"),
        (f"400,1\n401,{'9' * 400}\n402,1\n", "one too large to hold"),
        (b"400,1\n401,\x002\n402,1\n", "binary data"),
        (bytes(range(256)) * 20, "binary data"),
        (b"\xff\xfe4", "binary data"),
    ],
)
def test_what_is_no_table_is_named(content: str | bytes, found: str) -> None:
    assert refused(content).found == found


def test_zero_bytes_at_the_end_are_noted() -> None:
    decoded = text.decode("f", b"400,1\n401,2\n402,3\n\0\0\0")
    assert decoded.lines[-1] == "402,3"
    assert decoded.notes == ("zero bytes at the end left out",)


def test_rows_beyond_the_first_bundles_are_read_alike() -> None:
    rows = [f"{n},{n % 7}.5" for n in range(5000)]
    np.testing.assert_array_equal(block("\n".join(rows)).values, [[n, n % 7 + 0.5] for n in range(5000)])
    rows[3000] = "3000,1D2,"
    found = block("nm,A\n\n" + "\n".join(rows))
    assert found.values[3000].tolist() == [3000, 100]
    assert found.lines[[0, 2999, 3000, 4999]].tolist() == [3, 3002, 3003, 5002]
    rows[3000] = "3000,x"
    assert refused("\n".join(rows)).where == "line 3001, column 2"


def test_a_few_long_rows_are_not_padded_out() -> None:
    rows = [f"{n},1" for n in range(20_000)] + [",".join(["7"] * 50_000)]
    error = refused("\n".join(rows))
    assert (error.where, error.expected) == ("line 20001", "about 2 numbers, as in the other rows")


def test_numbers_in_many_pieces_are_no_table() -> None:
    start = time.perf_counter()
    assert "1 row" not in refused("1,2\nx\n" * 20_000).found
    assert time.perf_counter() - start < 10  # 0.5 s on a quiet machine


def test_long_cells_take_no_more_time_than_their_length() -> None:
    start = time.perf_counter()
    refused("\n".join(["4" * 100_000 + "x,1", "4." + "4" * 100_000 + "x,1"] * 3))
    refused(" ".join(["a(" * 50_000, "\n400 1\n" * 2]))
    assert time.perf_counter() - start < 10


def test_messages_are_short() -> None:
    rows = [f"{n},1" for n in range(9)]
    rows[5] = "5," + "x" * 5000
    assert len(str(refused("\n".join([f"nm,{'y' * 5000}", *rows])))) < 500


def test_text_around_the_numbers_is_kept_within_bounds() -> None:
    rows = "\n".join(f"{n},1" for n in range(20))
    found = block("above\n" * 20_000 + rows + "\n" + "below\n" * 20_000 + "last")
    assert (len(found.header), len(found.tail)) == (text.KEPT_TEXTS, text.KEPT_TEXTS)
    assert found.notes == (
        "only the 10000 lines of text next to the numbers are kept of those above them",
        "only the 10000 lines of text next to the numbers are kept of those below them",
    )
    beside = block("\n".join(f"{n},1,x" for n in range(12_000)))
    assert len(beside.aside) == text.KEPT_TEXTS
    assert "cells of text beside the numbers" in beside.notes[0]


@pytest.mark.parametrize("form", ["{:.3f},{:.6f}\n", "{:.6f}\t{:.3e}\t{:.3e}\r\n", "{:.2f};{:.5f}\n"])
def test_a_block_takes_little_more_memory_than_its_numbers(form: str) -> None:
    count = form.count("{")
    rows = "".join(form.format(*[n + 0.25] * count) for n in range(60_000))
    raw = (rows.replace(".", ",") if ";" in form else rows).encode()
    tracemalloc.start()
    found = text.find_block("f", text.decode("f", raw).lines)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.values.shape == (60_000, count)
    assert peak < 2 * found.values.nbytes + 12 * 2**20
