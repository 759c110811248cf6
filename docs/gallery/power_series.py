"""One photon or two: a power law and what hides in it, what decides, light in the red tail, and what a leak fakes."""

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

import antistokes as ans

rng = np.random.default_rng(1)
power = np.geomspace(1e-4, 1e-2, 10)
u = power / power[-1]
light = {"one photon": u, "30 % of two photons": 0.7 * u + 0.3 * u**2, "background left in": u + 0.03}
laws = {name: ans.power_law(power, 50 * y * np.exp(0.03 * rng.standard_normal(10))) for name, y in light.items()}
for name, law in laws.items():
    print(f"{name}: k = {law.slope}, {law.linear.outcome}: {law.reason}")

one, two, flat = laws.values()
assert one.linear.outcome == "supports" and one.slope.low < 1 < one.slope.high
assert two.bent and two.quadratic_share.low < 0.3 < two.quadratic_share.high
assert flat.linear.outcome == "inconclusive" and any("low end is flat" in w for w in flat.warnings)

blue, red, green = "#0072B2", "#D55E00", "#009E73"
fig, (a, b, c) = plt.subplots(1, 3, figsize=(12, 3.9), layout="constrained", width_ratios=[1.15, 1, 1])
for (name, law), color, mark in zip(laws.items(), (blue, red, green), "osD", strict=True):
    x, curves = 1e3 * law.curves["power"], law.curves
    a.loglog(x, curves["signal"] / x, mark, color=color, ms=4)
    a.loglog(x, (curves["bent_model"] if law.bent else curves["model"]) / x, color=color, label=name)
a.set(
    xlabel="power (mW)",
    ylabel="signal over power (counts per mW)",
    ylim=(2.5, 30),
    yticks=[3, 5, 10, 20],
    yticklabels=[3, 5, 10, 20],
)
a.minorticks_off()
a.legend(frameon=False, fontsize=9)
a.text(0.03, 0.04, f"one photon: k = {one.slope}", transform=a.transAxes, color=blue, fontsize=9)

decades = np.linspace(0.5, 3, 26)
for noise, color in ((0.03, blue), (0.05, green), (0.1, red)):
    width = [noise / (d * np.log(10)) * np.sqrt(12 * 9 / 110) * (1.860 + 1.397) for d in decades]  # t(8): .95 and .90
    b.semilogy(decades, width, color=color, label=f"{100 * noise:.0f} % of noise")
b.axhline(0.05, color="0.4", lw=0.8, ls="--")
b.axvspan(0.5, 1.5, color="0.93", lw=0)
b.text(0.55, 0.0085, "too short\nto conclude", color="0.4", fontsize=9)
b.text(2.95, 0.04, "default margin", color="0.4", fontsize=9, ha="right")
b.set(xlim=(0.5, 3), ylim=(0.007, 0.3), xlabel="range of power (decades)", ylabel="margin that ten points can show")
b.set_yticks([0.01, 0.02, 0.05, 0.1, 0.2], ["0.01", "0.02", "0.05", "0.1", "0.2"])
b.minorticks_off()
b.legend(frameon=False, fontsize=9)

nm = np.arange(450.0, 700.0, 1.0)
absorbance = 3 / (1 + np.exp((nm - 600) / 7)) + 0.6 * np.exp(-0.5 * ((nm - 620) / 8) ** 2)
sample = ans.build(
    *("wavelength", nm, absorbance + 1e-4 * rng.standard_normal(nm.size)),
    **{"kind": "absorption", "quantity": "absorbance", "medium": "air", "signal_sd": np.full(nm.size, 1e-4)},
)
excitation = np.arange(632.0, 668.0, 1.0)
leaks = [ans.purity_budget(sample, x, contaminants={"pump": (532.0, 1e-5)}).leaks[0] for x in excitation]
faked = np.array([[k.faked_share.low, k.faked_share.value, k.faked_share.high] for k in leaks])
c.fill_between(excitation, *(100 * faked[:, [0, 2]].T), color=red, alpha=0.25, lw=0)
c.semilogy(excitation, 100 * faked[:, 1], color=red)
c.axhline(1, color="0.4", lw=0.8, ls="--")
c.set(xlabel="excitation (nm)", ylabel="faked signal (%)", xlim=(632, 667), ylim=(0.003, 30))
c.set_yticks([0.01, 0.1, 1, 10], ["0.01", "0.1", "1", "10"])
c.text(633, 1.15, "flagged above", color="0.4", fontsize=9)
assert not leaks[0].flagged and leaks[-1].flagged

titles = ("three series at 3 % of noise", "what a series can show", "a 532 nm leak of 1e-5")
for axes, letter, title in zip((a, b, c), "abc", titles, strict=True):
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_title(rf"$\mathbf{{{letter}}}$   {title}", fontsize=10, loc="left")
fig.savefig("power-series.png", dpi=120)
