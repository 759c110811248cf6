"""Light and absorption of each step of a temperature series of emission: what a yield is made of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar, get_args

import numpy as np
import xarray as xr

from antistokes import data, quantities, units
from antistokes.analysis import curves
from antistokes.analysis.bands import MAX_ABSORBANCE, Band, absorption_band, emission_band, open_end
from antistokes.analysis.exposure import doubts_of_times, exposure_s
from antistokes.analysis.filter_edge import filter_edge_nm
from antistokes.analysis.series import Step
from antistokes.analysis.spectra import first_peak
from antistokes.errors import DataError
from antistokes.materials import load, solvent
from antistokes.physics.inner_filter import Geometry, collected
from antistokes.physics.moments import integration_weights
from antistokes.physics.slit import triangle
from antistokes.units import FloatArray

ABOVE_GAP_MEV = 100.0  # assumed: this far above the first maximum absorption no longer follows the band's edge
LASER_NM = 2.0  # on either side of the excitation, where its scattered light is looked for; assumed
LASER_STANDS_OUT = 0.1  # of the light beneath it; assumed
DIFFERENCE = 1e-6  # of absorbance, for a derivative

Windows = Sequence[tuple[float, float]]
T = TypeVar("T")


class Light(NamedTuple):
    """Emitted photons of one step per exciting photon (any scale), their standard uncertainty, and where they lie."""

    photons: float
    sd: float
    excitation_nm: float
    excitation_ev: float
    peak_ev: float
    at_cut: float  # share of the light in one meV at the cut, or at the red end of the data [1/meV]
    bridged: float  # share of the light that a straight line stands for
    laser: float  # share of the light that stands out at the excitation
    open_end: float  # height of the higher end of the data, of the maximum, where it is more than noise
    edge_nm: float | None  # where the red side falls as behind a filter
    warnings: tuple[str, ...]


class Absorbed(NamedTuple):
    """Signal that unit yield would give, (n,), its covariance, its slope over absorbance, and the absorbance itself."""

    signal: FloatArray
    covariance: FloatArray
    slope: FloatArray
    absorbance: FloatArray


class Beam(NamedTuple):
    """How the exciting light meets the sample and the detector; ``stated`` says whether anyone said so."""

    geometry: Geometry
    window: tuple[float, float]
    bandpass_nm: float
    stated: bool


def beam_of(
    emission: Sequence[Step], geometry: Geometry | None, window: tuple[float, float], bandpass_nm: float
) -> Beam:
    """Return the geometry that is given, else that of the spectra, else the right angle of a cuvette."""
    found = {s.spectrum.attrs.get("geometry") for s in emission} if geometry is None else {geometry}
    if len(found) > 1:
        raise DataError(f"the emission spectra state several geometries, {', '.join(map(str, found))}: choose one.")
    (one,) = found
    if one not in (None, *get_args(Geometry)):
        raise DataError(f"geometry must be one of {', '.join(get_args(Geometry))}, found {one!r}.")
    return Beam(one or "right-angle", window, bandpass_nm, one is not None)


def light_of(step: Step, excitation_nm: float | None, exclude_nm: Windows, cut_nm: float | None) -> Light:
    """Return the integrated emission of a step, per exciting photon and second as far as these are stated."""
    ds = step.spectrum
    band = emission_band(ds)
    laser_nm = float(ds.attrs.get("excitation_nm", np.nan)) if excitation_nm is None else float(excitation_nm)
    if not 0 < laser_nm < np.inf:
        raise DataError(f"{step.name}: no excitation wavelength; state the attribute or excitation_nm.")
    laser_ev = float(units.energy_from_wavelength(laser_nm, band.medium))
    cut_ev = -np.inf if cut_nm is None else float(units.energy_from_wavelength(cut_nm, band.medium))
    kept = band.cut(~_inside(band, exclude_nm))
    weights, total = integration_weights(kept.energy_ev, low=cut_ev), integration_weights(band.energy_ev, low=cut_ev)
    light = float(weights @ kept.value)
    if not light > 0:
        raise DataError(f"{step.name}: no light is left blue of the cut and outside what is excluded.")
    smoothed = curves.smooth(band.energy_ev, band.value, band.sd).values
    factor = _photons_at_maximum(ds) / (exposure_s(ds) * _flux(ds, laser_ev))
    return Light(
        photons=light * factor,
        sd=kept.variance_of(weights) ** 0.5 * factor,
        excitation_nm=laser_nm,
        excitation_ev=laser_ev,
        peak_ev=float(curves.highest(band.energy_ev, smoothed[None])[0]),
        at_cut=max(1e-3 * float(np.interp(cut_ev, band.energy_ev, smoothed)) / light, 0.0),
        bridged=_bridged(band, exclude_nm, total) / light,
        laser=_standing_out(kept, laser_nm) / light if cut_nm is None or laser_nm - LASER_NM < cut_nm else 0.0,
        open_end=_open_end(kept) if cut_nm is None else 0.0,
        edge_nm=filter_edge_nm(kept.cut(kept.energy_ev >= cut_ev), (_laser_range(ds, laser_nm),)),
        warnings=band.warnings,
    )


def _open_end(band: Band) -> float:
    height, noise = open_end(band), float(max(np.median(band.sd[:3]), np.median(band.sd[-3:])))
    return height if height > 4 * noise else 0.0


def _laser_range(ds: xr.Dataset, laser_nm: float) -> tuple[float, float]:
    half = max(2 * LASER_NM, 2 * float(ds.attrs.get("bandpass_nm", 0.0)))
    return laser_nm - half, laser_nm + half


def _inside(band: Band, windows: Windows) -> np.ndarray:
    inside = np.zeros(band.energy_ev.size, dtype=bool)
    for low, high in windows:
        if not low < high:
            raise ValueError(f"exclude_nm takes (low, high) in nm with low < high, found {(low, high)!r}.")
        inside |= (band.wavelength_nm >= low) & (band.wavelength_nm <= high)
    if (~inside).sum() < 2:
        raise DataError(f"{band.name}: exclude_nm {list(windows)!r} leaves nothing of the emission.")
    return inside


def _bridged(band: Band, windows: Windows, weights: FloatArray) -> float:
    """Light of the straight lines that stand for what is excluded, within the data."""
    inside = _inside(band, windows)
    line = np.interp(band.energy_ev, band.energy_ev[~inside], band.value[~inside])
    return float(weights[inside] @ line[inside])


def _standing_out(band: Band, laser_nm: float) -> float:
    """Light around the excitation above a straight line from its one side to the other; 0 where none stands out."""
    near = np.abs(band.wavelength_nm - laser_nm) <= LASER_NM
    if not near.any() or near[0] or near[-1]:
        return 0.0
    line = np.interp(band.energy_ev, band.energy_ev[~near], band.value[~near])
    weights = integration_weights(band.energy_ev) * near
    excess, sd = float(weights @ (band.value - line)), band.variance_of(weights) ** 0.5
    return excess if excess > max(4 * sd, LASER_STANDS_OUT * float(weights @ line)) else 0.0


def _photons_at_maximum(ds: xr.Dataset) -> float:
    """Undo the scale of an emission band."""
    if ds.attrs["quantity"] == "counts":
        per = "photons_per_nm" if data.spectral_axis(ds) == "wavelength" else "photons_per_ev"
        ds = data.with_attrs(ds, quantity=per)
    return float(quantities.convert(ds, "photons_per_ev")["signal"].max())


def _flux(ds: xr.Dataset, laser_ev: float) -> float:
    return float(ds.attrs.get("power_w", laser_ev)) / laser_ev


def each_usable(
    step: Sequence[Step], make: Callable[[Step], T], solvent_name: str | None
) -> tuple[tuple[Step, ...], list[T], list[str]]:
    """Return the steps of which something can be made, what that is, and words about the others.

    Raises the first error where nothing is left.
    """
    kept, found, errors = [], [], []
    for s in step:
        try:
            if solvent_name is not None:
                solvent.density(load(solvent_name), s.temperature_k)  # within its range
            made = make(s)
        except DataError as error:
            errors.append((s, error))
        except ValueError as error:
            if solvent_name is None or solvent.RANGE_K[0] <= s.temperature_k <= solvent.RANGE_K[1]:
                raise  # a wrong argument is wrong at every step
            errors.append((s, DataError(str(error))))
        else:
            kept.append(s)
            found.append(made)
    if not kept:
        raise errors[0][1]
    return tuple(kept), found, [f"{s.name}: left out: {error}" for s, error in errors]


def refuse_unlike(emission: Sequence[Step]) -> list[str]:
    """Raise where intensities cannot be compared: other quantities, or a power or time that only some state.

    Returns what had to be guessed.
    """
    spectra = [s.spectrum for s in emission]
    found = {ds.attrs.get("quantity") for ds in spectra}
    if len(found) > 1:
        raise DataError(f"intensities of one series need one quantity, found {', '.join(map(str, found))}.")
    stated = sum("power_w" in ds.attrs for ds in spectra)
    if 0 < stated < len(spectra):
        raise DataError(
            f"{stated} of {len(spectra)} emission spectra state power_w: intensities can be compared only where all or "
            "none do."
        )
    return doubts_of_times(spectra)


def partners(emission: Sequence[Step], absorption: Sequence[Step], tolerance_k: float) -> list[list[int]]:
    """Return, for each emission step, which absorption steps are of its temperature and branch.

    The turning point, the highest temperature, belongs to both branches; a step that states no branch goes with either.
    """
    hottest = max(s.temperature_k for s in emission)

    def together(e: Step, a: Step) -> bool:
        turning = hottest - e.temperature_k <= tolerance_k
        either = turning or not e.branch or not a.branch or e.branch == a.branch
        return abs(e.temperature_k - a.temperature_k) <= tolerance_k and either

    found = [[j for j, a in enumerate(absorption) if together(e, a)] for e in emission]
    return [[j for j in of if absorption[j].branch == e.branch] or of for e, of in zip(emission, found, strict=True)]


def absorbance_band(step: Step, light: Sequence[Light]) -> Band:
    """Return absorbance, whatever the path: what was measured is what the exciting light meets.

    A band that is saturated beside the excitations is left out: its tail may be what was measured.
    """
    return absorption_band(unsaturated(step.spectrum, [i.excitation_ev for i in light]))


def unsaturated(absorption: xr.Dataset, excitation_ev: Sequence[float]) -> xr.Dataset:
    """Return the part of an absorption spectrum between what is saturated on either side of some excitations.

    The path it was measured through is taken as that of the exciting light, and not stated any more.
    """
    data.require_quantity(absorption, {q: "1" for q in ("absorbance", "absorptance", "transmittance")})
    ds = data.with_attrs(absorption, path_cm=None)
    wavelength, _, medium = data.wavelength_and_energy(ds)
    bad = data.flagged(ds, "saturated", "clipped", "missing")
    if ds.attrs["quantity"] == "absorbance":
        bad |= ds["signal"].values >= float(ds.attrs.get("max_absorbance", MAX_ABSORBANCE))
    lasers = units.wavelength_from_energy(np.array(excitation_ev), medium)
    low = max((w for w in wavelength[bad] if w < lasers.min()), default=0.0)
    high = min((w for w in wavelength[bad] if w > lasers.max()), default=np.inf)
    return ds.isel({data.spectral_axis(ds): (wavelength > low) & (wavelength < high)})


def absorbed(
    bands: Sequence[Band],
    of_point: Sequence[Sequence[int]],
    excitation_ev: FloatArray,
    beam: Beam,
    concentration: FloatArray,
    baseline_sd: float,
) -> Absorbed:
    """Return the signal of unit yield at each point: mean over its spectra and under the slit of the excitation.

    Noise of one spectrum is shared by all points that rest on it, so that the covariance is that of the spectra.
    """
    n = len(of_point)
    signal, slope, absorbance, covariance = np.zeros(n), np.zeros(n), np.zeros(n), np.zeros((n, n))
    for j, band in enumerate(bands):
        gradient = np.zeros((n, band.energy_ev.size))
        for i in (i for i in range(n) if j in of_point[i]):
            value, per_sample, per_absorbance, depth = _signal(
                band, float(excitation_ev[i]), beam, float(concentration[i])
            )
            share = 1 / len(of_point[i])
            signal[i] += share * value
            slope[i] += share * per_absorbance
            absorbance[i] += share * depth
            gradient[i] = share * per_sample
        for part in (gradient * band.sd, gradient @ band.modes.T, baseline_sd * gradient.sum(axis=1, keepdims=True)):
            covariance += part @ part.T
    return Absorbed(signal, covariance, slope, absorbance)


def reaches(band: Band, excitation_ev: float, bandpass_nm: float) -> bool:
    """Tell whether a spectrum covers an excitation with its bandpass."""
    at = _under_the_slit(band, excitation_ev, bandpass_nm)[0]
    return bool(band.energy_ev[0] <= at.min() and at.max() <= band.energy_ev[-1])


def _under_the_slit(band: Band, excitation_ev: float, bandpass_nm: float) -> tuple[FloatArray, FloatArray]:
    offset, weight = triangle(bandpass_nm)
    centre = float(units.wavelength_from_energy(excitation_ev, band.medium))
    return np.asarray(units.energy_from_wavelength(centre + offset, band.medium)), weight


def _signal(
    band: Band, excitation_ev: float, beam: Beam, concentration: float
) -> tuple[float, FloatArray, float, float]:
    """Return the signal, its derivative for each sample, that for absorbance as a whole, and the absorbance."""
    at, weight = _under_the_slit(band, excitation_ev, beam.bandpass_nm)
    absorbance, gradient = curves.interpolate(band.energy_ev, band.value, band.sd, at)
    ends = [
        collected(concentration * absorbance + h, beam.geometry, beam.window) for h in (-DIFFERENCE, 0.0, DIFFERENCE)
    ]
    slope = weight * concentration * (ends[2] - ends[0]) / (2 * DIFFERENCE)
    depth = concentration * float(weight @ absorbance)
    return float(weight @ ends[1]), np.asarray(slope @ gradient), float(slope.sum()), depth


def refuse_below_gap(step: Step, light: Light, band: Band) -> None:
    """Raise where the absorption at one temperature cannot stand for those at the others: at the band and below."""
    first = first_peak(band, light.peak_ev)
    edge = light.peak_ev if first is None else first.value
    if light.excitation_ev < edge + ABOVE_GAP_MEV / 1e3:
        raise DataError(
            f"{step.name}: excited at {light.excitation_ev:.3f} eV, the band begins at {edge:.3f} eV. There absorption "
            "depends on temperature as a tail does, and that at one temperature says nothing of the others: measure "
            f"it at each, or excite more than {ABOVE_GAP_MEV:g} meV above the band."
        )


def refraction(temperature_k: FloatArray, coldest: Light, name: str | None) -> tuple[FloatArray, FloatArray]:
    """Return ln of what the solvent's index takes from the light since the lowest temperature, and its error.

    A small aperture beyond a plane face sees the share 1/n^2 of the light: refraction widens the cone.
    """
    if name is None:
        return np.zeros_like(temperature_k), np.zeros_like(temperature_k)
    wavelength = float(units.wavelength_from_energy(coldest.peak_ev))
    ratio = solvent.index_ratio(load(name), temperature_k, float(temperature_k.min()), wavelength)
    return 2 * np.log(ratio.value), 2 * ratio.error / ratio.value


def concentration(temperature_k: FloatArray, measured_k: float, name: str | None) -> tuple[FloatArray, FloatArray]:
    """Return the factor that the solvent's density puts on an absorbance measured at one temperature, and its error."""
    if name is None:
        return np.ones_like(temperature_k), np.zeros_like(temperature_k)
    ratio = solvent.density_ratio(load(name), temperature_k, measured_k)
    return ratio.value, ratio.error / ratio.value


def moved_along(band: Band, light: Sequence[Light], temperature_k: FloatArray, measured_k: float, beam: Beam) -> float:
    """Return ln of what absorption would gain from the lowest temperature to the highest, moving with the emission.

    NaN where the spectrum does not reach that far.
    """
    order = np.argsort(temperature_k)
    peaks = np.array([i.peak_ev for i in light])
    then = float(np.interp(measured_k, temperature_k[order], peaks[order]))
    gains = []
    for k in (int(order[-1]), int(order[0])):
        here, there = light[k].excitation_ev, light[k].excitation_ev - (peaks[k] - then)
        if not reaches(band, there, beam.bandpass_nm):
            return float("nan")
        gains.append(np.log(_signal(band, there, beam, 1.0)[0] / _signal(band, here, beam, 1.0)[0]))
    return float(gains[0] - gains[1])
