"""Study folders of the virtual laboratory, with a known truth."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from antistokes import io
from antistokes.analysis.reciprocity import reciprocity
from antistokes.errors import ReadError
from antistokes.lab import spectra as lab
from antistokes.physics import presets

_STUDY = """\
# A simulated study. The truth is in truth.json; documented in docs/study-toml.md.

[study]
name = "virtual CdSe/CdS dots, 632 nm"
temperature_k = 300
excitation_nm = [660]

[absorption]
file = "absorption_dilute.csv"
path_cm = 1.0
transparent_nm = [705, 760]  # nothing absorbs here: fixes the baselines
scattering = true

[absorption.concentrated]  # the same sample, 30 times as concentrated: its tail
file = "absorption_concentrated.csv"

[emission]
file = "emission.csv"

[yield]
value = 0.99
sd = 0.005
self_absorption = 0.1  # assumed: a thin cell

[background]
per_cm = 2e-4  # at the concentration of the concentrated sample
sd = 5e-5

[lineshape]
coupling = "cdse-cds-zb"
"""


def simulate_pair(folder: str | Path, seed: int = 0) -> Path:
    """Write a folder as a laboratory would leave it: three spectra and a study.toml, and the truth beside them.

    Parameters
    ----------
    folder : path-like
        Where to write; made if absent.
    seed : int
        Seed of all noise.

    Returns
    -------
    Path
        The folder.
    """
    out = Path(folder)
    if out.is_dir() and any(out.iterdir()) and not (out / "truth.json").exists():
        found = ", ".join(sorted(p.name for p in out.iterdir())[:5])
        raise ReadError(out, "", "a new or empty folder, or an earlier simulation", found, "Name another folder.")
    out.mkdir(parents=True, exist_ok=True)
    sample = lab.Sample(coupling=presets.preset("cdse-cds-zb").coupling)
    dilute, concentrated, emission = (np.random.default_rng(s) for s in np.random.SeedSequence(seed).spawn(3))
    wavelength = np.arange(460.0, 760.5, 1.0)
    first = lab.measure_absorption(sample, wavelength, dilute, offset=0.002)
    second = lab.measure_absorption(
        sample, wavelength, concentrated, concentration=30.0, offset=0.003, scattering=0.004
    )
    light = lab.measure_emission(sample, np.arange(560.0, 740.25, 0.5), emission, excitation_nm=532.0)
    io.write(first, out / "absorption_dilute.csv")
    io.write(second, out / "absorption_concentrated.csv")
    io.write(light, out / "emission.csv")
    (out / "study.toml").write_text(_STUDY, encoding="utf-8")
    (out / "truth.json").write_text(json.dumps(_truth(sample), indent=2) + "\n", encoding="utf-8")
    return out


def _truth(sample: lab.Sample) -> dict[str, float]:
    absorption, emission = lab.absorption_and_emission(sample, photons=np.inf, peak_photons=np.inf)
    balance = reciprocity(absorption, emission)
    return {
        "e00_ev": sample.e00_ev,
        "reorganisation_mev": sample.reorganisation_mev,
        "inhomogeneous_width_mev": sample.inhomogeneous_width_mev,
        "temperature_k": sample.temperature_k,
        "apparent_temperature_k": balance.temperature_k.value,
        "window_low_ev": balance.window_low_ev,
        "window_high_ev": balance.window_high_ev,
        "concentration_ratio": 30.0,
        "quantum_yield": 0.99,
        "self_absorption": 0.1,
        "background_per_cm": 2e-4,
    }
