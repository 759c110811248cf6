"""Do absorption and emission obey detailed balance? The apparent temperature, globally and along the spectrum."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.special import ndtri

from antistokes import units
from antistokes.analysis import curves
from antistokes.analysis.bands import Band, absorption_band, emission_band
from antistokes.analysis.line import Line, fit_line
from antistokes.analysis.result import number
from antistokes.analysis.spectra import first_peak, peak_estimate
from antistokes.analysis.tail import non_emitting_below
from antistokes.errors import DataError
from antistokes.estimate import Estimate, from_draws
from antistokes.physics import reciprocity as law
from antistokes.units import BOLTZMANN_EV_PER_K, FloatArray

DRAWS = 4000
MIN_SAMPLES = 6


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Reciprocity:
    """Apparent (Kennard-Stepanov) temperature of a pair of spectra and what follows from it.

    ``curves``: over ``energy`` [eV], the measured ln ratio, its sd, the fitted line, the residual, whether the sample
    is in the window, the local temperature with its interval, absorption measured and predicted from emission.
    """

    title: ClassVar[str] = "Reciprocity (Kennard-Stepanov)"
    temperature_k: Estimate = number("apparent temperature from reciprocity")
    window_low_ev: float
    window_high_ev: float
    residual_rms: Estimate = number("scatter of ln ratio around the line")
    misfit_rms: Estimate = number("what of it noise does not explain")
    reduced_chi2: Estimate = number("reduced chi-square of the line")
    inhomogeneous_width_mev: Estimate | None = number(
        "static width that the apparent temperature implies in the Gaussian limit (s.d.)", optional=True
    )
    non_emitting_below_ev: Estimate | None = number("absorption does not emit below", optional=True)
    checked_down_to_ev: float
    curves: xr.Dataset = field(repr=False)
    correlation: dict[str, dict[str, float]] = field(repr=False)
    warnings: tuple[str, ...] = ()


class _Ratio(NamedTuple):
    """ln[R/(E^2 sigma)] on the emission's grid, and what is needed to propagate noise into it."""

    energy: FloatArray
    y: FloatArray
    variance: FloatArray
    spacing: FloatArray
    emission: Band
    absorption: Band
    to_grid: csr_array
    emission_level: FloatArray
    absorption_level: FloatArray
    absorption_here: FloatArray
    absorption_sd: FloatArray
    usable: NDArray[np.bool_]
    noise_limited: bool


def reciprocity(
    absorption: xr.Dataset,
    emission: xr.Dataset,
    *,
    temperature_k: float | None = None,
    window_fraction: float = 0.05,
    local_window_mev: float = 20.0,
    near_nm: float | None = None,
    level: float = 0.95,
    seed: int = 0,
) -> Reciprocity:
    r"""Apparent temperature of a pair of spectra by the Kennard-Stepanov relation.

    :math:`\ln[R/(E^2\sigma)]` is fitted by a straight line in E where both bands exceed ``window_fraction`` of their
    maxima (absorption: the maximum nearest to the emission), by least squares over energy. The weights do not depend
    on the noise: an ensemble's ln ratio is curved, and its slope is only defined by window and weights. The
    logarithm's bias by noise is removed to second order.

    Parameters
    ----------
    absorption, emission : xarray.Dataset
        A pair that declares its quantities.
    temperature_k : float, optional
        Temperature of the sample; default the attribute of either Dataset. Without one no width is inferred [K].
    window_fraction : float
        Part of the maxima that both bands must exceed [1].
    local_window_mev : float
        Width of the sliding window of the local temperature [meV].
    near_nm : float, optional
        Use the absorption maximum closest to this wavelength; default closest to the emission [nm].
    level : float
        Coverage probability of the intervals [1].
    seed : int
        Seed of the noise draws.

    Returns
    -------
    Reciprocity
        Temperature with its window, the static width it implies in the Gaussian limit, the energy below which
        absorption exceeds twice what reciprocity allows, and all curves.

    References
    ----------
    physics/reciprocity.py; derivation and checks on the page docs/models/reciprocity.md.
    """
    if not 0 < window_fraction < 1:
        raise ValueError(f"window_fraction must be between 0 and 1, got {window_fraction!r}.")
    if temperature_k is not None and not temperature_k > 0:
        raise ValueError(f"temperature_k must be above 0 K, got {temperature_k!r}.")
    r = _ratio(absorption_band(absorption), emission_band(emission), window_fraction, near_nm)
    line, slope_sd = _fit(r, r.usable)
    draws = _temperature(line.slope + slope_sd * np.random.default_rng([seed, 1]).standard_normal(DRAWS))
    value = float(_temperature(line.slope))
    window = r.energy[r.usable]
    how = (
        f"least squares of ln[R/(E^2 sigma)] over energy, {window.size} samples, {window[0]:.4f}-{window[-1]:.4f} eV, "
        f"where both bands exceed {window_fraction:.0%} of their maxima; noise propagated linearly"
    )
    known = temperature_k or emission.attrs.get("temperature_k") or absorption.attrs.get("temperature_k")
    temperature = from_draws(value, draws, "K", how, level)
    predicted = _predicted_absorption(r, line)
    tail, checked = _tail(r, line, slope_sd, predicted, level)
    local = _local_temperature(r, local_window_mev / 1e3, level)
    chi2 = _reduced_chi2(r, line)
    return Reciprocity(
        temperature_k=temperature,
        window_low_ev=float(window[0]),
        window_high_ev=float(window[-1]),
        residual_rms=Estimate(line.scatter, how="rms over the window"),
        misfit_rms=Estimate(
            _misfit(r, line), how="square root of the scatter's square less the noise variance, 0 if less"
        ),
        reduced_chi2=Estimate(chi2, how="squared residuals over their noise variance, per degree of freedom"),
        inhomogeneous_width_mev=None if known is None else _width(r, value, draws, float(known), level, seed, near_nm),
        non_emitting_below_ev=tail,
        checked_down_to_ev=checked,
        curves=_curves(r, line, predicted, local),
        correlation={
            "intercept": {"intercept": 1.0, "slope": line.correlation},
            "slope": {"intercept": line.correlation, "slope": 1.0},
        },
        warnings=_warnings(r, chi2, local["local_temperature"], known is not None and float(known), temperature),
    )


