"""Where one of two spectra has no light though the other one has: it ended early, or is dark as behind a filter."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import xarray as xr

from antistokes import data, units
from antistokes.analysis.bands import Band, emission_band
from antistokes.analysis.comparison_window import without
from antistokes.analysis.completion import complete_emission
from antistokes.analysis.ratio_doubts import of_filled
from antistokes.analysis.ratio_equality import Doubt
from antistokes.analysis.ratio_pair import WORTH, exciting_ev, light_between, light_of_completed, lost_ranges
from antistokes.analysis.yield_points import Windows
from antistokes.errors import DataError, FitError
from antistokes.physics.moments import integration_weights

CLEAR = 3.0  # standard deviations at which light stands above noise
DARK = 0.5  # of the other's light: a band that is moved by 5 meV keeps .76 of it; assumed
LEVEL = 0.5  # of its beginning: light that ends higher is no wing of a band; assumed
WALK = 0.7 * 0.85 ** np.arange(32)  # shares of the light beyond, down to .0045


class Missing(NamedTuple):
    """Where a spectrum has no light though the other one has, and how much of the other's that is [eV, 1]."""

    energy_ev: float
    share: float


class Whole(NamedTuple):
    """An up-converted spectrum with what is lost of it filled in, what was done, and what could not be done."""

    spectrum: xr.Dataset
    notes: list[str]
    doubts: list[Doubt]


def outer_share(ds: xr.Dataset, low_ev: float = -np.inf, high_ev: float = np.inf) -> tuple[float, float]:
    """Return the share of the light of a spectrum that is redder or bluer than a range, and its uncertainty [1]."""
    return _outside(_band(ds), low_ev, high_ev)


def _band(ds: xr.Dataset) -> Band:
    return emission_band(without(ds, lost_ranges(ds, ()), np.inf))


def _outside(band: Band, low_ev: float, high_ev: float = np.inf) -> tuple[float, float]:
    total = integration_weights(band.energy_ev)
    within = integration_weights(band.energy_ev, low_ev, high_ev)
    light = float(total @ band.value)
    share = 1 - float(within @ band.value) / light
    return share, band.variance_of((total * (1 - share) - within) / light) ** 0.5


def filled_share(whole: xr.Dataset) -> float:
    """Return the share of the light of a spectrum that was filled in from another one; 0 where nothing was [1]."""
    said = data.json_attr(whole, "corrections", {}).get("completion")
    if said is None:
        return 0.0
    band = emission_band(whole)
    ends = [sorted(units.energy_from_wavelength(np.array(r), band.medium)) for r in said["replaced_nm"]]
    filled = sum(float(integration_weights(band.energy_ev, low, high) @ band.value) for low, high in ends)
    return filled / float(integration_weights(band.energy_ev) @ band.value)


def ends_of(ds: xr.Dataset, other: xr.Dataset) -> tuple[Missing | None, Missing | None]:
    """Return where a spectrum ends on the red side and begins on the blue one though the other one has light beyond.

    None where that is no more than noise or less than what counts.
    """
    energy, band = data.wavelength_and_energy(ds)[1], _band(other)
    red, blue = (float(energy.min()), float(energy.max()))
    found = [(red, *_outside(band, red)), (blue, *_outside(band, -np.inf, blue))]
    first, second = (Missing(at, s) if s > max(WORTH, CLEAR * sd) else None for at, s, sd in found)
    return first, second


def is_level(ds: xr.Dataset, energy_ev: float) -> bool:
    """Tell whether the light redder than a photon energy goes on as it begins: a background, no wing of a band."""
    band = _band(ds)
    edges = np.linspace(band.energy_ev[0], energy_ev, 4)
    last, first = (float(integration_weights(band.energy_ev, edges[k], edges[k + 1]) @ band.value) for k in (0, 2))
    return last > LEVEL * first


def dark_from(up: xr.Dataset, down: xr.Dataset) -> Missing | None:
    """Return from where on the red wing a spectrum has less than half of the other's light; None where it never has.

    Compared is what both cover, as it lies.
    """
    first, second = _band(up), _band(down)
    low, high = (f(first.energy_ev[k], second.energy_ev[k]) for f, k in ((max, 0), (min, -1)))
    first, second = (b.cut((b.energy_ev >= low) & (b.energy_ev <= high)) for b in (first, second))
    if min(first.energy_ev.size, second.energy_ev.size) < 3:
        return None
    for at, _ in _wing(second):  # from beyond the maximum on
        own, noise = _outside(first, at)
        share, sd = _outside(second, at)
        if own < DARK * share and share - own > max(WORTH, CLEAR * float(np.hypot(noise, sd))):
            return Missing(at, share)
    return None


def _wing(band: Band) -> Iterator[tuple[float, float]]:
    """Walk down the red wing: photon energies beyond which lie less and less of the light, and how much."""
    redder = np.array([float(integration_weights(band.energy_ev, high=e) @ band.value) for e in band.energy_ev])
    rising = np.maximum.accumulate(redder / redder[-1])
    for share in WALK:
        yield float(np.interp(share, rising, band.energy_ev)), float(share)


def completed(up: xr.Dataset, down: xr.Dataset, cut_nm: float | None, exclude_nm: Windows) -> Whole:
    """Return the up-converted spectrum with what is lost of it filled in, and what was done.

    Where nobody states a filter, one is looked for; what cannot be filled in then is a doubt and no error.
    """
    if exciting_ev(up) >= exciting_ev(down):
        raise DataError(
            f"up is excited at {up.attrs['excitation_nm']:g} nm, down at {down.attrs['excitation_nm']:g} nm: are they "
            "swapped? Expected the excitation below the gap first, at the longer wavelength."
        )
    if "completion" in data.json_attr(up, "corrections", {}):
        return Whole(up, of_filled(filled_share(up)), [])
    if cut_nm is not None:
        return _filled(up, down, cut_nm, exclude_nm)
    dark = dark_from(up, down)
    tried = _beyond_end(up, down, exclude_nm) if dark is None else _behind_filter(up, down, dark, exclude_nm)
    if tried is not None and tried.spectrum is not up:
        return tried
    lost = lost_ranges(up, exclude_nm)
    rest = _filled(up, down, None, exclude_nm) if lost else Whole(up, [], [])
    return rest if tried is None else Whole(rest.spectrum, [*tried.notes, *rest.notes], tried.doubts)


