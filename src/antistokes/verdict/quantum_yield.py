"""The yields of a study: in an integrating sphere, below the gap against above it, and the power that follows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import xarray as xr

from antistokes import data
from antistokes.analysis.said import Said, joined
from antistokes.verdict import config as settings
from antistokes.verdict import sources
from antistokes.verdict.attempts import Known, light_of, read_of, tried
from antistokes.verdict.verdicts import doubted
from antistokes.verdict.wording import worded

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
MOST_OUTSIDE = 0.975  # of the draws of a yield: where more cannot be, no 95 % interval reaches what can


class YieldResults(NamedTuple):
    """What the tables of yields gave, each absent where it was not measured or could not be analysed."""

    absolute_yield: AbsoluteYield | None = None
    yield_ratio: YieldRatio | None = None
    power_conversion: tuple[PowerConversion, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def contradicted(self) -> tuple[str, ...]:
        """In what the measured yield contradicts itself."""
        return () if self.absolute_yield is None else self.absolute_yield.contradicted

    @property
    def results(self) -> dict[str, Any]:
        """The analyses that were run, by their names; each power conversion with its excitation."""
        found = {"absolute_yield": self.absolute_yield, "yield_ratio": self.yield_ratio}
        at = {f"power_conversion_{p.excitation_nm:.10g}nm": p for p in self.power_conversion}
        return {name: result for name, result in (found | at).items() if result is not None}


class Measured(NamedTuple):
    """The yield that a study goes on with: as stated, or draws of what a sphere gave; and what was said on the way."""

    absolute: AbsoluteYield | None = None
    for_power: Uncertain | FloatArray | None = None
    for_cooling: Uncertain | FloatArray | None = None
    without: str = "No quantum yield is given"
    said: tuple[tuple[str, str], ...] = ()

    @property
    def contradicted(self) -> tuple[str, ...]:
        """In what the measurement contradicts itself."""
        return () if self.absolute is None else self.absolute.contradicted


def measured(k: Known) -> Measured:
    """Return the yield of a study, from its sphere where it has one.

    Power leaves the sample as the light that is observed, so that :class:`PowerConversion` takes the observed yield.
    """
    asked, said = k.config.quantum_yield, Said()
    if asked is None:
        return Measured()
    if asked.sphere is None:
        assert asked.value is not None  # see verdict/yield_rules.py
        return Measured(for_power=(asked.value, asked.sd), for_cooling=(asked.value, asked.sd))
    found = _of_sphere(asked.sphere, k, said)
    if found is None:
        return Measured(without="The sphere gives no quantum yield (see the warnings)", said=tuple(said))
    if asked.self_absorption > 0 and asked.sphere.self_absorption == 0:
        lost = (
            "the observed yield is taken for the internal one, which [yield] self_absorption then lowers once more. "
            "State self_absorption of [yield.sphere]."
        )
        said.append((SPHERE, lost))
    unfit = _unfit(found)
    if unfit is None:
        return Measured(found, found.observed_drawn, found.drawn, said=tuple(said))
    said.append((SPHERE, f"the yield does not go into the cooling window, which is computed without: {unfit}."))
    return Measured(found, found.observed_drawn, None, f"The measured yield is not used, for {unfit}", tuple(said))


def _unfit(found: AbsoluteYield) -> str | None:
    """Say why nothing can be predicted from a yield: most of its draws cannot be one, or nothing bounds it."""
    from antistokes.analysis.draws import UNRESOLVED

    outside = float(np.mean(~((found.drawn >= 0) & (found.drawn <= 1))))
    unresolved = float(np.mean(np.isinf(found.observed_drawn)))
    if unresolved > UNRESOLVED:
        return f"the absorptance is not resolved ({unresolved:.1%} of the draws leave nothing absorbed)"
    if outside >= MOST_OUTSIDE:
        return f"{outside:.1%} of its draws lie outside 0 to 1, where an external yield is"
    return None


def analysed(k: Known, before: Measured, window: CoolingWindow | None, already: Sequence[str]) -> YieldResults:
    """Return all that study.toml has of yields; what cannot be done is a warning that bears the name of its table.

    What the study's analyses of the same spectra have ``already`` warned of is not said again.
    """
    said = list(before.said)
    ratio = _ratio(k, said)
    powers = _powers(k, before, window, said)
    return YieldResults(before.absolute, ratio, powers, worded(joined([s for s in said if s[1] not in already])))


# ---- the sphere


def _of_sphere(asked: settings.SphereSource, k: Known, said: Said) -> AbsoluteYield | None:
    from antistokes.analysis.yields import absolute_yield

    runs = read_of(SPHERE, lambda read: [_run(asked, i, k, read) for i in range(len(asked.run))], k, said)
    if runs is None:
        return None
    correction = k.calibration
    if asked.correction is not None:
        correction = _correction(asked.correction, (asked.laser_nm, asked.emission_nm), k, said)
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
                scan, f"yield.sphere.run {i + 1}.{name} {j}", "sphere", k.folder, k.config.study, read, asked.quantity
            )
            for j, scan in enumerate(files, start=1)
        )

    return data.Sphere(spectra("empty"), spectra("direct"), spectra("indirect"))


def _correction(asked: settings.Factors, bands: Sequence[settings.Range], k: Known, said: Said) -> Calibration | None:
    from antistokes.analysis.factors import response_from_factors

    where = "[yield.sphere.correction]"
    read = read_of(where, lambda read: sources.factors(asked, where.strip("[]"), k.folder, read), k, said)
    if read is None:
        return None
    used = _of_bands(read, bands)
    unsaid: Said = []  # the yield repeats the warnings of its correction
    found = tried(
        where,
        lambda: response_from_factors(
            used,
            gives=asked.gives,  # type: ignore[arg-type]  # see verdict/yield_rules.py
            relative_sd=asked.relative_sd,
            correlation_nm=asked.correlation_nm,
        ),
        unsaid,
    )
    said.extend(unsaid if found is None else [])
    return found


def _of_bands(factors: xr.Dataset, bands: Sequence[settings.Range]) -> xr.Dataset:
    """Leave out factors that are none where no band needs them, so that only those of the bands are warned of."""
    if "wavelength" not in factors.coords or factors["signal"].ndim != 1:
        return factors
    x, known = np.asarray(factors["wavelength"].values), np.asarray(factors["signal"].values) > 0
    needed = np.zeros(x.size, dtype=bool)
    for low, high in bands:  # each from the last factor at or before its begin to the first at or after its end
        before, after = x[known & (x <= low)], x[known & (x >= high)]
        needed |= (x >= max(before, default=-np.inf)) & (x <= min(after, default=np.inf))
    return factors.isel(wavelength=known | needed)


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
            contaminants={c.name: (c.wavelength_nm, c.fraction) for c in asked.contaminant} or None,
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
    asked, g, given = k.config.quantum_yield, k.config.study, known.for_power
    if asked is None or given is None or not g.excitation_nm:
        return ()
    from antistokes.analysis.power_conversion import power_conversion

    again = asked.self_absorption if asked.sphere is None else 0.0
    if again != asked.self_absorption:
        said.append((POWER, "as observed in the sphere; self_absorption of [yield] is that of the sample to cool."))
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
            self_absorption=again,
            exitance_w_per_m2=asked.exitance_w_per_m2,
            temperature_k=float(kelvin or ROOM_K),
            level=g.level,
            seed=g.seed,
        )

    found = [tried(f"{POWER} at {nm:g} nm", partial(at_one, nm), said) for nm in g.excitation_nm]
    return tuple(doubted(p, known.contradicted) for p in found if p is not None)


def _absorbed_by_the_emitter(at: AtExcitation | None, window: CoolingWindow | None) -> Uncertain:
    """Return which share of the absorbed light the emitter absorbs; all of it where no background is stated."""
    lost = None if window is None else window.background_per_cm
    if at is None or lost is None:
        return 1.0
    alpha, both = at.absorption, at.absorption.value + lost.value
    lost_sd = lost.sd if lost.sd > 0 else 0.0  # without uncertainty there is none
    return alpha.value / both, math.hypot(lost.value * alpha.sd, alpha.value * lost_sd) / both**2
