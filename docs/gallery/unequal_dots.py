"""What unequal dots do to up-conversion: a Gaussian moves to the red and keeps its width, a sharp red edge narrows."""

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

from antistokes.physics import ensemble
from antistokes.physics.coupling import Bath, Coupling, Mode
from antistokes.physics.ensemble import Ensemble
from antistokes.units import HC_EV_NM

# One dot of the CdSe/CdS sample, with the states of an absorption edge; only E_00 differs from dot to dot.
dot = Coupling(modes=(Mode(25, 0.20, 1.2), Mode(38, 0.05, 1.5)), baths=(Bath(11.5, 3.0),))
states = ((0.0, 1.0), (85.0, 0.45), (190.0, 0.9), (300.0, 1.6), (420.0, 2.5))
energy = np.arange(1.78, 2.16, 2e-4)
wavelength = HC_EV_NM / energy
excitation_ev = HC_EV_NM / 660


def emission(shifts):
    """Return photons per nm for excitation far above the gap and at 660 nm, each over its maximum; and the weights."""
    sample = Ensemble(1.9833, dot, 300.0, shifts, states)
    both = (ensemble.photon_rate(energy, sample, at) * energy**2 for at in (None, excitation_ev))
    return *(y / y.max() for y in both), ensemble.excited_weights(sample, excitation_ev)


def peak_and_width(y):
    """Return the maximum of a parabola through the top, and the full width at half maximum [nm]."""
    top = y > 0.999
    a, b, _ = np.polyfit(wavelength[top] - 630, y[top], 2)
    above = np.flatnonzero(y > 0.5)
    red, blue = (slice(above[0] - 1, above[0] + 1), slice(above[-1] + 1, above[-1] - 1, -1))
    ends = [np.interp(0.5, y[part], wavelength[part]) for part in (red, blue)]
    return 630 - b / (2 * a), ends[0] - ends[1]


def change(shifts):
    """Return what excitation at 660 nm changes: (shift, width) [nm]."""
    down, up, _ = emission(shifts)
    return np.subtract(peak_and_width(up), peak_and_width(down))


widths, tails = (3, 6, 10, 15), (6, 8, 10)
gaussian = np.array([change(ensemble.gaussian_shifts(s)) for s in widths])
edge = np.array([change(ensemble.exponential_shifts(2, b)) for b in tails])
for name, found in zip((*widths, *tails), (*gaussian, *edge), strict=True):
    print(f"{name:>3} meV: shift {found[0]:+.2f} nm, width {found[1]:+.2f} nm")

# A Gaussian: red, as s^2/E_U says, and no narrower. A sharp red side with a tail to the blue: red and narrower.
np.testing.assert_allclose(gaussian[:, 0], [0.29, 1.16, 3.15, 6.76], atol=0.02)
assert np.all(gaussian[:, 1] > -0.02) and np.all(gaussian[:, 1] < 0.3)
np.testing.assert_allclose(edge, [(0.80, -0.22), (1.15, -0.44), (1.50, -0.72)], atol=0.02)

blue, red, green = "#0072B2", "#D55E00", "#009E73"
fig = plt.figure(figsize=(11, 5.2), layout="constrained")
places = fig.subplot_mosaic([["p", "e", "m"], ["q", "f", "m"]], width_ratios=[1, 1, 1.15])
for (left, right), shifts, title in (
    (("p", "e"), ensemble.gaussian_shifts(10, 241), "Gaussian of 10 meV"),
    (("q", "f"), ensemble.exponential_shifts(2, 8), "edge of 2 meV, blue tail of 8 meV"),
):
    down, up, weight = emission(shifts)
    step = shifts.shift_mev[1] - shifts.shift_mev[0]
    axes = places[left]
    axes.fill_between(shifts.shift_mev, shifts.weight / step, color=blue, alpha=0.25, lw=0)
    axes.plot(shifts.shift_mev, shifts.weight / step, color=blue, label="all dots, $p$")
    axes.plot(shifts.shift_mev, weight / step, "--", color=red, label="excited at 660 nm, $w$")
    axes.set(xlim=(-42, 42), ylim=(0, 1.5 * shifts.weight.max() / step), ylabel="dots (1/meV)")
    axes.set_title(title, fontsize=10, loc="left")
    axes = places[right]
    axes.plot(wavelength, down, color=blue, label="far above the gap")
    axes.plot(wavelength, up, "--", color=red, label="at 660 nm")
    moved, wider = change(shifts)
    axes.text(674, 1.38, f"shift {moved:+.1f} nm\nwidth {wider:+.1f} nm".replace("-", "−"), ha="right", va="top")
    axes.set(xlim=(595, 675), ylim=(0, 1.4), yticks=[0, 0.5, 1], ylabel="photons per nm, relative")
places["p"].legend(frameon=False, loc="upper left", fontsize=9)
places["e"].legend(frameon=False, loc="upper left", fontsize=9)
places["q"].set_xlabel("shift of $E_{00}$ (meV)")
places["f"].set_xlabel("wavelength (nm)")
axes = places["m"]
axes.axhspan(-1, 0, color="0.93", lw=0)
axes.axhline(0, color="0.6", lw=0.8)
for found, names, color, mark, label in (
    (gaussian, widths, blue, "o", "Gaussian, s.d. (meV)"),
    (edge, tails, green, "s", "edge of 2 meV, blue tail (meV)"),
):
    axes.plot(*found.T, mark + "-", color=color, label=label)
    for (x, y), name in zip(found, names, strict=True):
        axes.annotate(f"{name}", (x, y), xytext=(6, 5), textcoords="offset points", color=color)
axes.set(xlim=(0, 8), ylim=(-1, 0.5), xlabel="shift to the red (nm)", ylabel="change of width (nm)")
axes.text(7.9, -0.95, "narrower", ha="right", va="bottom", color="0.4")
axes.legend(frameon=False, loc="upper right", fontsize=9)
for axes, letter in zip(places.values(), "abecd", strict=True):
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_title(rf"$\mathbf{{{letter}}}$   {axes.get_title('left')}", fontsize=10, loc="left")
fig.suptitle("CdSe/CdS at 300 K: what excitation at 660 nm changes in the emission of unequal dots", fontsize=11)
fig.savefig("unequal-dots.png", dpi=120)