def _warnings(
    r: _Ratio, chi2: float, local_k: FloatArray, known_k: float | bool, temperature: Estimate
) -> tuple[str, ...]:
    warnings = [*dict.fromkeys((*r.absorption.warnings, *r.emission.warnings))]
    if r.noise_limited:
        warnings.append(
            "The reciprocity window was narrowed to samples where both spectra stand five times above their noise."
        )
    if known_k and temperature.high < known_k:
        warnings.append(
            f"The apparent temperature lies below the sample's {known_k:g} K: unequal dots rarely do that. Check "
            "response, declared quantities, baselines."
        )
    if not known_k:
        warnings.append("The sample's temperature is not known: no static width is inferred. Give temperature_k.")
    finite = local_k[np.isfinite(local_k)]
    if finite.size and chi2 > 1 + 5 * (2 / r.usable.sum()) ** 0.5:
        warnings.append(
            f"ln[R/(E^2 sigma)] is no straight line (reduced chi-square {chi2:.1f}): the local apparent temperature "
            f"runs from {finite.min():.0f} to {finite.max():.0f} K; the one stated is that of its window only, "
            f"{r.energy[r.usable][0]:.4f}-{r.energy[r.usable][-1]:.4f} eV."
        )
    return tuple(warnings)


def _ratio(absorption: Band, emission: Band, fraction: float, near_nm: float | None) -> _Ratio:
    low = max(absorption.energy_ev[0], emission.energy_ev[0])
    high = min(absorption.energy_ev[-1], emission.energy_ev[-1])
    inside = (emission.energy_ev >= low) & (emission.energy_ev <= high)
    if inside.sum() < MIN_SAMPLES:
        raise DataError(
            f"the spectra do not overlap: {absorption.name} covers {_span(absorption)}, {emission.name} "
            f"{_span(emission)}; expected at least {MIN_SAMPLES} emission samples inside both. Measure absorption "
            "through the emission band."
        )
    smooth_e = curves.smooth(emission.energy_ev, emission.value, emission.sd).values
    smooth_a = curves.smooth(absorption.energy_ev, absorption.value, absorption.sd).values
    top_e = float(smooth_e.max())
    at_emission = float(emission.energy_ev[smooth_e.argmax()])
    near_ev = at_emission if near_nm is None else float(units.energy_from_wavelength(near_nm, absorption.medium))
    found = curves.first_maximum(absorption.energy_ev, smooth_a, absorption.sd, near_ev)
    top_a = float(smooth_a[found[0]] if found else smooth_a.max())
    grid = emission.cut(inside)
    level_e = smooth_e[inside]
    level_a, _ = curves.interpolate(absorption.energy_ev, smooth_a, absorption.sd, grid.energy_ev)
    raw_a, to_grid = curves.interpolate(absorption.energy_ev, absorption.value, absorption.sd, grid.energy_ev)
    sd_a = np.sqrt(
        np.asarray(to_grid.power(2) @ absorption.sd**2) + np.sum((to_grid @ absorption.modes.T) ** 2, axis=1)
    )
    raw_e = grid.value
    wanted = (level_e > fraction * top_e) & (level_a > fraction * top_a)
    clear = (level_e > 5 * grid.sd) & (level_a > 5 * sd_a) & (raw_e > 0) & (raw_a > 0)
    usable = wanted & clear
    if usable.sum() < MIN_SAMPLES:
        raise DataError(
            f"the spectra do not overlap enough: {int(wanted.sum())} samples have both bands above {fraction:.0%} of "
            f"their maxima, {int(usable.sum())} of them five times above noise; expected at least {MIN_SAMPLES}. "
            f"{absorption.name} covers {_span(absorption)}, {emission.name} {_span(emission)}."
        )
    with np.errstate(invalid="ignore", divide="ignore"):
        variance_e, variance_a = (grid.sd / level_e) ** 2, (sd_a / level_a) ** 2
        y = law.log_reciprocity_ratio(grid.energy_ev, raw_e, raw_a) + 0.5 * (variance_e - variance_a)
    return _Ratio(
        grid.energy_ev,
        y,
        variance_e + variance_a,
        np.gradient(grid.energy_ev),
        grid,
        absorption,
        to_grid,
        level_e,
        level_a,
        raw_a,
        sd_a,
        usable,
        bool(np.any(wanted & ~clear)),
    )


