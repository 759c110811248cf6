"""What two emission spectra are compared on: the common window, and the down-converted one as a template."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

from antistokes import data, units
from antistokes.analysis import curves
from antistokes.analysis.bands import Band, emission_band
from antistokes.analysis.lineshape_model import with_slit
from antistokes.errors import DataError
from antistokes.units import FloatArray

LASER_NM = 4.0  # on either side of a laser line, at least, that is left out; assumed
FLOOR = 0.03  # of the maximum of the down-converted spectrum: where the window ends; assumed
FEWEST = 12  # samples of the up-converted spectrum in the window
BROAD = 0.15  # of the variance of a band: a difference of bandpasses beyond which it is said to be too much; assumed

Ranges = tuple[tuple[float, float], ...]


class Template(NamedTuple):
    """The down-converted spectrum without most of its noise, for slits as of the other one.

    ``root`` (m, k) is a root of the covariance of its values at its samples ``energy_ev`` (m,).
    """

    energy_ev: FloatArray
    curve: CubicSpline
    root: FloatArray

    def noise_at(self, energy_ev: FloatArray) -> FloatArray:
        """Return a root of the covariance of its values at these energies, shape (n, k)."""
        matrix = curves.interpolation_matrix(self.energy_ev, np.clip(energy_ev, *self.energy_ev[[0, -1]]))
        return np.asarray(matrix @ self.root)


class Pair(NamedTuple):
    """What is compared: the up-converted spectrum in the window, the template, and how they were chosen."""

    up: Band
    whole: Band  # the up-converted spectrum wherever nothing is cut or left out
    down: Band
    template: Template
    pivot_ev: float  # maximum of the template
    noise_stated: bool  # or taken from the scatter of the up-converted spectrum
    background: FloatArray  # a constant of the file's own axis (n, 1), or (n, 0)
    window_nm: tuple[float, float]
    masked_nm: Ranges
    warnings: tuple[str, ...]


def choose(
    up: xr.Dataset,
    down: xr.Dataset,
    cut_nm: float | None,
    common_nm: tuple[float, float] | None,
    exclude_nm: Sequence[tuple[float, float]],
    baseline: bool,
) -> Pair:
    """Return both spectra on the common window; arguments as in :func:`antistokes.analysis.comparison`."""
    for ds in (up, down):
        data.check(ds)
    refuse_unfit((up,), (down,))
    _refuse_alike(up, down)
    refuse_cut((up,), cut_nm)
    own = [r for r in (laser_range(up), _in_medium_of(up, down, laser_range(down))) if r is not None]
    masked = tuple(dict.fromkeys([*own, *(_range(r, "exclude_nm") for r in exclude_nm)]))
    red_nm = red_end(up, cut_nm)
    down_laser = laser_range(down)
    second = emission_band(without(down, () if down_laser is None else (down_laser,), np.inf))
    first = emission_band(without(up, masked, red_nm))
    first = _zero_is_not_exact(first) if "signal_sd" not in up else first
    template, wider = _template(second, up, down)
    keep = _window(first, second, template, common_nm)
    band = first.cut(keep)
    ones = (
        units.nm_per_ev(band.wavelength_nm, band.medium)
        if data.spectral_axis(up) == "wavelength"
        else np.ones(band.value.size)
    )
    ends = (float(band.wavelength_nm.min()), float(band.wavelength_nm.max()))
    # Ends that stand high are a matter of mean energies; here the window is chosen for it.
    warnings = [w for b in (first, second) for w in b.warnings if "at an end of the data" not in w]
    return Pair(
        up=band,
        whole=first,
        down=second,
        template=template,
        pivot_ev=_top(template),
        noise_stated="signal_sd" in up,
        background=(ones / ones.max())[:, np.newaxis] if baseline else np.empty((band.value.size, 0)),
        window_nm=ends,
        masked_nm=tuple(r for r in masked if r[1] > ends[0] and r[0] < ends[1]),
        warnings=(*warnings, *wider, *_unsaid(up, _top(template))),
    )


def refuse_unfit(up: Sequence[xr.Dataset], down: Sequence[xr.Dataset]) -> None:
    """Raise where a spectrum is in part that of the other kind, or the two kinds are swapped by what they state."""
    for ds in (*up, *down):
        if "completion" in data.json_attr(ds, "corrections", {}):
            raise DataError(
                f"{data.label(ds)}: a part of it is the down-converted spectrum (complete_emission), so that it would "
                "be compared with itself; expected the spectrum as it was measured."
            )
    lasers = [[_excitation_vacuum_nm(ds) for ds in of if "excitation_nm" in ds.attrs] for of in (up, down)]
    if all(lasers) and max(lasers[0]) <= max(lasers[1]):
        first, second = (max(float(ds.attrs.get("excitation_nm", 0.0)) for ds in of) for of in (up, down))
        raise DataError(
            f"up is excited at {first:g} nm, down at {second:g} nm: are they swapped? Expected the up-converted "
            "emission first, excited at the longer wavelength."
        )


def _refuse_alike(up: xr.Dataset, down: xr.Dataset) -> None:
    """Raise where the two are one spectrum, or where only one of them carries the response of the instrument."""
    raw = [data.label(ds) for ds in (up, down) if ds.attrs.get("quantity") == "counts"]
    if len(raw) == 1:
        raise DataError(
            f"{raw[0]} holds counts, which carry the response of the instrument, the other spectrum does not: correct "
            "both (correct_response), or compare counts of one instrument with counts."
        )
    same = up["signal"].size == down["signal"].size and np.array_equal(up["signal"].values, down["signal"].values)
    if same and np.array_equal(data.wavelength_and_energy(up)[0], data.wavelength_and_energy(down)[0]):
        raise DataError(f"{data.label(up)}, {data.label(down)}: the two are one and the same spectrum; expected two.")


def _zero_is_not_exact(band: Band) -> Band:
    """Return a band whose samples of no photons have the noise of one: their scatter may be none at all."""
    there = np.abs(band.value[band.value != 0])
    if there.size == band.value.size:
        return band
    return band._replace(sd=np.maximum(band.sd, np.sqrt(there.min() * np.maximum(band.value, there.min()))))


def _excitation_vacuum_nm(ds: xr.Dataset) -> float:
    energy = units.energy_from_wavelength(float(ds.attrs["excitation_nm"]), ds.attrs.get("medium", "air"))
    return float(units.wavelength_from_energy(energy, "vacuum"))


def refuse_cut(up: Sequence[xr.Dataset], cut_nm: float | None) -> None:
    """Raise where blue of a filter nothing is left of a spectrum."""
    if cut_nm is None:
        return
    if not 0 < cut_nm < np.inf:
        raise ValueError(f"cut_nm must be a positive wavelength, got {cut_nm!r}.")
    for ds in up:
        wavelength, end = data.wavelength_and_energy(ds)[0], red_end(ds, cut_nm)
        left = int(np.sum(wavelength <= end))
        if left < FEWEST:
            slits = "" if end == cut_nm else f", by its bandpass blue of it {end:g} nm"
            raise DataError(
                f"{data.label(ds)}: {left} samples are left blue of cut_nm = {cut_nm:g} nm{slits}; the spectrum covers "
                f"{wavelength.min():.1f}-{wavelength.max():.1f} nm. Expected a wavelength in nm, within it, from which "
                "on a filter cuts."
            )


def red_end(up: xr.Dataset, cut_nm: float | None) -> float:
    """Return up to where light has passed a filter, slits counted [nm]."""
    return np.inf if cut_nm is None else cut_nm - float(up.attrs.get("bandpass_nm", 0.0))


def laser_range(ds: xr.Dataset) -> tuple[float, float] | None:
    """Return the range around a spectrum's excitation in which scattered light is expected [nm]."""
    laser = ds.attrs.get("excitation_nm")
    if laser is None:
        return None
    half = max(LASER_NM, 2 * float(ds.attrs.get("bandpass_nm", 0.0)))
    return float(laser) - half, float(laser) + half


