"""The line shape of a study: fitted where study.toml asks for it, with what it predicts beyond the data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import xarray as xr

from antistokes import data
from antistokes.analysis.cooling import CoolingWindow
from antistokes.analysis.gain import EnergyGain
from antistokes.errors import DataError, FitError
from antistokes.estimate import Estimate
from antistokes.verdict import config as settings

if TYPE_CHECKING:  # a study that does not fit does not wait for the import
    from antistokes.analysis.lineshape import LineshapeFit
    from antistokes.analysis.lineshape_tail import LineshapeTail

SAME_NM = 1.0  # excitations that are no further apart are one
TRY = (
    "Try fewer higher_states, free_skewness = false, or windows without what is no edge or no band (absorption_nm, "
    "emission_nm), under [lineshape] in study.toml."
)


class Fitted(NamedTuple):
    """A fit and its prediction, each absent where there is none, and why."""

    fit: LineshapeFit | None = None
    tail: LineshapeTail | None = None
    warnings: tuple[str, ...] = ()


def fitted(
    config: settings.Config,
    absorption: xr.Dataset | None,
    emission: xr.Dataset,
    temperature_k: float | None,
    window: CoolingWindow | None,
) -> Fitted:
    """Return the fitted line shape of a study and its prediction; what fails is a warning, the study goes on."""
    if config.lineshape is None:
        return Fitted()
    try:
        fit = _fit(config, config.lineshape, absorption, emission, temperature_k)
    except FitError as error:
        return Fitted(warnings=(f"Line shape not fitted: {error}. {TRY}",))
    except ValueError as error:  # a DataError is such
        return Fitted(warnings=(f"Line shape not fitted: {error}",))
    try:
        tail = _tail(config, fit, window)
    except ValueError as error:
        why = f"Nothing is predicted from the line shape beyond the data: {error}"
        return Fitted(fit, warnings=(*fit.warnings, why))
    return Fitted(fit, tail, (*fit.warnings, *tail.warnings))


def _fit(
    config: settings.Config,
    asked: settings.Lineshape,
    absorption: xr.Dataset | None,
    emission: xr.Dataset,
    temperature_k: float | None,
) -> LineshapeFit:
    from antistokes.analysis.lineshape import fit_lineshape

    if absorption is None:
        raise DataError("it takes an absorption and an emission spectrum. Add [absorption], or leave [lineshape] out.")
    if temperature_k is None:
        raise DataError(
            "the temperature of the sample is not known, and widths mean nothing without. State temperature_k in "
            "[study] of study.toml, or --temperature on the command line."
        )
    return fit_lineshape(
        data.with_attrs(absorption, temperature_k=temperature_k),  # the study's overrules that of a file
        data.with_attrs(emission, temperature_k=temperature_k),
        coupling=asked.coupling,
        free_shares=asked.free_shares,
        free_skewness=asked.free_skewness,
        higher_states=asked.higher_states,
        absorption_nm=asked.absorption_nm,
        emission_nm=asked.emission_nm,
        exclude_nm=asked.exclude_nm,
        baseline=asked.baseline,
        level=config.study.level,
    )


def _tail(config: settings.Config, fit: LineshapeFit, window: CoolingWindow | None) -> LineshapeTail:
    from antistokes.analysis.lineshape_tail import predict_tail

    stated = None if window is None else window.external_yield
    lost = None if window is None else window.background_per_cm
    return predict_tail(
        fit,
        excitation_nm=config.study.excitation_nm,
        external_yield=None if stated is None else _pair(stated),
        background_per_cm=0.0 if lost is None else _pair(lost),
        seed=config.study.seed,
    )


def unequal_gains(gains: Sequence[EnergyGain], tail: LineshapeTail | None, emission: xr.Dataset) -> tuple[str, ...]:
    """Warn where the gain of the measured emission and that of light excited in the tail differ beyond intervals."""
    if tail is None:
        return ()
    stated = emission.attrs.get("excitation_nm")
    warnings = []
    for g in gains:
        measured, predicted = g.mean_mev, tail.gain_mev[f"gain by mean, {g.excitation_nm:g} nm"]
        if not (measured.low > predicted.high or measured.high < predicted.low):
            continue
        here = stated is not None and abs(stated - g.excitation_nm) < SAME_NM
        where = "whose excitation is not stated" if stated is None else f"excited at {stated:g} nm"
        why = (
            "Both are of the same excitation: the line shape does not hold for this light, or another sample gave it."
            if here
            else "Unequal dots excited in the tail emit redder: the second is that of up-conversion, as far as the "
            "line shape holds."
        )
        warnings.append(
            f"Two gains by mean at {g.excitation_nm:g} nm: {measured} is that of the measured emission, {where}; "
            f"{predicted} is predicted for light excited at {g.excitation_nm:g} nm. {why}"
        )
    return tuple(warnings)


def _pair(e: Estimate) -> tuple[float, float]:
    """Return value and standard uncertainty; 0 where it has none."""
    return e.value, e.sd if e.sd > 0 else 0.0
