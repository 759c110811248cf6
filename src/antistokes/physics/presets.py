"""Couplings of families of dots to start from: room-temperature line shapes of about the right width. Fit them all.

Phonon energies are those of Raman spectra; Huang-Rhys factors, baths and inhomogeneous widths are assumed, chosen so
that one dot has the width at 300 K that such dots are reported to have. They are no measurements of a sample.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import NamedTuple

from antistokes.physics.coupling import Bath, Coupling, Mode
from antistokes.physics.marcus import State

__all__ = ["CDSE_STATES", "PRESETS", "Preset", "preset"]


CDSE_STATES: tuple[State, ...] = (
    (0.0, 1.0),
    (85.0, 0.45),
    (190.0, 0.9),
    (300.0, 1.6),
    (420.0, 2.5),
    (540.0, 3.5),
    (670.0, 4.5),
    (810.0, 6.0),
    (960.0, 8.0),
)
"""Offsets [meV] and strengths of a typical CdSe absorption edge; assumed, no source: a shape, not a material."""


class Preset(NamedTuple):
    """A family: material of the core (:mod:`antistokes.materials`), coupling, widths at 300 K [meV], what it rests on.

    ``dot_fwhm_mev`` is the range reported for one dot, ``inhomogeneous_width_mev`` a standard deviation of E_00.
    """

    title: str
    core: str
    coupling: Coupling
    dot_fwhm_mev: tuple[float, float]
    inhomogeneous_width_mev: float
    note: str


def _with_bath(reorganisation_mev: float, *modes: Mode) -> Coupling:
    return Coupling(modes, (Bath(reorganisation_mev, 3.0),))


PRESETS: dict[str, Preset] = {
    "cdse-cds-zb": Preset(
        "CdSe/CdS, zinc blende",
        "cdse",
        _with_bath(11.5, Mode(25.0, 0.20, 1.2), Mode(38.0, 0.05, 1.5)),
        (60, 75),
        3.0,
        "set B: meets peak and gain of doi:10.1038/s41467-021-24560-4; shares of modes and bath are not determined",
    ),
    "cdse-cds-wz": Preset(
        "CdSe/CdS, wurtzite",
        "cdse",
        _with_bath(11.0, Mode(25.5, 0.22, 1.2), Mode(38.0, 0.06, 1.5)),
        (60, 75),
        5.0,
        "as zinc blende, with a slightly larger overtone ratio in resonance Raman spectra (Kelley)",
    ),
    "cdse-zns": Preset(
        "CdSe/ZnS",
        "cdse",
        _with_bath(10.0, Mode(25.5, 0.30, 1.2), Mode(43.0, 0.03, 1.5)),
        (60, 75),
        15.0,
        "linear broadening 71 ueV/K and LO broadening 21 meV are reported for such dots (Valerini 2005)",
    ),
    "cdznse-znse": Preset(
        "CdZnSe/ZnSe, an alloy",
        "cdse",
        _with_bath(11.5, Mode(28.5, 0.20, 1.8)),
        (60, 80),
        15.0,
        "the LO mode of the alloy lies between 26 and 31 meV; more than 10 meV of inhomogeneity",
    ),
    "inp-znse-zns": Preset(
        "InP/ZnSe/ZnS",
        "inp",
        _with_bath(9.0, Mode(43.0, 0.25, 1.5), Mode(31.0, 0.15, 1.5)),
        (55, 75),
        25.0,
        "LO modes of InP and ZnSe; confined acoustic modes of 4-7 meV are within the bath",
    ),
    "cspbbr3": Preset(
        "CsPbBr3",
        "cspbbr3",
        _with_bath(8.0, Mode(18.0, 0.60, 1.5), Mode(6.0, 0.3, 1.0)),
        (70, 80),
        10.0,
        "its gap opens as it warms; polarons and an Urbach tail are beyond this model",
    ),
    "cdse-nanoplatelet": Preset(
        "CdSe nanoplatelet",
        "cdse",
        _with_bath(4.0, Mode(25.0, 0.10, 1.2)),
        (35, 45),
        3.0,
        "the acoustic coupling falls with the area (Scott 2019)",
    ),
}


def preset(name: str) -> Preset:
    """Return the preset of a family.

    Parameters
    ----------
    name : str
        A key of ``PRESETS``.

    Returns
    -------
    Preset
        What to start from; every coupling in it is assumed.

    Raises
    ------
    ValueError
        For a name that is not there.

    References
    ----------
    The note of each.
    """
    if name not in PRESETS:
        near = get_close_matches(name, PRESETS, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise ValueError(f"There is no preset {name!r}.{hint} Known: {', '.join(PRESETS)}.")
    return PRESETS[name]
