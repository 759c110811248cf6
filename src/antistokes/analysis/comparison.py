"""Do up- and down-converted light come from the same states? Shift, width and overlap of the two spectra."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
import xarray as xr

from antistokes import data
from antistokes.analysis.comparison_claims import (
    HOW_OVERLAP,
    NO_MOVE,
    claim_of,
    left_open,
    misfits,
    overlap,
    overlap_test,
    shift_test,
)
from antistokes.analysis.comparison_fit import DEGENERATE, Moved, moved
from antistokes.analysis.comparison_prediction import Prediction, predicted
from antistokes.analysis.comparison_window import Pair, choose
from antistokes.analysis.equivalence import Equivalence
from antistokes.analysis.result import described, number
from antistokes.analysis.spectra import EmissionSummary, describe_emission
from antistokes.estimate import Estimate, quantile

TURNED = 0.95  # of the highest of a spectrum: what both ends of a window fall below where it holds the peak


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EmissionComparison:
    """How the up-converted spectrum differs from the down-converted one, on the window that both show.

    ``curves``: over ``energy`` [eV], the up-converted spectrum in the window (photons per eV, its maximum 1), its sd,
    the down-converted one scaled to it (``down``) and moved as fitted (``model``), and what is left in standard
    deviations. ``tests``: what is shown to be equal, of the window only. ``correlation``: of the fit's parameters.
    ``pivot_ev``: where the shift holds; a sample at another energy E is moved by (width ratio - 1)(E - pivot) more.
    """

    title: ClassVar[str] = "Up-converted against down-converted emission"
    window_nm: tuple[float, float]
    masked_nm: tuple[tuple[float, float], ...]
    pivot_ev: float
    shift_mev: Estimate = number("shift, up- minus down-converted (below 0: to the red)")
    width_ratio: Estimate = number("width ratio, up- over down-converted")
    predicted_shift_mev: Estimate | None = number("shift that unequal dots predict", optional=True)
    predicted_width_ratio: Estimate | None = number("width ratio that unequal dots predict", optional=True)
    peak_shift_nm: Estimate | None = number("shift of the maximum (photons per nm)", optional=True)
    fwhm_ratio: Estimate | None = number("ratio of the full widths at half maximum", optional=True)
    overlap: Estimate | None = number("overlap (cosine, noise taken out)", optional=True)
    moved_overlap: Estimate | None = number("overlap with the spectrum moved as predicted", optional=True)
    reduced_chi2: Estimate = number("reduced chi-square of the moved spectrum")
    tests: tuple[Equivalence, ...]
    claim: str
    correlation: dict[str, dict[str, float]] = field(repr=False)
    curves: xr.Dataset = field(repr=False)
    warnings: tuple[str, ...] = ()
    __str__ = described


def compare_emission(
    up: xr.Dataset,
    down: xr.Dataset,
    *,
    cut_nm: float | None = None,
    common_nm: tuple[float, float] | None = None,
    exclude_nm: Sequence[tuple[float, float]] = (),
    prediction: Prediction | None = None,
    baseline: bool = False,
    shift_margin_mev: float = 3.0,
    overlap_margin: float = 0.98,
    level: float = 0.95,
    seed: int = 0,
) -> EmissionComparison:
    r"""Compare up-converted with down-converted emission on the window that no filter cuts.

    .. math:: u(E) = s\,d\!\left(E_0+\frac{E-E_0-\Delta}{w}\right),\qquad
              C=\frac{\int ab}{\sqrt{\int a^2\int b^2}}

    by generalised least squares, photons per eV. d is the down-converted spectrum, smoothed twice and seen through the
    slits of the other one; its noise is part of the covariance. A range around either laser line is left out.

    Parameters
    ----------
    up, down : xarray.Dataset
        Emission excited below and above the gap; each declares its quantity. Of both, ``excitation_nm`` and
        ``bandpass_nm`` are used.
    cut_nm : float, optional
        Where a short-pass filter begins to cut ``up``; what is redder is not used [nm].
    common_nm : tuple of float, optional
        Window; by default what both spectra show blue of the cut, where the down-converted one is above 3 % of its
        maximum [nm].
    exclude_nm : sequence of tuple of float
        Ranges of ``up`` to leave out: a Raman line [nm].
    prediction : LineshapeFit or Ensemble, optional
        What says how unequal the dots are, and so by how much the excitation of ``up`` moves its spectrum. Without it
        the shift is held against 0.
    baseline : bool
        Whether ``up`` may stand on a constant of its own axis.
    shift_margin_mev : float
        Difference of shift and prediction that counts as none [meV].
    overlap_margin : float
        Overlap that counts as one spectrum [1].
    level : float
        Coverage probability of the intervals [1].
    seed : int
        Seed of the draws of noise and of the prediction's parameters.

    Returns
    -------
    EmissionComparison
        Shift, width ratio, their prediction, maxima and widths where the window holds them, overlap, and two
        equivalence tests at the level of 5 %.

    Raises
    ------
    DataError
        Where the spectra share too little, or one was completed with the other.
    FitError
        Where the window does not tell where the band lies.

    References
    ----------
    Derived on the page docs/models/uc-against-dc.md.
    """
    if not (shift_margin_mev > 0 and 0 < overlap_margin < 1 and 0 < level < 1):
        raise ValueError(
            "shift_margin_mev is above 0, overlap_margin and level lie between 0 and 1; found "
            f"{shift_margin_mev!r}, {overlap_margin!r}, {level!r}."
        )
    fit, pair = moved(choose(up, down, cut_nm, common_nm, exclude_nm, baseline))
    expected = predicted(prediction, pair, fit, up, down, level, seed)
    plain, foreseen = overlap(pair, fit, NO_MOVE), overlap(pair, fit, expected.moves)
    peak, width, unequal = _maxima_and_widths(up, down, pair, level, seed)
    tests = (shift_test(fit, expected, shift_margin_mev), *overlap_test(foreseen, expected, overlap_margin))
    tests, why = left_open(tests, pair, fit, (up, down), (shift_margin_mev, overlap_margin))
    names = ("scale", "shift", "width ratio", "baseline")[: fit.at.size]
    sd = np.sqrt(np.diag(fit.covariance))
    correlation = fit.covariance / np.outer(sd, sd)
    how = "least squares on the common window, noise of both spectra; Student's t"
    return EmissionComparison(
        window_nm=pair.window_nm,
        masked_nm=pair.masked_nm,
        pivot_ev=pair.pivot_ev,
        shift_mev=_by_t(fit.at[1], sd[1], fit.freedom, "meV", how, level),
        width_ratio=_by_t(fit.at[2], sd[2], fit.freedom, "1", how, level),
        predicted_shift_mev=expected.shift_mev,
        predicted_width_ratio=expected.width_ratio,
        peak_shift_nm=peak,
        fwhm_ratio=width,
        overlap=_of_overlap(plain, level),
        moved_overlap=None if expected.shift_mev is None else _of_overlap(foreseen, level),
        reduced_chi2=Estimate(fit.chi2, how=f"squared residuals over their variance, {fit.freedom} degrees of freedom"),
        tests=tests,
        claim=claim_of(pair, fit, tests),
        correlation={a: {b: float(correlation[i, j]) for j, b in enumerate(names)} for i, a in enumerate(names)},
        curves=_curves(pair, fit),
        warnings=(*pair.warnings, *expected.warnings, *unequal, *why, *_warnings(pair, fit, plain[1])),
    )


def _by_t(value: float, sd: float, freedom: float, unit: str, how: str, level: float) -> Estimate:
    half = quantile(0.5 + level / 2, freedom) * float(sd)
    return Estimate(float(value), float(sd), float(value) - half, float(value) + half, level, unit, how)


def _of_overlap(found: tuple[float, float], level: float) -> Estimate | None:
    return _by_t(*found, math.inf, "1", HOW_OVERLAP, level) if found[1] > 0 else None


def _maxima_and_widths(
    up: xr.Dataset, down: xr.Dataset, pair: Pair, level: float, seed: int
) -> tuple[Estimate | None, Estimate | None, tuple[str, ...]]:
    """Return shift of the maximum [nm] and ratio of full widths, each where the window holds it of both spectra."""
    described = []
    for ds, own in ((up, seed), (down, seed + 1)):
        cut = _in_window(ds, pair)
        described.append(describe_emission(cut, level=level, seed=own) if _turns(cut, pair) else None)
    first, second = described
    if first is None or second is None:
        return None, None, ()
    apart = math.hypot(first.peak_nm.sd, second.peak_nm.sd)
    how = "difference of the maxima of the smoothed spectra within the window; errors in quadrature"
    peak = _by_t(first.peak_nm.value - second.peak_nm.value, apart, math.inf, "nm", how, level)
    return peak, *_fwhm_ratio(first, second, up, down, level)


def _in_window(ds: xr.Dataset, pair: Pair) -> xr.Dataset:
    energy = data.wavelength_and_energy(ds)[1]
    mine = pair.up.energy_ev
    gap = 1.5 * float(np.max(np.abs(np.diff(energy)), initial=0.0))
    after = np.clip(np.searchsorted(mine, energy), 1, mine.size - 1)
    near = np.minimum(np.abs(mine[after] - energy), np.abs(energy - mine[after - 1]))
    width = max(gap, 1.5 * float(np.median(np.diff(mine))))
    keep = (energy >= mine[0]) & (energy <= mine[-1]) & (near <= width)
    return ds.isel({data.spectral_axis(ds): np.flatnonzero(keep)})


def _turns(ds: xr.Dataset, pair: Pair) -> bool:
    """Tell whether the maximum lies inside: both ends of what is left are lower."""
    y = np.asarray(ds["signal"].values, dtype=float)
    if y.size < 12:
        return False
    running = np.convolve(y, np.full(5, 0.2), "valid")
    return bool(max(running[0], running[-1]) < TURNED * running.max())


def _fwhm_ratio(
    first: EmissionSummary, second: EmissionSummary, up: xr.Dataset, down: xr.Dataset, level: float
) -> tuple[Estimate | None, tuple[str, ...]]:
    if first.fwhm_nm is None or second.fwhm_nm is None:
        return None, ()
    ratio = first.fwhm_nm.value / second.fwhm_nm.value
    sd = ratio * math.hypot(first.fwhm_nm.sd / first.fwhm_nm.value, second.fwhm_nm.sd / second.fwhm_nm.value)
    found = _by_t(ratio, sd, math.inf, "1", "photons per nm, errors in quadrature; slits not taken out", level)
    if up.attrs.get("bandpass_nm", 0.0) == down.attrs.get("bandpass_nm", 0.0):
        return found, ()
    return found, (
        "The ratio of full widths at half maximum holds the different bandpasses; the width ratio does not.",
    )


def _warnings(pair: Pair, fit: Moved, overlap_sd: float) -> tuple[str, ...]:
    said = []
    if abs(fit.correlation) > DEGENERATE:
        said.append(
            f"In this window shift and width ratio are nearly one number (correlation {fit.correlation:+.3f}): it "
            "shows too little of one side of the band. What holds for both is in their correlation and in the overlap."
        )
    if misfits(fit):
        said.append(
            f"The two spectra differ in more than place and width (reduced chi-square {fit.chi2:.3g}): the intervals "
            f"are {fit.chi2**0.5:.2g} times as wide as noise alone would make them. A filter's edge, scattered light, "
            "a background or other emitters do that; see the residual."
        )
    if math.isnan(overlap_sd):
        said.append("Noise is all that one of the spectra holds in the window: there is no overlap to speak of.")
    return tuple(said)


def _curves(pair: Pair, fit: Moved) -> xr.Dataset:
    band = pair.up
    down = pair.template.curve(band.energy_ev)
    scale = float(down @ band.value / (down @ down))
    sd = np.sqrt(np.sum(fit.whitener**2, axis=1))
    columns = {
        "wavelength": (band.wavelength_nm, "nm"),
        "up": (band.value, "photons/eV"),
        "up_sd": (band.total_sd, "photons/eV"),
        "down": (scale * down, "photons/eV"),
        "model": (fit.model, "photons/eV"),
        "residual": ((band.value - fit.model) / sd, "s.d."),
    }
    return xr.Dataset(
        {name: ("energy", values, {"units": unit}) for name, (values, unit) in columns.items()},
        coords={"energy": ("energy", band.energy_ev, {"units": "eV"})},
    )
