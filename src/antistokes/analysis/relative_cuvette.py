"""One of two samples whose yields are compared: what is stated of it, and draws of that."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import xarray as xr

from antistokes import units
from antistokes.analysis import ratio_budget as budgets
from antistokes.analysis.ratio_budget import Term
from antistokes.analysis.uncertain import Uncertain, truncated_normal, value_and_sd
from antistokes.analysis.yield_points import Beam, Light
from antistokes.materials import load, solvent
from antistokes.materials.optics import refractive_index
from antistokes.physics.cooling import external_yield
from antistokes.units import FloatArray

MOST_REABSORBED = 0.999  # mean probability: beyond, hardly any light leaves; assumed

Index = Uncertain | str

MAX_INDEX = 4.0  # no transparent medium of an emitter in the visible and near infrared has more; assumed


class Cuvette(NamedTuple):
    """One of the two: what to call it, its emission, absorption or stated absorptance, index, self-absorption."""

    name: str
    emission: xr.Dataset
    absorption: xr.Dataset | None
    absorptance: Uncertain | None
    solvent_index: Index | None
    self_absorption: Uncertain


def reabsorbed(cuvette: Cuvette, rng: np.random.Generator, n: int) -> FloatArray | None:
    """Return draws of the probability that an emitted photon is absorbed again; None where there is none."""
    value, sd = value_and_sd(cuvette.self_absorption, f"{cuvette.name}_self_absorption")
    if not 0 <= value < 1:
        raise ValueError(f"{cuvette.name}_self_absorption must be in [0, 1), got {cuvette.self_absorption!r}.")
    return None if value == sd == 0 else truncated_normal(rng, value, sd, 0.0, MOST_REABSORBED, n)


def of_reference(stated: Uncertain, cuvette: Cuvette, rng: np.random.Generator, n: int) -> Term:
    """Return draws of what leaves the reference per absorbed photon."""
    value, sd = value_and_sd(stated, "reference_yield")
    if not 0 < value <= 1:
        raise ValueError(f"reference_yield must be above 0 and at most 1, got {stated!r}.")
    drawn = truncated_normal(rng, value, sd, 0.0, 1.0, n)
    again = reabsorbed(cuvette, rng, n)
    leaving = drawn if again is None else external_yield(drawn, again)
    return Term("reference", leaving, "take a reference whose yield is known better, or several")


def refraction(
    both: tuple[Cuvette, Cuvette], lights: tuple[Light, Light], beam: Beam, rng: np.random.Generator, n: int
) -> list[Term]:
    """Return the squared ratio of the indices; a sphere collects all light, whatever the index."""
    if beam.geometry == "sphere" or both[0].solvent_index is None:
        return []
    own, other = (
        value + sd * budgets.standard_normal(rng, n)
        for value, sd in (_index(c, light) for c, light in zip(both, lights, strict=True))
    )
    return [Term("index", (own / other) ** 2, "measure the indices, or use one solvent for both")]


def _index(cuvette: Cuvette, light: Light) -> tuple[float, float]:
    """Return the index of a solvent at the emission, as stated or by the material's formula."""
    if not isinstance(cuvette.solvent_index, str):
        value, sd = value_and_sd(cuvette.solvent_index or 0.0, f"{cuvette.name}_index")
        if not 1 <= value <= MAX_INDEX:
            raise ValueError(
                f"{cuvette.name}_index must be from 1 to {MAX_INDEX:g}, or a material, got {cuvette.solvent_index!r}."
            )
        return value, sd
    material, wavelength = load(cuvette.solvent_index), float(units.wavelength_from_energy(light.peak_ev))
    t = cuvette.emission.attrs.get("temperature_k")
    if t is None or "thermo_optic_coefficient" not in material.numbers:
        return float(refractive_index(material, wavelength)), 0.0
    slope = material.numbers["thermo_optic_coefficient"].uncertainty
    return float(solvent.index(material, t, wavelength)), abs(float(t) - solvent.INDEX_K) * slope