def _filled(up: xr.Dataset, down: xr.Dataset, cut_nm: float | None, exclude_nm: Windows) -> Whole:
    whole = complete_emission(up, down, cut_nm, exclude_nm=exclude_nm)
    return Whole(whole, [*of_filled(filled_share(whole)), *data.notes_of(whole)[len(data.notes_of(up)) :]], [])


def _behind_filter(up: xr.Dataset, down: xr.Dataset, dark: Missing, exclude_nm: Windows) -> Whole:
    """Fill in from where the other one has twice the light beyond: a filter begins to take before it has taken half."""
    words = (
        f"up has less than half of the light of down beyond {_nm(dark.energy_ev, up):.0f} nm, as behind a filter that "
        "is not stated"
    )
    cut_nm = _cuts_nm(up, down, 2 * dark.share)
    told = f"{words}: what is missing is filled in from {cut_nm:.0f} nm on. State cut_nm."
    return _guessed(up, down, (cut_nm, _cuts_nm(up, down, 4 * dark.share)), dark.share, (words, told), exclude_nm)


def _beyond_end(up: xr.Dataset, down: xr.Dataset, exclude_nm: Windows) -> Whole | None:
    """Fill in beyond a red end; None where the spectrum does not end early."""
    end, _ = ends_of(up, down)
    if end is None or is_level(down, end.energy_ev):
        return None
    end_nm = _nm(end.energy_ev, up)
    words = f"up ends at {end_nm:.1f} nm, where down still has light"
    told = f"{words}: what is missing is filled in as behind a filter there. Measure further, or state cut_nm."
    cut_nm = end_nm + float(up.attrs.get("bandpass_nm", 0.0))  # no filter stands there whose cut slits would blur
    cuts_nm = cut_nm, _cuts_nm(up, down, 2 * end.share)
    found = _guessed(up, down, cuts_nm, 2 * end.share, (words, told), exclude_nm)
    return found._replace(doubts=[]) if found.spectrum is up else found  # what is missing then of_ends tells


def _guessed(
    up: xr.Dataset,
    down: xr.Dataset,
    cuts_nm: tuple[float, float],
    share: float,
    words: tuple[str, str],
    exclude_nm: Windows,
) -> Whole:
    """Fill in from a cut that nobody stated, and from another one further on the blue side.

    Where light grows by that, something takes of it there already, and how much is a doubt; so it is where nothing can
    be filled in, or where no room is left to see it.
    """
    why, told = words
    doubt = Doubt(f"{why}, and down has {share:.1%} of its light around there", 1.0, _more(share))
    try:
        found = _filled(up, down, cuts_nm[0], exclude_nm)
    except (DataError, FitError) as error:
        return Whole(up, [f"{why}; it could not be filled in: {error}"], [doubt])
    sharp = _same_light(up, down, found.spectrum, cuts_nm[1], exclude_nm)
    return Whole(found.spectrum, [told, *found.notes], [] if sharp else [doubt])


def _same_light(up: xr.Dataset, down: xr.Dataset, found: xr.Dataset, cut_nm: float, exclude_nm: Windows) -> bool:
    """Tell whether a spectrum has the same light where it is filled in from further on the blue side."""
    try:
        other = complete_emission(up, down, cut_nm, exclude_nm=exclude_nm)
    except (DataError, FitError):
        return False
    first, second = (light_of_completed(ds, up, None) for ds in (found, other))
    measured = light_between(up, "up", exclude_nm)  # the sd of what is filled in holds more than noise
    return abs(second.photons / first.photons - 1) < max(WORTH, CLEAR * measured.sd / measured.photons)


def _cuts_nm(up: xr.Dataset, down: xr.Dataset, share: float) -> float:
    """Return beyond which wavelength, in the medium of the first, the other spectrum has a share of its light [nm]."""
    return _nm(next(e for e, redder in _wing(_band(down)) if redder <= share), up)


def _nm(energy_ev: float, ds: xr.Dataset) -> float:
    return float(units.wavelength_from_energy(energy_ev, ds.attrs.get("medium", "air")))


def _more(share: float) -> float:
    """Return by how much light grows that lacks a share of the whole."""
    return 1 / (1 - min(max(share, 0.0), 0.999))


def of_ends(whole: xr.Dataset, up: xr.Dataset, down: xr.Dataset) -> dict[str, list[Doubt]]:
    """Return, by spectrum, what it does that it does not go as far as the light of the other one, on either side."""
    told: dict[str, list[Doubt]] = {"up": [], "down": []}
    for name, ds, other, of in (("up", whole, down, "down"), ("down", down, up, "up")):
        for end, verb in zip(ends_of(ds, other), ("ends", "begins"), strict=True):
            if end is not None:
                at = f"{name} {verb} at {_nm(end.energy_ev, ds):.0f} nm"
                words = f"{at}, and {of} has {end.share:.1%} of its light beyond"
                if verb == "ends" and is_level(other, end.energy_ev):
                    words += ", level as a background that is not subtracted"
                more = _more(end.share)
                told[name].append(Doubt(words, 1.0, more) if name == "up" else Doubt(words, 1 / more, 1.0))
    return told
