import io
import math
import operator
import os

import pytest

from antistokes.scale import mapper


def test_serial_keeps_order_and_takes_a_generator():
    with mapper() as run:
        assert list(run(operator.neg, (i for i in range(5)))) == [0, -1, -2, -3, -4]


def test_processes_keep_order_and_run_elsewhere():
    with mapper("processes", workers=2) as run:
        assert list(run(math.sqrt, [i * i for i in range(20)])) == [float(i) for i in range(20)]
        assert os.getpid() not in run(eval, ["__import__('os').getpid()"])


def test_an_error_in_a_process_comes_back():
    with mapper("processes", workers=1) as run, pytest.raises(ValueError, match=r"math domain|nonnegative"):
        list(run(math.sqrt, [1.0, -1.0]))


def test_an_unknown_way_is_named():
    with pytest.raises(ValueError, match="'serial' or 'processes', got 'threads'"), mapper("threads"):
        pass


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("terminal", [True, False])
@pytest.mark.parametrize("items", [[1, 2, 3], iter([1, 2, 3])], ids=["list", "iterator"])
def test_progress_shows_on_a_terminal_only(monkeypatch, terminal, items):
    screen = Terminal() if terminal else io.StringIO()
    monkeypatch.setattr("sys.stderr", screen)
    with mapper(label="Drawing") as run:
        assert list(run(operator.neg, items if isinstance(items, list) else iter([1, 2, 3]))) == [-1, -2, -3]
    assert ("Drawing" in screen.getvalue()) == terminal


def test_without_a_label_there_is_no_progress(monkeypatch):
    screen = Terminal()
    monkeypatch.setattr("sys.stderr", screen)
    with mapper() as run:
        assert list(run(operator.neg, [1])) == [-1]
    assert screen.getvalue() == ""
