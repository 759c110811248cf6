"""From an absorption edge and an emission to one dot's line and how unequal the dots are; what lies beyond the data."""

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

import antistokes as ans
from antistokes.lab import spectra as lab
from antistokes.physics.ensemble import exponential_shifts
from antistokes.physics.presets import preset
from antistokes.units import energy_from_wavelength

# The measurement: dots with a sharp red edge of energies and a blue tail, two instruments, a baseline and a slit.
dot = preset("cdse-cds-zb").coupling
sample = lab.Sample(coupling=dot, shifts=exponential_shifts(3.0, 8.0), absorption_per_cm=2.0)
nm = np.arange(560.0, 720.5)
absorption, emission = lab.absorption_and_emission(
    sample, seed=4, absorption_nm=nm, emission_nm=nm, photons=1e8, peak_photons=2e4, bandpass_nm=3.0
)

# The fit: every spectrum has its own scale and baseline; what a slit does is in the model.
fit = ans.fit_lineshape(absorption, emission)
print(f"E_00 {fit.e00_ev}, reorganisation energy {fit.reorganisation_mev}")
print(f"one dot's line {fit.homogeneous_width_mev} (s.d.); the dots differ by {fit.inhomogeneous_width_mev} (s.d.)")
print(f"skewness {fit.skewness}; reduced chi-square {fit.reduced_chi2.value:.2f}", *fit.undetermined, sep="\n")

# Where the measured tail ends, the line shape goes on.
tail = ans.predict_tail(fit, excitation_nm=(650.0, 671.0))
print(*(f"{name}: {value}" for name, value in {**tail.gain_mev, **tail.relative_absorption}.items()), sep="\n")

fig, axes = plt.subplots(2, 2, figsize=(9, 6.4), layout="constrained", height_ratios=(2.4, 1))
blue, red, grey = "#0072B2", "#D55E00", "0.45"
for i, (name, colour) in enumerate((("absorption", blue), ("emission", red))):
    c = fit.curves.isel(sample=fit.curves["spectrum"].values == i)
    energy, model = c["energy"].values, (c["model"] - c["baseline"]).values
    data = np.where(c["data"] - c["baseline"] > 0, c["data"] - c["baseline"], np.nan) / model.max()
    axes[0, 0].plot(energy, data, ".", color=colour, ms=3, label=name)
    axes[0, 0].plot(energy, model / model.max(), color=colour, lw=1.2, label=f"model, {name}")
    axes[1, 0].plot(energy, c["residual"], ".", color=colour, ms=3)
axes[0, 0].set(yscale="log", ylim=(3e-5, 3), ylabel="scaled to 1, baseline subtracted")
axes[1, 0].set(ylabel="residual (s.d.)", xlabel="photon energy (eV)", ylim=(-5, 5))
axes[1, 0].axhline(0, color="k", lw=0.8)
t, ex = tail.curves, tail.curves["energy"].values
top = float(t["absorption"].max())
truth = sample.alpha_per_cm(ex) / sample.alpha_per_cm(tail.first_maximum_ev)
axes[0, 1].fill_between(ex, t["absorption_low"] / top, t["absorption_high"] / top, color=blue, alpha=0.3, lw=0)
axes[0, 1].plot(ex, t["absorption"] / top, color=blue, label="absorption predicted, 95 %")
axes[0, 1].plot(ex, truth, "k:", label="truth")
axes[0, 1].axvline(tail.resolved_to_ev, color=grey, ls="--", label="measured tail ends")
for i, step in enumerate(tail.ladder_ev):
    axes[0, 1].axvline(step, ymin=0.94, color=grey, lw=0.8, label="first maximum less n x 25 meV" if i == 0 else None)
axes[0, 1].set(yscale="log", ylim=(1e-9, 3), ylabel="absorption / first maximum")
axes[1, 1].fill_between(ex, t["gain_low"], t["gain_high"], color=red, alpha=0.3, lw=0)
axes[1, 1].plot(ex, t["gain"], color=red, label="energy gain by mean")
axes[1, 1].axvline(tail.resolved_to_ev, color=grey, ls="--")
axes[1, 1].axhline(0, color="k", lw=0.8)
axes[1, 1].set(ylabel="gain (meV)", xlabel="excitation energy (eV)")
for panel in axes.flat:
    panel.grid(alpha=0.25)
    if panel is not axes[1, 0]:
        panel.legend(frameon=False, fontsize=8)
fig.savefig("fit-line-shape.png", dpi=110)

# What it shows, against the truth.
assert fit.e00_ev.low < sample.e00_ev < fit.e00_ev.high
assert fit.reorganisation_mev.low < sample.reorganisation_mev < fit.reorganisation_mev.high
assert fit.inhomogeneous_width_mev.low < sample.inhomogeneous_width_mev < fit.inhomogeneous_width_mev.high
assert fit.skewness.low < 2 * 8.0**3 / sample.inhomogeneous_width_mev**3 and not fit.shares
laser = float(energy_from_wavelength(671.0))
wide = np.linspace(1.5, 2.4, 4001)
light = sample.photons_per_ev(wide, 671.0)
gain = tail.gain_mev["gain by mean, 671 nm"]
assert gain.low < 1e3 * (float(wide @ light / light.sum()) - laser) < gain.high
