"""The ensemble's evidence of a study: up-converted light, excitation spectrum, power and temperature series."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import xarray as xr

from antistokes import data
from antistokes.analysis.said import Said
from antistokes.errors import DataError
from antistokes.verdict import config as settings
from antistokes.verdict import sources, verdicts
from antistokes.verdict.attempts import Known, light_of, read_of, tried
from antistokes.verdict.temperature import of_temperature
from antistokes.verdict.wording import worded

if TYPE_CHECKING:  # a study without these tables does not wait for the imports
    from antistokes.analysis.activation import TailActivation
    from antistokes.analysis.comparison import EmissionComparison
    from antistokes.analysis.edge_series import EdgeSeries
    from antistokes.analysis.ple import PleRatio
    from antistokes.analysis.power import PowerLaw
    from antistokes.analysis.purity import PurityBudget
    from antistokes.analysis.red_tail import RedTail
    from antistokes.analysis.shifts import ShiftComparison
    from antistokes.analysis.yield_series import YieldActivation


PURITY, PLE = "Purity of the excitation", "Excitation spectrum"


class EnsembleResults(NamedTuple):
    """What the tables of the ensemble gave, each absent where it was not measured or could not be analysed."""

    emission_comparison: EmissionComparison | None = None
    red_tail: RedTail | None = None
    red_tail_up: RedTail | None = None
    purity: PurityBudget | None = None
    ple_ratio: PleRatio | None = None
    power_law: PowerLaw | None = None
    edge_series: EdgeSeries | None = None
    tail_activation: TailActivation | None = None
    yield_activation: YieldActivation | None = None
    yield_activation_down: YieldActivation | None = None
    shift_comparison: ShiftComparison | None = None
    warnings: tuple[str, ...] = ()

    @property
    def results(self) -> dict[str, Any]:
        """The analyses that were run, by their names."""
        return {k: v for k, v in self._asdict().items() if k != "warnings" and v is not None}


def analysed(known: Known) -> EnsembleResults:
    """Analyse what study.toml has of up-converted light, excitation, power and temperature.

    What cannot be read or analysed is a warning that bears the name of its table; the rest is used.
    """
    said: Said = []
    found: dict[str, Any] = {}
    for of in (_of_up_emission, _of_ple, _of_power, of_temperature):
        found |= of(known, said)
    return EnsembleResults(**found, warnings=worded(said))


def mechanism(found: EnsembleResults) -> verdicts.Verdict:
    """Return the verdict on the mechanism, which does not weigh the series against each other yet."""
    if not found.results:
        return verdicts.mechanism_verdict()
    says = (
        "What each series supports, contradicts or leaves open stands with its numbers; they are not weighed together."
    )
    return verdicts.Verdict(verdict="not weighed yet", says=says)


def _of_up_emission(k: Known, said: Said) -> dict[str, Any]:
    asked, g = k.config.up_emission, k.config.study
    if asked is None:
        return {}
    from antistokes.analysis.comparison import compare_emission

    up = read_of("[up_emission]", lambda read: light_of(asked, "up_emission", k, read), k, said)
    if up is None:
        return {}
    compared = tried(
        "Up- against down-converted emission",
        lambda: compare_emission(
            up,
            k.emission,
            cut_nm=asked.cut_nm,
            exclude_nm=asked.exclude_nm,
            prediction=k.fit,
            level=g.level,
            seed=g.seed,
        ),
        said,
    )
    return {"emission_comparison": compared, **_red_tails(k, asked, up, said), "purity": _purity(k, up, said)}


def _red_tails(k: Known, asked: settings.UpEmissionSource, up: xr.Dataset, said: Said) -> dict[str, Any]:
    """Limit the light in both red tails, where the data reach; behind a short-pass filter there is none to limit."""
    from antistokes.analysis.red_tail import red_tail_limit

    level, asked_down = k.config.study.level, k.config.emission
    tails = {
        "red_tail": tried(
            "Red tail of [emission]",
            lambda: red_tail_limit(k.emission, background_nm=asked_down.background_nm, level=level),
            said,
        )
    }
    exclude, background, cut = asked.exclude_nm or None, asked.background_nm, asked.cut_nm
    tails["red_tail_up"] = tried(
        "Red tail of [up_emission]",
        lambda: red_tail_limit(up, background_nm=background, exclude_nm=exclude, cut_nm=cut, level=level),
        said,
    )
    return {name: tail for name, tail in tails.items() if tail is not None and tail.window_nm is not None}


def _purity(k: Known, up: xr.Dataset, said: Said) -> PurityBudget | None:
    a, laser_nm, g = k.config.absorption, up.attrs.get("excitation_nm"), k.config.study
    if k.absorption is None or a is None or laser_nm is None:
        said.append((PURITY, "not done: it takes [absorption] and excitation_nm of [up_emission]."))
        return None
    from antistokes.analysis.purity import purity_budget

    path_cm = k.absorption.attrs.get("path_cm", a.path_cm)
    absorption = data.with_attrs(k.absorption, path_cm=path_cm)
    return tried(
        PURITY,
        lambda: purity_budget(absorption, float(laser_nm), level=g.level, seed=g.seed),
        said,
    )


def _of_ple(k: Known, said: Said) -> dict[str, Any]:
    asked, g = k.config.ple, k.config.study
    if asked is None:
        return {}
    from antistokes.analysis.ple import ple_ratio

    read = read_of("[ple]", lambda read: _excitation_spectra(asked, k, read), k, said)
    if read is None:
        return {}
    ple, absorption, lamp = read
    if asked.absorption is None and k.config.absorption is not None and k.config.absorption.concentrated is not None:
        stands_in = (
            "held against the dilute scan of [absorption], as if measured on that solution. Name the absorption of its "
            "cuvette under [ple.absorption]."
        )
        said.append((PLE, stands_in))
    ratio = tried(
        PLE,
        lambda: ple_ratio(
            ple,
            absorption,
            window=asked.window,
            order_filter_nm=asked.order_filter_nm,
            lamp=lamp,
            baseline_sd=asked.baseline_sd,
            emission=k.emission,
            level=g.level,
            seed=g.seed,
        ),
        said,
    )
    return {"ple_ratio": ratio}


def _excitation_spectra(
    asked: settings.PleSource, k: Known, read: sources.Read
) -> tuple[xr.Dataset, xr.Dataset, xr.Dataset | None]:
    """Read the excitation spectrum, the absorption it is held against, and its lamp."""
    g, a = k.config.study, k.config.absorption
    ple = sources.spectrum(asked, "ple", "ple", k.folder, g, read)
    lamp = None
    if asked.lamp is not None:
        lamp = sources.spectrum(asked.lamp, "ple.lamp", "emission", k.folder, g, read)
    if asked.absorption is not None:
        absorption = sources.spectrum(asked.absorption, "ple.absorption", "absorption", k.folder, g, read)
    elif a is not None:
        absorption = sources.only_scan(a, k.folder, g, read)
    else:
        raise DataError("it takes an absorption spectrum: add [ple.absorption] or [absorption].")
    return ple, absorption, lamp


def _of_power(k: Known, said: Said) -> dict[str, Any]:
    asked = k.config.power
    if asked is None:
        return {}
    from antistokes.analysis.power import power_law

    series = read_of("[power]", lambda read: sources.power_series(asked, k.folder, read), k, said)
    if series is None:
        return {}
    return {"power_law": tried("Power series", lambda: power_law(series, level=k.config.study.level), said)}
