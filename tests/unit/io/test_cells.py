"""Cells that are read many at a time give what they give one by one."""

from __future__ import annotations

import math
import random
from array import array
from pathlib import Path

import numpy as np
import pytest

from antistokes.errors import ReadError
from antistokes.io import cary, cells, edinburgh, jcamp_numbers, runs, text
from antistokes.io.cary import read_cary
from antistokes.io.cells import bundles, padded, plain_columns
from antistokes.io.edinburgh import read_edinburgh
from antistokes.io.jcamp import read_jcamp
from bench import memory


def test_bundles_hold_every_line_once() -> None:
    lines = ["x" * (n % 7) for n in range(5000)] + ["y" * 100_000] * 3
    found = list(bundles(lines, 2))
    assert [line for _, bundle in found for line in bundle] == lines[2:]
    assert [start for start, _ in found] == [2, *np.cumsum([len(bundle) for _, bundle in found])[:-1] + 2]
    assert max(len(bundle) for _, bundle in found) <= cells.MOST_LINES


def test_plain_columns() -> None:
    assert plain_columns(["1,2,", "3, 4e1,"], ",", ".") == [[1, 3], [2, 40], None]
    assert plain_columns(["1,5;2", "3;4"], ";", ",") == [[1.5, 3], [2, 4]]
    for lines in (["1,2", "3"], ["1,2", "3,"], ["1,x", "3,4"], ["1,nan", "3,4"], ["1.5.1,2"], ['"1",2']):
        assert plain_columns(lines, ",", ".") is None


def test_padded() -> None:
    values, widths = array("d", range(30_006)), np.array([3, 1, 2] + [3] * 10_000)
    matrix = padded(values, widths)
    assert matrix.shape == (10_003, 3) and np.isnan(matrix).sum() == 3
    np.testing.assert_array_equal(matrix[~np.isnan(matrix)], values)
    assert np.shares_memory(padded(values, widths[3:].repeat(1)[:1].repeat(10_002)), np.frombuffer(values))


def made(seed: int) -> list[str]:
    """Return a table with columns of numbers, of text, of both, with empty cells, and a line here and there."""
    rng = random.Random(seed)
    delimiter = rng.choice([",", "\t", ";", " "])
    kinds = [rng.choice(["number", "number", "text", "both", "missing", "comma"]) for _ in range(rng.randint(1, 4))]
    cell = {
        "number": lambda: f"{rng.random():.4g}",
        "text": lambda: rng.choice(["ok", "low", "12:30", "not ok"]),
        "both": lambda: rng.choice(["1.5", "ok", "", "\xa0"]),
        "missing": lambda: rng.choice(["2", "nan", "--", "1D2", "−3"]),
        "comma": lambda: f"{rng.random():.3f}".replace(".", ","),
    }
    lines = ["wavelength (nm)"]
    for n in range(rng.choice([30, 300])):
        lines.append(delimiter.join([f"{400 + n / 10:.1f}", *(cell[kind]() for kind in kinds)]))
        if rng.random() < 0.003:
            lines.append(rng.choice(["", "a remark", "1", '"5", 6']))
    return lines


def outcome(lines: list[str]) -> object:
    try:
        block = text.find_block("f", lines)
    except ReadError as error:
        return str(error)
    return block._replace(values=repr(block.values.tolist()), lines=block.lines.tolist())  # type: ignore[arg-type]


def test_tables_read_in_bundles_and_row_by_row(monkeypatch: pytest.MonkeyPatch) -> None:
    files = [made(seed) for seed in range(120)]
    together = [outcome(lines) for lines in files]
    assert sum(isinstance(one, text.Block) for one in together) > 20
    assert sum(bool(one.aside) for one in together if isinstance(one, text.Block)) > 2
    monkeypatch.setattr(runs, "BUNDLE", 0)
    assert [outcome(lines) for lines in files] == together


def test_the_numbers_of_one_dialect_are_held_at_a_time() -> None:
    rows = [f"{400 + n},{n}.5" for n in range(20)]
    others = [f"{n} 6" for n in range(9)]  # in the middle, where the dialect is guessed
    block = text.find_block("f", [*rows, *others, *(f"{n},2,3" for n in range(11))])
    assert block.delimiter == "," and block.values[:, 1].tolist() == [n + 0.5 for n in range(20)]


@pytest.mark.parametrize("family", ["cary", "edinburgh"])
def test_scans_read_in_bundles_and_row_by_row(family: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module, read = {"cary": (cary, read_cary), "edinburgh": (edinburgh, read_edinburgh)}[family]
    path = tmp_path / memory.FAMILIES[family].file
    memory.FAMILIES[family].write(path, 60_000)
    lines = path.read_bytes().decode().splitlines(keepends=True)
    for at in (-200, -100):  # two scans end, and a value of the third is missing
        lines[at] = ",".join(["", "", *lines[at].split(",")[2:]]) if family == "cary" else lines[at].replace("E", "D")
    for content in ("".join(lines), "".join(lines)[:-9], "".join(lines[:-2]) + "401,x,\n"):
        path.write_text(content, newline="")
        together = _scans(read, path)
        with monkeypatch.context() as patch:
            patch.setattr(module, "plain_columns", lambda *_: None)
            assert _scans(read, path) == together


def _scans(read: object, path: Path) -> object:
    try:
        return [(ds.attrs, {str(name): repr(ds[name].values.tolist()) for name in ds.variables}) for ds in read(path)]  # type: ignore[operator]
    except ReadError as error:
        return str(error)


def test_packed_lines_decoded_in_bundles_and_one_by_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.jdx"
    for name in ("jcamp PAC", "jcamp DIFDUP"):
        memory.FAMILIES[name].write(path, 30_000)
        whole = path.read_text()
        at = len(whole) // 2
        for content in (
            whole,
            whole[:at] + "Q" + whole[at:],
            whole[:at] + whole[at + 1 :],
            whole[:at] + "ST" + whole[at:],
        ):
            path.write_text(content)
            together = _scans(read_jcamp, path)
            with monkeypatch.context() as patch:
                patch.setattr(jcamp_numbers, "_decoded_bundle", lambda *_: None)
                assert _scans(read_jcamp, path) == together


def test_runs_of_equal_differences_add_up() -> None:
    found = jcamp_numbers._decoded_bundle(["0A5J2U@3V", "8@3"], None)
    assert found is not None
    assert found.y.tolist() == [15, 27, 39, 51, 3, 3, 3, 3, 3] and found.sizes.tolist() == [8, 1]
    assert jcamp_numbers._decoded_bundle(["0A5JST"], None) is None  # a duplicate of a duplicate
    assert jcamp_numbers._decoded_bundle(["0A99999999999999"], None) is None  # too large to add in whole numbers
    assert jcamp_numbers._decoded_bundle(["0@S" + "9" * 8], None) is None  # too many
    assert math.isnan(jcamp_numbers.rows("f", lambda: iter([(1, "0 1 ?"), (2, "2 3")]), 9).y[1])
