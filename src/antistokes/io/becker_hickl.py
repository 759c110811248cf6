"""Photon streams of Becker & Hickl (.spc of the SPC-130, 140, 150, 830 and 160 cards), recognised by content.

Such a stream has no magic number: it is a row of 32-bit records, little-endian. The first holds the macro-time clock
[0.1 ns] with the top bit set; in each further one the top four bits say what it is, the lower bits when. That the
times never run backwards tells a stream from anything else.
"""

from __future__ import annotations

import numpy as np

from antistokes.io.head import Head

CLOCKS = (10, 10_000)  # 1 ns to 1 us, in units of 0.1 ns
FEWEST, PERIOD = 16, 4096
MARK, OVERFLOW, INVALID = 0x1, 0x4, 0x8


def is_becker_hickl(head: Head) -> bool:
    """Tell whether a file is a row of 32-bit records whose macro times never run backwards."""
    if head.size % 4 or len(head.start) < 4 * (FEWEST + 1):
        return False
    records = np.frombuffer(head.start, dtype="<u4", count=len(head.start) // 4)
    first, rest = int(records[0]), records[1:]
    if first >> 31 != 1 or not CLOCKS[0] <= first & 0xFFFFFF <= CLOCKS[1]:
        return False
    top = rest >> 28
    bare = (top & (INVALID | OVERFLOW | MARK)) == (INVALID | OVERFLOW)  # no photon: a count of overflows
    steps = np.where(bare, rest & 0xFFFFFFF, (top & OVERFLOW) // OVERFLOW).astype(np.int64)
    times = (np.cumsum(steps) * PERIOD + (rest & 0xFFF))[~bare]
    return len(times) >= FEWEST and bool(np.all(np.diff(times) >= 0))
