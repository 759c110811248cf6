from __future__ import annotations

import tracemalloc
from collections.abc import Sequence

import pytest

from antistokes.errors import ReadError
from antistokes.io import decoding
from antistokes.io.decoding import Lines, decode

CHINESE = [
    "波长(nm)\t吸光度",
    "波长（nm），强度（计数）",
    "样品名称：硒化镉 3号，温度 25 ℃\n波长/nm\t强度/a.u.",
    "# 测试日期 2024年5月6日 操作员 李明\n波长 nm;透过率 %",
    "光子能量 (eV),吸光度,标准差 ±",
    "积分时间 100 µs\n波长(nm),强度".replace("µ", "μ"),
]
WESTERN = [
    "Temperature 25 °C\nWavelength (nm);Abs",
    "Longueur d'onde (nm);Intensité (µW/cm²·nm)",
    "Wellenlänge (nm);Intensität;Meßgerät Größe Äöü",
    "Longitud de onda [nm];señal ± desviación",
    "Wavelength (Å);cross section (10²¹ Å²)",
    "λ".encode("cp1253").decode("cp1252") + " (nm);I",
    "créée à 25°;évaluée: été",
    "spectre n°12, pente µm²·s±1",
    "“quoted” – dash … 50 µm slit",
    "Åäö ÅÄÖ åäö: våglängd (nm)",
]


@pytest.mark.parametrize("text", CHINESE)
def test_chinese_is_read_as_gb18030(text: str) -> None:
    decoded = decode("f", f"{text}\n400\t1\n".encode("gb18030"))
    assert (decoded.encoding, decoded.lines[0]) == ("gb18030", text.split("\n")[0])
    assert decoded.notes == ("the text is not UTF-8, read as GB18030",)


@pytest.mark.parametrize("text", WESTERN)
def test_western_text_is_not_taken_for_chinese(text: str) -> None:
    decoded = decode("f", f"{text}\n400\t1\n".encode("cp1252"))
    assert (decoded.encoding, decoded.lines[0]) == ("cp1252", text.split("\n")[0])
    assert decoded.notes == ("the text is not UTF-8, read as cp1252",)


@pytest.mark.parametrize("text", ["Длина волны (нм)", "Интенсивность", "энергия эВ"])
def test_cyrillic_is_not_taken_for_chinese(text: str) -> None:
    assert decode("f", text.encode("cp1251")).encoding == "cp1252"


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_with_a_chinese_header_and_no_mark(encoding: str) -> None:
    text = "\n".join(["样品名称温度操作员积分时间", "波长(nm)\t吸光度", "400\t0.1", "401\t0.2"])
    decoded = decode("f", text.encode(encoding))
    assert (decoded.encoding, list(decoded.lines)) == (encoding, text.split("\n"))


def test_half_a_character_at_the_end() -> None:
    decoded = decode("f", "400\t1\n401\t2".encode("utf-16")[:-1])
    assert list(decoded.lines) == ["400\t1", "401"]
    assert decoded.notes == ("half a character at the end left out",)


def test_zeros_after_ascii_are_no_utf_16() -> None:
    assert list(decode("f", b"400,1\n" + b"\0" * 8000).lines) == ["400,1"]


@pytest.mark.parametrize("raw", [b"\xef\xbb\xbf", b"\xff\xfe \0\n\0", b" \n\t", b"\0" * 9])
def test_nothing_is_an_empty_file(raw: bytes) -> None:
    with pytest.raises(ReadError, match="an empty file"):
        decode("f", raw)


@pytest.mark.parametrize(
    "raw", [b"\xef\xbb\xbf400,\xff", b"\xff\xfe\x00\xd8\x31\x00", b"400,1\0,2", bytes(range(1, 32)) * 9]
)
def test_what_is_no_text(raw: bytes) -> None:
    with pytest.raises(ReadError, match="binary data"):
        decode("f", raw)


ENDS = {"\n": "Unix", "\r\n": "Windows", "\r": "old Mac"}


@pytest.mark.parametrize("end", ENDS, ids=ENDS.values())
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030", "cp1252"])
def test_a_long_text_is_read_piece_by_piece(end: str, encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "PIECE", 100)
    first = {"cp1252": "Température"}.get(encoding, "波长(nm) 吸光度")
    wanted = [first, "", *(f"{n},{'7' * (n % 30)}" for n in range(200)), "", "the end"]
    lines = decode("f", (end.join(wanted) + end * 3).encode(encoding)).lines
    assert isinstance(lines, Lines)
    assert list(lines) == wanted
    assert len(lines) == len(wanted)
    assert [lines[n] for n in range(-len(wanted), len(wanted))] == wanted * 2
    assert lines[150:160] == wanted[150:160]
    with pytest.raises(IndexError):
        lines[len(wanted)]


def test_a_text_without_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "PIECE", 100)
    monkeypatch.setattr(decoding, "LONGEST_LINE", 1000)
    assert len(decode("f", b"x" * 1000 + b"\n1").lines) == 2
    with pytest.raises(ReadError, match="a line of more than"):
        decode("f", b"1,1\n" + b"x" * 5000 + b"\n1")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "gb18030"])
def test_decoding_holds_a_piece_of_the_text_only(encoding: str) -> None:
    first = {"cp1252": "Température"}.get(encoding, "波长(nm) 吸光度")
    raw = (first + "\r\n" + "400.5,1.25\r\n" * 300_000).encode(encoding)
    tracemalloc.start()
    lines: Sequence[str] = decode("f", raw).lines
    assert sum(len(line) for line in lines) > 3e6
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 12 * decoding.PIECE  # a piece, and its lines as Python holds them
