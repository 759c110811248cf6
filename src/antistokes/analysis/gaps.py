"""Where samples are missing along an axis."""

from __future__ import annotations

import numpy as np

from antistokes.units import FloatArray

WIDE = 3.0  # times the steps beside it: beyond, a step is a gap (assumed)
BESIDE = 3  # steps on either side


def gaps(x: FloatArray) -> list[int]:
    """Return which steps are gaps: the i with x[i]...x[i + 1] wider than three times the steps on either side.

    Parameters
    ----------
    x : ndarray
        Positions that rise or fall, shape (n,) [any].

    Returns
    -------
    list of int
        Indices, each of the sample before a gap; a change from fine to coarse steps is none.
    """
    steps = np.abs(np.diff(x))
    found = []
    for i, step in enumerate(steps):
        sides = [side for side in (steps[max(i - BESIDE, 0) : i], steps[i + 1 : i + 1 + BESIDE]) if side.size]
        if sides and step > WIDE * max(float(np.median(side)) for side in sides):
            found.append(i)
    return found
