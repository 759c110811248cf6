"""What an absorption edge says when it is warmed: it overlaps, its tail grows, and the growth counts no phonons."""

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

import antistokes as ans
from antistokes import lab
from antistokes.physics import dots, presets

# Equal dots of CdSe/CdS, their edge measured from 300 to 360 K and back; the baseline is known to 5e-5.
dot, states = presets.preset("cdse-cds-zb").coupling, presets.CDSE_STATES[:5]
up = np.linspace(300, 360, 7)
wavelength, rng = np.arange(520.0, 721.0, 1.0), np.random.default_rng(0)
series = []
for t in (*up, *up[-2::-1]):
    e00 = 1.9834 + float(dots.varshni_shift_ev(t, 3.2e-4, 220.0))
    sample = lab.spectra.Sample(e00, 18.4, 0.0, float(t), states, coupling=dot)
    series.append(lab.spectra.measure_absorption(sample, wavelength, rng, photons=1e7))

edge = ans.track_edge(series)
one = ans.tail_activation(series, 50.0, phonon_mev=25.0, states=states)
below = [50.0, 25.0, 75.0, 100.0]
four = ans.tail_activation(series, below, phonon_mev=25.0, states=states, common_baseline_sd=5e-5)
print(*one.says, *four.says, sep="\n")

# One depth names no model; four do, and reject energies in proportion to the depth.
assert one.chosen is None and len(one.tied) == 3
assert four.chosen == "full line shape"
assert next(m for m in four.models if m.title.startswith("straight")).standing == "rejected"
assert edge.reversibility[0].outcome == one.reversibility[0].outcome == "supports"

blue, red, green, grey = "#0072B2", "#D55E00", "#009E73", "0.45"
fig, (a, b, c) = plt.subplots(1, 3, figsize=(12.5, 4.2), layout="constrained", width_ratios=[1, 1, 1.15])
colours = plt.get_cmap("cividis")(np.linspace(0, 0.9, up.size))
for y, t, colour in zip(edge.curves["overlapped"].values[:7], up, colours, strict=True):
    a.semilogy(edge.curves["offset"], np.where(y > 3e-3, y, np.nan), color=colour, lw=1.3, label=f"{t:g} K")
a.axvline(-50, color=grey, lw=0.8, ls=":")
a.set(xlim=(-150, 60), ylim=(3e-3, 1.6), xlabel="energy from the maximum (meV)", ylabel="absorption, relative")
a.legend(frameon=False, fontsize=8, loc="lower right")

beta = 1 / (8.617333e-5 * one.curves["temperature"].values)
log, sd = one.curves["log_ratio"].values[:, 0], one.curves["log_ratio_sd"].values[:, 0]
for branch, mark, colour in (("heating", "o", blue), ("cooling", "x", red)):
    chosen = one.curves["branch"].values == branch
    b.errorbar(
        beta[chosen], np.exp(log[chosen]), np.exp(log[chosen]) * sd[chosen], fmt=mark, color=colour, label=branch
    )
energy = one.apparent_mev["apparent energy 50 meV below the maximum"]
line = np.exp(np.mean(log) - 1e-3 * energy.value * (beta - np.mean(beta)))
b.plot(beta, line, color=grey, lw=1, label=f"$E_a$ = {energy}")
b.set(yscale="log", xlabel="1/kT (1/eV)", ylabel="absorption at −50 meV, relative")
b.set_yticks([0.21, 0.25, 0.29], ["0.21", "0.25", "0.29"])
b.minorticks_off()
b.legend(frameon=False, fontsize=8)

curves, depth = four.curves["apparent_energy"], four.curves["depth"].values
styles = {
    "full line shape": (blue, "-", "full line shape, fitted"),
    "one mode of 25 meV (Huang-Rhys), any scale": (green, "-.", "one mode of 25 meV, fitted"),
    "power of the population of 25 meV phonons": (red, "--", "power of the population, 25 meV"),
    "straight line, E_a in proportion to D": (grey, ":", "in proportion to D, fitted"),
}
for name, (colour, style, label) in styles.items():
    c.plot(depth, curves.sel(model=name), style, color=colour, label=label)
for d in (25, 50, 75, 100):
    e = four.apparent_mev[f"apparent energy {d:g} meV below the maximum"]
    c.errorbar(d, e.value, [[e.value - e.low], [e.high - e.value]], fmt="o", color="black", capsize=3)
c.plot(depth, depth, color=grey, lw=0.7)
c.text(124, 127, "$E_a = D$", color=grey, fontsize=8, ha="right")
c.set(xlim=(0, 125), ylim=(0, 230), xlabel="depth D below the maximum (meV)", ylabel="apparent energy $E_a$ (meV)")
c.legend(frameon=False, fontsize=8, loc="upper left")
for axes, letter in zip((a, b, c), "abc", strict=True):
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_title(rf"$\mathbf{{{letter}}}$", loc="left", fontsize=10)
fig.suptitle("The absorption edge of CdSe/CdS dots, 300 to 360 K and back (simulated; bars: 95 %)", fontsize=11)
fig.savefig("growth-of-the-tail.png", dpi=120)
