"""A dilute and a concentrated absorption spectrum become one; what that buys in the tail."""

import numpy as np

import antistokes as ans
from antistokes.lab import spectra as lab

RATIO, TRANSPARENT_NM = 30.0, (705.0, 760.0)
sample = lab.Sample()
wavelength = np.arange(480.0, 760.5, 1.0)
rng = np.random.default_rng(0)
dilute = lab.measure_absorption(sample, wavelength, rng, offset=0.002)
concentrated = lab.measure_absorption(sample, wavelength, rng, concentration=RATIO, offset=0.003, scattering=0.004)

splice = ans.splice_absorption(dilute, concentrated, transparent_nm=TRANSPARENT_NM, scattering=True)
print(f"scale: {splice.scale}, joined at {splice.join_nm:g} nm, reduced chi-square {splice.misfit.value:.2f}")
for name, value in splice.parameters.items():
    print(f"  {name}: {value}")


def error_at(nm, ds, truth):
    """Measured over true absorbance, minus one, averaged over 5 nm."""
    near = slice(nm - 2.5, nm + 2.5)
    measured = ds["signal"].sel(wavelength=near)
    energy = ans.units.energy_from_wavelength(measured["wavelength"].values)
    return float(np.mean(measured.values) / np.mean(truth(energy)) - 1)


def true_dilute(energy_ev):
    return sample.alpha_per_cm(energy_ev) / ans.units.LN10


def true_concentrated(energy_ev):
    return RATIO * true_dilute(energy_ev)


for nm in (620.0, 645.0, 660.0, 670.0):
    alone, joined = error_at(nm, dilute, true_dilute), error_at(nm, splice.absorption, true_concentrated)
    print(f"{nm:g} nm: error of the dilute scan {alone:8.1%}, of the joined one {joined:8.1%}")

# What it shows, against the truth.
assert splice.misfit.value < 1.5
assert abs(splice.scale.value - RATIO) < min(3.3 * splice.scale.sd, 0.005 * RATIO)
assert abs(error_at(620.0, splice.absorption, true_concentrated)) < 0.01
assert abs(error_at(660.0, splice.absorption, true_concentrated)) < 0.05
assert abs(error_at(670.0, dilute, true_dilute)) > 10 * abs(error_at(670.0, splice.absorption, true_concentrated))

# Baselines are shared by all samples of the tail: averaging does not make their uncertainty smaller.
tail = splice.absorption.sel(wavelength=slice(650.0, 700.0))
independent = float(np.sqrt(np.sum(tail["signal_sd"] ** 2)) / tail["signal"].size)
shared = float(np.sqrt(np.sum(tail["signal_modes"].mean("wavelength") ** 2)))
print(f"mean of 650-700 nm: independent noise {independent:.1e}, shared uncertainty {shared:.1e}")
assert shared > independent
