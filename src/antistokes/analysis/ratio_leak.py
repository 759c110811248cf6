"""Leaked light in a ratio of yields: what it may fake, as a doubt of one side that is not corrected for."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import xarray as xr

from antistokes import units
from antistokes.analysis.bands import absorption_band
from antistokes.analysis.draws import TOGETHER
from antistokes.analysis.purity import PurityBudget, purity_budget
from antistokes.analysis.uncertain import Uncertain
from antistokes.analysis.yield_points import Light, unsaturated
from antistokes.estimate import Estimate

FAKED = 0.01  # of the signal: from here on a leak is flagged
LEAKED = "leaked light (one-sided)"


def purity_of(
    absorption: xr.Dataset | None,
    lights: tuple[Light, Light],
    up_absorptance: Uncertain | None,
    contaminants: Mapping[str, tuple[float, float]] | None,
    baseline_sd: float,
    level: float,
    seed: int,
) -> tuple[PurityBudget | None, list[str]]:
    """Return what leaked light may fake of the up-converted signal, and words about that."""
    if absorption is None:
        if contaminants is not None:
            raise ValueError("contaminants ask for the absorption spectrum: what they excite depends on it.")
        return None, ["Without an absorption spectrum it is not known which leak of the exciting light would matter."]
    kept = unsaturated(absorption, [lights[0].excitation_ev])
    band = absorption_band(kept)
    at = float(units.wavelength_from_energy(lights[0].excitation_ev, band.medium))
    found = purity_budget(
        kept,
        at,
        absorptance=up_absorptance,
        contaminants=contaminants,
        signal_share=FAKED,
        baseline_sd=baseline_sd,
        level=level,
        seed=seed,
    )
    guessed = contaminants is None  # then where they lie is a guess, and no matter for a warning
    said = [w for w in found.warnings if not (guessed and "lies outside the data" in w)]
    return found, [w for w in said if w not in band.warnings]


def with_leak(budget: dict[str, Estimate], purity: PurityBudget | None) -> dict[str, Estimate]:
    """Put the share that leaks may fake before the last row."""
    if purity is None or purity.faked_share is None:
        return budget
    low, value, high = (
        100.0 if np.isinf(s) else 100 * s / (1 + s)
        for s in (purity.faked_share.low, purity.faked_share.value, purity.faked_share.high)
    )
    how = "by as much the ratio is too high if the stated leaks are there; not corrected for, not in the last row"
    row = Estimate(value, low=low, high=high, level=purity.faked_share.level, unit="%", how=how)
    last = budget[TOGETHER]
    return {**{k: v for k, v in budget.items() if k != TOGETHER}, LEAKED: row, TOGETHER: last}


def allowed(purity: PurityBudget | None) -> list[str]:
    """Say which leak would fake a hundredth of the signal, where nobody stated any."""
    if purity is None or purity.faked_share is not None:
        return []
    told = [
        f"{leak.allowed_fraction.value:.1e} for {leak.title} ({leak.wavelength_nm:.0f} nm)" for leak in purity.leaks
    ]
    return [
        f"A leak fakes {FAKED:.0%} of the signal from these fractions of the exciting photons on: {', '.join(told)}."
    ]