def _in_medium_of(up: xr.Dataset, down: xr.Dataset, found: tuple[float, float] | None) -> tuple[float, float] | None:
    mine, other = (ds.attrs.get("medium", "air") for ds in (up, down))
    if found is None or mine == other:
        return found
    low, high = units.wavelength_from_energy(units.energy_from_wavelength(np.array(found), other), mine)
    return float(low), float(high)


def _range(pair: tuple[float, float], name: str) -> tuple[float, float]:
    if not (isinstance(pair, list | tuple) and len(pair) == 2 and 0 < pair[0] < pair[1]):
        raise ValueError(f"{name} takes (low, high) in nm with 0 < low < high, found {pair!r}.")
    return float(pair[0]), float(pair[1])


def _unsaid(up: xr.Dataset, top_ev: float) -> tuple[str, ...]:
    if "excitation_nm" in up.attrs:
        laser_nm = float(up.attrs["excitation_nm"])
        if units.energy_from_wavelength(laser_nm, up.attrs.get("medium", "air")) <= top_ev:
            return ()
        return (f"{data.label(up)}: excited at {laser_nm:g} nm, blue of the band's maximum: that is no up-conversion.",)
    return (
        f"{data.label(up)}: its excitation (excitation_nm) is not stated: no range around a laser line is left out, "
        "and no shift can be predicted for it.",
    )


def inside(wavelength_nm: FloatArray, ranges: Sequence[tuple[float, float]]) -> NDArray[np.bool_]:
    """Return which wavelengths lie in one of the ranges."""
    hit = [(wavelength_nm >= low) & (wavelength_nm <= high) for low, high in ranges]
    return np.any(hit, axis=0) if hit else np.zeros(wavelength_nm.shape, dtype=bool)


def without(ds: xr.Dataset, ranges: Ranges, red_nm: float) -> xr.Dataset:
    """Leave out what is masked or red of a filter, before anything is asked of the samples there."""
    wavelength = data.wavelength_and_energy(ds)[0]
    keep = ~inside(wavelength, ranges) & (wavelength <= red_nm)
    return ds.isel({data.spectral_axis(ds): np.flatnonzero(keep)})


