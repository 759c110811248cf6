"""Run the same function on many things: one after the other, or in processes. Both are handed on as a ``map``."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sized
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from typing import Any, Literal

Mapper = Callable[[Callable[[Any], Any], Iterable[Any]], Iterator[Any]]


@contextmanager
def mapper(
    how: Literal["serial", "processes"] = "serial", *, workers: int | None = None, label: str = ""
) -> Iterator[Mapper]:
    """Hand out a ``map`` that keeps the order of its input and, on a terminal, shows progress.

    Parameters
    ----------
    how : {"serial", "processes"}
        In this process, or in a pool of spawned processes (function and items must then be picklable).
    workers : int, optional
        Number of processes; default one per core.
    label : str
        What the progress bar says; without one there is no bar.

    Yields
    ------
    callable
        ``map(function, items)``, to be used inside the ``with`` block.
    """
    if how == "serial":
        yield lambda function, items: _tracked(map(function, items), items, label)
    elif how == "processes":
        with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
            yield lambda function, items: _tracked(pool.map(function, items), items, label)
    else:
        raise ValueError(f"how must be 'serial' or 'processes', got {how!r}.")


def _tracked(results: Iterator[Any], items: Iterable[Any], label: str) -> Iterator[Any]:
    if not label or not sys.stderr.isatty():
        return results
    from rich.console import Console
    from rich.progress import track

    total = len(items) if isinstance(items, Sized) else None
    return iter(track(results, description=label, total=total, console=Console(stderr=True), transient=True))
