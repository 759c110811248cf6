"""Run everything the data of a study allow."""

from __future__ import annotations

import hashlib
import importlib.metadata
import platform
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import xarray as xr

from antistokes import data
from antistokes.analysis.calibration import Calibration
from antistokes.analysis.cooling import CoolingWindow, cooling_window
from antistokes.analysis.gain import EnergyGain, energy_gain
from antistokes.analysis.reciprocity import Reciprocity, reciprocity
from antistokes.analysis.spectra import AbsorptionSummary, EmissionSummary, describe_absorption, describe_emission
from antistokes.analysis.splice import Splice
from antistokes.verdict import config as settings
from antistokes.verdict import ensemble, lineshape, quantum_yield, sources, verdicts
from antistokes.verdict.attempts import Known
from antistokes.verdict.wording import worst_first

if TYPE_CHECKING:  # see verdict/lineshape.py
    from antistokes.analysis.lineshape import LineshapeFit
    from antistokes.analysis.lineshape_tail import LineshapeTail


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Study:
    """Everything a study found: results, evidence, the two verdicts, and what made them."""

    name: str
    config: settings.Config
    emission: xr.Dataset
    absorption: xr.Dataset | None
    temperature_k: float | None
    emission_summary: EmissionSummary
    absorption_summary: AbsorptionSummary | None
    gains: tuple[EnergyGain, ...]
    splice: Splice | None
    calibration: Calibration | None
    reciprocity: Reciprocity | None
    cooling_window: CoolingWindow | None
    lineshape: LineshapeFit | None
    lineshape_tail: LineshapeTail | None
    ensemble: ensemble.EnsembleResults
    yields: quantum_yield.YieldResults
    evidence: tuple[verdicts.Evidence, ...]
    mechanism: verdicts.Verdict
    cooling: verdicts.Verdict
    inputs: tuple[dict[str, Any], ...]
    notes: tuple[str, ...]
    warnings: tuple[str, ...]
    margins: dict[str, Any] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)

    @property
    def results(self) -> dict[str, Any]:
        """The analyses that were run, by the names they have here; each energy gain with its excitation."""
        first = ("emission_summary", "absorption_summary", "calibration", "splice", "reciprocity", "cooling_window")
        names = (*first, "lineshape", "lineshape_tail")
        found = {name: getattr(self, name) for name in names if getattr(self, name) is not None}
        gains = {f"energy_gain_{g.excitation_nm:.10g}nm": g for g in self.gains}
        return found | gains | self.ensemble.results | self.yields.results

    def __repr__(self) -> str:
        return f"<Study {self.name!r}: mechanism {self.mechanism.verdict}; cooling {self.cooling.verdict}>"


def study(folder: str | Path) -> Study:
    """Run a study folder: everything that its study.toml and its data allow.

    Parameters
    ----------
    folder : path-like
        A folder with a study.toml (made by ``antistokes init``), or the path of a study.toml.

    Returns
    -------
    Study
        Results, evidence and the two verdicts. Nothing is written; see ``write_results`` and ``write_report``.

    Raises
    ------
    ReadError
        When there is no study.toml, or a file in it cannot be read.
    """
    path = Path(folder)
    path = path if path.suffix == ".toml" else path / "study.toml"
    return run(settings.load(path), path.parent)


