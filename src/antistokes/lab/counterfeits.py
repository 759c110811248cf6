r"""Samples whose up-conversion is not intrinsic, and what any sample gives off for one photon of the excitation.

A :class:`Counterfeit` is an honest :class:`~antistokes.lab.sample.Sample` with one mechanism or several beside it. With
the absorbance A of all there is, a = 1 - 10^(-A) or what the geometry collects of it, the share s of the dots in A, the
yield Q, and e the emission of one photon in all, a photon of the excitation gives

.. math:: L = Qa\,s\,e(E|E_\mathrm{ex}) + Q\left[a(1-s)\frac{e^{-E_t/kT}}{1+P/P_s}
              + \beta Pcl + \epsilon\,a_\mathrm{leak}\right]e(E)

photons: dots selected by the excitation, and traps, pairs of photons and leaked light, after which all dots emit alike.
The equations are derived here; every size of a mechanism is the caller's, and no default is that of a material.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from antistokes import materials, units
from antistokes.lab.sample import EMITTED_EV, Sample, emission_after
from antistokes.physics.dots import varshni_shift_ev
from antistokes.physics.inner_filter import Geometry, collected
from antistokes.units import FloatArray, Medium

__all__ = [
    *("Cascade", "Counterfeit", "Heating", "Leak", "Source", "Traps", "TwoPhoton"),
    *("absorbance", "as_counterfeit", "at_temperature", "emitted_per_nm", "heated"),
]

HOTTEST_K = 600.0  # of a heated sample, assumed: beyond, nothing of it is left
STEPS = 40  # towards its temperature
SETTLED_K = 1e-3
ALIKE_EV = 10.0  # an excitation of all dots alike
GENERATION_EV = 2e-3  # step of the integral over what a cascade reabsorbs


class Traps(NamedTuple):
    r"""Trap-activated: a tail of absorption below the gap emits only after thermal activation.

    Absorption :math:`\alpha_t e^{(E-E_{00})/E_U}` below E_00 and constant above. What gives it away: signal over
    absorptance changes by :math:`\exp[-E_t(1/kT_1-1/kT_2)]`, from 300 to 360 K by 1.38, 1.79 and 2.03 for 50, 90 and
    110 meV, where traps absorb nearly all and give nearly all of the light. At one temperature it is already below that
    of the dots by exp(-E_t/kT). Towards ``saturation_w`` the exponent of power falls below 1.
    """

    depth_mev: float
    absorption_per_cm: float = 1e-2
    urbach_mev: float = 25.0
    saturation_w: float = np.inf


class TwoPhoton(NamedTuple):
    """Two-photon: pairs of photons, per photon of the excitation, W and cm at concentration 1.

    What gives it away: the exponent of power is 2, and the signal does not follow the absorptance at the laser.
    """

    per_w_cm: float


class Leak(NamedTuple):
    """Leaking laser: a share of the beam's photons is light of another wavelength, above the gap.

    What gives it away: signal over absorptance is 1 + share a(leak)/a(laser): a leak of 1e-4 is 1 % of the signal at an
    absorptance of 1 %, all of it far in the tail, where signal stays and absorptance falls. Its power law is linear.
    """

    share: float
    wavelength_nm: float


class Cascade(NamedTuple):
    """Reabsorption cascade: emitted light passes a depth of the sample, is absorbed by other dots and emitted again.

    One generation: what is absorbed on the way, by Beer's law over one depth, is emitted anew by the dots that
    absorbed it, and leaves. With a yield of 1 photons are conserved. What gives it away: shape and mean energy of the
    emission depend on concentration, in proportion to it where it is thin; and with it the part bluer than the laser.
    """

    depth_cm: float


class Heating(NamedTuple):
    """Laser-heated: the sample is warmer than its thermometer by so much for each absorbed watt.

    What gives it away: reciprocity temperature, peak shift and width are those of T + R P a; the exponent of power is
    1 + d ln a/d ln P, as the tail grows while it warms.
    """

    kelvin_per_w: float


@dataclass(frozen=True, slots=True)
class Counterfeit:
    """A sample with mechanisms beside its own; with none it is the sample, in every instrument.

    Parameters
    ----------
    sample : Sample
        The dots.
    traps : Traps, optional
    two_photon : TwoPhoton, optional
    leak : Leak, optional
    cascade : Cascade, optional
    heating : Heating, optional
        The mechanisms, any of them together.
    """

    sample: Sample
    traps: Traps | None = None
    two_photon: TwoPhoton | None = None
    leak: Leak | None = None
    cascade: Cascade | None = None
    heating: Heating | None = None

    @property
    def temperature_k(self) -> float:
        """Temperature without the laser [K]."""
        return self.sample.temperature_k

    def alpha_per_cm(self, energy_ev: ArrayLike) -> FloatArray:
        """Absorption coefficient of dots and traps at photon energies [eV], in weak light [cm^-1]."""
        alpha = self.sample.alpha_per_cm(energy_ev)
        if self.traps is None:
            return alpha
        below_mev = np.minimum(1e3 * (np.asarray(energy_ev, dtype=float) - self.sample.e00_ev), 0.0)
        return np.asarray(alpha + self.traps.absorption_per_cm * np.exp(below_mev / self.traps.urbach_mev))


Source = Sample | Counterfeit


def as_counterfeit(source: Source) -> Counterfeit:
    """Return the sample as one without mechanisms, or what is one already."""
    return Counterfeit(source) if isinstance(source, Sample) else source


def absorbance(
    source: Source, wavelength_nm: ArrayLike, path_cm: float = 1.0, concentration: float = 1.0, medium: Medium = "air"
) -> FloatArray:
    """True decadic absorbance at wavelengths, same shape [1]."""
    energy = units.energy_from_wavelength(wavelength_nm, medium)
    return np.asarray(source.alpha_per_cm(energy) * concentration * path_cm / units.LN10)


def at_temperature(source: Source, temperature_k: float, core: str = "cdse") -> Counterfeit:
    """Sample at another temperature: E_00 moves as Varshni says, coupling and inhomogeneity stay.

    Parameters
    ----------
    source : Sample or Counterfeit
        A sample at its own temperature.
    temperature_k : float
        The other temperature [K].
    core : str
        Material with the numbers ``varshni_a`` and ``varshni_b``.
    """
    of, numbers = as_counterfeit(source), materials.load(core).numbers
    slope, offset = numbers["varshni_a"].value, numbers["varshni_b"].value
    shift = float(varshni_shift_ev(temperature_k, slope, offset, of.temperature_k))
    return replace(of, sample=replace(of.sample, temperature_k=temperature_k, e00_ev=of.sample.e00_ev + shift))


def heated(
    source: Source,
    excitation_nm: float,
    power_w: float,
    path_cm: float = 1.0,
    concentration: float = 1.0,
    medium: Medium = "air",
) -> Counterfeit:
    """Sample at the temperature that the exciting light holds it at: T = T_0 + R P a(T), with a at that temperature.

    Parameters
    ----------
    source : Sample or Counterfeit
        A sample; without heating it comes back as it is.
    excitation_nm : float
        Wavelength [nm].
    power_w : float
        Power that arrives [W].
    path_cm, concentration : float
        Path length [cm] and factor on the absorption coefficient [1].
    medium : {"air", "vacuum"}
        Medium of ``excitation_nm``.

    Raises
    ------
    ValueError
        The sample heats itself without end.
    """
    cold = hot = as_counterfeit(source)
    if cold.heating is None or not power_w:
        return cold
    for _ in range(STEPS):
        part = float(-np.expm1(-units.LN10 * absorbance(hot, excitation_nm, path_cm, concentration, medium)))
        warm = cold.temperature_k + cold.heating.kelvin_per_w * power_w * part
        if abs(warm - hot.temperature_k) < SETTLED_K:
            return hot
        if warm > HOTTEST_K:
            break
        hot = at_temperature(cold, warm)
    raise ValueError(
        f"at {power_w:g} W the sample heats itself without end, as its tail grows faster than heat leaves; "
        f"from {hot.temperature_k:g} K it goes to {warm:g} K. Take less power or a smaller kelvin_per_w."
    )


def emitted_per_nm(
    source: Source,
    wavelength_nm: ArrayLike,
    excitation_nm: ArrayLike,
    *,
    power_w: float = 0.0,
    path_cm: float = 1.0,
    concentration: float = 1.0,
    quantum_yield: float = 1.0,
    geometry: Geometry = "front-face",
    window: tuple[float, float] = (0.5, 0.5),
    medium: Medium = "air",
) -> FloatArray:
    """Photons per nm that a sample gives off for each photon of the excitation; the equation is in the module's head.

    Parameters
    ----------
    source : Sample or Counterfeit
        What emits, at the temperature it has (see :func:`heated`).
    wavelength_nm : array_like
        Wavelengths of the emission, shape (m,) [nm].
    excitation_nm : array_like
        Wavelengths of the excitation, shape (k,) [nm].
    power_w : float
        Power of the excitation, for what is not linear [W].
    path_cm, concentration : float
        Path length [cm] and factor on the absorption coefficient [1].
    quantum_yield : float
        Photons emitted for each one that dots absorb [1].
    geometry, window
        What is collected, as in :func:`antistokes.physics.inner_filter.collected`.
    medium : {"air", "vacuum"}
        Medium of the wavelengths.

    Returns
    -------
    ndarray
        Photons per nm and photon of the excitation, shape (k, m) [nm^-1].
    """
    of, ex = as_counterfeit(source), np.asarray(excitation_nm, dtype=float)
    nm = np.asarray(wavelength_nm, dtype=float)
    energy, exciting = (units.energy_from_wavelength(x, medium) for x in (nm, ex))
    caught = collected(absorbance(of, ex, path_cm, concentration, medium), geometry, window)
    share = _share_of_dots(of, exciting)
    beside = np.zeros_like(ex)
    if of.traps is not None:
        active = float(np.exp(-of.traps.depth_mev / 1e3 / units.thermal_energy_ev(of.temperature_k)))
        beside = beside + caught * (1 - share) * active / (1 + power_w / of.traps.saturation_w)
    if of.two_photon is not None:
        beside = beside + of.two_photon.per_w_cm * power_w * path_cm * concentration
    if of.leak is not None:
        leaking = absorbance(of, of.leak.wavelength_nm, path_cm, concentration, medium)
        beside = beside + of.leak.share * collected(leaking, geometry, window)

    def light(energies: FloatArray) -> FloatArray:
        given = (caught * share)[:, np.newaxis] * emission_after(of.sample, energies, exciting)
        if beside.any():
            given = given + beside[:, np.newaxis] * emission_after(of.sample, energies, [ALIKE_EV])
        return np.asarray(quantum_yield * given)

    per_ev = light(energy)
    if of.cascade is not None:
        per_ev = _once_more(of, energy, light, of.cascade.depth_cm * concentration, quantum_yield)
    return np.asarray(per_ev / units.nm_per_ev(nm, medium))


def _share_of_dots(of: Counterfeit, energy_ev: FloatArray) -> FloatArray:
    if of.traps is None:
        return np.ones_like(energy_ev)
    return np.asarray(of.sample.alpha_per_cm(energy_ev) / of.alpha_per_cm(energy_ev))


def _once_more(
    of: Counterfeit,
    energy_ev: FloatArray,
    light: Callable[[FloatArray], FloatArray],
    depth_cm: float,
    quantum_yield: float,
) -> FloatArray:
    """Return what leaves of the light after one depth, and what dots emit of the rest, shape (k, m) [1/eV]."""
    grid = of.sample.e00_ev + np.arange(-EMITTED_EV, EMITTED_EV + GENERATION_EV / 2, GENERATION_EV)
    taken = light(grid) * -np.expm1(-of.alpha_per_cm(grid) * depth_cm) * _share_of_dots(of, grid) * GENERATION_EV
    again = quantum_yield * taken @ emission_after(of.sample, energy_ev, grid)
    return np.asarray(light(energy_ev) * np.exp(-of.alpha_per_cm(energy_ev) * depth_cm) + again)
