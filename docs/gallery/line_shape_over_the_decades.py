"""The line shape of one dot over ten decades, and the three readings of the n-phonon model beside it."""

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

from antistokes.physics import lineshape, phonon_ladder
from antistokes.physics.coupling import Bath, Coupling, Mode
from antistokes.units import thermal_energy_ev

# One dot of the CdSe/CdS sample: two optical modes, and a bath for all that is slow.
dot = Coupling(modes=(Mode(25, 0.20, 1.2), Mode(38, 0.05, 1.5)), baths=(Bath(11.5, 3.0),))
x = np.linspace(-330, 200, 1061)
absorbed = lineshape.absorption_kernel(x, dot, 300)
emitted = lineshape.emission_kernel(x, dot, 300)

# The two kernels were found apart; what they have in common is the temperature.
kt_mev = 1e3 * float(thermal_energy_ev(300))
assert np.abs(np.log(absorbed / emitted) - x / kt_mev).max() < 1e-10

# How much is absorbed below the line, and what the n-phonon model says of it in each reading.
peak = float(x[np.argmax(absorbed)])
deficit = np.linspace(0, 250, 251)
below = lineshape.absorption_kernel(peak - deficit, dot, 300) / absorbed.max()
ladder = {
    "bose, $n^p$": phonon_ladder.relative_absorption(deficit, 25, 300, "bose"),
    "boltzmann, $e^{-D/kT}$": phonon_ladder.relative_absorption(deficit, 25, 300, "boltzmann"),
    "bose_fc, $(Sn)^p/p!$, S = .35": phonon_ladder.relative_absorption(deficit, 25, 300, "bose_fc", 0.35),
}
print("relative absorption 121 meV below the line:")
for name, y in {"line shape": below, **ladder}.items():
    print(f"  {name:<32}{np.exp(np.interp(121, deficit, np.log(y))):.1e}")

# The apparent activation energy grows nearly with the square of the deficit: it does not count phonons.
temperature = np.arange(300, 361, 10.0)
for d in (25, 50, 75, 100):
    kernels = [lineshape.absorption_kernel(x, dot, t) for t in temperature]
    tops = [float(x[np.argmax(a)]) for a in kernels]
    triples = zip(tops, kernels, temperature, strict=True)
    ratio = [lineshape.absorption_kernel(top - d, dot, t) / a.max() for top, a, t in triples]
    apparent = phonon_ladder.apparent_energy_mev(ratio, temperature)
    print(f"one state, kernel, D = {d} meV: apparent energy {apparent:.0f} meV")

fig, (left, right) = plt.subplots(1, 2, figsize=(9, 4.2), layout="constrained")
left.plot(x, absorbed, color="#0072B2", label="absorption $A$")
left.plot(x, emitted, color="#D55E00", label="emission $F$")
left.plot(x, emitted * np.exp(x / kt_mev), "k:", lw=1.2, label="$F\\,e^{x/kT}$")
left.set(xlabel="detuning $E-E_{00}$ (meV)", ylabel="kernel (1/meV)", yscale="log", ylim=(1e-13, 0.1), xlim=(-330, 200))
right.plot(deficit, below, color="#0072B2", lw=2, label="line shape")
for (name, y), color, dash in zip(ladder.items(), ("#009E73", "#CC79A7", "#E69F00"), ("--", "-.", ":"), strict=True):
    right.plot(deficit, y, dash, color=color, label=name)
right.set(xlabel="deficit $D$ below the line (meV)", ylabel="relative absorption", yscale="log", ylim=(1e-10, 1e4))
right.set_xlim(0, 250)
for axes in (left, right):
    axes.legend(frameon=False, loc="lower right" if axes is left else "upper right")
    axes.grid(alpha=0.25)
title = "One dot at 300 K: CdSe LO 25 meV (S = .20), CdS LO 38 meV (.05), bath 11.5 meV (cutoff 3 meV)"
fig.suptitle(title, fontsize=10)
fig.savefig("line-shape.png", dpi=110)
