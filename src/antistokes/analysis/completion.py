"""An up-converted spectrum whose red part a filter has cut off gets it back from the down-converted one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from antistokes import data, quantities, units
from antistokes.analysis.bands import Band, emission_band
from antistokes.analysis.comparison_fit import DEGENERATE, Moved, model, moved, seen
from antistokes.analysis.comparison_window import Pair, Ranges, choose, inside, laser_range, red_end, without
from antistokes.units import FloatArray

KEPT = 0.999  # of the variance of what is filled in: what becomes shared modes; the rest counts as independent
SERVES = "mean energy and yield only"


class _Filled(NamedTuple):
    """What is filled in: photon energy [eV], photons per eV, their independent sd, shared modes (m, k)."""

    energy_ev: FloatArray
    value: FloatArray
    sd: FloatArray
    modes: FloatArray


def complete_emission(
    up: xr.Dataset,
    down: xr.Dataset,
    cut_nm: float | None,
    *,
    common_nm: tuple[float, float] | None = None,
    exclude_nm: Sequence[tuple[float, float]] = (),
) -> xr.Dataset:
    r"""Replace what a filter or a laser line has taken from an up-converted spectrum by the down-converted shape.

    The shape is scaled, moved and stretched as it fits on the window that both show
    (:func:`antistokes.analysis.comparison.compare_emission`):

    .. math:: \hat u(E) = s\,d\!\left(E_0+\frac{E-E_0-\Delta}{w}\right)

    What is filled in carries the uncertainty of s, shift and width ratio and the noise of d as shared modes. That the
    spectra differ in no more is an assumption: what the width ratio changes in what is filled in, as far as it is more
    than noise, counts as the half-width of an even distribution. So the result serves mean energy and yield, and no
    comparison: ``compare_emission`` refuses it.

    Parameters
    ----------
    up, down : xarray.Dataset
        Emission excited below and above the gap; each declares its quantity.
    cut_nm : float or None
        Where a short-pass filter begins to cut ``up``; None replaces the range of the laser line only [nm].
    common_nm : tuple of float, optional
        Window of the fit, as for ``compare_emission`` [nm].
    exclude_nm : sequence of tuple of float
        Further ranges of ``up`` to replace [nm].

    Returns
    -------
    xarray.Dataset
        Photons per nm over wavelength, on the scale of ``up``; what was replaced, by what and for what use stands in
        ``corrections`` and in the notes.

    Raises
    ------
    DataError
        Where the spectra share too little.
    ValueError
        Where nothing is to be replaced.

    References
    ----------
    Derived on the page docs/models/uc-against-dc.md.
    """
    fit, pair = moved(choose(up, down, cut_nm, common_nm, exclude_nm, False))
    laser = laser_range(up)
    lost: Ranges = (*(() if laser is None else (laser,)), *((float(low), float(high)) for low, high in exclude_nm))
    if cut_nm is None and not lost:
        raise ValueError(
            f"{data.label(up)}: nothing is to be replaced: give cut_nm or exclude_nm, or state its excitation_nm."
        )
    red = red_end(up, cut_nm)
    return _joined(up, pair, fit, _filled(pair, fit, lost, red), lost, red)


def _united(ranges: Ranges) -> list[list[float]]:
    """Return ranges, ascending, those that overlap or touch as one."""
    found: list[list[float]] = []
    for low, high in sorted(ranges):
        if found and low <= found[-1][1]:
            found[-1][1] = max(found[-1][1], high)
        else:
            found.append([low, high])
    return found


def _filled(pair: Pair, fit: Moved, lost: Ranges, red_nm: float) -> _Filled:
    """Return the moved template at the down-converted samples in what was lost, with its covariance."""
    energy = pair.down.energy_ev
    wavelength = units.wavelength_from_energy(energy, pair.up.medium)
    there = seen(energy, fit.at, pair.pivot_ev)
    within = (there >= pair.template.energy_ev[0]) & (there <= pair.template.energy_ev[-1])
    energy = energy[within & (inside(wavelength, lost) | (wavelength > red_nm))]
    value, slope = model(energy, fit.at, pair.template.curve, pair.pivot_ev, np.empty((energy.size, 0)))
    by_data = slope @ fit.gain
    here, template = pair.up, pair.template
    noise = [fit.at[0] * template.noise_at(seen(e, fit.at, pair.pivot_ev)) for e in (energy, here.energy_ev)]
    wider = fit.inflation**0.5
    root = np.concatenate([wider * by_data * here.sd, wider * by_data @ here.modes.T, noise[0] - by_data @ noise[1]], 1)
    left, size, _ = np.linalg.svd(root, full_matrices=False)
    share = np.cumsum(size**2) / max(float(np.sum(size**2)), 1e-300)
    modes = (left * size)[:, : int(np.searchsorted(share, KEPT)) + 1]
    rest = np.maximum(np.sum(root**2, axis=1) - np.sum(modes**2, axis=1), 0.0)
    shape = value - model(energy, _unstretched(fit), pair.template.curve, pair.pivot_ev, np.empty((energy.size, 0)))[0]
    return _Filled(energy, value, np.sqrt(rest), np.column_stack([modes, _beyond_noise(fit) / 3**0.5 * shape]))


def _unstretched(fit: Moved) -> FloatArray:
    """Return the parameters that fit best where the width ratio is held at 1, to first order."""
    held = fit.at - fit.covariance[:, 2] / fit.covariance[2, 2] * (fit.at[2] - 1)
    return np.asarray(np.where(np.arange(fit.at.size) == 2, 1.0, held))


def _beyond_noise(fit: Moved) -> float:
    """Return which part of the width ratio's distance from 1 is more than noise, two standard deviations of it."""
    distance = (fit.at[2] - 1) ** 2
    return float(np.sqrt(max(1 - 4 * fit.covariance[2, 2] / distance, 0.0))) if distance > 0 else 0.0


