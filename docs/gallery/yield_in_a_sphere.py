"""A yield of .97 in an integrating sphere: indirect excitation, repeats, and a skew answer where little is absorbed."""

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

import antistokes as ans
from antistokes.lab import sphere as lab
from antistokes.lab.optics import IDEAL
from antistokes.lab.sample import Sample

LASER, BANDS = 450.0, {"laser_nm": (440.0, 460.0), "emission_nm": (560.0, 770.0)}
nm, sample, rng = np.arange(430.0, 780.5, 1.0), Sample(), np.random.default_rng(0)
instrument = lab.IntegratingSphere(IDEAL._replace(emission_bandpass_nm=2.0, counts=1e7), drift_sd=1e-3)
photons = ans.build(  # this detector sees every photon alike
    "wavelength", np.array([400.0, 800.0]), np.ones(2), kind="spectrum", medium="air"
)
response = ans.response_from_factors(photons, gives="photons_per_nm")
known = {**BANDS, "correction": response}

blue, red, green, grey = "#0072B2", "#D55E00", "#009E73", "0.4"
fig, (a, b, c) = plt.subplots(1, 3, figsize=(12, 3.9), layout="constrained")
run = lab.measure_sphere(sample, instrument, nm, LASER, rng, quantum_yield=0.97)
line = a.inset_axes((0.18, 0.5, 0.19, 0.34))  # the laser's line as it is: there the empty sphere is seen
for name, color, width in (("empty", grey, 3.0), ("indirect", blue, 1.2), ("direct", red, 1.2)):
    (spectrum,) = getattr(run, name)
    a.semilogy(nm, np.maximum(spectrum["signal"], 0.5), color=color, lw=width, label=name)
    line.plot(nm, spectrum["signal"] / run.empty[0]["signal"].max(), color=color, lw=width)
line.set(xlim=(446, 454), ylim=(0, 1.1), xticks=[450], yticks=[0, 1])
line.set_title("laser, linear", fontsize=8, color=grey)
line.tick_params(labelsize=8)
for name, (low, high) in BANDS.items():
    a.axvspan(low, high, color="0.93", lw=0)
    a.text((low + high) / 2, 6e6, name.removesuffix("_nm"), color=grey, ha="center", fontsize=9)
a.set(xlabel="wavelength (nm)", ylabel="counts", ylim=(0.5, 2e7), xlim=(430, 780))
a.legend(frameon=False, fontsize=9, loc="center right")

for concentration, color in ((1.0, blue), (0.03, green), (0.003, red)):
    made = {"concentration": concentration, "quantum_yield": 0.97}
    truth = lab.sphere_truth(sample, instrument, LASER, **made)
    runs = [lab.measure_sphere(sample, instrument, nm, LASER, rng, **made) for _ in range(5)]
    found = ans.absolute_yield(runs, **known, self_absorption=truth.self_absorption)
    value, density = found.internal_yield, found.curves["density"]
    print(f"A = {truth.absorptance:.3f}: observed {found.observed_yield}, internal {value}")
    wide = ans.absolute_yield(runs, **known, self_absorption=truth.self_absorption, level=0.99).internal_yield
    assert wide.low < 0.97 < wide.high  # of 95 % intervals one in twenty misses the truth, as the first here does
    label = f"A = {truth.absorptance:.3f}: {value}"
    b.plot(density["quantum_yield"], density / density.max(), color=color, label=label)
b.annotate("true: 0.97", (0.97, 1.01), (1.1, 1.08), fontsize=9, va="center", arrowprops={"arrowstyle": "->", "lw": 0.8})
b.axvline(1, color=grey, lw=0.8, ls=":")
b.set(xlabel="internal quantum yield", ylabel="density (scaled to 1)", xlim=(0.7, 1.6), ylim=(0, 1.5))
b.legend(frameon=False, fontsize=8, loc="upper right")

absorptance = np.geomspace(0.01, 0.8, 9)
for method, color in (("three", blue), ("two", red)):
    ends = []
    for share in absorptance:
        ideal = ans.physics.sphere.collected(share, 0.97, 0.3 * share)
        once = ans.yield_from_integrals(ideal, laser_sd=1e-3, emission_sd=2e-3, method=method).observed_yield
        ends.append([once.low / 0.97 - 1, once.high / 0.97 - 1])
    low, high = 100 * np.array(ends).T
    c.loglog(absorptance, high, color=color, label=f"{method} measurements, above")
    c.loglog(absorptance, -low, color=color, ls="--", label="below")
    assert high[0] > 1.2 * -low[0] and high[-1] < 1.05 * -low[-1]  # skew where little is absorbed, and only there
c.set(xlabel="absorptance", ylabel="ends of the 95 % interval (% of the yield)", xlim=(0.01, 0.8))
c.set_xticks([0.01, 0.03, 0.1, 0.3], ["0.01", "0.03", "0.1", "0.3"])
c.set_yticks([1, 3, 10, 30], ["1", "3", "10", "30"])
c.minorticks_off()
c.legend(frameon=False, fontsize=8)

for axes, letter, title in zip((a, b, c), "abc", ("three configurations", "five runs each", "one run"), strict=True):
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_title(rf"$\mathbf{{{letter}}}$   {title}", fontsize=10, loc="left")
fig.savefig("yield-in-a-sphere.png", dpi=120)
