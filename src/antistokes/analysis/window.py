"""The cooling window of one sample: where its efficiency crosses zero, and how far draws of the inputs move that."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from antistokes.analysis import curves
from antistokes.analysis.bands import Band
from antistokes.estimate import Estimate, from_draws
from antistokes.physics import cooling as law
from antistokes.units import FloatArray

BLOCK_SIZE = 1_000_000


class Scan(NamedTuple):
    """What the efficiency is computed from, in ascending wavelength, as far as absorption is resolved (or measured).

    ``noise`` draws the noise of absorption, as measured and as it comes through the smoothing, shape (n, samples).
    """

    band: Band
    smooth: FloatArray
    noise: Callable[[np.random.Generator, int], tuple[FloatArray, FloatArray]]
    mean_ev: float
    mean_sd: float
    cut_off: bool


class Draws(NamedTuple):
    """Draws of the scalar inputs, each of shape (n,)."""

    external_yield: FloatArray
    background: FloatArray
    mean_ev: FloatArray

    def centre(self, mean_ev: float) -> Draws:
        """The best estimate as a single draw: medians of yield and background, the measured mean energy."""
        external_yield, background = (np.median(v, keepdims=True) for v in (self.external_yield, self.background))
        return Draws(external_yield, background, np.array([mean_ev]))


class Window(NamedTuple):
    """Window edges, best excitation, share of draws with a window, and quantiles of the efficiency."""

    blue_edge_nm: Estimate | None
    red_edge_nm: Estimate | None
    best_nm: Estimate
    best_efficiency: Estimate
    probability: float
    low: FloatArray
    high: FloatArray


def efficiency(energy_ev: FloatArray, alpha: FloatArray, d: Draws) -> FloatArray:
    """Cooling efficiency, shape (draws, wavelengths), of absorption of shape (wavelengths,) or (draws, wavelengths)."""
    share = law.absorption_efficiency(np.broadcast_to(alpha, (d.mean_ev.size, energy_ev.size)), d.background[:, None])
    return law.cooling_efficiency(energy_ev, d.mean_ev[:, None], d.external_yield[:, None], share)


def find_window(scan: Scan, d: Draws, rng: np.random.Generator, level: float) -> Window:
    """Locate the window and propagate yield, background, mean energy and the noise of absorption into it.

    Noise is added to the smoothed absorption, so that a draw is as noisy as the measurement and not more; what the
    measured spectrum's edge differs from the smoothed one's shifts the draws.
    """
    energy, wavelength = scan.band.energy_ev, scan.band.wavelength_nm
    found, drawn = [], []
    for part in np.array_split(np.arange(d.mean_ev.size), max(1, -(-d.mean_ev.size * energy.size // BLOCK_SIZE))):
        some = Draws(*(v[part] for v in d))
        raw, smoothed = scan.noise(rng, part.size)
        noisy = efficiency(energy, scan.smooth + raw, some)
        found.append(
            crossings(wavelength, efficiency(energy, scan.smooth + smoothed, some), noisy, _ideal(energy, some))
        )
        drawn.append(noisy)
    edges, all_drawn = np.concatenate(found, axis=1), np.concatenate(drawn)
    centre = d.centre(scan.mean_ev)
    smooth, ideal = efficiency(energy, scan.smooth, centre), _ideal(energy, centre)
    measured = crossings(wavelength, smooth, efficiency(energy, scan.band.value, centre), ideal)[:, 0]
    reference = crossings(wavelength, smooth, smooth, ideal)[:, 0]
    exists = edges[3] > 0
    blue = red = None
    if measured[3] > 0 and exists.sum() >= 2:
        blue = _edge(measured[0], edges[0, exists], reference[0], float(wavelength[0]), level)
        red = _edge(measured[1], edges[1, exists], reference[1], float(wavelength[-1]), level)
    excess = max(
        float(np.median(edges[3])) - float(measured[3]), 0.0
    )  # a maximum of noisy samples is too high, once more
    low, high = np.quantile(all_drawn, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return Window(
        blue,
        red,
        from_draws(float(measured[2]), edges[2], "nm", "maximum of the efficiency of the smoothed absorption", level),
        from_draws(
            float(measured[3]) - excess,
            edges[3] - 2 * excess,
            "1",
            "maximum over the range where absorption is resolved, less its excess by noise",
            level,
        ),
        float(np.mean(exists)),
        low,
        high,
    )


def crossings(wavelength: FloatArray, smooth: FloatArray, noisy: FloatArray, ideal: FloatArray) -> FloatArray:
    """Blue edge, red edge, best wavelength, best efficiency of each row, shape (4, rows).

    The maximum is that of the smooth efficiency. Crossings are sought in the noisy one, outward from the maximum, and
    only as far as the smooth one stays below zero after its own first crossing: a real dip ends the window, the noise
    of a far tail does not begin another. Between samples the red edge is sought along ln(alpha/alpha_b), which is
    nearly straight in a tail.

    Parameters
    ----------
    wavelength : ndarray
        Ascending wavelengths, shape (m,) [nm].
    smooth, noisy : ndarray
        Cooling efficiency without and with the noise of absorption, shape (rows, m) [1].
    ideal : ndarray
        1 + cooling efficiency without any background, shape (rows, m) [1].
    """
    best = np.argmax(smooth, axis=1)
    index = np.arange(wavelength.size)
    share = np.clip((1 + noisy) / ideal, 1e-12, 1 - 1e-12)
    odds = np.where(ideal > 1, np.log(share * np.maximum(ideal - 1, 1e-12) / (1 - share)), noisy)
    edges = []
    for outward, values in ((slice(None, None, -1), noisy), (slice(None), odds)):
        x, s, f = wavelength[outward], smooth[:, outward], values[:, outward]
        start = (wavelength.size - 1 - best if outward.step == -1 else best)[:, None]
        crossed = np.cumsum((s <= 0) & (index >= start), axis=1) > 0
        again = np.cumsum(crossed & (s > 0), axis=1) > 0
        inside = np.where(index < start, 1.0, f)  # what lies on the other side of the maximum counts as positive
        edges.append(curves.outward_crossing(x, np.where(again, np.nan, inside)))
    return np.stack([*edges, curves.highest(wavelength, smooth), smooth[np.arange(len(smooth)), best]])


def _ideal(energy_ev: FloatArray, d: Draws) -> FloatArray:
    """Emitted over absorbed energy without background, shape (draws, wavelengths)."""
    return 1 + law.cooling_efficiency(energy_ev, d.mean_ev[:, None], d.external_yield[:, None])


def _edge(value: float, draws: FloatArray, reference: float, end_nm: float, level: float) -> Estimate | None:
    """Estimate of an edge; a limit where the measured efficiency does not cross zero before the data end."""
    if np.isnan(value):
        return None
    if np.isinf(value):
        how = f"no crossing up to {end_nm:.1f} nm, where absorption is no longer resolved or the data end"
        return Estimate(end_nm, level=level, unit="nm", how=how, kind="upper limit" if value < 0 else "lower limit")
    shift = value - reference if np.isfinite(reference) else 0.0
    how = "zero of the cooling efficiency; interval from the draws that have a window"
    return from_draws(float(value), draws[~np.isnan(draws)] + shift, "nm", how, level)
