"""What the fit of line shapes compares: spectra as whitened arrays, parameters as a vector, and the model of one."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from scipy.interpolate import CubicSpline
from scipy.linalg import cholesky, solve_triangular
from scipy.special import log_ndtr

from antistokes import units
from antistokes.analysis.bands import Band
from antistokes.analysis.profile import Box
from antistokes.physics import strengths
from antistokes.physics.coupling import Coupling
from antistokes.physics.slit import triangle
from antistokes.units import FloatArray, thermal_energy_mev

SHIFTS = np.linspace(-5, 5, 41)  # of equal parts of an ensemble, in its standard deviation
TAIL = np.linspace(0, 12, 37)[1:]  # the same along its exponential tail, in the tail's decay
STRAIGHT = 0.02  # of the Gaussian's width: a tail that is shorter is none
SKEWEST = 1.9  # of a distribution, its third cumulant over sd^3: an exponential has 2
EQUAL = (strengths.LEAST_VARIANCE_MEV2, 0.0)  # dots as equal as can be computed
LEAST_WIDTH_MEV = strengths.LEAST_VARIANCE_MEV2**0.5
WIDEST_MEV = 150.0
MOST_REORGANISATION_MEV = 150.0
FURTHEST_MEV = 150.0  # of E_00 from where it is thought to be
OFFSETS_MEV = (25.0, 400.0)  # of a state from the one below
STRONGEST = 30.0


class Selection(NamedTuple):
    """Derivatives of ln(absorption / energy) at an excitation above the edge [1/meV, 1/meV^2, 1/meV^3] and their sd."""

    derivatives: tuple[float, float, float] = (0.0, 0.0, 0.0)
    sd: tuple[float, float, float] = (0.0, 0.0, 0.0)
    known: bool = True


class Spectrum(NamedTuple):
    """One spectrum in its window, samples ascending in energy, shapes (n,); slit (k, n) energies and weights."""

    band: Band
    emission: bool
    temperature: int  # index of its temperature
    excitation_ev: float | None  # in the fitted edge or below, where unequal dots absorb unequally
    selection: Selection  # by an excitation above
    energy: FloatArray
    weight: FloatArray
    background: FloatArray  # a constant of the file's own axis, and for absorption a slope, as they are here (n, k)
    whitener: FloatArray  # standard deviations (n,), or the lower Cholesky factor (n, n)


class Layout(NamedTuple):
    """What the vector of parameters holds, in this order.

    E_00 of each temperature [meV from ``origin_ev``], reorganisation energy [meV], sticks (c - 1), variance [meV^2] and
    skewness of E_00, gaps between neighbouring states [meV], strengths of the higher states. A stick is the share of a
    component in what those before it, in ``order``, have left.
    """

    temperatures_k: tuple[float, ...]
    origin_ev: float
    components: tuple[Coupling, ...]
    order: tuple[int, ...]
    higher_states: int
    baseline: bool

    @property
    def size(self) -> int:
        """Number of parameters."""
        return len(self.temperatures_k) + 2 + len(self.components) + 2 * self.higher_states

    @property
    def reorganisation(self) -> int:
        """Index of the reorganisation energy."""
        return len(self.temperatures_k)

    @property
    def sticks(self) -> slice:
        """Where the sticks are."""
        return slice(self.reorganisation + 1, self.reorganisation + len(self.components))

    @property
    def variance(self) -> int:
        """Index of the variance of the ensemble."""
        return self.reorganisation + len(self.components)

    @property
    def skewness(self) -> int:
        """Index of the skewness of the ensemble."""
        return self.variance + 1

    @property
    def gaps(self) -> slice:
        """Where the distances between neighbouring states are."""
        return slice(self.skewness + 1, self.skewness + 1 + self.higher_states)

    @property
    def strengths(self) -> slice:
        """Where the strengths of the higher states are."""
        return slice(self.gaps.stop, self.size)


def whitener(band: Band) -> FloatArray:
    """Return standard deviations, or, where errors are shared, the lower Cholesky factor of their covariance."""
    least = max(1e-3 * float(np.median(band.sd)), 1e-9 * float(np.abs(band.value).max()))
    sd = np.maximum(band.sd, least)  # counts of zero seem exact
    if not len(band.modes):
        return sd
    return np.asarray(cholesky(np.diag(sd**2) + band.modes.T @ band.modes, lower=True))


def whiten(spectrum: Spectrum, columns: FloatArray) -> FloatArray:
    """Return columns, shape (n, ...), in units of their standard deviations, errors independent."""
    if spectrum.whitener.ndim == 1:
        return np.asarray((columns.T / spectrum.whitener).T)
    return np.asarray(solve_triangular(spectrum.whitener, columns, lower=True))


def with_slit(band: Band, emission: bool, bandpass_nm: float) -> tuple[FloatArray, FloatArray]:
    """Return energies [eV] and weights, shapes (k, n), that average a band over the slits."""
    offset, weight = triangle(bandpass_nm)
    wavelength = band.wavelength_nm + offset[:, np.newaxis]
    energy = units.energy_from_wavelength(wavelength, band.medium)
    share = np.broadcast_to(weight[:, np.newaxis], energy.shape)
    if emission:  # it is photons per nm that are averaged
        share = share * units.nm_per_ev(band.wavelength_nm, band.medium) / units.nm_per_ev(wavelength, band.medium)
    return energy, np.asarray(share)


def shares(at: FloatArray, layout: Layout) -> FloatArray:
    """Return the shares of the components in the reorganisation energy, which sum to 1."""
    sticks, out = at[layout.sticks], np.empty(len(layout.order))
    out[list(layout.order)] = np.append(sticks, 1.0) * np.concatenate([[1.0], np.cumprod(1 - sticks)])
    return out


def sticks_of(share: FloatArray, layout: Layout) -> FloatArray:
    """Return the sticks of shares."""
    ordered = share[list(layout.order)]
    left = 1 - np.concatenate([[0.0], np.cumsum(ordered[:-1])])
    return np.asarray(np.clip(ordered[:-1] / np.maximum(left[:-1], 1e-12), 0, 1))


def box(layout: Layout, width_mev: float) -> Box:
    """Return bounds and steps of the parameters, for spectra about so wide (standard deviation)."""
    n, low, high, step = layout, np.zeros(layout.size), np.zeros(layout.size), np.ones(layout.size)
    e00 = slice(0, n.reorganisation)
    low[e00], high[e00], step[e00] = -FURTHEST_MEV, FURTHEST_MEV, 0.1 * width_mev
    low[n.reorganisation], high[n.reorganisation], step[n.reorganisation] = 0.5, MOST_REORGANISATION_MEV, 3.0
    low[n.sticks], high[n.sticks], step[n.sticks] = 0.0, 1.0, 0.2
    low[n.variance], high[n.variance], step[n.variance] = LEAST_WIDTH_MEV**2, WIDEST_MEV**2, 0.2 * width_mev**2
    low[n.skewness], high[n.skewness], step[n.skewness] = -SKEWEST, SKEWEST, 0.5
    low[n.gaps], high[n.gaps], step[n.gaps] = *OFFSETS_MEV, 0.3 * width_mev
    low[n.strengths], high[n.strengths], step[n.strengths] = 0.0, STRONGEST, 0.3
    return Box(low, high, step)


def unequal(at: FloatArray, layout: Layout) -> tuple[float, float]:
    """Return the variance [meV^2] of the Gaussian part of E_00 and the decay [meV] of its exponential part."""
    return _parts(float(at[layout.variance]), float(at[layout.skewness]))


def _parts(variance: float, skewness: float) -> tuple[float, float]:
    least = strengths.LEAST_VARIANCE_MEV2
    tail = float(np.cbrt(np.clip(skewness, -SKEWEST, SKEWEST) / 2)) * max(variance - least, 0.0) ** 0.5
    return max(variance - tail**2, least), tail


def selected(at: FloatArray, layout: Layout, selection: Selection | None) -> tuple[tuple[float, float], float]:
    r"""Return how unequal the dots are that an excitation above the edge excites, and their mean shift [meV].

    Dots of Gaussian p, variance v: those that are excited where ln of the flask's absorption over energy has the
    derivatives a, b, c have the cumulants :math:`-va,\ v+v^2b,\ -v^3c` (Tweedie's formula), whatever one dot absorbs.
    For a skew p its own third cumulant is added.

    References
    ----------
    B. Efron, J. Am. Stat. Assoc. 106, 1602 (2011), doi:10.1198/jasa.2011.tm11181 (Tweedie's formula).
    """
    variance, skewness = float(at[layout.variance]), float(at[layout.skewness])
    if selection is None or not any(selection.derivatives):
        return unequal(at, layout), 0.0
    first, second, third = selection.derivatives
    narrowed = max(variance + variance**2 * second, strengths.LEAST_VARIANCE_MEV2)
    skew = (skewness * variance**1.5 - variance**3 * third) / narrowed**1.5
    return _parts(narrowed, skew), -variance * first


def shifts(at: FloatArray, layout: Layout) -> tuple[FloatArray, FloatArray]:
    """Return shifts of E_00 [meV] and weights of dots that have the least variance each, shapes (m,), (m,)."""
    variance, tail = unequal(at, layout)
    sd, decay = max(variance - strengths.LEAST_VARIANCE_MEV2, 1e-6) ** 0.5, abs(tail)
    if decay < STRAIGHT * sd:
        return SHIFTS * sd, np.exp(-0.5 * SHIFTS**2)
    y = np.concatenate([SHIFTS * sd, SHIFTS[-1] * sd + TAIL * decay])
    log = log_ndtr(y / sd - sd / decay) - y / decay + sd**2 / (2 * decay**2)
    return np.sign(tail) * (y - decay), np.exp(log) * np.gradient(y)


def states(at: FloatArray, layout: Layout) -> tuple[FloatArray, FloatArray]:
    """Return offsets [meV] and strengths of all states, the lowest first."""
    offset = np.concatenate([[0.0], np.cumsum(at[layout.gaps])])
    return offset, np.concatenate([[1.0], at[layout.strengths]])


def shape(at: FloatArray, layout: Layout, spectrum: Spectrum) -> FloatArray:
    """Return the model of one spectrum, to a factor: cross-section or photons per energy, through its slit."""
    t = spectrum.temperature
    e00 = layout.origin_ev + at[t] / 1e3
    if spectrum.emission:
        values = photons(at, layout, t, spectrum.energy, spectrum.excitation_ev, spectrum.selection)
    else:
        values = cross_section(at, layout, t, spectrum.energy)
    return np.asarray((values * spectrum.weight).sum(axis=0) / e00 ** (3 if spectrum.emission else 1))


def cross_section(at: FloatArray, layout: Layout, t: int, energy_ev: FloatArray) -> FloatArray:
    """Return the cross-section of the ensemble at a temperature, to a factor, shape of the energies."""
    x = 1e3 * (energy_ev - layout.origin_ev) - at[t]
    return np.asarray(energy_ev * _sum_of_states(at, layout, t, x, unequal(at, layout), emission=False))


def photons(
    at: FloatArray,
    layout: Layout,
    t: int,
    energy_ev: FloatArray,
    excitation_ev: float | None = None,
    selection: Selection | None = None,
) -> FloatArray:
    """Return photons per energy at a temperature, to a factor; dots weighed by what each absorbs of an excitation.

    For an excitation in the edge or below it that is the dot's own absorption; above, where the model has no states,
    the measured absorption tells: see :func:`selected`.
    """
    x = 1e3 * (energy_ev - layout.origin_ev) - at[t]
    if excitation_ev is None:
        spread, mean = selected(at, layout, selection)
        return np.asarray(energy_ev**3 * _sum_of_states(at, layout, t, x - mean, spread, emission=True))
    moved, weight = shifts(at, layout)
    laser = 1e3 * (excitation_ev - layout.origin_ev) - at[t] - moved
    weight = weight * _sum_of_states(at, layout, t, laser, EQUAL, emission=False)
    one = _sum_of_states(at, layout, t, x[..., np.newaxis] - moved, EQUAL, emission=True)
    return np.asarray(energy_ev**3 * (one @ (weight / max(weight.sum(), 1e-300))))


def _sum_of_states(
    at: FloatArray, layout: Layout, t: int, detuning_mev: FloatArray, spread: tuple[float, float], emission: bool
) -> FloatArray:
    """Return the kernels of all states at a temperature, by strength (and population, for emission).

    ``spread`` is what :func:`unequal` returns. Seen from the excited state, red is blue.
    """
    temperature_k = layout.temperatures_k[t]
    strength = at[layout.reorganisation] * shares(at, layout)
    spread = (spread[0], -spread[1]) if emission else spread
    spline, low, high = _spline(layout.components, tuple(strength.tolist()), spread, temperature_k)
    offset, factor = states(at, layout)
    if emission:
        factor = factor * np.exp(-offset / thermal_energy_mev(temperature_k))
    total = np.zeros(np.shape(detuning_mev))
    for d, f in zip(offset, factor, strict=True):
        x = d - detuning_mev if emission else detuning_mev - d
        total += f * np.where((x > low) & (x < high), np.exp(spline(np.clip(x, low, high))), 0.0)
    return total


@lru_cache(maxsize=64)
def _spline(
    components: tuple[Coupling, ...], strength: tuple[float, ...], spread: tuple[float, float], temperature_k: float
) -> tuple[CubicSpline, float, float]:
    """Return ln of the absorption kernel, and where it is known; steps that leave the kernel alone find it again."""
    found = strengths.kernel(components, strength, spread[0], temperature_k, spread[1])
    x = found.detuning_mev
    return CubicSpline(x, found.log), float(x[0]), float(x[-1])


def scaled(at: FloatArray, layout: Layout, spectrum: Spectrum) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the model with the scale and baseline that fit best, the baseline in it, and whitened residuals."""
    value = shape(at, layout, spectrum)
    size = max(float(np.abs(value).max()), 1e-300)
    columns = [(value / size)[:, np.newaxis]] + ([spectrum.background] if layout.baseline else [])
    matrix, data = np.concatenate(columns, axis=1), whiten(spectrum, spectrum.band.value)
    whitened = whiten(spectrum, matrix)
    factor, *_ = np.linalg.lstsq(whitened, data, rcond=None)
    model = matrix @ factor
    base = spectrum.background @ factor[1:] if layout.baseline else np.zeros_like(model)
    return model, base, data - whitened @ factor


def residual(at: FloatArray, layout: Layout, spectra: tuple[Spectrum, ...]) -> FloatArray:
    """Return the residuals of all spectra in standard deviations, scale and baseline of each at their best."""
    return np.concatenate([scaled(at, layout, s)[2] for s in spectra])