def _fit(r: _Ratio, where: NDArray[np.bool_]) -> tuple[Line, float]:
    """Line through the ln ratio, and its slope's uncertainty with all correlations of the interpolated grid."""
    line = fit_line(r.energy[where], r.y[where], r.spacing[where])
    on_emission, on_absorption = np.zeros_like(r.energy), np.zeros_like(r.energy)
    on_emission[where] = line.slope_weights / r.emission_level[where]
    on_absorption[where] = line.slope_weights / r.absorption_level[where]
    variance = r.emission.variance_of(on_emission)
    variance += r.absorption.variance_of(np.asarray(r.to_grid.T @ on_absorption))
    return line, float(np.sqrt(variance))


def _misfit(r: _Ratio, line: Line) -> float:
    """Scatter that noise does not explain (rms); 0 where chance may explain it."""
    if _reduced_chi2(r, line) <= 1 + 5 * (2 / r.usable.sum()) ** 0.5:
        return 0.0
    noise = float(np.average(r.variance[r.usable], weights=r.spacing[r.usable]))
    return float(max(line.scatter**2 - noise, 0.0) ** 0.5)


def _reduced_chi2(r: _Ratio, line: Line) -> float:
    where = r.usable & (r.variance > 0)
    residual = r.y[where] - line.at(r.energy[where])
    return float(np.sum(residual**2 / r.variance[where])) / max(int(where.sum()) - 2, 1)


def _temperature(slope: FloatArray | float) -> FloatArray:
    """-1/(k slope); a slope that is not negative means no upper bound: infinite."""
    s = np.asarray(slope, dtype=float)
    with np.errstate(divide="ignore"):
        return np.where(s < 0, -1 / (BOLTZMANN_EV_PER_K * np.minimum(s, -1e-300)), np.inf)


def _width(
    r: _Ratio,
    apparent_k: float,
    draws_k: FloatArray,
    temperature_k: float,
    level: float,
    seed: int,
    near_nm: float | None,
) -> Estimate | None:
    """Static width from the apparent temperature and the displacement of the two maxima; upper limit where it is 0."""
    displacement = _displacement(r, level, seed, near_nm)
    if displacement is None:
        return None
    shifts = displacement.value + displacement.sd * np.random.default_rng([seed, 2]).standard_normal(draws_k.size)
    finite = np.where(np.isfinite(draws_k), draws_k, 1e9)
    draws = law.inhomogeneous_variance_ev2(finite, temperature_k, shifts)
    value = float(law.inhomogeneous_variance_ev2(apparent_k, temperature_k, displacement.value))
    low, high, top = (float(np.quantile(draws, q)) for q in ((1 - level) / 2, (1 + level) / 2, level))
    if high <= 0:
        return None  # no width raises a temperature below; the warnings say so
    how = f"sqrt(D k (T_KS - T)), Gaussian limit, T = {temperature_k:g} K, D = {1e3 * displacement.value:.1f} meV"
    if low <= 0:
        bound = 1e3 * max(top, 0.0) ** 0.5
        return Estimate(bound, low=0.0, high=bound, level=level, unit="meV", how=how, kind="upper limit")
    root = [1e3 * v**0.5 for v in (value, low, high)]
    spread = 1e3 * float(np.std(np.sqrt(np.maximum(draws, 0)), ddof=1))
    return Estimate(root[0], spread, root[1], root[2], level, "meV", how)


