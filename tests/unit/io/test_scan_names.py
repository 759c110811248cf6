from antistokes.io.scan_names import distinct


def test_names_are_made_distinct() -> None:
    assert distinct(["a", "a", "a (2)", "", "a"]) == ["a", "a (2)", "a (2) (2)", "scan 4", "a (3)"]
    assert len(set(distinct(["a"] * 5000))) == 5000
    assert distinct(["", "scan 1"]) == ["scan 1", "scan 1 (2)"]
