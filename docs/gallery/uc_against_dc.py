"""An up-converted spectrum behind a short-pass filter: compared where both are seen, then completed for its energy."""

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

import antistokes as ans
from antistokes.lab import spectra as lab
from antistokes.physics import ensemble, presets
from antistokes.physics.ensemble import Ensemble
from antistokes.physics.moments import mean_energy

CUT_NM, LASER_NM = 642.0, 660.0
coupling = presets.preset("cdse-cds-zb").coupling
sample = lab.Sample(e00_ev=1.9833, coupling=coupling, inhomogeneous_width_mev=6.0)
dots = Ensemble(1.9833, coupling, 300.0, ensemble.gaussian_shifts(6.0, 121), lab.CDSE_STATES, "tilted")
wavelength, rng = np.arange(560.0, 730.25, 0.5), np.random.default_rng(0)

# 400 nm excites all dots alike, 660 nm the red ones more; a filter takes what is red of 642 nm but some of the laser.
down = lab.measure_emission(sample, wavelength, rng, excitation_nm=400.0, peak_photons=1e5)
whole = lab.measure_emission(sample, wavelength, rng, excitation_nm=LASER_NM, peak_photons=1e4)
passed = 1 / (1 + np.exp((wavelength - CUT_NM - 5) / 0.6))
scattered = 6e3 * np.exp(-0.5 * (wavelength - LASER_NM) ** 2)
up = whole.assign(signal=("wavelength", whole["signal"].values * passed + scattered, whole["signal"].attrs))

bare = ans.compare_emission(up, down, cut_nm=CUT_NM)
found = ans.compare_emission(up, down, cut_nm=CUT_NM, prediction=dots)
print(found.claim)
print(f"shift {found.shift_mev}, predicted {found.predicted_shift_mev}; width ratio {found.width_ratio}")
print(f"overlap {found.overlap}, moved as predicted {found.moved_overlap}")

completed = ans.complete_emission(up, down, CUT_NM)
ends = ans.units.energy_from_wavelength(wavelength[[-1, 0]])
grid = np.linspace(*ends, 4001)
laser_ev = ans.units.energy_from_wavelength(LASER_NM)
truth = 1e3 * (mean_energy(grid, sample.photons_per_ev(grid, LASER_NM)) - laser_ev)
gain = ans.energy_gain(completed, LASER_NM).mean_mev
left_cut = ans.energy_gain(up.sel(wavelength=slice(None, CUT_NM)), LASER_NM).mean_mev
print(f"gain by mean: true {truth:.2f}, completed {gain}, left cut {left_cut}")

# What it shows: the shift is that of unequal dots; against no shift it is a difference; a cut spectrum gains too much.
assert [test.outcome for test in found.tests] == ["supports", "supports"]
assert bare.tests[0].outcome == "contradicts"
assert abs(found.shift_mev.value - found.predicted_shift_mev.value) < 4 * found.shift_mev.sd
assert gain.low < truth < gain.high
assert left_cut.value > truth + 5

blue, red, green, grey = "#0072B2", "#D55E00", "#009E73", "0.6"
fig, (top, right) = plt.subplots(1, 2, figsize=(11, 4.4), layout="constrained", width_ratios=(1.25, 1))
scale = float(completed["signal"].max())
top.axvspan(*found.window_nm, color="0.94", lw=0, label="common window")
top.plot(wavelength, down["signal"] / down["signal"].max(), color=blue, lw=1.2, label="DCPL, 400 nm")
top.plot(wavelength, up["signal"] / scale, color=red, lw=0.8, label="UCPL, 660 nm, as measured")
lost = completed.sel(wavelength=slice(CUT_NM, None))
sd = np.sqrt(lost["signal_sd"] ** 2 + (lost["signal_modes"] ** 2).sum("mode")) / scale
top.plot(lost["wavelength"], lost["signal"] / scale, "--", color=green, label="filled in, ±10 s.d.")
filled = lost["signal"] / scale
top.fill_between(lost["wavelength"], filled - 10 * sd, filled + 10 * sd, color=green, alpha=0.25, lw=0)
text = (
    f"gain by mean (meV)\ntrue {truth:.1f}\ncompleted {gain.value:.1f} ± {gain.sd:.1f}\nleft cut {left_cut.value:.1f}"
)
top.text(0.98, 0.55, text, transform=top.transAxes, ha="right", va="top")
top.set(xlim=(570, 710), ylim=(-0.03, 1.25), xlabel="wavelength (nm)", ylabel="photons per nm, relative")
top.legend(frameon=False, loc="upper right", fontsize=9)
curves = found.curves
noise = curves["up_sd"]
right.axhline(0, color=grey, lw=0.8)
right.plot(curves["wavelength"], (curves["up"] - curves["down"]) / noise, ".", ms=4, color=blue, label="as it stands")
right.plot(
    curves["wavelength"], (curves["up"] - curves["model"]) / noise, ".", ms=4, color=red, label="moved and stretched"
)
right.set(xlabel="wavelength (nm)", ylabel="UCPL − DCPL (s.d. of UCPL)")
lines = (
    f"shift {found.shift_mev.value:+.2f} ± {found.shift_mev.sd:.2f} meV",
    f"predicted {found.predicted_shift_mev.value:+.2f} meV",
    f"width ratio {found.width_ratio.value:.3f} ± {found.width_ratio.sd:.3f}",
)
right.text(0.98, 0.04, "\n".join(lines).replace("-", "−"), transform=right.transAxes, ha="right", va="bottom")
right.legend(frameon=False, loc="upper left", fontsize=9)
for axes, letter in zip((top, right), "ab", strict=True):
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_title(rf"$\mathbf{{{letter}}}$", fontsize=10, loc="left")
fig.suptitle("Unequal dots (6 meV) behind a short-pass filter: compared where both are seen, completed for the energy")
fig.savefig("uc-against-dc.png", dpi=120)
