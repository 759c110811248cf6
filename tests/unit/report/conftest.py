"""Studies of the virtual laboratory, each run once."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import xarray as xr

from antistokes import data, io
from antistokes.verdict.study import Study, study
from antistokes.verdict.virtual import simulate_pair

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


@pytest.fixture(scope="session")
def studies(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Study]:
    """The demo study, and the ones in which something is missing or bad."""
    folder = tmp_path_factory.mktemp("report") / "demo"
    text = (simulate_pair(folder) / "study.toml").read_text(encoding="utf-8")
    texts = {
        "whole": text,
        "heats": text.replace("value = 0.99", "value = 0.7"),
        "no yield": re.sub(r"\[yield\][^\[]*", "", text),
        "emission": f"[study]\nname = '{EVIL}'\nexcitation_nm = [660, 671]\n[emission]\nfile = 'emission.csv'\n",
    }
    texts["cross-section"] = text.split("[absorption]")[0].replace("660", "640") + CROSS_SECTION
    io.write(cross_section(folder), folder / "cross_section.csv")
    return {name: study(written(folder, f"{name}.toml", t)) for name, t in texts.items()}


def cross_section(folder: Path) -> xr.Dataset:
    """The dilute absorption as a cross-section, as small as they are."""
    ds = io.read(folder / "absorption_dilute.csv")
    keep = ds.isel(wavelength=ds["wavelength"].values < 650)
    signal = 1e-16 * (keep["signal"].values - 0.002)
    return data.build("wavelength", keep["wavelength"], signal, kind="absorption", quantity="cross_section_cm2")


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path
