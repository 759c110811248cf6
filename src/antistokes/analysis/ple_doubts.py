"""What the comparison of an excitation spectrum with absorption takes for granted, said with its size."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import xarray as xr

from antistokes import units
from antistokes.analysis.bands import emission_band
from antistokes.analysis.curves import smooth
from antistokes.analysis.ple_ranges import Range, Ranges
from antistokes.analysis.ple_signal import Absorbance, Measured, Signal, absorbance_at, predicted
from antistokes.physics.inner_filter import Geometry
from antistokes.units import FloatArray, Medium

ASSUMED_REACH_NM = 5.0  # of a slit that nobody stated; assumed
ASSUMED_OFFSET = 1e-3  # of the absorbance, where nobody stated one: what a double-beam instrument leaves; assumed
WORTH_SAYING = 0.005  # of the ratio
OFF_PEAK = 0.99  # of the maximum of the emission, 1.4 nm beside it at 38 nm width; assumed


class Setting(NamedTuple):
    """What is declared of the instrument; bandpasses and order filter [nm] are 0 where nobody stated one."""

    geometry: Geometry
    window: tuple[float, float]
    window_declared: bool
    detection_nm: float
    bandpass_nm: float
    detection_bandpass_nm: float
    order_filter_nm: float

    @property
    def reach_nm(self) -> Range:
        """How far light reaches beside the nominal wavelength of excitation and detection: a triangle's half base."""
        excitation = self.bandpass_nm or ASSUMED_REACH_NM
        return excitation, self.detection_bandpass_nm or excitation


def doubts_of(
    m: Measured, a: Absorbance, f: Signal, r: Ranges, s: Setting, corrected: bool, margin: float
) -> list[str]:
    """Return what was taken for granted, with what it would do to the ratio of yields."""
    out = []
    if not corrected:
        out.append(f"{m.name}: no lamp was given; the excitation spectrum is taken as divided by the exciting photons.")
    if not s.bandpass_nm:
        out.append(
            f"{m.name}: no bandpass is stated; the prediction is not averaged over a slit, and scatter is masked "
            f"within {sum(s.reach_nm):g} nm (assumed)."
        )
    elif not s.detection_bandpass_nm:
        out.append(
            f"{m.name}: the bandpass of the detection is taken as that of the excitation, {s.bandpass_nm:g} nm: "
            f"scatter is masked within {sum(s.reach_nm):g} nm. Set its attribute detection_bandpass_nm, in code only."
        )
    if s.geometry == "right-angle" and not s.window_declared:
        near, _ = predicted(a, m.wavelength_nm, m.medium, 0.0, s.geometry, (0.45, 0.45))
        middle, _ = predicted(a, m.wavelength_nm, m.medium, 0.0, s.geometry, s.window)
        out.append(
            f"{m.name}: the detector is taken to see the middle of the path. Were it .05 of the path nearer the front, "
            f"the ratio would be {100 * _change(middle.value, near.value, r):+.1f} % off; state window."
        )
    if not a.offset_known:
        change = _change(f.value, f.value + ASSUMED_OFFSET * math.log(10), r)
        out.append(
            f"{a.name}: the baseline of the absorption is taken as exact. An offset of {ASSUMED_OFFSET:g} would move "
            f"the ratio by about {100 * abs(change):.1f} %; state baseline_sd."
        )
    return out + _of_slits(m, a, f, r, s) + _of_second_order(m, a, f, r, s, margin) + _of_reabsorption(m, a, f, r, s)


def _change(before: FloatArray, after: FloatArray, r: Ranges) -> float:
    """Return by how much the ratio is off where the signal goes as ``after`` and the prediction as ``before``."""
    return float(after[r.up].sum() / before[r.up].sum() * before[r.down].sum() / after[r.down].sum() - 1)


