"""How much of its own light does a sample absorb again? From the red tail, which it does not absorb."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
import xarray as xr

from antistokes.analysis import escape
from antistokes.analysis import self_absorption_pair as pairs
from antistokes.analysis.bands import absorption_band
from antistokes.analysis.result import described, internal, number
from antistokes.analysis.self_absorption_pair import Pair, Range
from antistokes.analysis.uncertain import ratio_of_draws
from antistokes.estimate import Estimate, exact, from_draws, quantile
from antistokes.units import FloatArray

DRAWS = 20_000
MUCH = 0.02  # of the window absorbed again: more hangs on the law; assumed
SEEN = 3.0  # standard deviations of a sample, from which on a ratio is drawn


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SelfAbsorption:
    """Mean probability that an emitted photon is absorbed again, and the spectra that say so.

    ``scale`` is the factor on the observed spectrum, both with a maximum of 1. ``tail_p_value`` is the chance of such a
    difference of their shapes in the window by noise alone. ``curves``: over ``energy`` [eV], photons per eV of both
    spectra as scaled, and their ratio, 1 - a(E), with its interval where both stand above noise.
    """

    title: ClassVar[str] = "Self-absorption"
    probability: Estimate = number("mean probability that an emitted photon is absorbed again")
    absorbed_in_tail: Estimate | None = number("the same in the red tail, put back", optional=True)
    scale: Estimate = number("factor on the observed spectrum, both with a maximum of 1")
    mean_observed_ev: Estimate = number("mean photon energy of the observed spectrum")
    mean_dilute_ev: Estimate = number("mean photon energy of the dilute spectrum")
    shift_mev: Estimate = number("shift of the mean photon energy, observed less dilute")
    per_nm: Estimate = number("change of the probability if the dilute spectrum lay 1 nm redder")
    tail_nm: Range
    tail_p_value: float
    curves: xr.Dataset = field(repr=False)
    drawn: FloatArray = internal()
    warnings: tuple[str, ...] = ()

    __str__ = described


def self_absorption(
    observed: xr.Dataset,
    dilute: xr.Dataset,
    *,
    emission_nm: Range | None = None,
    tail_nm: Range | None = None,
    absorption: xr.Dataset | None = None,
    wavelength_sd_nm: float = 0.0,
    level: float = 0.95,
    draws: int = DRAWS,
    seed: int = 0,
) -> SelfAbsorption:
    r"""Mean probability of self-absorption, from the observed spectrum and that of a dilute sample.

    .. math:: a = 1-(1-r_t)\,\frac{\int k\,S_\mathrm{obs}\,dE}{\int S\,dE},\qquad
              k = \frac{\int_t S\,dE}{\int_t S_\mathrm{obs}\,dE}

    in photons, with the red tail t, where nothing is absorbed again but the small part :math:`r_t`. That is zero
    without an absorption spectrum. With one it is what a law of :mod:`antistokes.analysis.escape` says at this a,
    drawn evenly between the two laws.

    Parameters
    ----------
    observed : xarray.Dataset
        Emission of the sample, as in the sphere; it declares its quantity.
    dilute : xarray.Dataset
        Emission of the same dots so dilute that nothing is absorbed again, through slits as wide.
    emission_nm : tuple of float, optional
        Range of the emission, without the laser, in the medium of ``observed``; default where both have data [nm].
    tail_nm : tuple of float, optional
        Window in which the two are scaled; default where the dilute one falls, on the red side, from 10 % to 1 % of its
        maximum (assumed) [nm].
    absorption : xarray.Dataset, optional
        Absorption of the same dots, on any scale.
    wavelength_sd_nm : float
        Standard uncertainty of one wavelength scale against the other [nm].
    level : float
        Coverage of the intervals [1].
    draws : int
        Number of Monte Carlo draws.
    seed : int
        Seed of the draws.

    Returns
    -------
    SelfAbsorption
        The probability, below zero too where noise or two wrong spectra make it so; mean energies of both spectra.

    Raises
    ------
    DataError
        A laser line in the range, no common range, or too little light in the window.

    References
    ----------
    T.-S. Ahn et al., Rev. Sci. Instrum. 78, 086105 (2007), doi:10.1063/1.2768926; what is left in the tail: derived on
    the page docs/models/self-absorption.md. Intervals by JCGM 101:2008 (GUM supplement 1).
    """
    if not 0 <= wavelength_sd_nm < np.inf or draws < 100:
        raise ValueError(
            f"wavelength_sd_nm must be 0 or more and draws at least 100, got {wavelength_sd_nm!r} and {draws!r}."
        )
    pair = pairs.choose(observed, dilute, emission_nm, tail_nm)
    rng = np.random.default_rng(seed)
    best, (seen, thin) = pairs.integrals(pair), pairs.drawn_integrals(pair, rng, draws)
    relative = pairs.refuse_dark(pair, best, seen, thin)
    steep = pairs.steepness(pair)
    with np.errstate(divide="ignore"):
        quotient = np.where(seen[:, 0] > 0, thin[:, 0] * seen[:, 1] / (thin[:, 1] * seen[:, 0]), np.inf)
    quotient *= np.exp(steep * wavelength_sd_nm * rng.standard_normal(draws))
    back, leaves, words = _put_back(pair, absorption, quotient, rng)
    found, tail = 1 - (1 - back) * quotient, pairs.in_nm(pair, pair.window_ev)
    how = f"red tail, {tail[0]:.1f}-{tail[1]:.1f} nm, as the scale (Ahn 2007); noise of both spectra"
    probability = ratio_of_draws(found, relative, how, level=level)
    factor = (1 - back) * thin[:, 0] / seen[:, 0]
    scale = ratio_of_draws(factor, relative, "light of both spectra in the red tail", level=level)
    chance = pairs.p_value(pair, scale.value, leaves)
    means = [_mean(values, of, level) for values, of in zip(best, (seen, thin), strict=True)]
    how = "how steep the dilute spectrum is at the ends of the red tail"
    return SelfAbsorption(
        probability=probability,
        absorbed_in_tail=None
        if absorption is None
        else ratio_of_draws(back, relative, "between two laws", level=level),
        scale=scale,
        mean_observed_ev=means[0],
        mean_dilute_ev=means[1],
        shift_mev=_shift(best, seen, thin, level),
        per_nm=exact(-(1 - probability.value) * steep, "1/nm", how),
        tail_nm=tail,
        tail_p_value=chance,
        curves=_curves(pair, scale, level),
        drawn=found,
        warnings=(*words, *pairs.doubts(observed, dilute, pair, probability, chance)),
    )


def _put_back(
    pair: Pair, absorption: xr.Dataset | None, quotient: FloatArray, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray, tuple[str, ...]]:
    """Return draws of what is absorbed again in the window, what leaves at each sample, and words about it."""
    if absorption is None:
        said = "No absorption is given: that the sample absorbs nothing in the red tail is assumed."
        return np.zeros(quotient.size), np.ones(pair.smooth.size), (said,)
    absorber = absorption_band(absorption)
    alpha, words = escape.absorption_at(absorber, pair.dilute)
    weights = pairs.gradients(pair, pair.dilute)[:2] * pair.smooth
    weights /= weights.sum(axis=1, keepdims=True)
    depths = np.exp(np.linspace(-12, 6, 181))
    rows = [law(np.outer(depths, alpha)) @ weights.T for law in (escape.many_passes, escape.one_pass)]
    mix, back = rng.uniform(size=quotient.size), np.zeros(quotient.size)
    for _ in range(4):  # r_t is small, each round is nearer by r_t
        each = [np.interp(1 - (1 - back) * quotient, row[:, 1], row[:, 0]) for row in rows]
        back = (1 - mix) * each[0] + mix * each[1]
    middle = float(np.median(back))
    if middle > MUCH:
        words = (
            *words,
            f"The sample absorbs {middle:.1%} again in the red tail: the probability hangs on the law by which that is "
            "put back. Choose a redder tail_nm.",
        )
    likely = float(np.median(1 - (1 - back) * quotient))
    x = np.exp(np.interp(likely, rows[0][:, 1], np.log(depths)))
    return back, 1 - escape.many_passes(x * alpha), (*absorber.warnings, *words)


def _mean(values: FloatArray, drawn: FloatArray, level: float) -> Estimate:
    how = "integral over the common range, photons per eV; noise"
    return from_draws(float(values[2] / values[1]), drawn[:, 2] / drawn[:, 1], "eV", how, level)


def _shift(best: tuple[FloatArray, FloatArray], seen: FloatArray, thin: FloatArray, level: float) -> Estimate:
    value = 1e3 * float(best[0][2] / best[0][1] - best[1][2] / best[1][1])
    drawn = 1e3 * (seen[:, 2] / seen[:, 1] - thin[:, 2] / thin[:, 1])
    return from_draws(value, drawn, "meV", "of mean photon energies over the common range; noise of both", level)


def _curves(pair: Pair, scale: Estimate, level: float) -> xr.Dataset:
    """Return both spectra as scaled, and their ratio where both stand above noise."""
    e, (low, high) = pair.observed.energy_ev, pair.range_ev
    keep = (e >= low) & (e <= high)
    there, matrix = pairs.on_observed(pair, keep)
    here = scale.value * pair.observed.value[keep]
    noise = scale.value * pair.observed.total_sd[keep], np.asarray(abs(matrix) @ pair.dilute.total_sd)
    clear = (here > SEEN * noise[0]) & (there > SEEN * noise[1])
    top, bottom = (np.where(clear, values, np.nan) for values in (here, there))
    ratio = top / bottom
    of_scale = float(np.nan_to_num(scale.sd)) / scale.value
    relative = np.sqrt((noise[0] / top) ** 2 + (noise[1] / bottom) ** 2 + of_scale**2)
    half = quantile(0.5 + level / 2) * relative * ratio
    columns = {
        "dilute": (there, "photons/eV"),
        "observed": (here, "photons/eV"),
        **{"ratio": (ratio, "1"), "ratio_low": (ratio - half, "1"), "ratio_high": (ratio + half, "1")},
    }
    return xr.Dataset(
        {name: ("energy", values, {"units": unit}) for name, (values, unit) in columns.items()},
        coords={"energy": ("energy", e[keep], {"units": "eV"})},
    )