def _joined(up: xr.Dataset, pair: Pair, fit: Moved, filled: _Filled, lost: Ranges, red_nm: float) -> xr.Dataset:
    """Return kept and filled samples as one spectrum, photons per nm on the scale of the measurement."""
    measured = without(up, lost, red_nm)
    kept = emission_band(measured)
    brightest = int(np.argmax(pair.whole.value))
    same = int(np.argmin(np.abs(kept.energy_ev - pair.whole.energy_ev[brightest])))
    factor = float(kept.value[same] / pair.whole.value[brightest])
    wavelength = np.concatenate([kept.wavelength_nm, units.wavelength_from_energy(filled.energy_ev, kept.medium)])
    per_nm = _scale(measured, kept) / units.nm_per_ev(wavelength, kept.medium)
    value = per_nm * np.concatenate([kept.value, factor * filled.value])
    sd = per_nm * np.concatenate([kept.sd, factor * filled.sd])
    own = np.pad(kept.modes, ((0, 0), (0, filled.value.size)))
    modes = per_nm * np.concatenate([own, np.pad(factor * filled.modes.T, ((0, 0), (kept.value.size, 0)))])
    order = np.argsort(wavelength)
    flag = np.concatenate([_flags(measured, kept), np.zeros(filled.value.size, dtype=np.uint8)])
    skipped = ("kind", "quantity", "medium", "notes", "corrections")
    attrs: dict[str, Any] = {str(k): v for k, v in up.attrs.items() if k not in skipped}
    cut = ((red_nm, float(wavelength.max())),) if np.isfinite(red_nm) else ()
    replaced = _united((*lost, *cut))
    said = {"replaced_nm": replaced, "scale": float(fit.at[0]), "shift_mev": float(fit.at[1])}
    said |= {"width_ratio": float(fit.at[2]), "reduced_chi2": fit.chi2, "serves": SERVES}
    return data.build(
        "wavelength",
        wavelength[order],
        value[order],
        kind="emission",
        quantity="photons_per_nm",
        medium=kept.medium,
        signal_sd=sd[order],
        signal_modes=modes[:, order],
        flag=flag[order],
        notes=(*data.notes_of(up), *pair.warnings, *_notes(pair, fit, replaced)),
        corrections=data.json_attr(up, "corrections", {}) | {"completion": said},
        **attrs,
    )


def _scale(measured: xr.Dataset, kept: Band) -> float:
    """Return photons per eV of the measurement over those of its band, whose maximum is 1."""
    quantity = str(measured.attrs["quantity"])
    if quantity == "counts":
        quantity = "photons_per_nm" if data.spectral_axis(measured) == "wavelength" else "photons_per_ev"
        measured = data.with_attrs(measured, quantity=quantity)
    return float(quantities.convert(measured, "photons_per_ev")["signal"].max()) / float(kept.value.max())


def _flags(measured: xr.Dataset, kept: Band) -> NDArray[np.uint8]:
    """Return the flags of what is kept, in ascending energy."""
    if "flag" not in measured:
        return np.zeros(kept.value.size, dtype=np.uint8)
    return np.asarray(measured["flag"].values[np.argsort(data.wavelength_and_energy(measured)[1])], dtype=np.uint8)


def _notes(pair: Pair, fit: Moved, replaced: list[list[float]]) -> tuple[str, ...]:
    where = ", ".join(f"{low:.1f}-{high:.1f}" for low, high in replaced)
    low, high = pair.window_nm
    share = (
        f"scaled, moved by {fit.at[1]:+.2f} meV and stretched by {fit.at[2]:.4f} as fitted on {low:.1f}-{high:.1f} nm"
    )
    said = [f"{where} nm replaced by {pair.down.name}, {share}; serves {SERVES}, and no comparison of the two spectra."]
    if abs(fit.correlation) > DEGENERATE:
        said.append(
            f"What is left of the spectrum hardly tells shift from width (correlation {fit.correlation:+.3f}): what is "
            "filled in is uncertain by as much as its modes say."
        )
    return tuple(said)
