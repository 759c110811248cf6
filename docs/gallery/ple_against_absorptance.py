"""Does up-conversion have the yield of down-conversion? An excitation spectrum against absorption."""

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

import antistokes as ans
from antistokes.physics import ensemble
from antistokes.physics.coupling import Bath, Coupling, Mode
from antistokes.physics.inner_filter import collected
from antistokes.units import energy_from_wavelength

# The absorbance of a CdSe/CdS sample, 0.5 at the first maximum; every dot has the same yield.
dot = Coupling(modes=(Mode(25, 0.20, 1.2), Mode(38, 0.05, 1.5)), baths=(Bath(11.5, 3.0),))
states = ((0.0, 1.0), (85.0, 0.45), (190.0, 0.9), (300.0, 1.6), (420.0, 2.5))
sample = ensemble.Ensemble(1.9833, dot, 300.0, ensemble.gaussian_shifts(10.0), states)
WINDOW, OFFSET_SD = (0.45, 0.55), 2e-4


def absorbance(nm):
    peak = ensemble.cross_section(energy_from_wavelength(np.arange(610.0, 630.0, 0.2)), sample).max()
    return 0.5 * ensemble.cross_section(energy_from_wavelength(nm), sample) / peak


def excitation_spectrum(nm, rng, up=1.0, stray=0.0):
    """Return counts at 630 nm, at right angles, through slits of 2 nm; ``up`` is the yield of up-conversion."""
    offset, weight = np.linspace(-1.9, 1.9, 20), 2 - np.abs(np.linspace(-1.9, 1.9, 20))
    seen = collected(absorbance(nm[:, None] + offset), "right-angle", WINDOW) @ (weight / weight.sum())
    counts = rng.poisson(4e6 * (seen * np.where(nm > 630, up, 1.0) + stray))
    return ans.build(
        "wavelength",
        nm,
        counts,
        kind="ple",
        quantity="counts",
        signal_sd=np.sqrt(np.maximum(counts, 1)),
        geometry="right-angle",
        detection_nm=630.0,
        bandpass_nm=2.0,
        order_filter_nm=400.0,
    )


rng = np.random.default_rng(0)
nm, where = np.arange(520.0, 691.0), np.arange(505.0, 715.0, 0.5)
true = absorbance(where)
sd = np.full(true.size, 1.5e-4)
absorption = ans.build(
    "wavelength",
    where,
    true + sd * rng.standard_normal(true.size) + OFFSET_SD * rng.standard_normal(),
    kind="absorption",
    quantity="absorbance",
    signal_sd=sd,
)
right = excitation_spectrum(nm, rng)
cases = {
    "as measured, at right angles": ans.ple_ratio(right, absorption, window=WINDOW, baseline_sd=OFFSET_SD),
    "read with absorptance": ans.ple_ratio(right, absorption, geometry="front-face", baseline_sd=OFFSET_SD),
    "up-conversion of yield 0.9": ans.ple_ratio(
        excitation_spectrum(nm, rng, up=0.9), absorption, window=WINDOW, baseline_sd=OFFSET_SD
    ),
    "stray light of 0.5 %": ans.ple_ratio(
        excitation_spectrum(nm, rng, stray=5e-3), absorption, window=WINDOW, baseline_sd=OFFSET_SD
    ),
}
for name, found in cases.items():
    print(f"{name:30} {found.ratio} {found.equivalences[0].outcome}; red of the tail {found.defect}")

outcomes = [found.equivalences[0].outcome for found in cases.values()]
assert outcomes[0] == "supports" and outcomes[1] == outcomes[2] == "contradicts"
first, absorptance, weaker, stray = cases.values()
assert first.ratio.low < 1 < first.ratio.high
assert weaker.ratio.low < 0.9 < weaker.ratio.high
assert abs(absorptance.ratio.value - 1.07) < 0.02
assert first.defect.kind == "upper limit" and stray.defect.kind == "value"

blue, red, green, purple = "#0072B2", "#D55E00", "#009E73", "#CC79A7"
fig, (top, bottom) = plt.subplots(
    2, 1, figsize=(8.5, 6.6), layout="constrained", sharex=True, gridspec_kw={"height_ratios": [1.15, 1]}
)
c = first.curves
x = c["wavelength"].values
top.plot(x, c["predicted"], color="0.3", lw=1.2, label="predicted from absorbance, middle of the cuvette, slit of 2 nm")
low, high = (np.maximum(c["predicted"] + k * c["predicted_sd"], 1e-9) for k in (-2, 2))
top.fill_between(x, low, high, color="0.8", lw=0, label="its uncertainty, twice, an offset of the absorbance above all")
for found, color, name in ((stray, purple, "stray light of 0.5 %"), (first, blue, "excitation spectrum at 630 nm")):
    y = found.curves["measured"].values
    shown = (found.curves["mask"].values & 1) == 0
    top.plot(x[shown], np.maximum(y, 1e-6)[shown], ".", ms=3.5, color=color, label=name)
top.set(yscale="log", ylim=(2e-5, 3), ylabel="signal, relative")
limit = first.defect.value
top.annotate(
    "", (first.defect_nm[0], limit), (first.defect_nm[1], limit), arrowprops={"arrowstyle": "-", "color": blue}
)
top.text(first.defect_nm[1], 0.75 * limit, f"< {100 * limit:.2g} %", color=blue, ha="right", va="top", fontsize=9)
top.legend(frameon=False, loc="lower left", fontsize=9)
rows = zip(list(cases.items())[:3], (blue, red, green), "osd", (-0.3, 0.0, 0.3), strict=True)  # beside each other
for (name, found), color, marker, beside in rows:
    r = found.curves
    used = r["range"].values > 0
    label = f"{name}: {found.ratio}, {found.equivalences[0].outcome}"
    bottom.errorbar(
        x[used] + beside,
        r["ratio"].values[used],
        r["ratio_sd"].values[used],
        fmt=marker,
        ms=3.0,
        mfc="white" if marker == "d" else color,
        zorder={"o": 3, "s": 2, "d": 1}[marker],
        lw=0.7,
        color=color,
        label=label,
    )
bottom.axhspan(0.95, 1.05, color="0.92", lw=0)
bottom.axhline(1, color="0.5", lw=0.8)
bottom.set(ylim=(0.78, 1.45), ylabel="signal over prediction", xlabel="excitation (nm)", xlim=(515, 695))
bottom.legend(frameon=False, loc="upper left", fontsize=9)
for axes in (top, bottom):
    axes.axvspan(626, 634, color="0.85", lw=0)
    axes.spines[["top", "right"]].set_visible(False)
top.text(572, 1.6, "down-conversion", ha="center", color="0.4")
top.text(660, 1.6, "up-conversion", ha="center", color="0.4")
top.text(630, 4e-3, "scatter", ha="center", rotation=90, color="0.4", fontsize=9)
fig.savefig("ple-against-absorptance.png", dpi=120)
