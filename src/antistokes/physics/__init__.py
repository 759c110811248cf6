"""What nature does: pure functions, floats and arrays in and out. Each module is one effect."""

from antistokes.physics import cooling, lineshape, marcus, moments, pekar, phonon_ladder, reciprocity

__all__ = ["cooling", "lineshape", "marcus", "moments", "pekar", "phonon_ladder", "reciprocity"]
