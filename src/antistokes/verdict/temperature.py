"""The temperature series of a study: edge and tail of the absorption, yields, peaks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import xarray as xr

from antistokes.analysis.said import Said
from antistokes.verdict import config as settings
from antistokes.verdict import sources
from antistokes.verdict.attempts import Known, light_of, read_of, tried

if TYPE_CHECKING:  # a study without such series does not wait for the imports
    from antistokes.analysis.shifts import ShiftComparison
    from antistokes.analysis.yield_series import YieldActivation
    from antistokes.physics.inner_filter import Geometry


def of_temperature(k: Known, said: Said) -> dict[str, Any]:
    """Return the results of [temperature] by their names, each None where it could not be had."""
    t = k.config.temperature
    if t is None:
        return {}
    absorption = _steps(t.absorption, "absorption", k, said)
    down, up = (_steps(getattr(t, name), name, k, said) for name in ("emission", "up_emission"))
    found: dict[str, Any] = {}
    if len(t.absorption) > 1:
        found |= _of_edge(t, absorption, k, said)
    for name, of, series in (("yield_activation", "up", up), ("yield_activation_down", "down", down)):
        if series:
            found[name] = _yield(t, series, absorption, of == "up", k, said)
    if up and down:
        found["shift_comparison"] = _shifts(t, up, down, k, said)
    return found


def _of_edge(t: settings.Temperature, absorption: list[xr.Dataset], k: Known, said: Said) -> dict[str, Any]:
    from antistokes.analysis.activation import tail_activation
    from antistokes.analysis.edge_series import track_edge

    g, near = k.config.study, None if k.config.absorption is None else k.config.absorption.near_nm
    edge = tried("Absorption edge over temperature", lambda: track_edge(absorption, near_nm=near, level=g.level), said)
    tail = tried(
        "Absorption tail over temperature",
        lambda: tail_activation(
            absorption,
            t.below_mev,
            phonon_mev=t.phonon_mev,
            coupling=t.coupling,
            near_nm=near,
            baseline_sd=t.baseline_sd,
            common_baseline_sd=t.common_baseline_sd,
            temperature_sd_k=t.temperature_sd_k,
            level=g.level,
        ),
        said,
    )
    return {"edge_series": edge, "tail_activation": tail}


def _yield(
    t: settings.Temperature,
    emission: list[xr.Dataset],
    absorption: list[xr.Dataset],
    is_up: bool,
    k: Known,
    said: Said,
) -> YieldActivation | None:
    what = f"Yield of {'up' if is_up else 'down'}-conversion over temperature"
    if not absorption:
        said.append((what, "not done: it takes the absorption at its excitation, [[temperature.absorption]]."))
        return None
    from antistokes.analysis.yield_series import yield_activation

    many = len(absorption) > 1
    return tried(
        what,
        lambda: yield_activation(
            emission,
            absorption if many else absorption[0],
            geometry=cast("Geometry | None", t.geometry),
            window=t.window,
            solvent=t.solvent,
            absorption_at="each temperature" if many else "one temperature",
            exclude_nm=t.exclude_nm if is_up else (),
            cut_nm=t.cut_nm if is_up else None,
            baseline_sd=t.baseline_sd,
            common_baseline_sd=t.common_baseline_sd,
            level=k.config.study.level,
        ),
        said,
    )


def _shifts(
    t: settings.Temperature, up: list[xr.Dataset], down: list[xr.Dataset], k: Known, said: Said
) -> ShiftComparison | None:
    from antistokes.analysis.shifts import compare_shifts

    g = k.config.study
    return tried(
        "Peak shifts with temperature",
        lambda: compare_shifts(up, down, cut_nm=t.cut_nm, level=g.level, seed=g.seed),
        said,
    )


def _steps(
    listed: tuple[settings.AbsorptionStep, ...] | tuple[settings.EmissionStep, ...],
    name: str,
    k: Known,
    said: Said,
) -> list[xr.Dataset]:
    """Read the spectra of a series; one that cannot be read is named and left out."""
    found = []
    for i, step in enumerate(listed, start=1):
        section = f"temperature.{name} {i}"

        def make(read: sources.Read, step: settings.Source = step, section: str = section) -> xr.Dataset:
            if isinstance(step, settings.EmissionStep):
                return light_of(step, section, k, read)
            return sources.spectrum(step, section, "absorption", k.folder, k.config.study, read)

        ds = read_of(f"[{section}]", make, k, said)
        found += [] if ds is None else [ds]
    return found
