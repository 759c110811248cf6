"""What the benches time with."""

from __future__ import annotations

import time
from collections.abc import Callable


def best(task: Callable[[], object], runs: int) -> float:
    """Return the least CPU seconds of some runs, after one to warm up."""
    task()
    times = []
    for _ in range(runs):
        began = time.process_time()
        task()
        times.append(time.process_time() - began)
    return min(times)
