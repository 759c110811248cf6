"""Up-conversion grows on heating: as more is absorbed, or as traps let go? The yield over temperature says."""

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

import antistokes as ans
from antistokes.lab.spectra import Sample
from antistokes.lab.stages import emission_series, temperature_series
from antistokes.units import thermal_energy_mev

KELVIN = np.arange(300.0, 361.0, 10.0)
HOW = {"concentration": 4.0}
absorption_nm, emission_nm = np.arange(600.0, 700.5, 1.0), np.arange(560.0, 740.5, 1.0)
sample, rng = Sample(), np.random.default_rng(0)


def emission(depth_mev, **excitation):
    """Spectra of a sample that emits what comes out of traps of that depth, in toluene, up and down in temperature."""

    def quantum_yield(kelvin):
        return float(np.exp(-depth_mev * (1 / thermal_energy_mev(kelvin) - 1 / thermal_energy_mev(300.0))))

    light = {"quantum_yield": quantum_yield, "photons_per_w": 5e9, "wavelength_nm": emission_nm}
    return emission_series(sample, KELVIN, rng, **light, **excitation, **HOW)


absorption = temperature_series(sample, KELVIN, rng, wavelength_nm=absorption_nm, photons=1e7, **HOW)
up = {depth: emission(depth, detuning_mev=50.0) for depth in (0, 50, 90, 110)}  # excited 50 meV below the emission
state = {"geometry": "front-face", "solvent": "toluene", "baseline_sd": 2e-4}
found = {depth: ans.yield_activation(series, absorption, **state) for depth, series in up.items()}
uncorrected = ans.yield_activation(up[0], absorption, **(state | {"solvent": None}))
shifts = ans.compare_shifts(up[0], emission(0, excitation_nm=500.0))

for depth, result in found.items():
    print(f"traps of {depth:>3} meV: {result.activation_mev}, ratio {result.yield_ratio}, {result.constant.outcome}")
print(f"without the index of toluene: {uncorrected.activation_mev}")
print(f"peaks: up {shifts.up_mev_per_k}, down {shifts.down_mev_per_k}; alike: {shifts.same.outcome}")

# What it shows, against the truth.
for (depth, result), ratio in zip(found.items(), (1.0, 1.38, 1.79, 2.03), strict=True):
    assert abs(result.activation_mev.value - depth) < 3.3 * result.activation_mev.sd
    assert abs(result.yield_ratio.value - ratio) < 3.3 * result.yield_ratio.sd + 0.005
    assert result.constant.outcome == ("supports" if depth == 0 else "contradicts")
assert 5 < uncorrected.activation_mev.value - found[0].activation_mev.value < 9
assert shifts.same.outcome == "supports"

colours = {0: "#0072B2", 50: "#E69F00", 90: "#D55E00", 110: "#CC79A7"}
fig, ((a, b), (c, d)) = plt.subplots(2, 2, figsize=(11, 8), layout="constrained")
heat = plt.get_cmap("plasma")
for ds in up[0][: KELVIN.size]:
    colour = heat((ds.attrs["temperature_k"] - 300) / 75)
    a.plot(ds.wavelength, ds.signal / 1e3, color=colour, label=f"{ds.attrs['temperature_k']:.0f} K")
a.set(xlabel="wavelength (nm)", ylabel="1000 photons per nm", title="up-converted emission, no traps")
a.legend(frameon=False, fontsize=8)
points = found[0].curves
heating = points.branch.values == "heating"
for name, values, mark, colour in (
    ("emitted light", points.emission, "o", colours[0]),
    ("absorbed light", points.signal / points.signal[0], "s", "#009E73"),
):
    at = points.temperature.values
    b.plot(at[heating], values[heating], mark, color=colour, label=f"{name}, heating")
    b.plot(at[~heating], values[~heating], mark, mfc="none", ms=9, color=colour, label=f"{name}, cooling")
b.set(xlabel="temperature (K)", ylabel="relative to 300 K", title="it grows as the absorbed light does")
b.legend(frameon=False, fontsize=8)
for depth, result in found.items():
    points = result.curves
    beta = 1e3 / points.temperature.values
    bars = np.abs(np.stack([points.yield_low, points.yield_high]) - points.yield_ratio.values)
    c.errorbar(beta, points.yield_ratio, bars, fmt="o", ms=4, color=colours[depth])
    c.plot(beta, points.model, color=colours[depth])
    e = result.activation_mev
    name = f"traps of {depth} meV" if depth else "no traps"
    c.text(
        2.765,
        points.model[KELVIN.size - 1],
        f"{name}:\n{e.value:.1f} ± {e.sd:.1f} meV",
        color=colours[depth],
        va="center",
    )
c.set(
    xlabel="1000 K / temperature", ylabel="yield relative to 300 K", yscale="log", xlim=(3.36, 2.45), ylim=(0.93, 2.2)
)
c.set_yticks([1, 1.2, 1.5, 2], ["1", "1.2", "1.5", "2"])
c.minorticks_off()
c.set_title("emitted over absorbed light: the yield")
for name, mark, colour in (("up", "o", colours[0]), ("down", "^", "0.35")):
    points = shifts.curves.isel(step=shifts.curves.conversion.values == name)
    slope = shifts.up_mev_per_k if name == "up" else shifts.down_mev_per_k
    label = f"{name}-converted, {slope.value:.3f} ± {slope.sd:.3f} meV/K".replace("-0.", "−0.")
    d.errorbar(
        points.temperature, points.peak_ev, points.peak_sd, fmt=mark, ms=5, mfc="none", color=colour, label=label
    )
    order = np.argsort(points.temperature.values)
    d.plot(points.temperature[order], points.model[order], color=colour, lw=0.8)
d.set(xlabel="temperature (K)", ylabel="emission maximum (eV)", title="both peaks move alike")
d.legend(frameon=False, fontsize=9)
for axes, letter in zip((a, b, c, d), "abcd", strict=True):
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_title(rf"$\mathbf{{{letter}}}$   {axes.get_title()}", fontsize=10, loc="left")
    axes.set_title("")
fig.savefig("yield-over-temperature.png", dpi=110)
