"""From an absorption and an emission spectrum to a cooling window, next to the truth of the virtual laboratory."""

import numpy as np

import antistokes as ans
from antistokes.lab import spectra as lab

# The measurement: one electronic state, so that the apparent temperature has a closed form.
sample = lab.Sample(inhomogeneous_width_mev=10.0, states=((0.0, 1.0),))
absorption, emission = lab.absorption_and_emission(sample, seed=1, photons=1e9)

# How far is the light up-converted?
gain = ans.energy_gain(emission, 655.0, absorption)
print(f"gain at 655 nm: {gain.mean_mev} by mean, {gain.peak_mev} by peak; Stokes shift {gain.stokes_shift_mev}")

# Do the two spectra obey detailed balance, and if not, how unequal are the dots?
balance = ans.reciprocity(absorption, emission)
print(f"apparent temperature: {balance.temperature_k}; static width {balance.inhomogeneous_width_mev}")

# In which window could the sample cool, and which yield does it take?
window = ans.cooling_window(absorption, emission, quantum_yield=(0.99, 0.01), excitation_nm=655.0)
print(f"window: {window.blue_edge_nm} to {window.red_edge_nm}; needed at 655 nm: {window.at[0].break_even_yield}")

# What it shows, against the truth.
assert balance.temperature_k.low < sample.apparent_temperature_k < balance.temperature_k.high
assert balance.inhomogeneous_width_mev.low < 10.0 < balance.inhomogeneous_width_mev.high

energy = np.linspace(1.7, 2.2, 5001)
photons = sample.photons_per_ev(energy)
mean_ev = float(np.sum(energy * photons) / np.sum(photons))
laser_ev = float(ans.units.energy_from_wavelength(655.0))
assert abs(gain.mean_mev.value - 1e3 * (mean_ev - laser_ev)) < 0.1
assert abs(window.at[0].break_even_yield.value - laser_ev / mean_ev) < 1e-4

# A yield of .99 +- .01 is conditioned on at most one: its median lies below .99, and the blue edge is skew.
blue = window.blue_edge_nm
assert abs(window.external_yield.value - 0.988) < 1e-3
assert blue.high - blue.value > 1.3 * (blue.value - blue.low)
assert abs(blue.value - window.mean_emission_nm.value / window.external_yield.value) < 0.2
assert window.red_edge_nm.kind == "lower limit"  # no background was stated: the window ends where the data do
