"""What a run of an integrating sphere is made of, and what is stated about it beside its spectra."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Literal, NamedTuple

from antistokes.analysis.calibration import Calibration
from antistokes.analysis.uncertain import Uncertain, value_and_sd
from antistokes.physics.sphere import Integrals
from antistokes.units import FloatArray

Range = tuple[float, float]
Method = Literal["three", "two"]
FIELDS = Integrals._fields
CONFIGURATIONS = {"empty": "the empty sphere", "direct": "direct excitation", "indirect": "indirect excitation"}
MIN_DRAWS = 1000


class Setup(NamedTuple):
    """How the spectra of a sphere are to be read."""

    laser_nm: Range
    emission_nm: Range
    correction: Calibration | None = None
    laser_transmission: float = 1.0


class Run(NamedTuple):
    """Photons of one run in the order of :class:`Integrals`, NaN where not measured.

    ``variance`` is that of the samples' noise; ``shared`` holds rows of one standard deviation, shape (modes, 6), by
    what makes spectra share them. ``of_noise`` are warnings that concern the noise alone, ``neighbours`` says whether a
    noise was told from neighbouring samples. ``laser_edges``: light at the edges of the laser's band that may be none
    of it, over that of the empty sphere [1], and what to say where that matters.
    """

    values: FloatArray
    variance: FloatArray
    shared: dict[Hashable, FloatArray]
    warnings: tuple[str, ...] = ()
    of_noise: tuple[str, ...] = ()
    neighbours: bool = False
    laser_edges: tuple[tuple[float, str], ...] = ()


class Part(NamedTuple):
    """Samples of a spectrum that a band uses: photons per unit of the axis, with the weights of their integral."""

    name: str
    position: FloatArray
    wavelength_nm: FloatArray
    value: FloatArray
    sd: FloatArray
    weights: FloatArray
    shared: dict[Hashable, FloatArray]
    of_noise: tuple[str, ...]
    neighbours: bool

    @property
    def photons(self) -> float:
        """Integral over the band."""
        return float(self.weights @ self.value)


class Known(NamedTuple):
    """What is stated about a measurement beside its integrals."""

    laser_sd: float
    emission_sd: float
    drift_sd: float
    band_sd: float
    transmission_sd: float
    self_absorption: tuple[float, float]
    method: Method | None
    level: float
    draws: int
    seed: int


def stated(
    *,
    laser_sd: float,
    emission_sd: float,
    drift_sd: float,
    band_sd: float,
    self_absorption: Uncertain,
    method: Method | None,
    level: float,
    draws: int,
    seed: int,
    transmission_sd: float = 0.0,
) -> Known:
    """Return what is stated, refused where it cannot be; the uncertainties are relative."""
    relative = {
        "laser_sd": laser_sd,
        "emission_sd": emission_sd,
        "drift_sd": drift_sd,
        "band_sd": band_sd,
        "the relative sd of laser_transmission": transmission_sd,
    }
    for name, value in relative.items():
        if not 0 <= value < 1:
            raise ValueError(f"{name} must be from 0 to less than 1 (not in per cent), got {value!r}.")
    absorbed = value_and_sd(self_absorption, "self_absorption")
    if not (0 <= absorbed[0] < 1 and absorbed[1] < 1):
        raise ValueError(f"self_absorption must be in [0, 1) and its sd below 1, got {self_absorption!r}.")
    if method not in (None, "three", "two"):
        raise ValueError(f"method must be 'three' or 'two', got {method!r}.")
    if not 0 < level < 1 or draws < MIN_DRAWS:
        raise ValueError(f"level must lie in (0, 1) and draws be {MIN_DRAWS} or more; got {level!r} and {draws!r}.")
    return Known(laser_sd, emission_sd, drift_sd, band_sd, transmission_sd, absorbed, method, level, draws, seed)