def _displacement(r: _Ratio, level: float, seed: int, near_nm: float | None) -> Estimate | None:
    """Distance of the maxima of sigma/E and R/E^3 [eV]."""
    a, e = r.absorption, r.emission
    reduced_e = e.value / (e.energy_ev / e.energy_ev.mean()) ** 3
    smoother = curves.smooth(e.energy_ev, reduced_e, e.sd)
    _, around = curves.main_maximum(smoother.values)
    noise = e.draws(np.random.default_rng([seed, 3]), 500)
    emission = peak_estimate(e.energy_ev, reduced_e, smoother, around, noise, "eV", level)
    scale = a.energy_ev / emission.value
    reduced_a = a._replace(value=a.value / scale, sd=a.sd / scale, modes=a.modes / scale)
    near = emission.value if near_nm is None else float(units.energy_from_wavelength(near_nm, a.medium))
    absorption = first_peak(reduced_a, near, level, seed)
    if absorption is None or absorption.value <= emission.value:
        return None
    return Estimate(absorption.value - emission.value, float(np.hypot(absorption.sd, emission.sd)), unit="eV")


def _local_temperature(r: _Ratio, width_ev: float, level: float) -> dict[str, FloatArray]:
    """Apparent temperature in a sliding window, with pointwise interval; NaN outside the usable samples."""
    out = {name: np.full(r.energy.size, np.nan) for name in ("local_temperature", "local_low", "local_high")}
    centres = np.flatnonzero(r.usable)
    z = float(ndtri(0.5 + level / 2))
    for i in centres[:: max(1, centres.size // 60)]:
        where = r.usable & (np.abs(r.energy - r.energy[i]) <= width_ev / 2)
        if where.sum() < MIN_SAMPLES or np.ptp(r.energy[where]) < 0.6 * width_ev:
            continue
        line, sd = _fit(r, where)
        for name, value in zip(out, _temperature(line.slope + sd * np.array([0.0, -z, z])), strict=True):
            out[name][i] = value
    return out


def _predicted_absorption(r: _Ratio, line: Line) -> FloatArray:
    """Absorption that the emission demands by the fitted line."""
    with np.errstate(over="ignore"):
        return np.asarray(r.emission.value / (r.energy**2 * np.exp(line.at(r.energy))))


def _tail(r: _Ratio, line: Line, slope_sd: float, predicted: FloatArray, level: float) -> tuple[Estimate | None, float]:
    """Look for absorption that does not emit, red of the window."""
    with np.errstate(over="ignore"):
        factor = 1 / (r.energy**2 * np.exp(line.at(r.energy)))
    return non_emitting_below(
        r.energy,
        r.absorption_here,
        r.absorption_sd,
        predicted,
        r.emission.sd * factor,
        slope_sd * np.abs(r.energy - line.centre),
        start_ev=float(r.energy[r.usable][0]),
        level=level,
    )


def _curves(r: _Ratio, line: Line, predicted: FloatArray, local: dict[str, FloatArray]) -> xr.Dataset:
    model, ratio = line.at(r.energy), np.where(np.isfinite(r.y), r.y, np.nan)
    series = {
        "log_ratio": (ratio, "1"),
        "log_ratio_sd": (np.sqrt(r.variance), "1"),
        "line": (model, "1"),
        "residual": (ratio - model, "1"),
        "in_window": (r.usable.astype(float), "1"),
        **{name: (values, "K") for name, values in local.items()},
        "absorption": (r.absorption_here, r.absorption.unit),
        "absorption_from_emission": (predicted, r.absorption.unit),
    }
    return xr.Dataset(
        {name: ("energy", values, {"units": unit}) for name, (values, unit) in series.items()},
        coords={"energy": ("energy", r.energy, {"units": "eV"})},
    )


def _span(band: Band) -> str:
    return f"{band.wavelength_nm.min():.1f}-{band.wavelength_nm.max():.1f} nm"
