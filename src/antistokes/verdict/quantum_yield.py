"""The yields of a study: in an integrating sphere, below the gap against above it, and the power that follows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import xarray as xr

from antistokes import data
from antistokes.verdict import config as settings
from antistokes.verdict import sources
from antistokes.verdict.attempts import Known, Said, light_of, read_of, tried, worded

if TYPE_CHECKING:  # a study without these tables does not wait for the imports
    from antistokes.analysis.calibration import Calibration
    from antistokes.analysis.cooling import AtExcitation, CoolingWindow
    from antistokes.analysis.power_conversion import PowerConversion
    from antistokes.analysis.sphere_result import AbsoluteYield
    from antistokes.analysis.uncertain import Uncertain
    from antistokes.analysis.yield_ratio import YieldRatio
    from antistokes.units import FloatArray

SPHERE, RATIO, POWER = "[yield.sphere]", "[yield_ratio]", "Power conversion"
ROOM_K = 300.0


class YieldResults(NamedTuple):
    """What the tables of yields gave, each absent where it was not measured or could not be analysed."""

    absolute_yield: AbsoluteYield | None = None
    yield_ratio: YieldRatio | None = None
    power_conversion: tuple[PowerConversion, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def results(self) -> dict[str, Any]:
        """The analyses that were run, by their names; each power conversion with its excitation."""
        found = {"absolute_yield": self.absolute_yield, "yield_ratio": self.yield_ratio}
        at = {f"power_conversion_{p.excitation_nm:.10g}nm": p for p in self.power_conversion}
        return {name: result for name, result in (found | at).items() if result is not None}


class Measured(NamedTuple):
    """The yield that a study goes on with: as stated, or draws of what a sphere gave; and what was said on the way."""

    absolute: AbsoluteYield | None
    known: Uncertain | FloatArray | None
    for_cooling: Uncertain | FloatArray | None
    said: Said


def measured(k: Known) -> Measured:
    """Return the yield of a study, from its sphere where it has one."""
    asked, said = k.config.quantum_yield, Said()
    if asked is None:
        return Measured(None, None, None, said)
    if asked.sphere is None:
        assert asked.value is not None  # see verdict/yield_rules.py
        return Measured(None, (asked.value, asked.sd), (asked.value, asked.sd), said)
    found = _of_sphere(asked.sphere, k, said)
    if found is None:
        return Measured(None, None, None, said)
    if asked.self_absorption > 0 and asked.sphere.self_absorption == 0:
        lost = (
            "the observed yield is taken for the internal one, which [yield] self_absorption then lowers once more. "
            "State self_absorption of [yield.sphere]."
        )
        said.append((SPHERE, lost))
    possible = bool(np.any((found.drawn >= 0) & (found.drawn <= 1)))
    if not possible:
        none = "no draw of the yield lies between 0 and 1: the cooling window is computed without a yield."
        said.append((SPHERE, none))
    return Measured(found, found.drawn, found.drawn if possible else None, said)


def analysed(k: Known, before: Measured, window: CoolingWindow | None, already: Sequence[str]) -> YieldResults:
    """Return all that study.toml has of yields; what cannot be done is a warning that bears the name of its table.

    What the study's analyses of the same spectra have ``already`` warned of is not said again.
    """
    said = list(before.said)
    ratio = _ratio(k, said)
    powers = _powers(k, before, window, said)
    return YieldResults(before.absolute, ratio, powers, worded([s for s in said if s[1] not in already]))


# ---- the sphere


def _of_sphere(asked: settings.SphereSource, k: Known, said: Said) -> AbsoluteYield | None:
    from antistokes.analysis.yields import absolute_yield

    runs = read_of(SPHERE, lambda read: [_run(asked, i, k, read) for i in range(len(asked.run))], k, said)
    if runs is None:
        return None
    correction = k.calibration
    if asked.correction is not None:
        correction = _correction(asked.correction, k, said)
        if correction is None:
            return None
    return tried(
        SPHERE,
        lambda: absolute_yield(
            runs,
            laser_nm=asked.laser_nm,
            emission_nm=asked.emission_nm,
            correction=correction,
            band_sd=asked.band_sd,
            laser_sd=asked.laser_sd,
            emission_sd=asked.emission_sd,
            drift_sd=asked.drift_sd,
            laser_transmission=(asked.laser_transmission, asked.laser_transmission_sd),
            self_absorption=(asked.self_absorption, asked.self_absorption_sd),
            method=asked.method,  # type: ignore[arg-type]  # see verdict/yield_rules.py
            level=k.config.study.level,
            seed=k.config.study.seed,
        ),
        said,
    )


def _run(asked: settings.SphereSource, i: int, k: Known, read: sources.Read) -> data.Sphere:
    """Read the spectra of one run."""

    def spectra(name: str) -> tuple[xr.Dataset, ...]:
        files: tuple[settings.SphereScan, ...] = getattr(asked.run[i], name)
        return tuple(
            sources.spectrum(
                replace(scan, quantity=scan.quantity or asked.quantity),
                f"yield.sphere.run {i + 1}.{name} {j}",
                "sphere",
                k.folder,
                k.config.study,
                read,
            )
            for j, scan in enumerate(files, start=1)
        )

    return data.Sphere(spectra("empty"), spectra("direct"), spectra("indirect"))


def _correction(asked: settings.Factors, k: Known, said: Said) -> Calibration | None:
    from antistokes.analysis.factors import response_from_factors

    where = "[yield.sphere.correction]"
    read = read_of(where, lambda read: sources.factors(asked, where.strip("[]"), k.folder, read), k, said)
    if read is None:
        return None
    unsaid: Said = []  # the yield repeats the warnings of its correction
    found = tried(
        where,
        lambda: response_from_factors(
            read,
            gives=asked.gives,  # type: ignore[arg-type]  # see verdict/yield_rules.py
            relative_sd=asked.relative_sd,
            correlation_nm=asked.correlation_nm,
        ),
        unsaid,
    )
    said.extend(unsaid if found is None else [])
    return found


# ---- below the gap against above it


def _ratio(k: Known, said: Said) -> YieldRatio | None:
    asked, light, g = k.config.yield_ratio, k.config.up_emission, k.config.study
    if asked is None:
        return None
    if light is None:
        said.append((RATIO, "not done: it takes [up_emission]."))
        return None
    from antistokes.analysis.yield_ratio import yield_ratio

    read = read_of(
        RATIO, lambda read: (light_of(light, "up_emission", k, read), _absorption(asked, k, read, said)), k, said
    )
    if read is None:
        return None
    up, absorption = read
    pairs = ((asked.up_absorptance, asked.up_absorptance_sd), (asked.down_absorptance, asked.down_absorptance_sd))
    above, below = (None if value is None else (value, sd) for value, sd in pairs)
    return tried(
        RATIO,
        lambda: yield_ratio(
            _powered(up, asked.up_power_w),
            _powered(k.emission, asked.down_power_w),
            absorption,
            up_absorptance=above,
            down_absorptance=below,
            power_sd=asked.power_sd,
            stray_sd=asked.stray_sd,
            inner_filter_sd=asked.inner_filter_sd,
            linearity_sd=asked.linearity_sd,
            baseline_sd=asked.baseline_sd,
            geometry=asked.geometry,  # type: ignore[arg-type]  # see verdict/yield_rules.py
            window=asked.window,
            solvent=asked.solvent,
            cut_nm=light.cut_nm,
            exclude_nm=light.exclude_nm,
            margin=asked.margin,
            level=g.level,
            seed=g.seed,
        ),
        said,
    )


def _powered(ds: xr.Dataset, power_w: float | None) -> xr.Dataset:
    return ds if power_w is None else data.with_attrs(ds, power_w=power_w)


def _absorption(asked: settings.YieldRatioSource, k: Known, read: sources.Read, said: Said) -> xr.Dataset | None:
    """Read the absorption of the cuvette: its own table, or the scan of the study."""
    g, a = k.config.study, k.config.absorption
    if asked.absorption is not None:
        return sources.spectrum(asked.absorption, "yield_ratio.absorption", "absorption", k.folder, g, read)
    if a is None:
        return None
    if a.concentrated is not None and None in (asked.up_absorptance, asked.down_absorptance):
        stands_in = (
            "the dilute scan of [absorption] stands for the cuvette in which the light was measured. Name that one's "
            "absorption under [yield_ratio.absorption]."
        )
        said.append((RATIO, stands_in))
    return sources.only_scan(a, k.folder, g, read)


# ---- power


def _powers(k: Known, known: Measured, window: CoolingWindow | None, said: Said) -> tuple[PowerConversion, ...]:
    asked, g, given = k.config.quantum_yield, k.config.study, known.known
    if asked is None or given is None or not g.excitation_nm:
        return ()
    from antistokes.analysis.power_conversion import power_conversion

    kelvin = g.temperature_k or k.emission.attrs.get("temperature_k")
    if kelvin is None:
        said.append((POWER, f"the temperature of the sample is not stated: the bounds are those of {ROOM_K:g} K."))
    at = {} if window is None else {a.excitation_nm: a for a in window.at}

    def at_one(nm: float) -> PowerConversion:
        return power_conversion(
            k.emission,
            nm,
            quantum_yield=given,
            absorption_efficiency=_absorbed_by_the_emitter(at.get(nm), window),
            self_absorption=asked.self_absorption,
            temperature_k=float(kelvin or ROOM_K),
            level=g.level,
            seed=g.seed,
        )

    found = [tried(f"{POWER} at {nm:g} nm", partial(at_one, nm), said) for nm in g.excitation_nm]
    return tuple(p for p in found if p is not None)


def _absorbed_by_the_emitter(at: AtExcitation | None, window: CoolingWindow | None) -> Uncertain:
    """Return which share of the absorbed light the emitter absorbs; all of it where no background is stated."""
    lost = None if window is None else window.background_per_cm
    if at is None or lost is None:
        return 1.0
    alpha, both = at.absorption, at.absorption.value + lost.value
    lost_sd = lost.sd if lost.sd > 0 else 0.0  # without uncertainty there is none
    return alpha.value / both, math.hypot(lost.value * alpha.sd, alpha.value * lost_sd) / both**2
