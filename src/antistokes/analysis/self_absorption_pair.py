"""Two spectra of one emission, observed and dilute: the range and the red tail that they share, and the light there."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve
from scipy.sparse import csr_array
from scipy.special import chdtrc

from antistokes import data, units
from antistokes.analysis import curves
from antistokes.analysis.bands import Band, emission_band, is_counted
from antistokes.analysis.comparison_window import laser_range
from antistokes.analysis.correction import shared_rows
from antistokes.errors import DataError
from antistokes.estimate import Estimate
from antistokes.physics.moments import integration_weights
from antistokes.units import FloatArray

TAIL = (0.1, 0.01)  # of the maximum of the dilute spectrum: where the default window begins and ends; assumed
FEWEST = 4  # samples of each spectrum in the window
FINE = 201  # points of the integral over the window
DARK = 0.2  # relative noise of the light in the window, beyond which it scales nothing; assumed
ALIKE = 1e-3  # chance of such a chi-square, below which the shapes differ
SAME = 1e-3  # relative: shapes need be no more alike than this; assumed

Range = tuple[float, float]


class Pair(NamedTuple):
    """Both spectra, their common range and the window in it [eV], and whether one calibration corrected both."""

    observed: Band
    dilute: Band
    smooth: FloatArray  # the dilute spectrum
    range_ev: Range
    window_ev: Range
    shared: bool


def choose(observed: xr.Dataset, dilute: xr.Dataset, emission_nm: Range | None, tail_nm: Range | None) -> Pair:
    """Return both spectra on the range that they share, and the window in which they are scaled."""
    spectra = (observed, dilute)
    energies = [np.sort(data.wavelength_and_energy(data.check(ds))[1]) for ds in spectra]
    medium = data.wavelength_and_energy(observed)[2]
    low, high = max(e[0] for e in energies), min(e[-1] for e in energies)
    if emission_nm is not None:
        asked = units.energy_from_wavelength(np.array(_range(emission_nm, "emission_nm")), medium)
        low, high = max(low, float(asked[1])), min(high, float(asked[0]))
    if not low < high or min(np.sum((e >= low) & (e <= high)) for e in energies) < 2 * FEWEST:
        raise DataError(
            f"{data.label(observed)} and {data.label(dilute)} have no range in common to speak of; expected "
            f"{2 * FEWEST} samples of each that cover the emission."
        )
    for ds in spectra:
        _refuse_laser(ds, low, high)
    bands = [emission_band(_counted(_within(ds, low, high))) for ds in spectra]
    smooth = np.asarray(curves.smooth(bands[1].energy_ev, bands[1].value, bands[1].sd).values)
    window = _default_tail(bands[1], smooth)
    if tail_nm is not None:
        asked = units.energy_from_wavelength(np.array(_range(tail_nm, "tail_nm")), medium)
        window = (float(asked[1]), float(asked[0]))
    window = (max(window[0], low), min(window[1], high))
    pair = Pair(bands[0], bands[1], smooth, (low, high), window, _share_modes(observed, dilute))
    least = min(np.sum((b.energy_ev >= window[0]) & (b.energy_ev <= window[1])) for b in bands)
    if least < FEWEST:
        first, last = in_nm(pair, (low, high))
        raise DataError(
            f"{least} samples lie in the red tail; expected {FEWEST} at least. Both spectra cover {first:.1f}-"
            f"{last:.1f} nm; state tail_nm within it, red of the maximum, or measure further to the red."
        )
    return pair


def _range(given: Range, name: str) -> Range:
    pair = np.ravel(given)
    if pair.size != 2 or not 0 < pair[0] < pair[1] < np.inf:
        raise ValueError(f"{name} takes (low, high) in nm with 0 < low < high, found {given!r}.")
    return float(pair[0]), float(pair[1])


def _refuse_laser(ds: xr.Dataset, low_ev: float, high_ev: float) -> None:
    """Raise where the excitation lies in the range: its line would count as emission."""
    line = laser_range(ds)
    if line is None:
        return
    blue, red = units.energy_from_wavelength(np.array(line), data.wavelength_and_energy(ds)[2])
    if red < high_ev and blue > low_ev:
        raise DataError(
            f"{data.label(ds)}: its excitation, {ds.attrs['excitation_nm']:g} nm, lies within the common range, by "
            f"{line[0]:.1f}-{line[1]:.1f} nm; expected emission alone. State emission_nm without it."
        )


def _within(ds: xr.Dataset, low_ev: float, high_ev: float) -> xr.Dataset:
    """Keep the samples in a range, and one more at each end."""
    energy = data.wavelength_and_energy(ds)[1]
    at = np.flatnonzero((energy >= low_ev) & (energy <= high_ev))
    return ds.isel({data.spectral_axis(ds): slice(max(at[0] - 1, 0), at[-1] + 2)})


def _counted(ds: xr.Dataset) -> xr.Dataset:
    """Return counts with their noise stated."""
    if not is_counted(ds):
        return ds
    signal = ds["signal"]
    return ds.assign(signal_sd=(signal.dims, np.sqrt(np.maximum(signal.values, 1.0)), signal.attrs))


def _share_modes(observed: xr.Dataset, dilute: xr.Dataset) -> bool:
    """Tell whether all errors that samples share are of one response, and so the same in both."""
    own, other = shared_rows(observed, dilute)
    return 0 < own.size == observed.sizes["mode"] == dilute.sizes["mode"] and bool(np.all(own == other))


def _default_tail(band: Band, smooth: FloatArray) -> Range:
    """Return the red side of a spectrum between two parts of its maximum [eV]."""
    top = int(np.argmax(smooth))
    below = [np.flatnonzero(smooth[:top] < part * smooth[top]) for part in TAIL]
    ends = [band.energy_ev[at[-1]] if at.size else band.energy_ev[0] for at in below]
    return float(ends[1]), float(ends[0])


def in_nm(pair: Pair, range_ev: Range) -> Range:
    """Return a range of photon energies as wavelengths in the medium of the observed spectrum."""
    high, low = units.wavelength_from_energy(np.array(range_ev), pair.observed.medium)
    return float(low), float(high)


def gradients(pair: Pair, band: Band) -> FloatArray:
    """Return weights of the light in the window, of all light, and of its energy, shape (3, n).

    The tail falls so fast that straight lines between samples, 1 nm apart, hold half a percent too much of it: there
    the integral is that of local cubics.
    """
    fine = np.linspace(*pair.window_ev, FINE)
    window = np.asarray(curves.interpolation_matrix(band.energy_ev, fine).T @ integration_weights(fine))
    whole = integration_weights(band.energy_ev, *pair.range_ev)
    return np.stack([window, whole, whole * band.energy_ev])


def integrals(pair: Pair) -> tuple[FloatArray, FloatArray]:
    """Return light in the window, all light, and its energy, of both spectra, each of shape (3,)."""
    observed, dilute = (gradients(pair, band) @ band.value for band in (pair.observed, pair.dilute))
    return observed, dilute


def drawn_integrals(pair: Pair, rng: np.random.Generator, n: int) -> tuple[FloatArray, FloatArray]:
    """Return draws of the three integrals of both spectra, each of shape (n, 3)."""
    common: FloatArray | None = None
    out = []
    for band in (pair.observed, pair.dilute):
        wanted = gradients(pair, band)
        own = wanted * band.sd
        noise = rng.multivariate_normal(np.zeros(3), own @ own.T, n, method="eigh")
        shared = common if pair.shared and common is not None else rng.standard_normal((n, len(band.modes)))
        common = shared
        out.append(wanted @ band.value + noise + shared @ (wanted @ band.modes.T).T)
    return out[0], out[1]


def refuse_dark(pair: Pair, best: tuple[FloatArray, FloatArray], *drawn: FloatArray) -> float:
    """Return the relative noise of the observed light in the window; raise where there is none to scale by."""
    names, low_high = (pair.observed.name, pair.dilute.name), in_nm(pair, pair.window_ev)
    noise = [float(np.std(d[:, 0])) for d in drawn]
    for name, values, sd in zip(names, best, noise, strict=True):
        if not values[0] * DARK > sd:
            raise DataError(
                f"{name}: in the red tail, {low_high[0]:.1f}-{low_high[1]:.1f} nm, the light is {values[0]:.2g} +- "
                f"{sd:.2g}; expected {1 / DARK:.0f} times its noise. Measure longer, or state a brighter tail_nm."
            )
    return noise[0] / float(best[0][0])


def steepness(pair: Pair) -> float:
    r"""Return d ln W/d lambda of the dilute light W in the window if its spectrum is moved to the red [1/nm].

    Of photons per nm, W changes by what comes in at one end less what goes out at the other.
    """
    ends = _tail_per_nm(pair)[0]
    return float((ends[1] - ends[0]) / (gradients(pair, pair.dilute)[0] @ pair.smooth))


def _tail_per_nm(pair: Pair) -> tuple[FloatArray, FloatArray]:
    """Return the smooth dilute spectrum, per nm, at the ends of the window (red, blue), and its slope there."""
    band = pair.dilute
    nm, per_nm = band.wavelength_nm, pair.smooth / units.nm_per_ev(band.wavelength_nm, band.medium)
    slope = np.gradient(per_nm, nm)
    return np.interp(pair.window_ev, band.energy_ev, per_nm), np.interp(pair.window_ev, band.energy_ev, slope)


def on_observed(pair: Pair, keep: NDArray[np.bool_]) -> tuple[FloatArray, csr_array]:
    """Return the dilute spectrum at samples of the observed one, and the matrix that takes it there."""
    matrix = curves.interpolation_matrix(pair.dilute.energy_ev, pair.observed.energy_ev[keep])
    return np.asarray(matrix @ pair.dilute.value), matrix


def p_value(pair: Pair, scale: float, leaves: FloatArray) -> float:
    """Return the chance of a chi-square this large of the two shapes in the window, their best scale fitted.

    ``leaves`` is the part of the light that leaves, at the samples of the dilute spectrum.
    """
    e, (low, high) = pair.observed.energy_ev, pair.window_ev
    keep = (e >= low) & (e <= high)
    matrix = on_observed(pair, keep)[1]
    here, dense = pair.observed.value[keep], matrix.toarray() * leaves
    there = dense @ pair.dilute.value
    modes = [-scale * pair.observed.modes[:, keep], pair.dilute.modes @ dense.T]
    shared = modes[0] + modes[1] if pair.shared else np.concatenate(modes)
    own = (scale * pair.observed.sd[keep]) ** 2 + (SAME * there) ** 2
    covariance = np.diag(np.maximum(own, 1e-24)) + (dense * pair.dilute.sd**2) @ dense.T + shared.T @ shared
    factor = cho_factor(covariance)
    best = float(here @ cho_solve(factor, there)) / float(here @ cho_solve(factor, here))
    residual = best * here - there
    return float(chdtrc(here.size - 1, residual @ cho_solve(factor, residual)))


def doubts(
    observed: xr.Dataset, dilute: xr.Dataset, pair: Pair, probability: Estimate, p_value: float
) -> tuple[str, ...]:
    """Return what speaks against the scale, and against the spectra."""
    low, high = in_nm(pair, pair.window_ev)
    said = [*dict.fromkeys((*pair.observed.warnings, *pair.dilute.warnings))]
    if p_value < ALIKE:
        said.append(
            f"The two spectra differ in shape in the red tail, {low:.1f}-{high:.1f} nm (p = {p_value:.1g}): absorbed "
            "light, slits, wavelength scales or backgrounds. The scale is not to be trusted; look at the ratio."
        )
    if probability.high < 0:
        said.append("The probability is below zero by more than noise: are the two spectra swapped?")
    slits = [float(ds.attrs.get("bandpass_nm", np.nan)) for ds in (observed, dilute)]
    if np.isnan(slits).any() or slits[0] == slits[1]:
        return tuple(said)
    slope = _tail_per_nm(pair)[1]
    light = gradients(pair, pair.dilute)[0] @ pair.smooth
    moved = (slits[0] ** 2 - slits[1] ** 2) / 12 * (slope[0] - slope[1]) / light * (1 - probability.value)
    return (
        *said,
        f"Bandpasses differ, {slits[0]:g} nm against {slits[1]:g} nm: the wider slit alone changes the probability by "
        f"{moved:+.3f}, which no interval holds. Measure both through equal slits.",
    )
