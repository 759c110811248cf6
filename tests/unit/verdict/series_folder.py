"""A study folder of the virtual laboratory with every table of the ensemble, small."""

from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from antistokes import io
from antistokes.lab import spectra, spectrometer, stages
from antistokes.lab.sample import Sample
from antistokes.physics import presets

KELVIN = (300.0, 330.0, 360.0)
LASER_NM, DETECTION_NM = 655.0, 632.0
SEEN: dict[str, Any] = {"geometry": "right-angle", "window": (0.45, 0.55)}
SERIES = ("absorption", "up_emission", "emission")

PAIR = f"""\
[study]
temperature_k = 300
excitation_nm = {LASER_NM:g}
[absorption]
file = "abs.csv"
path_cm = 1.0
[emission]
file = "pl.csv"
background_nm = [560, 575]
"""
UP = '[up_emission]\nfile = "ucpl.csv"\nbackground_nm = [560, 575]\n'
PLE = '[ple]\nfile = "ple.csv"\nlamp = "lamp.csv"\nbaseline_sd = 1e-5\norder_filter_nm = 400\n'
POWER = '[power]\nfile = "power.csv"\n'
TEMPERATURE = '[temperature]\nbelow_mev = [50, 25, 75]\nphonon_mev = 25\nsolvent = "toluene"\nbaseline_sd = 1e-5\n'


def steps(name: str, count: int = 2 * len(KELVIN)) -> str:
    """The steps of one series as lines of a study.toml."""
    return "".join(f'[[temperature.{name}]]\nfile = "{name}_{i}.csv"\n' for i in range(count))


WHOLE = PAIR + UP + PLE + POWER + TEMPERATURE + "".join(map(steps, SERIES))


def measured(seed: int = 0) -> dict[str, xr.Dataset]:
    """What the laboratory measures, by the names of the files; an intrinsic sample."""
    sample = Sample(coupling=presets.preset("cdse-cds-zb").coupling)
    rng, nm = np.random.default_rng(seed), np.arange(500.0, 710.5, 1.0)
    light = np.arange(560.0, 760.5, 1.0)
    by, settings = spectrometer.Spectrometer(counts=1e9), np.arange(560.0, 690.5, 2.0)
    found = {
        "abs.csv": spectra.measure_absorption(sample, nm, rng, photons=1e9),
        "pl.csv": spectra.measure_emission(sample, light, rng, excitation_nm=532.0),
        "ucpl.csv": spectra.measure_emission(sample, light, rng, excitation_nm=LASER_NM),
        "ple.csv": spectrometer.measure_ple(sample, by, settings, DETECTION_NM, rng, **SEEN),
        "lamp.csv": spectrometer.measure_lamp(by, settings, rng),
        "power.csv": stages.power_series(sample, np.geomspace(1e-4, 1e-2, 8), LASER_NM, rng),
    }
    by_name = {
        "absorption": stages.temperature_series(sample, KELVIN, rng, wavelength_nm=nm, photons=1e8),
        "up_emission": stages.emission_series(sample, KELVIN, rng, excitation_nm=LASER_NM, power_w=1.0),
        "emission": stages.emission_series(sample, KELVIN, rng, excitation_nm=532.0, power_w=1.0),
    }
    return found | {f"{name}_{i}.csv": ds for name, series in by_name.items() for i, ds in enumerate(series)}


def write(folder: Path) -> Path:
    """Write all files, and a study.toml that names them all."""
    for name, ds in measured().items():
        io.write(ds, folder / name)
    (folder / "study.toml").write_text(WHOLE, encoding="utf-8")
    return folder