def run(config: settings.Config, folder: Path) -> Study:
    """Run a study from its Config; file names are relative to ``folder``."""
    g = config.study
    read = sources.Read([], [])
    emission, calibration = sources.emission(config, folder, read)
    absorption, splice = sources.absorption(config, folder, read)
    temperature = _temperature(config, absorption, emission)
    summary = describe_emission(emission, level=g.level, seed=g.seed)
    a = config.absorption
    near = a.near_nm if a else None
    gains = _gains(config, absorption, emission)
    known = Known(config, folder, read, emission, calibration, absorption, None)
    measured = quantum_yield.measured(known)
    balance, window, absorption_summary, warnings = None, None, None, []
    if a is not None and absorption is not None:
        absorption_summary = describe_absorption(
            absorption, near_nm=near or summary.peak_nm.value, level=g.level, seed=g.seed
        )
        balance, window = _pair(config, absorption, emission, temperature, measured)
    found = [r for r in (calibration, summary, absorption_summary, *gains, splice, balance, window) if r is not None]
    shape = lineshape.fitted(config, absorption, emission, temperature, window)
    warnings += [w for r in (*found, shape) for w in r.warnings]
    warnings += lineshape.unequal_gains(gains, shape.tail, emission)
    known = known._replace(fit=shape.fit)
    series, yields = ensemble.analysed(known), quantum_yield.analysed(known, measured, window, warnings)
    warnings += [*series.warnings, *yields.warnings]
    rules, counts = verdicts.margins(), emission.attrs["quantity"] == "counts"
    evidence = () if balance is None else (verdicts.detailed_balance(balance, temperature, rules, counts),)
    cooling = verdicts.cooling_verdict(window, rules, balance, counts, temperature, measured.without)
    cooling = verdicts.with_contradictions(verdicts.with_doubts(cooling, evidence), measured.contradicted)
    return Study(
        name=g.name or folder.resolve().name,
        config=config,
        emission=emission,
        absorption=absorption,
        temperature_k=temperature,
        emission_summary=summary,
        absorption_summary=absorption_summary,
        gains=gains,
        splice=splice,
        calibration=calibration,
        reciprocity=balance,
        cooling_window=verdicts.doubted(window, measured.contradicted),
        lineshape=shape.fit,
        lineshape_tail=shape.tail,
        ensemble=series,
        yields=yields,
        evidence=evidence,
        mechanism=ensemble.mechanism(series),
        cooling=cooling,
        inputs=tuple(_provenance(p, folder) for p in dict.fromkeys(read.files)),
        notes=_notes(read, emission, absorption),
        warnings=worst_first(warnings),
        margins=rules,
        versions=_versions(),
    )


def _gains(config: settings.Config, absorption: xr.Dataset | None, emission: xr.Dataset) -> tuple[EnergyGain, ...]:
    g, a = config.study, config.absorption
    return tuple(
        energy_gain(
            emission,
            x,
            absorption,
            detection_floor=config.emission.detection_floor,
            near_nm=a.near_nm if a else None,
            level=g.level,
            seed=g.seed,
        )
        for x in g.excitation_nm
    )


def _pair(
    config: settings.Config,
    absorption: xr.Dataset,
    emission: xr.Dataset,
    temperature_k: float | None,
    measured: quantum_yield.Measured,
) -> tuple[Reciprocity, CoolingWindow]:
    g, a, y, b = config.study, config.absorption, config.quantum_yield, config.background
    assert a is not None
    balance = reciprocity(
        absorption,
        emission,
        temperature_k=temperature_k,
        window_fraction=g.window_fraction,
        near_nm=a.near_nm,
        level=g.level,
        seed=g.seed,
    )
    window = cooling_window(
        absorption,
        emission,
        quantum_yield=measured.for_cooling,
        self_absorption=0.0 if y is None else y.self_absorption,
        background_per_cm=None if b is None else (b.per_cm, b.sd),
        path_cm=a.path_cm if a.concentrated is None else None,  # a joined spectrum carries its own
        number_density_per_cm3=a.number_density_per_cm3,
        excitation_nm=g.excitation_nm,
        level=g.level,
        draws=g.draws,
        seed=g.seed,
    )
    return balance, window


def _temperature(config: settings.Config, absorption: xr.Dataset | None, emission: xr.Dataset) -> float | None:
    stated = [config.study.temperature_k, emission.attrs.get("temperature_k")]
    stated += [] if absorption is None else [absorption.attrs.get("temperature_k")]
    return next((float(t) for t in stated if t is not None), None)


def _notes(read: sources.Read, *datasets: xr.Dataset | None) -> tuple[str, ...]:
    """Return the notes of everything that was read, then of what was made of it, each once."""
    made = [f"{data.label(ds)}: {note}" for ds in datasets if ds is not None for note in data.notes_of(ds)]
    return tuple(dict.fromkeys([*read.notes, *made]))


def _provenance(path: Path, folder: Path) -> dict[str, Any]:
    content = path.read_bytes()
    name = path.relative_to(folder) if path.is_relative_to(folder) else path
    return {"file": str(name), "sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}


def _versions() -> dict[str, str]:
    packages = ("antistokes", "bokeh", "numpy", "scipy", "xarray")
    return {"python": platform.python_version(), **{p: importlib.metadata.version(p) for p in packages}}
