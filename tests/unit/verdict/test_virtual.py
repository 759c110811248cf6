"""One sample in two path lengths: the joined spectrum is on the scale of the longer one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import antistokes as ans
from antistokes import units
from antistokes.lab import spectra as lab


@pytest.mark.parametrize("stated", [True, False])
def test_two_path_lengths(tmp_path: Path, stated: bool) -> None:
    sample, x = lab.Sample(absorption_per_cm=12.0), np.arange(560.0, 760.5, 1.0)
    for name, path in (("short", 0.1), ("long", 3.0)):
        ds = lab.measure_absorption(sample, x, np.random.default_rng(int(10 * path)), path_cm=path)
        if not stated:
            del ds.attrs["path_cm"]
        ans.write(ds, tmp_path / f"{name}.csv")
    ans.write(lab.measure_emission(sample, np.arange(570.0, 720.0), np.random.default_rng(1)), tmp_path / "pl.csv")
    (tmp_path / "study.toml").write_text(
        f"""
[study]
excitation_nm = 655
[emission]
file = "pl.csv"
[absorption]
file = "short.csv"
{"" if stated else "path_cm = 3.0"}
[absorption.concentrated]
file = "long.csv"
""",
        encoding="utf-8",
    )
    found = ans.study(tmp_path)
    alpha = float(sample.alpha_per_cm(units.energy_from_wavelength(655.0)))
    assert found.cooling_window.at[0].absorption.unit == "cm^-1"
    assert found.cooling_window.at[0].absorption.value == pytest.approx(alpha, rel=0.03)
