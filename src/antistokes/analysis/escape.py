r"""The spectrum that leaves a sample which absorbs its own light, where only the mean probability of that is known.

A photon of energy E that goes a length l in the sample is absorbed with the chance :math:`1-e^{-\alpha l}`. Over all
photons the lengths are distributed, and the mean is one law or another:

.. math:: r = \frac{x\alpha}{1+x\alpha}\ \text{(many passes)},\qquad r = 1-e^{-x\alpha}\ \text{(one pass)}

Where a photon leaves with the same chance on every stretch of its way, as in a sphere or a cuvette that reflects,
lengths are distributed exponentially: many passes. Where all go the same length: one pass. No geometry is known here,
so the first is taken, and the second is what the result may be off by.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import xarray as xr
from scipy.optimize import brentq

from antistokes import data
from antistokes.analysis import curves
from antistokes.analysis.bands import Band, absorption_band, emission_band
from antistokes.analysis.uncertain import Uncertain, value_and_sd
from antistokes.errors import DataError
from antistokes.physics.moments import integration_weights
from antistokes.units import FloatArray

Law = Callable[[FloatArray], FloatArray]
_FARTHEST = 60.0  # |ln| of x times the largest alpha
_UNCOVERED = 0.01  # of the photons, bluer than the absorption: beyond, they are refused; assumed


def many_passes(depth: FloatArray) -> FloatArray:
    """Chance to be absorbed where the lengths of the ways are distributed exponentially, mean depth given [1]."""
    return np.asarray(depth / (1 + depth))


def one_pass(depth: FloatArray) -> FloatArray:
    """Chance to be absorbed where all ways are equally long, depth given [1]."""
    return np.asarray(-np.expm1(-depth))


def escaped_emission(dilute: xr.Dataset, absorption: xr.Dataset, probability: Uncertain) -> xr.Dataset:
    r"""Emission that leaves a sample whose light is absorbed again with a mean probability.

    .. math:: S'(E) = S(E)\,[1-r(E)],\qquad r = \frac{x\alpha}{1+x\alpha},\qquad
              \frac{\int S\,r\,dE}{\int S\,dE} = a

    x follows from a. This is the law of many passes, assumed, for the geometry is not known; that of one pass,
    :math:`1-e^{-x\alpha}` with an x of its own, is said beside it, and its distance counts as the half-width of an even
    distribution. What is absorbed again is emitted again with the same shape, so that all generations leave alike.

    Parameters
    ----------
    dilute : xarray.Dataset
        Emission of a sample so dilute that it absorbs nothing again; it declares its quantity.
    absorption : xarray.Dataset
        Absorption of the same dots, on any scale.
    probability : float or (value, sd)
        Mean probability a that an emitted photon is absorbed again, 0 <= a < 1 [1].

    Returns
    -------
    xarray.Dataset
        The dilute spectrum times 1 - r, on its axis and in its quantity, so that the integral of photons is 1 - a of
        what it was; ``signal_modes`` hold the uncertainty of a and of the law. For
        :func:`antistokes.analysis.cooling.cooling_window`.

    Raises
    ------
    ValueError
        a is no probability, or more than the absorption can take.
    DataError
        The absorption does not cover the blue of the emission.

    References
    ----------
    Derived on the page docs/models/self-absorption.md.
    """
    if "self_absorption" in data.json_attr(data.check(dilute), "corrections", {}):
        raise DataError(f"{data.label(dilute)}: it is an escaped spectrum already; expected that of a dilute sample.")
    value, sd = value_and_sd(probability, "probability")
    band, absorber = emission_band(dilute), absorption_band(absorption)
    alpha, notes = absorption_at(absorber, band)
    weight = photon_weights(band)
    if not 0 <= value < _most(alpha, weight):
        raise ValueError(
            f"probability must be at least 0 and below {_most(alpha, weight):.3g}, the photons that {absorber.name} "
            f"can absorb; got {value!r}."
        )
    ends = [min(max(value + step, 0.0), 0.999 * _most(alpha, weight)) for step in (0.0, -sd, sd, 0.0)]
    laws = (many_passes, many_passes, many_passes, one_pass)
    leaves = [1 - law(alpha * depth_scale(law, alpha, weight, a)) for law, a in zip(laws, ends, strict=True)]
    means = [float(weight * part @ band.energy_ev / (weight @ part)) for part in (np.ones_like(alpha), *leaves)]
    shift, other = 1e3 * (means[1] - means[0]), 1e3 * (means[4] - means[0])
    energy = data.wavelength_and_energy(dilute)[1]
    here = [np.interp(energy, band.energy_ev, part) for part in leaves]
    said = {"probability": value, "law": "many passes", "shift_mev": shift, "shift_one_pass_mev": other}
    notes = (
        f"what leaves a sample that absorbs {value:.3g} of its light again, by the law of many passes (assumed): mean "
        f"photon energy {shift:+.1f} meV; by that of one pass {other:+.1f} meV.",
        *notes,
    )
    corrections = data.json_attr(dilute, "corrections", {}) | {"self_absorption": said}
    out = _multiplied(dilute, here[0], np.stack([(here[2] - here[1]) / 2, (here[3] - here[0]) / 3**0.5]))
    return data.with_attrs(out, kind="emission", corrections=corrections, notes=notes)


def _multiplied(ds: xr.Dataset, factor: FloatArray, modes: FloatArray) -> xr.Dataset:
    """Return a spectrum times a factor, with modes of the factor."""
    axis, signal = data.spectral_axis(ds), np.asarray(ds["signal"].values, dtype=float)
    attrs = dict(ds["signal"].attrs)
    own = ds["signal_modes"].values * factor if "signal_modes" in ds else np.empty((0, signal.size))
    shared = np.concatenate([own, signal * modes[np.any(modes != 0, axis=1)]])
    out: dict[str, Any] = {"signal": (axis, signal * factor, attrs)}
    if "signal_sd" in ds:
        out["signal_sd"] = (axis, ds["signal_sd"].values * factor, attrs)
    if len(shared):
        out["signal_modes"] = (("mode", axis), shared, attrs)
    return ds.drop_vars("signal_modes", errors="ignore").assign(out)


def absorption_at(absorber: Band, emission: Band) -> tuple[FloatArray, tuple[str, ...]]:
    """Return absorption at the samples of an emission, 1 at its largest there, and words about what is not covered."""
    energy, low, high = emission.energy_ev, absorber.energy_ev[0], absorber.energy_ev[-1]
    weight = photon_weights(emission)
    bluer, redder = float(weight[energy > high].sum()), float(weight[energy < low].sum())
    if bluer > _UNCOVERED:
        raise DataError(
            f"{absorber.name}: {bluer:.1%} of the emission is bluer than its data; expected absorption over all of it."
        )
    smooth = curves.smooth(absorber.energy_ev, absorber.value, absorber.sd).values
    there = curves.interpolate(absorber.energy_ev, smooth, absorber.total_sd, np.clip(energy, low, high))[0]
    alpha = np.where(energy < low, 0.0, np.maximum(there, 0.0))
    if not alpha.max() > 0:
        raise DataError(f"{absorber.name} and {emission.name} do not overlap: nothing of the emission is absorbed.")
    said = f"{absorber.name} ends in the emission: redder, with {redder:.2%} of the photons, none is absorbed again."
    return alpha / alpha.max(), ((said,) if redder > 0.05 * _UNCOVERED else ())


def photon_weights(band: Band) -> FloatArray:
    """Return the part of the photons that each sample stands for, sum 1."""
    weight = integration_weights(band.energy_ev) * band.value
    return np.asarray(weight / weight.sum())


def depth_scale(law: Law, alpha: FloatArray, weight: FloatArray, probability: float) -> float:
    """Return the x at which a law of x alpha gives this mean probability."""
    if probability <= 0:
        return 0.0
    found = brentq(lambda x: float(weight @ law(alpha * np.exp(x))) - probability, -_FARTHEST, _FARTHEST, xtol=1e-12)
    return float(np.exp(found))


def _most(alpha: FloatArray, weight: FloatArray) -> float:
    """Return the mean probability at no end of passes."""
    return float(weight @ (alpha > 0))
