"""What nature does: pure functions, floats and arrays in and out. Each module is one effect, loaded on first use."""

from importlib import import_module
from types import ModuleType

__all__ = [
    "cooling",
    "coupling",
    "dots",
    "ensemble",
    "fine_structure",
    "inner_filter",
    "lineshape",
    "marcus",
    "moments",
    "pekar",
    "phonon_ladder",
    "presets",
    "reciprocity",
    "sizing",
    "tail_activation",
]


def __getattr__(name: str) -> ModuleType:
    """Load a module: a line shape needs half of SciPy, a mean energy none of it."""
    if name in __all__:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
