"""What nature does: pure functions, floats and arrays in and out. Each module is one effect."""

from antistokes.physics import cooling, marcus, moments, reciprocity

__all__ = ["cooling", "marcus", "moments", "reciprocity"]
