"""Compile a loop, and keep the machine code for the next process where a folder can be written.

The folder is beside the file, or numba's own; in a read-only installation without a home each process compiles anew.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit

__all__: list[str] = []

Loop = TypeVar("Loop", bound=Callable[..., Any])
SUMS = {"reassoc", "contract"}  # sums in any order, several at a time


def compiled(loop: Loop, fastmath: bool | set[str] = False) -> Loop:
    """Return the compiled form of a function of numbers and arrays."""
    try:
        out: Any = njit(cache=True, fastmath=fastmath)(loop)
    except RuntimeError:  # no folder to write to
        logging.getLogger(__name__).info("No folder for compiled code can be written: it is compiled in each process.")
        out = njit(fastmath=fastmath)(loop)
    return cast(Loop, out)
