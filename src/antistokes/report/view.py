"""A study as its panels need it: spectra as arrays, ranges to show, and small helpers of display."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from antistokes import units
from antistokes.analysis.bands import Band, absorption_band, emission_band
from antistokes.analysis.reciprocity import Reciprocity
from antistokes.estimate import Estimate
from antistokes.report.panel import Mark, Range
from antistokes.units import FloatArray
from antistokes.verdict.study import Study
from antistokes.verdict.verdicts import doubt


class View(NamedTuple):
    """A study with its spectra as bands, and what several panels need."""

    study: Study
    emission: Band
    absorption: Band | None
    first_maximum: float  # absorption there; what "scaled to 1" means
    first_ev: float
    energy: Range  # photon energies shown first
    temperature_k: float | None
    level: str


def look(study: Study) -> View:
    """Return a study as its panels need it."""
    emission = emission_band(study.emission)
    low, high = float(emission.energy_ev[0]), float(emission.energy_ev[-1])
    temperature, level = study.temperature_k, f"{100 * study.config.study.level:.3g} %"
    if study.absorption is None:
        return View(study, emission, None, 1.0, high, (low, high), temperature, level)
    absorption = absorption_band(study.absorption)
    found = study.absorption_summary and study.absorption_summary.first_peak_ev
    common = (absorption.energy_ev >= low) & (absorption.energy_ev <= high)
    shown = common if common.any() else np.ones_like(common)
    first = float(found.value) if found else float(absorption.energy_ev[shown][np.argmax(absorption.value[shown])])
    top = float(np.interp(first, absorption.energy_ev, absorption.value))
    high = min(max(high, first + 0.25 * (high - low)), max(high, float(absorption.energy_ev[-1])))
    return View(study, emission, absorption, top, first, (low, high), temperature, level)


def contradiction(study: Study) -> str:
    """Return what stands before a caption where the yield behind a figure contradicts itself; empty elsewhere."""
    reasons = study.yields.contradicted
    return f"{doubt(reasons)} " if reasons else ""


def marked(title: str, study: Study) -> str:
    """Mark the title of what rests on the yield where that contradicts itself."""
    return f"{title} (contradicted)" if study.yields.contradicted else title


def window_of(r: Reciprocity) -> str:
    """Return the window of an apparent temperature, without which that means nothing."""
    return f"{r.window_low_ev:.4f}–{r.window_high_ev:.4f} eV"


def positive(y: FloatArray) -> FloatArray:
    """Leave out what a logarithmic axis cannot show."""
    return np.where(np.asarray(y) > 0, y, np.nan)


def series(curves: xr.Dataset, *names: str) -> tuple[FloatArray, ...]:
    """Return variables of a result's curves as arrays."""
    return tuple(np.asarray(curves[name].values, dtype=float) for name in names)


def with_gaps(energy: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Break a line where a range was left out of the fit."""
    step = np.diff(energy)
    gaps = np.flatnonzero(step > 3 * np.median(step)) + 1
    return np.insert(energy, gaps, energy[gaps] - step[gaps - 1] / 2), np.insert(y, gaps, np.nan)


def quiet(sd: FloatArray) -> NDArray[np.bool_]:
    """Samples of a logarithm whose noise still tells something; all of them where none does."""
    shown = np.asarray(np.isfinite(sd) & (sd < 0.5))
    return shown if shown.any() else np.asarray(np.isfinite(sd))


def span(x: FloatArray, margin: float = 0.04) -> Range:
    """Return a range that shows all of ``x`` with some room; never empty."""
    low, high = float(np.nanmin(x)), float(np.nanmax(x))
    room = margin * (high - low) or 0.05 * abs(high) or 1.0
    return low - room, high + room


def lasers(v: View, *, in_ev: bool) -> list[Mark]:
    """Mark the excitations, as wavelength or as photon energy."""
    at = np.asarray(v.study.config.study.excitation_nm, dtype=float)
    name = f"excitation {', '.join(f'{nm:g}' for nm in at)} nm"
    x = units.energy_from_wavelength(at, v.emission.medium) if in_ev else at
    return [Mark(name=name, low=float(low), style="dotdash", role="laser") for low in x]


def edges(blue: Estimate | None, red: Estimate | None, level: str, of: str = "window edges") -> list[Mark]:
    """Mark the edges of a cooling window, as intervals where they have one."""
    marks: list[Mark] = []
    for name, edge in (("blue edge", blue), ("red edge", red)):
        if edge is None:
            continue
        if edge.kind == "value" and np.isfinite([edge.low, edge.high]).all():
            marks.append(Mark(name=f"{of} ({level})", low=edge.low, high=edge.high, role="edge"))
        else:
            marks.append(Mark(name=f"{name} {edge}", low=edge.value, style="dotted", role="edge"))
    return marks
