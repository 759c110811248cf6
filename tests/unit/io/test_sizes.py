"""Diameters from microscopy: one column or two, any delimiter and decimal sign, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import antistokes as ans
from antistokes.errors import ReadError
from antistokes.io.sizes import NOT_SAID, Sizes, read_sizes

NO_UNIT = "unit of the diameters not stated, read as nm"


def read(tmp_path: Path, content: str, encoding: str = "utf-8") -> Sizes:
    path = tmp_path / "tem.csv"
    path.write_bytes(content.encode(encoding))
    return read_sizes(path)


@pytest.mark.parametrize(
    ("content", "diameters", "counts", "notes"),
    [
        ("3.4\n3.5\n3.7\n", [3.4, 3.5, 3.7], [1, 1, 1], (NO_UNIT,)),
        ("diameter (nm)\n3.4\n3.5\n\n3.7\n", [3.4, 3.5, 3.7], [1, 1, 1], ()),
        ("core diameter / Å\n34\n35\n37\n", [3.4, 3.5, 3.7], [1, 1, 1], ()),
        ("diameter [A];count\n34;2\n35,5;3\n37;1\n", [3.4, 3.55, 3.7], [2, 3, 1], ()),
        ("diameter (Angstrom)\tcount\n34\t2\n35\t3\n", [3.4, 3.5], [2, 3], ()),
        ("diameter (nm)\n3,4\n3,5\n3,7\n", [3.4, 3.5, 3.7], [1, 1, 1], ()),
        ("diameter (nm)\n3,4\n4\n3,7\n", [3.4, 4, 3.7], [1, 1, 1], ()),
        ("diameter (nm), count\n3,4\n4,5\n5,7\n", [3, 4, 5], [4, 5, 7], ()),
        ('diameter (nm),count\n"3,4",4\n"4,1",5\n', [3.4, 4.1], [4, 5], ()),
        ("diameter (nm) count\n3,4 4\n4,1 5\n", [3.4, 4.1], [4, 5], ()),
        ("count;diameter (nm)\n4;3,4\n5;4,1\n", [3.4, 4.1], [4, 5], ()),
        ("3.4 4\n4.1 5\n", [3.4, 4.1], [4, 5], ("columns not named, read as diameter and count", NO_UNIT)),
        (
            "# a\ncore radius (nm)\n1.7\n1.75\n1.8\n",
            [3.4, 3.5, 3.6],
            1,
            ("column 'core radius (nm)' holds radii, doubled",),
        ),
        ("diameter, nm\n3,4\n3,5\n3,7\n", [3.4, 3.5, 3.7], 1, ()),
        ("core diameter  particles\n3.4 4\n4.1 5\n", [3.4, 4.1], [4, 5], (NO_UNIT,)),
        ("n,d (nm)\n1,3.4\n2,3.5\n3,3.6\n", [3.4, 3.5, 3.6], 1, ("column 'n' is no count, left out",)),
        ("label,feret (nm)\n7,3.4\n9,3.5\n4,3.6\n", [3.4, 3.5, 3.6], 1, ("column 'label' is no count, left out",)),
        ("Nr.;Durchmesser [nm]\n3;4,1\n5;4,3\n7;4\n", [4.1, 4.3, 4], 1, ("column 'Nr.' is no count, left out",)),
        ("Größe (nm);Anzahl\n4,1;3\n4,3;5\n", [4.1, 4.3], [3, 5], ()),
        ("Häufigkeit;Kern [nm]\n3;4,1\n5;4,3\n", [4.1, 4.3], [3, 5], ()),
        ("d (nm);no.\n3.4;7\n3.5;9\n3.6;4\n", [3.4, 3.5, 3.6], 1, ("column 'no.' is no count, left out",)),
        ("equivalent diameter, from the area (nm);count\n3.4;7\n3.5;9\n", [3.4, 3.5], [7, 9], ()),
        ("Core+shell diameter (nm)\n4.4\n4.5\n4.7\n", [4.4, 4.5, 4.7], 1, (NOT_SAID,)),
        ("total diameter of core and shell (nm)\n4.4\n4.5\n4.7\n", [4.4, 4.5, 4.7], 1, (NOT_SAID,)),
        ("d (nm),share\n3.4,.2\n3.5,.5\n3.6,.3\n", [3.4, 3.5, 3.6], [0.2, 0.5, 0.3], ()),
    ],
)
def test_columns_units_and_decimal_signs(
    tmp_path: Path, content: str, diameters: list[float], counts: list[float] | int, notes: tuple[str, ...]
) -> None:
    found = read(tmp_path, content)
    np.testing.assert_allclose(found.diameter_nm, diameters, rtol=1e-12)
    np.testing.assert_array_equal(found.particles, np.broadcast_to(counts, len(diameters)))
    said = "core" in content.lower() or "Kern" in content
    assert found.notes == (notes if said else (*notes, NOT_SAID))


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_encodings_and_ends_of_lines(tmp_path: Path, encoding: str) -> None:
    found = read(tmp_path, "core (Å)\r\n34\r\n35\r\n36\r\n", encoding)
    np.testing.assert_allclose(found.diameter_nm, [3.4, 3.5, 3.6])
    assert found.notes == (("the text is not UTF-8, read as cp1252",) if encoding == "cp1252" else ())


def test_sizes_beyond_the_calibration_are_noted(tmp_path: Path) -> None:
    found = read(tmp_path, "core diameter (nm),count\n2.5,1\n4,18\n6.5,1\n")
    (note,) = found.notes
    assert note.startswith("10 % of the particles lie outside 3 to 6 nm")


@pytest.mark.parametrize(
    ("content", "where", "said"),
    [
        ("d (nm)\n3.4\n3.5\nabout 4\n3.6\n", "line 4, column 1", "expected a number, found 'about 4'. Take the line"),
        ("d (nm),n\n3.4,2\n3.5,x\n", "line 3, column 2", "expected a number, found 'x'"),
        ("d (nm)\n3.4\nn/a\n3.6\n", "line 3, column 1", "found 'n/a'"),
        ("d (nm)\n3.4\n1e999\n3.6\n", "line 3, column 1", "found '1e999'"),
        ("d (nm)\n3.4\n0\n3.6\n", "line 3", "expected a diameter above 0, found 0. Take the line out"),
        ("d (nm)\n3.4\n-3.5\n3.6\n", "line 3", "expected a diameter above 0, found -3.5"),
        ("d (nm),n\n3.4,2\n3.5,-2\n3.6,7\n", "line 3", "expected a count of 0 or more, found -2"),
        ("d (nm),n\n3.4,2\n3.5\n3.6,7\n", "line 3", "expected 2 numbers, as above, found 1 numbers"),
        (
            "1,2,3\n4,5,6\n",
            "line 1",
            "expected one column (diameters) or two (diameters and counts), found 3 columns: '1', '2', '3'. Keep the "
            "column of diameters, or those of diameters and counts, and their names. If the comma is the decimal sign",
        ),
        ("Nr,Area (nm^2),Feret (nm)\n1,9,3.4\n", "line 2", "3 columns: 'Nr', 'Area (nm^2)', 'Feret (nm)'. Keep the"),
        ("id,image,Feret\n1,a.tif,3.4\n2,a.tif,3.5\n", "line 2", "found 3 columns: 'id', 'image', 'Feret'"),
        ("3.4;2\n3.5;3;1\n3.6;4\n", "line 2", "expected 2 numbers, as above, found 3 numbers"),
        ("Diameter (nm),Error (nm)\n3.4,.2\n", "header", "a diameter and a count, found 'Diameter (nm)', 'Error (nm)'"),
        ("Diameter,Error\n3.4,.2\n3.5,.3\n", "header", "found the column 'Error'. Name it 'count' if it is one, else"),
        ("Length (nm),Width (nm)\n3,4\n4,4\n", "header", "a diameter and a count, found 'Length (nm)', 'Width (nm)'"),
        ("Major,Minor\n3.4,3.1\n3.5,3.2\n", "header", "(count, number, frequency ...), or the number of the particle"),
        ("Nr,Anzahl\n3,4\n4,4\n5,6\n", "header", "expected a column of diameters, found 'Nr'"),
        ("particle no.\n3\n4\n5\n", "header", "expected a column of diameters, found 'particle no.'"),
        ("Area (nm^2)\n3\n4\n5\n", "header", "diameters in nm or angstrom, found 'nm^2' in 'Area (nm^2)'. Write"),
        ("Area\n3\n4\n5\n", "header", "found 'Area' in 'Area'. Write diameters: of an area A 2 sqrt(A/pi)"),
        ("Fläche;Anzahl\n3;4\n4;4\n", "header", "found 'Fläche' in 'Fläche'"),
        ("Volume (nm3),count\n3,1\n4,2\n", "header", "found 'nm3' in 'Volume (nm3)'"),
        ("core (nm²)\n3\n4\n5\n", "header", "found 'nm²' in 'core (nm²)'"),
        ("d (nm)\n3.4\n3.5\n", "", "expected 3 particles or more, found 2. A distribution"),
        ("d (nm),n\n3.4,2\n3.5,0\n", "", "expected 3 particles or more, found 2"),
        ("d (nm),n\n3.4,.2\n3.5,.8\n", "", "expected 3 particles or more, found 2"),
        ("d (nm),n\n3.4,0\n3.5,0\n4,0\n", "", "expected 3 particles or more, found 0"),
        ("", "", "expected diameters of particles, found an empty file. Write one diameter a line"),
        (" \n\n", "", "found an empty file"),
        ("diameter (nm)\n", "", "expected diameters of particles, found no number. Write"),
        ("3,52\n3,61\n3,44\n", "", "found '3,52', which could be a number or two. Put a line above"),
        ("d (nm)\n3.4\n1.9\n3.6\n", "line 3", "expected a core diameter of 2 to 8 nm, found 1.9. Is the unit"),
        ("d (nm)\n3.4\n34\n3.6\n", "line 3", "expected a core diameter of 2 to 8 nm, found 34"),
        ("d (px)\n3.4\n3.5\n3.6\n", "header", "expected diameters in nm or angstrom, found 'px'. Convert"),
        ("d (nm),feret (nm)\n3,4\n4,4\n5,5\n", "header", "expected a diameter and a count, found 'd (nm)'"),
    ],
)
def test_what_is_refused(tmp_path: Path, content: str, where: str, said: str) -> None:
    with pytest.raises(ReadError) as error:
        read(tmp_path, content)
    assert error.value.where == where
    assert error.value.path.endswith("tem.csv")
    assert said in str(error.value)
    assert error.value.advice or "2 numbers, as above" in said


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="expected a file, found nothing there. Check the name"):
        read_sizes(tmp_path / "tem.csv")


def test_what_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "tem.csv"
    path.write_bytes(b"PK\x03\x04" + bytes(range(256)) * 8)
    with pytest.raises(ReadError, match="binary data"):
        read_sizes(path)


def test_sizes_become_shifts(tmp_path: Path) -> None:
    """From the file to the distribution: 10,000 particles and their histogram say the same."""
    from antistokes.physics import ensemble

    diameters = np.round(np.random.default_rng(0).normal(3.5, 0.2, 10_000), 2)
    single, counted = tmp_path / "single.csv", tmp_path / "counted.csv"
    single.write_text("diameter (nm)\n" + "\n".join(map(str, diameters)) + "\n")
    sizes, counts = np.unique(diameters, return_counts=True)
    rows = (f"{d};{n}" for d, n in zip(sizes, counts, strict=True))
    counted.write_text("diameter (nm);count\n" + "\n".join(rows) + "\n")
    one, other = (ensemble.size_shifts(*ans.read_sizes(path)[:2], 1.18) for path in (single, counted))
    np.testing.assert_allclose(one.shift_mev, other.shift_mev, atol=1e-9)
    np.testing.assert_allclose(one.weight, other.weight, atol=1e-12)
