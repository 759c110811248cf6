"""Studies of the virtual laboratory, each run once."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from antistokes import data, io, units
from antistokes.physics.planck import blackbody_photons_per_ev
from antistokes.verdict.study import Study, study
from antistokes.verdict.virtual import simulate_pair
from tests.unit.verdict import series_folder, sphere_folder

EVIL = 'dots <script>alert("x")</script> & [bold]co'

CROSS_SECTION = """
[absorption]
file = "cross_section.csv"
number_density_per_cm3 = 1e16

[emission]
file = "emission.csv"

[yield]
value = 0.99
sd = 0.005
"""

CALIBRATED = """
[emission]
file = "counts.csv"
dark = "dark.csv"

[calibration]
file = "lamp.csv"
dark = "dark.csv"
certificate = { file = "certificate.csv" }

[absorption]"""


@pytest.fixture(scope="session")
def studies(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Study]:
    """The demo study, and the ones in which something is missing or bad."""
    folder = tmp_path_factory.mktemp("report") / "demo"
    text = (simulate_pair(folder) / "study.toml").read_text(encoding="utf-8")
    plain = text.partition("[lineshape]")[0]
    texts = {
        "whole": text,
        "heats": plain.replace("value = 0.99", "value = 0.7"),
        "no yield": re.sub(r"\[yield\][^\[]*", "", plain),
        "emission": f"[study]\nname = '{EVIL}'\nexcitation_nm = [660, 671]\n[emission]\nfile = 'emission.csv'\n",
    }
    texts["cross-section"] = plain.split("[absorption]")[0].replace("660", "640") + CROSS_SECTION
    texts["calibrated"] = plain.replace('[emission]\nfile = "emission.csv"\n', "").replace(
        "[absorption]", CALIBRATED, 1
    )
    io.write(cross_section(folder), folder / "cross_section.csv")
    for name, ds in uncorrected(folder).items():
        io.write(ds, folder / name)
    found = {name: study(written(folder, f"{name}.toml", t)) for name, t in texts.items()}
    found["series"] = study(series_folder.write(tmp_path_factory.mktemp("series")))
    return found | {"sphere": study(sphere_folder.write(tmp_path_factory.mktemp("sphere")))}


def cross_section(folder: Path) -> xr.Dataset:
    """The dilute absorption as a cross-section, as small as they are."""
    ds = io.read(folder / "absorption_dilute.csv")
    keep = ds.isel(wavelength=ds["wavelength"].values < 650)
    signal = 1e-16 * (keep["signal"].values - 0.002)
    return data.build("wavelength", keep["wavelength"], signal, kind="absorption", quantity="cross_section_cm2")


def uncorrected(folder: Path) -> dict[str, xr.Dataset]:
    """The emission in counts, as a spectrometer that is weak in the red gives it, a lamp seen by it, and its dark."""
    light = io.read(folder / "emission.csv")
    nm, rng = light["wavelength"].values, np.random.default_rng(0)
    response = np.exp(-0.5 * ((nm - 590) / 70) ** 2) * (1 + 0.05 * np.sin(nm / 8))
    energy = units.energy_from_wavelength(nm)
    lamp = blackbody_photons_per_ev(energy, 2900.0) / units.nm_per_ev(nm)
    made = {
        "counts.csv": light["signal"].values * response + 500,
        "lamp.csv": rng.poisson(2e4 * lamp * response / (lamp * response).max()) + 500.0,
        "dark.csv": 500 + 3 * rng.standard_normal(nm.size),
    }
    seen = {
        name: data.build("wavelength", nm, y, quantity="counts", kind="emission", medium="air", integration_time_s=2.0)
        for name, y in made.items()
    }
    power = (lamp * energy)[::40]
    sd = power * (0.005 + 0.01 * np.abs(nm[::40] - 650) / 90)
    about = {"quantity": "power_per_nm", "kind": "emission", "medium": "air"}
    return seen | {"certificate.csv": data.build("wavelength", nm[::40], power, signal_sd=sd, **about)}


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path
