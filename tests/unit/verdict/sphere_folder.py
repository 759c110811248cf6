"""A study folder of the virtual laboratory with an integrating sphere, and light excited below and above the gap."""

from pathlib import Path

import numpy as np
import xarray as xr

from antistokes import data, io
from antistokes.lab import spectra
from antistokes.lab.optics import IDEAL, grating_and_detector
from antistokes.lab.sample import Sample
from antistokes.lab.spectrometer import measure_raw_emission
from antistokes.lab.sphere import IntegratingSphere, SphereTruth, measure_sphere, sphere_truth
from antistokes.physics import presets

SAMPLE = Sample(coupling=presets.preset("cdse-cds-zb").coupling)
LASER_NM, UP_NM, DOWN_NM = 450.0, 640.0, 532.0
SPHERE = IntegratingSphere(IDEAL._replace(emission_bandpass_nm=2.0, counts=1e8, response=grating_and_detector))
MADE = {"concentration": 1.0, "quantum_yield": 0.97}
RUNS, CONFIGURATIONS = 3, ("empty", "indirect", "direct")

PAIR = f"""\
[study]
temperature_k = 300
excitation_nm = [{UP_NM:g}, 655]
[absorption]
file = "abs.csv"
path_cm = 1.0
[emission]
file = "down.csv"
"""
TABLE = """\
[yield.sphere]
laser_nm = [440, 460]
emission_nm = [560, 760]
band_sd = 0.01
correction = { file = "factors.txt", gives = "photons_per_nm", relative_sd = 0.005, correlation_nm = 100 }
"""
RATIO = '[up_emission]\nfile = "up.csv"\n[yield_ratio]\nbaseline_sd = 1e-5\npower_sd = 0.005\ngeometry = "front-face"\n'


def runs(count: int = RUNS, configurations: tuple[str, ...] = CONFIGURATIONS) -> str:
    """Runs as lines of a study.toml."""
    lines = "".join(f'{name} = "{{i}}_{name}.csv"\n' for name in configurations)
    return "".join(f"[[yield.sphere.run]]\n{lines.replace('{i}', str(i))}" for i in range(count))


WHOLE = PAIR + TABLE + runs() + RATIO


def truth() -> SphereTruth:
    """What the sphere should find."""
    return sphere_truth(SAMPLE, SPHERE, LASER_NM, **MADE)


def measured(seed: int = 0) -> dict[str, xr.Dataset]:
    """What the laboratory measures, by the names of the files."""
    rng, nm = np.random.default_rng(seed), np.arange(500.0, 710.5, 1.0)
    found = {"abs.csv": spectra.measure_absorption(SAMPLE, nm, rng, photons=1e9)}
    for name, laser_nm in (("up", UP_NM), ("down", DOWN_NM)):  # as many exciting photons
        by, light = IDEAL._replace(emission_bandpass_nm=1.0, counts=1e8), np.arange(560.0, 760.5, 1.0)
        power = 1e-3 * DOWN_NM / laser_nm
        found[f"{name}.csv"] = corrected(measure_raw_emission(SAMPLE, by, light, laser_nm, rng, power_w=power))
    settings = np.arange(430.0, 780.5, 1.0)
    for i in range(RUNS):
        run = measure_sphere(SAMPLE, SPHERE._replace(drift_sd=2e-3), settings, LASER_NM, rng, **MADE)
        found |= {f"{i}_{name}.csv": getattr(run, name)[0] for name in CONFIGURATIONS}
    return found


def corrected(counts: xr.Dataset) -> xr.Dataset:
    """Counts at response 1 as photons per nm."""
    y, about = counts["signal"].values.astype(float), {k: v for k, v in counts.attrs.items() if k != "quantity"}
    x, sd = counts["wavelength"].values, np.sqrt(np.maximum(y, 1.0))
    return data.build("wavelength", x, y, signal_sd=sd, quantity="photons_per_nm", **about)


def write(folder: Path) -> Path:
    """Write all files, and a study.toml that names them all."""
    for name, ds in measured().items():
        io.write(ds, folder / name)
    nm = np.arange(420.0, 801.0, 10.0)
    rows = "".join(f"{x:g},{1 / y:.8g}\n" for x, y in zip(nm, grating_and_detector(nm), strict=True))
    (folder / "factors.txt").write_text("wavelength (nm),factor\n" + rows, encoding="utf-8")
    (folder / "study.toml").write_text(WHOLE, encoding="utf-8")
    return folder
