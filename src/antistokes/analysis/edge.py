"""Where an absorption edge has its maximum, how high it is, and how far it has fallen a given energy below."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from antistokes.analysis import curves
from antistokes.analysis.bands import Band
from antistokes.errors import DataError
from antistokes.units import FloatArray

TOP_EV = 0.020  # half of the window in which ln A around the maximum is a polynomial
TAIL_EV = 0.012  # half of the window around a place in the tail
TOP_DEGREE, TAIL_DEGREE = 4, 2
SPARE = 2  # samples more than coefficients
NEWTON = 50
CLOSE = 1e-7  # of coefficients, which are logarithms
FAINT = 0.3  # of a value, its standard uncertainty from which on a logarithm says nothing


class Local(NamedTuple):
    """ln of a curve near a place as a polynomial in x - centre, and how its coefficients move with the samples."""

    centre_ev: float
    coefficient: FloatArray
    gradient: FloatArray

    def at(self, energy_ev: float, order: int = 0) -> tuple[float, FloatArray]:
        """Value of a derivative of the logarithm at an energy, and its gradient over the samples."""
        powers = np.arange(self.coefficient.size)
        x = energy_ev - self.centre_ev
        factor = np.ones(powers.size)
        for k in range(order):
            factor = factor * (powers - k)
        basis = np.where(powers >= order, factor * x ** np.maximum(powers - order, 0), 0.0)
        return float(basis @ self.coefficient), basis @ self.gradient


class Edge(NamedTuple):
    """Maximum [eV], ln of its height, ln of the ratios below it, and their covariance, in this order.

    ``log_ratio`` and ``slope_per_mev`` (of ln A) have one entry for each energy below the maximum, NaN where the
    absorption there is not resolved.
    """

    peak_ev: float
    log_height: float
    log_ratio: FloatArray
    slope_per_mev: FloatArray
    covariance: FloatArray


def local_fit(band: Band, centre_ev: float, half_width_ev: float, degree: int) -> Local:
    r"""Least-squares fit of :math:`y=e^{p(x)}` to the samples near a place, p a polynomial.

    The exponential of a polynomial is positive as an absorption is, and its fit to the samples themselves (not to their
    logarithms) has no bias where noise is no longer small.

    Parameters
    ----------
    band : Band
        The spectrum.
    centre_ev, half_width_ev : float
        The window; it is widened until it holds two samples more than there are coefficients [eV].
    degree : int
        Of the polynomial.

    Returns
    -------
    Local
        ``gradient`` is that of the coefficients over all samples of the band, shape (degree + 1, n).

    Raises
    ------
    DataError
        Where the data do not reach, or no positive curve fits.

    References
    ----------
    Derived here: Gauss-Newton steps, all samples of the window alike.
    """
    if not band.energy_ev[0] <= centre_ev <= band.energy_ev[-1]:
        raise DataError(f"{band.name}: {centre_ev:.4f} eV lies outside the data.")
    away = np.abs(band.energy_ev - centre_ev)
    inside = away <= max(half_width_ev, float(np.sort(away)[min(degree + SPARE, away.size - 1)]))
    x, y = band.energy_ev[inside] - centre_ev, band.value[inside]
    scale = float(np.max(np.abs(x)))
    basis = (x[:, None] / scale) ** np.arange(degree + 1)
    top = float(np.max(y))
    if not top > 0:
        raise DataError(f"{band.name}: no absorption near {centre_ev:.4f} eV.")
    c = _converged(basis, y)
    if c is None:
        raise DataError(f"{band.name}: no positive curve fits the samples around {centre_ev:.4f} eV.")
    gradient = np.zeros((degree + 1, band.value.size))
    gradient[:, inside] = np.linalg.pinv(np.exp(basis @ c)[:, None] * basis)
    unscale = scale ** -np.arange(degree + 1.0)
    return Local(centre_ev, c * unscale, gradient * unscale[:, None])


def _converged(basis: FloatArray, y: FloatArray) -> FloatArray | None:
    """Return the coefficients whose exponential is nearest to y, from a fit of its logarithm; None if none is found."""
    floor = np.maximum(y, 1e-2 * float(np.max(y)))
    c = np.asarray(np.linalg.lstsq(floor[:, None] * basis, floor * np.log(floor), rcond=None)[0])

    def misfit(at: FloatArray) -> float:
        return float(np.sum((y - np.exp(np.minimum(basis @ at, 700.0))) ** 2))

    for _ in range(NEWTON):
        model = np.exp(basis @ c)
        step = np.linalg.lstsq(model[:, None] * basis, y - model, rcond=None)[0]
        if np.max(np.abs(step)) < CLOSE:
            return c
        halvings = next((k for k in range(NEWTON) if misfit(c + step / 2**k) <= misfit(c)), None)
        if halvings is None:  # no digit is left in which to fall
            return c if np.max(np.abs(step)) < CLOSE**0.5 else None
        c = c + step / 2**halvings
    return None


def maximum(band: Band, near_ev: float | None = None) -> tuple[float, Local]:
    """First maximum of an absorption (or the one nearest to an energy) by the polynomial through its top [eV].

    Raises
    ------
    DataError
        Where no maximum stands out.
    """
    found = curves.first_maximum(
        band.energy_ev, curves.smooth(band.energy_ev, band.value, band.sd).values, band.sd, near_ev
    )
    if found is None:
        raise DataError(f"{band.name}: no absorption maximum stands out (a shoulder?).")
    around = band.energy_ev[found[1]]
    at = float(around[np.argmax(band.value[found[1]])])
    for _ in range(NEWTON):
        top = local_fit(band, at, TOP_EV, TOP_DEGREE)
        fine = np.linspace(around[0], around[-1], 401) - at
        fine = fine[np.abs(fine) <= 2 * TOP_EV]
        moved = at + float(fine[np.argmax(np.polynomial.polynomial.polyval(fine, top.coefficient))])
        if abs(moved - at) < 2e-4:
            break
        at = moved
    for _ in range(NEWTON):
        slope, bend = top.at(at, 1)[0], top.at(at, 2)[0]
        if not bend < 0:
            raise DataError(f"{band.name}: the absorption near {at:.4f} eV has no maximum of its own.")
        at -= slope / bend
    return at, top


def measure_edge(band: Band, below_mev: FloatArray, near_ev: float | None = None) -> Edge:
    """Maximum of an absorption and the logarithm of the ratio at energies below it, with all that they share.

    Parameters
    ----------
    band : Band
        The spectrum.
    below_mev : ndarray
        Energies below the maximum, shape (m,) [meV].
    near_ev : float, optional
        The maximum closest to this energy; by default the first [eV].

    Returns
    -------
    Edge
        Position and height of the maximum, ln[A(E - D)/A(E)], their covariance of shape (2 + m, 2 + m): an error of the
        position moves every ratio.
    """
    peak_ev, top = maximum(band, near_ev)
    bend = top.at(peak_ev, 2)[0]
    moves = -top.at(peak_ev, 1)[1] / bend
    height, height_moves = top.at(peak_ev)
    ratios, slopes, gradients = [], [], [moves, height_moves]
    for d in below_mev:
        value, slope, gradient = _below(band, peak_ev - d / 1e3)
        ratios.append(value - height)
        slopes.append(slope / 1e3)
        gradients.append(gradient + np.nan_to_num(slope) * moves - height_moves)
    covariance = band.covariance_of(np.stack(gradients))
    return Edge(peak_ev, height, np.array(ratios), np.array(slopes), covariance)


def _below(band: Band, energy_ev: float) -> tuple[float, float, FloatArray]:
    """Return ln of the absorption at an energy, its slope [1/eV], the gradient of the first; NaN where not resolved."""
    nothing = (np.nan, np.nan, np.zeros(band.value.size))
    try:
        tail = local_fit(band, energy_ev, TAIL_EV, TAIL_DEGREE)
    except DataError:
        return nothing
    value, gradient = tail.at(energy_ev)
    if not band.variance_of(gradient) ** 0.5 < FAINT:
        return nothing
    return value, tail.at(energy_ev, 1)[0], gradient