def _of_slits(m: Measured, a: Absorbance, f: Signal, r: Ranges, s: Setting) -> list[str]:
    if not a.bandpass_nm <= s.bandpass_nm:
        wider = math.sqrt(a.bandpass_nm**2 - s.bandpass_nm**2)
        again, known = predicted(a, m.wavelength_nm, m.medium, wider, s.geometry, s.window)
        change = _change(f.value, np.where(known, again.value, f.value), r)
        return [
            f"{a.name}: its bandpass, {a.bandpass_nm:g} nm, is wider than that of the excitation, {s.bandpass_nm:g} "
            f"nm. It is not sharpened; the ratio is off by about {-100 * change:+.1f} %."
        ]
    if s.bandpass_nm and not a.bandpass_nm:
        again, known = predicted(a, m.wavelength_nm, m.medium, 0.0, s.geometry, s.window)
        change = _change(f.value, np.where(known, again.value, f.value), r)
        if abs(change) > WORTH_SAYING:
            return [
                f"{a.name}: no bandpass is stated; it is taken as narrow. Were it that of the excitation, the ratio "
                f"would be {100 * change:+.1f} % off."
            ]
    return []


def _of_second_order(m: Measured, a: Absorbance, f: Signal, r: Ranges, s: Setting, margin: float) -> list[str]:
    """Return how much light of half the wavelength would fake the margin, where no filter blocks it."""
    if s.order_filter_nm >= r.up_nm[1] / 2:
        return []
    half, known = predicted(a, m.wavelength_nm[r.up] / 2, m.medium, 0.0, s.geometry, s.window)
    excited = np.where(known, half.value, np.max(f.value[r.down]))
    leak = margin * float(f.value[r.up].sum() / excited.sum())
    return [
        f"{m.name}: no filter is stated that keeps light of {r.up_nm[0] / 2:.0f}-{r.up_nm[1] / 2:.0f} nm, the second "
        f"order of the excitation of up-conversion, from the sample: {leak:.1g} of the exciting photons would raise "
        f"the ratio by {margin:g}. State order_filter_nm."
    ]


def _of_reabsorption(m: Measured, a: Absorbance, f: Signal, r: Ranges, s: Setting) -> list[str]:
    """Return what reabsorption on the way out does at the front face, where the way is as long as the depth."""
    if s.geometry != "front-face":
        return []
    out = absorbance_at(a, float(units.energy_from_wavelength(s.detection_nm, m.medium)))
    if not out > 0:
        return []
    deep = -np.log10(np.maximum(1 - f.value, 1e-9))
    total = deep + out
    change = _change(f.value, deep * -np.expm1(-math.log(10) * total) / total, r)
    if abs(change) < WORTH_SAYING:
        return []
    return [
        f"{a.name}: at the detection the absorbance is {out:.2g}. If the emission leaves straight through the front "
        f"face, reabsorption moves the ratio by {100 * change:+.1f} %, which is not corrected; dilute, or detect "
        "further red."
    ]


def doubts_of_detection(emission: xr.Dataset | None, detection_nm: float, medium: Medium) -> list[str]:
    """Return whether the detection stands beside the maximum of the emission, where it selects dots."""
    sizes = "Unequal dots: one detection wavelength sees some more than others, and each excitation has its own mix."
    size = "For a spread of 10 meV the ratio is 3 % low at the maximum and moves by 2 % per nm beside it."
    if emission is None:
        return [f"{sizes} {size} Whether {detection_nm:g} nm is the maximum was not looked at: give the emission."]
    band = emission_band(emission)
    per_nm = band.value / units.nm_per_ev(band.wavelength_nm, band.medium)
    smoothed = smooth(band.energy_ev, per_nm, band.sd / units.nm_per_ev(band.wavelength_nm, band.medium)).values
    at = float(units.energy_from_wavelength(detection_nm, medium))
    top = int(np.argmax(smoothed))
    height = float(np.interp(at, band.energy_ev, smoothed, left=0.0, right=0.0)) / float(smoothed[top])
    if height >= OFF_PEAK:
        return []
    return [
        f"{sizes} {size} The detection, {detection_nm:g} nm, stands beside the maximum, {band.wavelength_nm[top]:.1f} "
        f"nm, at {height:.0%} of it."
    ]
