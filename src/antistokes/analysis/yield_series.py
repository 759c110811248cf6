"""Does the yield depend on temperature? Emission against the absorption at its excitation, step by step of a series."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, NamedTuple

import numpy as np
import xarray as xr

from antistokes.analysis import yield_points as points
from antistokes.analysis import yield_words as words
from antistokes.analysis.bands import Band
from antistokes.analysis.equivalence import Equivalence, equivalence
from antistokes.analysis.result import described, number
from antistokes.analysis.series import SAME_K, Step, steps
from antistokes.analysis.yield_bias import Bias, bias_of, constant_yield
from antistokes.analysis.yield_fit import Fit, Series, end_ratio, fieller, fit_yield, inverse_kt
from antistokes.analysis.yield_points import Absorbed, Beam, Light, Windows
from antistokes.errors import DataError
from antistokes.estimate import Estimate, exact, quantile
from antistokes.physics.inner_filter import Geometry

TRAPS_MEV = (50.0, 90.0, 110.0)
ALIKE_BRANCHES = 0.02  # of ln yield

At = Literal["each temperature", "one temperature"]


@dataclass(frozen=True, slots=True, kw_only=True)
class YieldActivation:
    """How the yield goes with temperature.

    ``activation_mev`` is E_a of Q ~ exp(-E_a/kT): above zero the yield grows on heating, as where traps hold what was
    excited; below zero it falls, as by thermal quenching. ``traps`` says by how much it would grow, had all that is
    absorbed to come out of traps of that depth. ``curves`` holds each point along ``step``.
    """

    title: ClassVar[str] = "Yield over temperature"
    activation_mev: Estimate = number("activation energy of the yield")
    constant: Equivalence
    yield_ratio: Estimate = number("yield at the highest over that at the lowest temperature")
    reversibility: Equivalence | None = None
    traps: dict[str, Estimate]
    reduced_chi2: float
    curves: xr.Dataset
    warnings: tuple[str, ...] = ()
    __str__ = described


class Options(NamedTuple):
    """What the user says of the measurement."""

    beam: Beam
    solvent: str | None
    baseline_sd: float
    common_baseline_sd: float
    at_one: bool


class Measured(NamedTuple):
    """The points of a series: the steps of the emission, their light, what they absorb, and the two as one."""

    step: tuple[Step, ...]
    light: tuple[Light, ...]
    absorbed: Absorbed
    series: Series


def yield_activation(
    emission: Sequence[xr.Dataset],
    absorption: Sequence[xr.Dataset] | xr.Dataset,
    *,
    excitation_nm: float | None = None,
    geometry: Geometry | None = None,
    window: tuple[float, float] = (0.5, 0.5),
    solvent: str | None = None,
    absorption_at: At = "each temperature",
    exclude_nm: Windows = (),
    cut_nm: float | None = None,
    bandpass_nm: float = 0.0,
    baseline_sd: float = 0.0,
    common_baseline_sd: float = 0.0,
    margin_mev: float = 10.0,
    tolerance_k: float = SAME_K,
    level: float = 0.95,
) -> YieldActivation:
    r"""Activation energy of the yield, from emission and absorption over temperature.

    .. math:: Q(T)\propto\frac{I(T)}{F[A(\lambda_\mathrm{ex},T)]}\,n(T)^2\propto e^{-E_a/kT}

    I are all photons of a spectrum per exciting photon, F the signal of unit yield at that absorbance
    (:func:`antistokes.physics.inner_filter.collected`), n the solvent's index: through a plane face a small aperture
    collects the share 1/n^2. Absorbance measured at each temperature holds the concentration of that temperature, which
    cancels. Generalised least squares with the noise on F, not on its logarithm; scatter beyond the noise widens the
    intervals (Student's t).

    Parameters
    ----------
    emission : sequence of xarray.Dataset
        Spectra of one series with ``temperature_k`` and ``excitation_nm``, on one scale of intensity. ``power_w`` and,
        of counts, divided by a response or not, ``integration_time_s`` and ``exposures`` are divided out where they are
        stated.
    absorption : sequence of xarray.Dataset, or xarray.Dataset
        Absorbance (absorptance, transmittance) of the very sample on the path of the exciting light, matched by
        temperature and branch.
    excitation_nm : float, optional
        Excitation, default that of each spectrum [nm].
    geometry : {"front-face", "right-angle", "sphere"}, optional
        Where the detector stands, default as the spectra say. In a sphere the solvent's index does not matter.
    window : (float, float)
        Part of the beam's path that a detector at right angles sees [1].
    solvent : str, optional
        Material of the solvent, such as "toluene". Without it nothing is corrected, and a warning says how much.
    absorption_at : {"each temperature", "one temperature"}
        One spectrum serves where the excitation lies well above the gap; it is scaled with the solvent's density.
    exclude_nm : sequence of (float, float)
        Ranges of the emission that a straight line bridges, such as the laser's [nm].
    cut_nm : float, optional
        Only light bluer than this counts, for spectra taken behind a short-pass filter [nm].
    bandpass_nm : float
        Full width at half maximum of the exciting light, a triangle; 0 for a laser [nm].
    baseline_sd, common_baseline_sd : float
        Standard uncertainty of the baseline of each absorption spectrum, and of what all of them share [1].
    margin_mev : float
        Up to which activation energy the yield counts as constant [meV].
    tolerance_k : float
        Temperatures that are no further apart are one [K].
    level : float
        Coverage probability of the intervals [1].

    Returns
    -------
    YieldActivation
        Activation energy, its equivalence to zero, ratio of the yields, both branches compared, curves.

    Raises
    ------
    DataError
        Where fewer than two temperatures have both spectra, or absorption at one temperature cannot serve.

    References
    ----------
    Derived here, see docs/models/yield-over-temperature.md; absorptance and n^2 as in A. M. Brouwer, Pure Appl. Chem.
    83, 2213 (2011), doi:10.1351/PAC-REP-10-09-31.
    """
    positive = (margin_mev, tolerance_k) if cut_nm is None else (margin_mev, tolerance_k, cut_nm)
    if min(bandpass_nm, baseline_sd, common_baseline_sd) < 0 or not min(positive) > 0:
        raise ValueError(
            "bandpass_nm and the baselines must be 0 or more, margin_mev, tolerance_k and cut_nm above 0; found "
            f"{bandpass_nm!r}, {baseline_sd!r}, {common_baseline_sd!r}, {margin_mev!r}, {tolerance_k!r}, {cut_nm!r}."
        )
    emitted, said = steps(emission, "emission")
    absorbing, said_too = _absorbing(absorption, absorption_at)
    beam = points.beam_of(emitted, geometry, window, bandpass_nm)
    options = Options(beam, solvent, baseline_sd, common_baseline_sd, absorption_at == "one temperature")
    guessed = points.refuse_unlike(emitted)
    emitted, lights, lost = points.each_usable(
        emitted,
        lambda s: points.light_of(s, excitation_nm, exclude_nm, cut_nm),
        None if beam.geometry == "sphere" and not options.at_one else solvent,
    )
    absorbing, bands, lost_too = points.each_usable(absorbing, lambda s: points.absorbance_band(s, lights), None)
    measured, left_out = _measured(emitted, lights, absorbing, bands, options, tolerance_k)
    fit = fit_yield(measured.series)
    moved = words.baseline_moves(measured.absorbed, measured.series, fit, baseline_sd + common_baseline_sd)
    bias = bias_of(measured.step, measured.light, cut_nm, moved, fit.freedom)
    warnings = [
        *(*said, *said_too, *guessed, *lost, *lost_too, *left_out),
        *bias.words,
        *words.of_light(measured.step, measured.light, measured.series),
        *words.of_absorption(measured.step, measured.absorbed, measured.series, fit, beam),
        *words.of_baseline(moved),
        *words.of_one_branch(measured.step, fit),
        *_words_of_one(measured, absorbing[0], bands[0], options),
        *words.of_solvent(measured.absorbed, measured.series, solvent, beam, options.at_one),
        *words.of_scatter(fit),
        *words.alike([*(w for i in measured.light for w in i.warnings), *(w for b in bands for w in b.warnings)]),
    ]
    return _result(measured, fit, bias, margin_mev, tolerance_k, level, warnings)


def _words_of_one(measured: Measured, step: Step, band: Band, options: Options) -> list[str]:
    if not options.at_one:
        return []
    t = measured.series.temperature_k
    gained = points.moved_along(band, measured.light, t, step.temperature_k, options.beam)
    return words.of_one_temperature(measured.series, gained)


def _absorbing(given: Sequence[xr.Dataset] | xr.Dataset, at: At) -> tuple[tuple[Step, ...], tuple[str, ...]]:
    """Return the steps of the absorption; one spectrum is a series of one where the user says so."""
    spectra = [given] if isinstance(given, xr.Dataset) else list(given)
    if at == "each temperature" and len(spectra) > 1:
        return steps(spectra, "absorption")
    if at not in ("each temperature", "one temperature") or len(spectra) != 1 or at == "each temperature":
        raise DataError(
            f"{len(spectra)} absorption spectra do not go with absorption_at={at!r}: give one spectrum for each "
            'temperature with "each temperature", or one, for excitation above the gap, with "one temperature".'
        )
    (ds,) = spectra
    if "temperature_k" not in ds.attrs:
        raise DataError("the absorption spectrum states no temperature (attrs['temperature_k'], in kelvin).")
    only = Step(float(ds.attrs["temperature_k"]), "", ds, f"absorption ({ds.attrs['temperature_k']:g} K)")
    return (only,), ()


def _measured(
    emitted: Sequence[Step],
    lights: Sequence[Light],
    absorbing: Sequence[Step],
    bands: Sequence[Band],
    options: Options,
    tolerance_k: float,
) -> tuple[Measured, list[str]]:
    """Bring together what belongs together; words about what has no partner."""
    of = [[0]] * len(emitted) if options.at_one else points.partners(emitted, absorbing, tolerance_k)
    bandpass = options.beam.bandpass_nm
    of = [
        [j for j in js if points.reaches(bands[j], i.excitation_ev, bandpass)] for js, i in zip(of, lights, strict=True)
    ]
    kept = [k for k, js in enumerate(of) if js]
    warnings = words.without_partner(emitted, kept, absorbing, of)
    step, light = tuple(emitted[k] for k in kept), tuple(lights[k] for k in kept)
    t = np.array([s.temperature_k for s in step])
    if not kept or np.ptp(t) <= tolerance_k:
        raise DataError(
            f"emission and absorption belong together at {len(kept)} of {len(emitted)} steps, a series needs two "
            "temperatures. " + " ".join(warnings)
        )
    if options.at_one:
        for s, i in zip(step, light, strict=True):
            points.refuse_below_gap(s, i, bands[0])
    name = options.solvent
    thinner, thinner_error = points.concentration(t, absorbing[0].temperature_k, name if options.at_one else None)
    excitation = np.array([i.excitation_ev for i in light])
    absorbed = points.absorbed(bands, [of[k] for k in kept], excitation, options.beam, thinner, options.baseline_sd)
    photons, relative = np.array([i.photons for i in light]), np.array([i.sd / i.photons for i in light])
    gained, index_error = points.refraction(
        t, light[int(t.argmin())], None if options.beam.geometry == "sphere" else name
    )
    clear = np.maximum(absorbed.signal, np.sqrt(np.diag(absorbed.covariance)))
    per_ln = absorbed.slope * absorbed.absorbance / clear
    shared = [index_error, per_ln * thinner_error, options.common_baseline_sd * absorbed.slope / clear]
    series = Series(t, photons * np.exp(gained), relative, absorbed.signal, absorbed.covariance, np.array(shared))
    return Measured(step, light, absorbed, series), warnings


def _result(
    measured: Measured,
    fit: Fit,
    bias: Bias,
    margin_mev: float,
    tolerance_k: float,
    level: float,
    warnings: Sequence[str],
) -> YieldActivation:
    sd, freedom = fit.spread(fit.noise[1, 1], fit.shared[1, 1])
    half = quantile(0.5 + level / 2, freedom) * sd
    t = measured.series.temperature_k
    how = f"slope of ln yield over 1/kT, {len(t)} points, generalised least squares" + words.inflated(fit)
    energy = float(fit.value[1])
    constant, left_open = constant_yield(energy, sd, freedom, margin_mev, how, bias)
    ratio, ratio_sd, low, high = end_ratio(measured.series, fit, tolerance_k, level)
    span = f"{t.max():g} K over {t.min():g} K"
    fall = float(np.ptp(inverse_kt(t[[t.argmin(), t.argmax()]])))
    return YieldActivation(
        activation_mev=Estimate(energy, sd, energy - half, energy + half, level, "meV", how),
        constant=constant,
        yield_ratio=Estimate(ratio, ratio_sd, low, high, level, "1", f"{span}; quotient of the points there (Fieller)"),
        reversibility=_branches(measured),
        traps={
            f"yield at {span}, traps {e:g} meV deep": exact(float(np.exp(e * fall)), "1", "exp[E (1/kT_1 - 1/kT_2)]")
            for e in TRAPS_MEV
        },
        reduced_chi2=fit.chi2 / fit.freedom if fit.freedom else float("nan"),
        curves=_curves(measured, fit, level),
        warnings=tuple(dict.fromkeys([*left_open, *warnings])),
    )


def _branches(measured: Measured) -> Equivalence | None:
    """Compare ln yield on cooling with that on heating, at one activation energy."""
    cooling = np.array([s.branch == "cooling" for s in measured.step])
    heating = np.array([s.branch == "heating" for s in measured.step])
    if not (cooling.any() and heating.any()) or len(cooling) < 3:
        return None
    fit = fit_yield(measured.series, 0.5 * cooling - 0.5 * heating)
    sd, freedom = fit.spread(fit.noise[2, 2], fit.shared[2, 2])
    how = "ln yield on cooling minus that on heating, fitted with one activation energy" + words.inflated(fit)
    title, margin = "the yield is the same on heating and cooling", (-ALIKE_BRANCHES, ALIKE_BRANCHES)
    return equivalence(title, float(fit.value[2]), sd, margin, "1", how, freedom=freedom)


def _curves(measured: Measured, fit: Fit, level: float) -> xr.Dataset:
    """Return the points, relative to the line at the lowest temperature, each with its own noise, and the line."""
    series, z = measured.series, quantile(0.5 + level / 2, np.inf)
    t = series.temperature_k
    line = np.exp(fit.model - fit.model[t.argmin()])
    noise = np.sqrt(np.diag(fit.covariance))
    ends = np.array([fieller(1.0, 1 + d, np.diag([0.0, v**2]), z) for d, v in zip(fit.deviation, noise, strict=True)])
    below = np.where(fit.deviation > -1, 1 + fit.deviation, np.nan)
    columns = {
        "yield_ratio": line / below,
        "yield_low": line * ends[:, 0],
        "yield_high": line * ends[:, 1],
        "model": line,
        "residual": -fit.deviation / noise,
        "emission": series.photons / series.photons[t.argmin()],
        "signal": series.signal,
        "signal_sd": np.sqrt(np.diag(series.covariance)),
        "absorbance": measured.absorbed.absorbance,
        "excitation_nm": np.array([i.excitation_nm for i in measured.light]),
    }
    named = {"temperature": ("step", t, {"units": "K"}), "branch": ("step", [s.branch for s in measured.step])}
    return xr.Dataset({k: ("step", v) for k, v in columns.items()}, coords=named, attrs={"level": level})