def _template(band: Band, up: xr.Dataset, down: xr.Dataset) -> tuple[Template, list[str]]:
    r"""Return the twice smoothed spectrum, as the other one's slits would show it.

    Wider slits average it over a triangle K whose variance is the difference of both, :math:`B^2/6` each; for narrower
    ones K is undone by the series 1 + (1 - K) + (1 - K)^2. It is the template that is changed, so that the noise of
    what is fitted stays independent.
    """
    smoother = curves.smooth(band.energy_ev, band.value, band.sd)
    once = smoother.apply(np.eye(band.value.size)).T
    linear = 2 * once - once @ once  # twicing takes out most of what smoothing flattens
    mine, other = (ds.attrs.get("bandpass_nm") for ds in (up, down))
    if (mine is None) != (other is None):
        said = data.label(down if mine is None else up)
        return _as_template(band, linear), [
            f"Only {said} states its bandpass ({other if mine is None else mine:g} nm); the other is taken as equal."
        ]
    difference = float(mine or 0.0) ** 2 - float(other or 0.0) ** 2
    if difference == 0:
        return _as_template(band, linear), []
    slit = _slit_matrix(band, abs(difference) ** 0.5)
    wide = slit @ linear
    changed = wide if difference > 0 else 3 * linear - 3 * wide + slit @ wide
    share = abs(difference) / 6 / _variance_nm2(band)
    warnings = [
        f"Bandpasses differ, {mine:g} nm against {other:g} nm: the down-converted spectrum was "
        f"{'broadened' if difference > 0 else 'sharpened'} to match; left alone, the width ratio would be off by "
        f"{np.sign(difference) * share / 2:+.2%}."
    ]
    if share > BROAD:
        warnings.append(
            f"That difference is {share:.0%} of the band's own variance: too much to be undone by a series; measure "
            "both through equal slits."
        )
    return _as_template(band, changed), warnings


def _as_template(band: Band, linear: FloatArray) -> Template:
    root = np.concatenate([linear * band.sd, linear @ band.modes.T], axis=1)
    return Template(band.energy_ev, CubicSpline(band.energy_ev, linear @ band.value), root)


def _slit_matrix(band: Band, bandpass_nm: float) -> FloatArray:
    """Return the matrix that averages samples over slits, (m, m); beyond its ends a spectrum goes on as it ends."""
    energy, weight = with_slit(band, True, bandpass_nm)
    out = np.zeros((band.value.size, band.value.size))
    for at, share in zip(energy, weight, strict=True):
        matrix = curves.interpolation_matrix(band.energy_ev, np.clip(at, *band.energy_ev[[0, -1]]))
        out += share[:, np.newaxis] * matrix.toarray()
    return out


def _variance_nm2(band: Band) -> float:
    """Return the variance of a Gaussian of the band's area and height [nm^2]."""
    per_nm = band.value / units.nm_per_ev(band.wavelength_nm, band.medium)
    area = float(-np.trapezoid(per_nm, band.wavelength_nm))
    return (area / float(per_nm.max())) ** 2 / (2 * np.pi)


def _top(template: Template) -> float:
    values = template.curve(template.energy_ev)
    return float(curves.highest(template.energy_ev, values[np.newaxis])[0])


def _window(up: Band, down: Band, template: Template, common_nm: tuple[float, float] | None) -> NDArray[np.bool_]:
    """Return the samples of the up-converted spectrum in the common window."""
    e, x = up.energy_ev, down.energy_ev
    keep = (e >= x[0]) & (e <= x[-1])
    covered = (float(up.wavelength_nm[keep].min(initial=np.inf)), float(up.wavelength_nm[keep].max(initial=0.0)))
    if common_nm is None:
        bright = template.curve(x) > FLOOR * np.max(template.curve(x))
        top = int(np.argmax(template.curve(x)))
        dark = np.flatnonzero(~bright)
        low = x[dark[dark < top].max() + 1] if np.any(dark < top) else x[0]
        high = x[dark[dark > top].min() - 1] if np.any(dark > top) else x[-1]
        keep &= (e >= low) & (e <= high)
    else:
        asked = _range(common_nm, "common_nm")
        step = float(np.max(np.abs(np.diff(up.wavelength_nm))))
        if asked[0] < covered[0] - step or asked[1] > covered[1] + step:
            raise ValueError(
                f"common_nm = {asked} reaches beyond what both spectra hold blue of any cut, "
                f"{covered[0]:.1f}-{covered[1]:.1f} nm; choose a range within it."
            )
        keep &= inside(up.wavelength_nm, (asked,))
    if keep.sum() < FEWEST:
        raise DataError(
            f"{up.name} and {down.name} share {int(keep.sum())} samples where the down-converted spectrum has light "
            f"and nothing is cut or left out; expected {FEWEST} at least. Both cover {covered[0]:.1f}-"
            f"{covered[1]:.1f} nm."
        )
    return np.asarray(keep)
