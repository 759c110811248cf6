"""Which samples the fit of line shapes uses, and where it begins; what cannot be fitted is refused here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from antistokes import data, units
from antistokes.analysis import curves
from antistokes.analysis.bands import Band, absorption_band, emission_band
from antistokes.analysis.lineshape_model import (
    LEAST_WIDTH_MEV,
    Layout,
    Selection,
    Spectrum,
    sticks_of,
    whitener,
    with_slit,
)
from antistokes.errors import DataError
from antistokes.physics.slit import triangle
from antistokes.units import FloatArray, thermal_energy_mev

FWHM_PER_SD = 2.3548
EMISSION_FLOOR = 0.01  # of its maximum: how far down the emission is fitted
BEYOND_FIRST = 0.5  # of the emission's width: how far beyond the first absorption maximum the window reaches
FEWEST = 12
AROUND_EV = (0.025, 0.035)  # of an excitation: where derivatives of ln absorption are taken, by a polynomial
QUARTIC = 4  # its degree

Window = tuple[float, float] | None


class Chosen(NamedTuple):
    """Spectra in their windows, their temperatures, and what is seen of peaks and widths."""

    spectra: tuple[Spectrum, ...]
    temperatures_k: tuple[float, ...]
    centre_ev: tuple[float, ...]  # between the maxima of emission and absorption, at each temperature
    apart_ev: float | None  # distance of these maxima
    width_mev: float  # of the emission, standard deviation
    warnings: tuple[str, ...]


class _Peak(NamedTuple):
    at_ev: float
    fwhm_ev: float


def choose(
    absorption: xr.Dataset | Sequence[xr.Dataset],
    emission: xr.Dataset | Sequence[xr.Dataset],
    temperature_k: float | None,
    absorption_nm: Window,
    emission_nm: Window,
    exclude_nm: tuple[tuple[float, float], ...],
) -> Chosen:
    """Return what the fit compares; arguments as in :func:`antistokes.analysis.lineshape.fit_lineshape`."""
    emitted, absorbed = _several(emission, "emission"), _several(absorption, "absorption")
    if not emitted:
        raise ValueError("a fit needs one emission spectrum at least.")
    every = [*absorbed, *emitted]
    if temperature_k is not None and len({ds.attrs.get("temperature_k", temperature_k) for ds in every}) > 1:
        stated = "the spectra state several temperatures, and temperature_k is one"
        raise ValueError(f"{stated}: leave it out, or state one in each spectrum.")
    kelvin, other = zip(*(_temperature(ds, temperature_k) for ds in every), strict=True)
    temperatures = tuple(sorted(set(kelvin)))
    bands = [_averaged(absorption_band(ds), ds) for ds in absorbed] + [emission_band(ds) for ds in emitted]
    n = len(absorbed)
    peaks = [_emission_peak(band) for band in bands[n:]]
    beside = [peaks[int(np.argmin([abs(k - kelvin[i]) for k in kelvin[n:]]))] for i in range(n)]
    firsts = [_first_maximum(band, peak) for band, peak in zip(bands[:n], beside, strict=True)]
    warnings = [w for w in other if w] + [w for band in bands for w in band.warnings] + _lonely(kelvin[:n], kelvin[n:])
    spectra = []
    for i, (band, ds) in enumerate(zip(bands, every, strict=True)):
        t, excitation, selection = temperatures.index(kelvin[i]), None, Selection()
        if i < n:
            keep = _edge(band, firsts[i], beside[i], absorption_nm)
        else:
            keep = _emission_window(band, ds, emission_nm, exclude_nm)
            excitation = _unequal_excitation(ds, band, peaks[i - n], firsts)
            if excitation is None:
                selection, unknown = _selection(ds, band, [bands[k] for k in range(n) if kelvin[k] == kelvin[i]])
                warnings += [unknown] if unknown else []
        spectra.append(_spectrum(band.cut(keep), ds, i >= n, t, excitation, selection))
    return Chosen(
        tuple(spectra),
        temperatures,
        tuple(_between(peaks, kelvin[n:], firsts, kelvin[:n], t) for t in temperatures),
        float(np.mean([f.at_ev - p.at_ev for f, p in zip(firsts, beside, strict=True)])) if firsts else None,
        1e3 * peaks[0].fwhm_ev / FWHM_PER_SD,
        tuple(dict.fromkeys(warnings)),
    )


def _lonely(absorbed_k: tuple[float, ...], emitted_k: tuple[float, ...]) -> list[str]:
    """Warn of temperatures that differ between absorption and emission, as of one sample they seldom do."""
    apart = sorted(set(absorbed_k) ^ set(emitted_k)) if absorbed_k else []
    return [f"Only one kind of spectrum was measured at {', '.join(f'{k:g}' for k in apart)} K."] if apart else []


def _averaged(band: Band, ds: xr.Dataset) -> Band:
    """Return the absorption averaged over the slit: an instrument averages the light that comes through instead."""
    path = ds.attrs.get("path_cm") if band.unit == "cm^-1" else units.LN10
    bandpass = float(ds.attrs.get("bandpass_nm", 0.0))
    if not bandpass or path is None or ds.attrs["quantity"] not in ("absorbance", "absorptance", "transmittance"):
        return band
    absorbance = curves.smooth(band.energy_ev, band.value, band.sd).values * path / units.LN10
    offset, weight = triangle(bandpass)
    rising = slice(None, None, -1)
    seen = np.interp(band.wavelength_nm + offset[:, np.newaxis], band.wavelength_nm[rising], absorbance[rising])
    bias = weight @ seen + np.log10(weight @ 10.0**-seen)
    return band._replace(value=band.value + bias * units.LN10 / path)


def _between(
    peaks: list[_Peak],
    peaks_k: tuple[float, ...],
    firsts: list[_Peak],
    firsts_k: tuple[float, ...],
    temperature_k: float,
) -> float:
    """Return the middle of the maxima of emission and absorption at a temperature [eV]."""
    emitted = [p.at_ev for p, k in zip(peaks, peaks_k, strict=True) if k == temperature_k]
    absorbed = [f.at_ev for f, k in zip(firsts, firsts_k, strict=True) if k == temperature_k]
    return float(np.mean([np.mean(found) for found in (emitted, absorbed) if found]))


def starting_point(chosen: Chosen, layout: Layout, share: FloatArray) -> list[FloatArray]:
    """Return where fits begin: the distance of the maxima taken for more and less of the reorganisation energy."""
    kt = thermal_energy_mev(float(np.mean(chosen.temperatures_k)))
    apart = 20.0 if chosen.apart_ev is None else 1e3 * chosen.apart_ev / 2
    starts = []
    for part in (0.5, 1.0):
        at = np.zeros(layout.size)
        at[: layout.reorganisation] = 1e3 * (np.array(chosen.centre_ev) - layout.origin_ev)
        at[layout.reorganisation] = max(part * apart, 3.0)
        at[layout.sticks] = sticks_of(share, layout)
        at[layout.variance] = max(
            chosen.width_mev**2 - 2 * kt * at[layout.reorganisation], (0.2 * chosen.width_mev) ** 2, LEAST_WIDTH_MEV**2
        )
        at[layout.gaps], at[layout.strengths] = max(3 * chosen.width_mev, 80.0), 0.7
        starts.append(at)
    return starts


def _several(given: xr.Dataset | Sequence[xr.Dataset], name: str) -> list[xr.Dataset]:
    found: list[xr.Dataset] = list(given) if isinstance(given, list | tuple) else [given]  # type: ignore[list-item]
    if not all(isinstance(ds, xr.Dataset) for ds in found):
        raise ValueError(f"{name} must be a Dataset (ans.read makes one of a file) or a list of them, found {given!r}.")
    return found


def _temperature(ds: xr.Dataset, stated: float | None) -> tuple[float, str]:
    """Return the temperature of a spectrum, the caller's before the file's, and a warning."""
    own = ds.attrs.get("temperature_k")
    found = own if stated is None else stated
    if found is None:
        raise DataError(
            f"{data.label(ds)}: its temperature is not known, and widths mean nothing without. Give temperature_k."
        )
    if not 4 <= found <= 2000:
        raise DataError(f"{data.label(ds)}: expected a temperature_k of 4 to 2000 K, found {found!r}.")
    if own is None or own == found:
        return float(found), ""
    return float(found), f"{data.label(ds)}: its temperature is taken as {found:g} K as asked, not as {own:g} K."


def _emission_peak(band: Band) -> _Peak:
    """Return maximum and full width of R/E^3."""
    value = band.value / (band.energy_ev / band.energy_ev.mean()) ** 3
    smooth = curves.smooth(band.energy_ev, value, band.sd).values
    top, _ = curves.main_maximum(smooth)
    return _Peak(float(band.energy_ev[top]), _full_width(band.energy_ev, smooth, top))


def _full_width(x: FloatArray, y: FloatArray, top: int) -> float:
    """Full width at half maximum; twice the half that there is where the other is cut off."""
    below = y < y[top] / 2
    right, left = np.flatnonzero(below[top:]), np.flatnonzero(below[:top])
    halves = [float(x[top + right[0]] - x[top])] if right.size else []
    halves += [float(x[top] - x[left[-1]])] if left.size else []
    if not halves:
        raise DataError("the emission nowhere falls to half of its maximum: expected a band, with both its sides.")
    return 2 * float(np.mean(halves))


def _first_maximum(band: Band, emission: _Peak) -> _Peak:
    """Return the maximum of sigma/E next to the emission on its blue side, or a guess where none stands out."""
    value = band.value / band.energy_ev
    smooth = curves.smooth(band.energy_ev, value, band.sd / band.energy_ev).values
    found = curves.first_maximum(band.energy_ev, smooth, band.sd / band.energy_ev, emission.at_ev)
    if found is not None and 0 < band.energy_ev[found[0]] - emission.at_ev < 4 * emission.fwhm_ev:
        return _Peak(float(band.energy_ev[found[0]]), emission.fwhm_ev)
    return _Peak(emission.at_ev + 0.6 * emission.fwhm_ev, emission.fwhm_ev)


def _edge(band: Band, first: _Peak, emission: _Peak, window_nm: Window) -> NDArray[np.bool_]:
    """Return the samples of an absorption edge."""
    e = band.energy_ev
    if e[0] > emission.at_ev or e[-1] < first.at_ev:
        raise DataError(
            f"the spectra do not overlap: {band.name} covers {_span(band)}, and the emission lies at "
            f"{units.wavelength_from_energy(emission.at_ev, band.medium):.1f} nm; expected absorption from its first "
            "maximum through the emission band."
        )
    if window_nm is not None:
        return _inside(band, window_nm, "absorption_nm")
    keep = (e > emission.at_ev - 2.5 * emission.fwhm_ev) & (e < first.at_ev + BEYOND_FIRST * first.fwhm_ev)
    return _enough(keep, band, "its edge")


def _emission_window(
    band: Band, ds: xr.Dataset, window_nm: Window, exclude_nm: tuple[tuple[float, float], ...]
) -> NDArray[np.bool_]:
    """Return the samples of an emission band, without what is excluded; a laser line among them is refused."""
    if window_nm is not None:
        keep = _inside(band, window_nm, "emission_nm")
    else:
        smooth = curves.smooth(band.energy_ev, band.value, band.sd).values
        top, _ = curves.main_maximum(smooth)
        below = top - _length(smooth[top::-1])
        keep = (np.arange(smooth.size) > below) & (np.arange(smooth.size) < top + _length(smooth[top:]))
    for pair in exclude_nm:
        if not (isinstance(pair, list | tuple) and len(pair) == 2 and pair[0] < pair[1]):
            raise ValueError(f"exclude_nm must be a list of pairs (low, high), as [(650, 660)]; found {exclude_nm!r}.")
        low_nm, high_nm = pair
        keep &= ~((band.wavelength_nm >= low_nm) & (band.wavelength_nm <= high_nm))
    laser = ds.attrs.get("excitation_nm")
    if laser is not None:
        nearest = float(np.min(np.abs(band.wavelength_nm[keep] - laser), initial=np.inf))
        step = float(np.max(np.abs(np.gradient(band.wavelength_nm))))
        if nearest < max(2 * step, float(ds.attrs.get("bandpass_nm", 0.0))):
            raise DataError(
                f"{band.name}: the laser line, {laser:g} nm, lies inside the window of the fit, "
                f"{band.wavelength_nm[keep].min():.1f}-{band.wavelength_nm[keep].max():.1f} nm. Leave it out with "
                f"exclude_nm=[({laser - 5:g}, {laser + 5:g})], or cut the spectrum before it with emission_nm."
            )
    return _enough(keep, band, "its window")


def _length(outward: FloatArray) -> int:
    """Return how many samples from its maximum outward a band is itself: until it is faint, or rises again."""
    faint = np.flatnonzero(outward < EMISSION_FLOOR * outward[0])
    end = int(faint[0]) if faint.size else outward.size
    lowest = np.minimum.accumulate(outward[:end])
    risen = np.flatnonzero(outward[:end] > lowest + EMISSION_FLOOR * outward[0])
    return end if not risen.size else int(np.argmin(outward[: risen[0]])) + 1


def _inside(band: Band, window_nm: tuple[float, float], name: str) -> NDArray[np.bool_]:
    if not (isinstance(window_nm, list | tuple) and len(window_nm) == 2 and 0 < window_nm[0] < window_nm[1]):
        raise ValueError(f"{name} must be (low, high) in nm with 0 < low < high, found {window_nm!r}.")
    inside = (band.wavelength_nm >= window_nm[0]) & (band.wavelength_nm <= window_nm[1])
    return _enough(inside, band, f"{name} = {window_nm[0]:g} to {window_nm[1]:g} nm")


def _enough(keep: NDArray[np.bool_], band: Band, where: str) -> NDArray[np.bool_]:
    if keep.sum() < FEWEST:
        raise DataError(
            f"{band.name}: {int(keep.sum())} samples lie in {where}; expected {FEWEST} at least. It covers "
            f"{_span(band)}."
        )
    return np.asarray(keep)


def _unequal_excitation(ds: xr.Dataset, band: Band, peak: _Peak, firsts: list[_Peak]) -> float | None:
    """Return the photon energy of an excitation within the fitted edge or below, where the model knows each dot."""
    laser = ds.attrs.get("excitation_nm")
    if laser is None:
        return None
    edge = max([f.at_ev + BEYOND_FIRST * f.fwhm_ev for f in firsts], default=peak.at_ev + 2 * peak.fwhm_ev)
    energy = float(units.energy_from_wavelength(laser, band.medium))
    return energy if energy < edge else None


def _selection(ds: xr.Dataset, band: Band, absorbed: list[Band]) -> tuple[Selection, str]:
    """Return how ln(absorption / energy) runs at an excitation above the edge; a warning where it is not known.

    The sd of a derivative holds noise, and half of what a wider range of the polynomial changes.
    """
    laser = ds.attrs.get("excitation_nm")
    alike = "all dots are taken as excited alike"
    if laser is None:
        return Selection(known=False), f"{band.name}: its excitation (excitation_nm) is not stated; {alike}."
    energy = float(units.energy_from_wavelength(laser, band.medium))
    for a in absorbed:
        found = [d for around in AROUND_EV if (d := _derivatives(a, energy, around)) is not None]
        if found:
            other = found[1] if len(found) > 1 else found[0]
            sd = np.hypot(found[0][1], (found[0][0] - other[0]) / 2)
            return Selection(_triple(found[0][0]), _triple(sd)), ""
    return Selection(known=False), f"{band.name}: absorption was not measured at its excitation, {laser:g} nm; {alike}."


def _derivatives(a: Band, energy_ev: float, around_ev: float) -> tuple[FloatArray, FloatArray] | None:
    """Return the first three derivatives [1/meV ...] by a polynomial, and their sd; None where too few samples are."""
    near = np.abs(a.energy_ev - energy_ev) < around_ev
    e, value = a.energy_ev[near], a.value[near]
    if near.sum() < QUARTIC + 3 or not e.min() < energy_ev < e.max() or not (value > 0).all():
        return None
    x, relative = (e - energy_ev) / around_ev, np.maximum(a.sd[near] / value, 1e-9)
    matrix = np.vander(x, QUARTIC + 1, increasing=True) / relative[:, np.newaxis]
    inverse = np.linalg.pinv(matrix)
    scale = np.array([1.0, 2.0, 6.0]) / (1e3 * around_ev) ** np.arange(1, 4)
    fitted, sd = inverse @ (np.log(value / e) / relative), np.sqrt(np.sum(inverse**2, axis=1))
    return fitted[1:4] * scale, sd[1:4] * scale


def _triple(values: FloatArray) -> tuple[float, float, float]:
    return float(values[0]), float(values[1]), float(values[2])


def _spectrum(
    band: Band, ds: xr.Dataset, emission: bool, t: int, excitation_ev: float | None, selection: Selection
) -> Spectrum:
    energy, weight = with_slit(band, emission, float(ds.attrs.get("bandpass_nm", 0.0)))
    ones = np.ones(band.value.size)
    if emission and data.spectral_axis(ds) == "wavelength":
        ones = units.nm_per_ev(band.wavelength_nm, band.medium)
    centred = band.energy_ev - band.energy_ev.mean()
    background = np.stack([ones / ones.max()] + ([] if emission else [centred / np.ptp(centred)]), axis=1)
    return Spectrum(band, emission, t, excitation_ev, selection, energy, weight, background, whitener(band))


def _span(band: Band) -> str:
    return f"{band.wavelength_nm.min():.1f}-{band.wavelength_nm.max():.1f} nm"
