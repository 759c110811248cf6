"""The truth behind simulated spectra: dots in the slow-bath limit, or with the full electron-phonon line shape."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike
from scipy.interpolate import CubicSpline

from antistokes import units
from antistokes.physics import coupling as couplings
from antistokes.physics import ensemble, lineshape, marcus, presets
from antistokes.physics.coupling import Coupling
from antistokes.physics.cumulant import mean_and_variance
from antistokes.physics.ensemble import Ensemble, Shifts
from antistokes.units import FloatArray, Medium

__all__ = ["CDSE_STATES", "Sample", "emission_after"]

CDSE_STATES = presets.CDSE_STATES  # of a typical edge, assumed

ABOVE_MEV = 100.0  # an excitation this far above the highest state excites all dots alike
FAINTEST = 1e-300  # of a dot's kernel; next to it the spline of a logarithm rings, over 20 decades
_AROUND_EV = np.linspace(-0.3, 0.3, 2401)  # where the maximum of a line is looked for
EMITTED_EV = 0.5  # on both sides of E_00: beyond is less than 1e-7 of the photons, and none is given
SIGMAS = 9.0  # of a Gaussian ensemble on both sides: far in the tail, dots of 8 are what is seen


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """The truth behind a simulated pair of spectra.

    Parameters
    ----------
    e00_ev : float
        Zero-phonon energy [eV]. The default puts the emission maximum (photons per nm) at 632 nm in air.
    reorganisation_mev : float
        Reorganisation energy [meV]. With a coupling it is the coupling's, whatever is passed.
    inhomogeneous_width_mev : float
        Standard deviation of the transition energy over the ensemble [meV]. With shifts it is theirs, whatever is
        passed.
    temperature_k : float
        Temperature [K].
    states : tuple of (offset_mev, strength)
        Electronic states.
    absorption_per_cm : float
        Absorption coefficient at the maximum of the lowest state [cm^-1].
    coupling : Coupling, optional
        What every state is coupled to, for the full line shape (:mod:`antistokes.physics.ensemble`). Without it the
        line is that of a slow bath (:mod:`antistokes.physics.marcus`).
    shifts : Shifts, optional
        Distribution of the transition energy, with a coupling only; by default Gaussian.
    """

    e00_ev: float = 1.9771
    reorganisation_mev: float = 18.4
    inhomogeneous_width_mev: float = 3.0
    temperature_k: float = 300.0
    states: tuple[marcus.State, ...] = CDSE_STATES
    absorption_per_cm: float = 1.0
    coupling: Coupling | None = None
    shifts: Shifts | None = None

    def __post_init__(self) -> None:
        """Check a coupling and shifts, hold them as what nobody can change, and take the two energies from them."""
        if self.coupling is None:
            if self.shifts is not None:
                raise ValueError("shifts ask for a coupling; coupling=Coupling(slow_mev=18.4) is the slow-bath limit")
            return
        couplings.check(self.coupling, self.temperature_k)
        modes, baths, slow_mev = self.coupling
        held: dict[str, object] = {
            "coupling": Coupling(tuple(modes), tuple(baths), slow_mev),
            "states": tuple((float(offset), float(strength)) for offset, strength in self.states),
            "reorganisation_mev": couplings.reorganisation_mev(self.coupling),
        }
        if self.shifts is not None:
            x, weight = ensemble.histogram_shifts(*self.shifts)
            held["inhomogeneous_width_mev"] = float(np.sqrt(weight @ (x - weight @ x) ** 2))
            held["shifts"] = Shifts(*(_read_only(part) for part in self.shifts))
        for name, value in held.items():
            object.__setattr__(self, name, value)

    def __eq__(self, other: object) -> bool:
        """Tell whether all that is known of two samples is equal."""
        return self._key() == other._key() if isinstance(other, Sample) else NotImplemented

    def __hash__(self) -> int:
        """Hash all that is known of the sample."""
        return hash(self._key())

    def _key(self) -> tuple[object, ...]:
        """Return all fields, shifts as bytes: arrays have neither a hash nor one truth of a comparison."""
        shifts = None if self.shifts is None else tuple(part.tobytes() for part in self.shifts)
        return (*(getattr(self, field.name) for field in fields(self) if field.name != "shifts"), shifts)

    @property
    def apparent_temperature_k(self) -> float:
        """Reciprocity temperature of the ensemble in the Gaussian limit with a single state [K]."""
        kt = float(units.thermal_energy_ev(self.temperature_k))
        ratio = (self.inhomogeneous_width_mev / 1e3) ** 2 / (2 * self.reorganisation_mev / 1e3 * kt)
        return self.temperature_k * (1 + ratio)

    def alpha_per_cm(self, energy_ev: ArrayLike) -> FloatArray:
        """Absorption coefficient [cm^-1] at photon energies [eV]."""
        if self.coupling is not None:
            return self.absorption_per_cm * _spectrum(self, energy_ev, emission=False) / _first_maximum(self)
        line = (self.e00_ev, self.reorganisation_mev, self.temperature_k, self.inhomogeneous_width_mev)
        peak = marcus.cross_section(self.e00_ev + self.reorganisation_mev / 1e3, *line, states=self.states[:1])
        return self.absorption_per_cm * marcus.cross_section(energy_ev, *line, states=self.states) / peak

    def photons_per_ev(
        self, energy_ev: ArrayLike, excitation_nm: float | None = None, medium: Medium = "air"
    ) -> FloatArray:
        """Emitted photons per energy, relative to their maximum.

        Parameters
        ----------
        energy_ev : array_like
            Photon energies, of any shape [eV].
        excitation_nm : float, optional
            Excitation: each dot emits as much as it absorbs there, which in the tail selects the red ones. Without it,
            or 100 meV above the highest state, all dots are excited alike. Asks for a coupling [nm].
        medium : {"air", "vacuum"}
            Medium of ``excitation_nm``.

        Returns
        -------
        ndarray
            Photons per energy, same shape [1].
        """
        if self.coupling is not None:
            chosen = self._selecting_ev(excitation_nm, medium)
            return _spectrum(self, energy_ev, emission=True, excitation_ev=chosen) / _brightest(self, chosen)
        if excitation_nm is not None:
            raise ValueError(
                "an excitation that selects dots asks for a coupling:"
                f" coupling=Coupling(slow_mev={self.reorganisation_mev:g}) is this sample's line shape"
            )
        line = (self.e00_ev, self.reorganisation_mev, self.temperature_k, self.inhomogeneous_width_mev)
        grid = np.linspace(self.e00_ev - 0.3, self.e00_ev + 0.3, 2401)
        top = float(np.max(marcus.photon_rate(grid, *line, states=self.states)))
        return marcus.photon_rate(energy_ev, *line, states=self.states) / top

    def _selecting_ev(self, excitation_nm: float | None, medium: Medium) -> float | None:
        """Return the energy of an excitation that tells dots apart, else None [eV]."""
        if excitation_nm is None:
            return None
        energy = float(units.energy_from_wavelength(excitation_nm, medium))
        highest = max(offset for offset, _ in self.states)
        return energy if energy <= self.e00_ev + (highest + ABOVE_MEV) / 1e3 else None

    def _flask(self) -> Ensemble:
        """Return the dots as :mod:`antistokes.physics.ensemble` takes them."""
        assert self.coupling is not None
        shifts = self.shifts or _gaussian(self.inhomogeneous_width_mev, self.coupling, self.temperature_k)
        return Ensemble(self.e00_ev, self.coupling, self.temperature_k, shifts, self.states, "tilted")


def _read_only(values: ArrayLike) -> FloatArray:
    out = np.array(values, dtype=float)
    out.setflags(write=False)
    return out


def _gaussian(width_mev: float, coupling: Coupling, temperature_k: float) -> Shifts:
    """Return a Gaussian of shifts fine enough for the narrowest line of a dot: its sum is exact to 1e-9."""
    if not width_mev > 0:
        return ensemble.gaussian_shifts(width_mev)
    broadening = coupling._replace(modes=tuple(mode for mode in coupling.modes if mode.width_mev))
    line_mev = max(float(np.sqrt(mean_and_variance(broadening, temperature_k)[1])), ensemble.STEP_MEV)
    x = np.linspace(-SIGMAS, SIGMAS, 1 + int(np.ceil(SIGMAS * max(10, 2.5 * width_mev / line_mev))))
    return ensemble.histogram_shifts(width_mev * x, np.exp(-0.5 * x**2))


def _spectrum(
    sample: Sample, energy_ev: ArrayLike, *, emission: bool, excitation_ev: float | None = None
) -> FloatArray:
    """Return photon rate or cross-section of a sample with a coupling, on a relative scale, shape of the energies."""
    energy = np.asarray(energy_ev, dtype=float)
    return _held(sample, energy.tobytes(), emission, excitation_ev).reshape(energy.shape)


@lru_cache(maxsize=64)  # a truth is measured many times, with other noise
def _held(sample: Sample, energy_bytes: bytes, emission: bool, excitation_ev: float | None) -> FloatArray:
    energy, flask = np.frombuffer(energy_bytes), sample._flask()
    try:
        with np.errstate(divide="ignore"):  # ln of what is no number any more, which the spline refuses
            if emission:
                return _read_only(ensemble.photon_rate(energy, flask, excitation_ev))
            return _read_only(ensemble.cross_section(energy, flask))
    except ValueError:  # the fast engine does not reach everywhere; what the other cannot do, it says why
        return _read_only(_far_reaching(energy, flask._replace(engine="panjer"), emission, excitation_ev))


def _far_reaching(energy: FloatArray, flask: Ensemble, emission: bool, excitation_ev: float | None) -> FloatArray:
    """Return the sums of :mod:`antistokes.physics.ensemble` with 0 where no number can hold them."""
    spectrum, power = (lineshape.photon_rate, 3) if emission else (lineshape.cross_section, 1)
    e00_ev, coupling, temperature_k, shifts, states, engine = flask
    weight = shifts.weight if excitation_ev is None else ensemble.excited_weights(flask, excitation_ev)
    of_dots = energy[:, np.newaxis] - shifts.shift_mev / 1e3
    step = ensemble.STEP_MEV / 1e3
    grid = np.arange(of_dots.min() - 3 * step, of_dots.max() + 4 * step, step)
    of_one = spectrum(grid, e00_ev, coupling, temperature_k, states, engine) / grid**power
    total = np.exp(CubicSpline(grid, np.log(np.maximum(of_one, FAINTEST)))(of_dots)) @ weight
    return np.asarray(energy**power * np.where(total > 1e20 * FAINTEST, total, 0.0))


@lru_cache(maxsize=64)
def _first_maximum(sample: Sample) -> float:
    """Return the cross-section where that of the lowest state over the energy is largest, from a parabola of ln."""
    lowest = replace(sample, states=sample.states[:1])
    energy = sample.e00_ev + sample.reorganisation_mev / 1e3 + _AROUND_EV
    kernel = _spectrum(lowest, energy, emission=False) / energy
    top = min(max(int(np.argmax(kernel)), 1), energy.size - 2)
    below, at, above = np.log(kernel[top - 1 : top + 2])
    shift = 0.5 * (below - above) / (below - 2 * at + above)
    return float(np.exp(at - 0.25 * (below - above) * shift) * (energy[top] + shift * (energy[1] - energy[0])))


@lru_cache(maxsize=64)
def _brightest(sample: Sample, excitation_ev: float | None) -> float:
    return float(np.max(_spectrum(sample, sample.e00_ev + _AROUND_EV, emission=True, excitation_ev=excitation_ev)))


def emission_after(sample: Sample, energy_ev: ArrayLike, excitation_ev: ArrayLike) -> FloatArray:
    r"""Emission after excitation at each of many energies, of one photon in all.

    .. math:: e(E|E_\mathrm{ex}) = \frac{R(E|E_\mathrm{ex})}{\int R(E'|E_\mathrm{ex})\,dE'}

    Parameters
    ----------
    sample : Sample
        What emits; without a coupling all dots are excited alike.
    energy_ev : array_like
        Energies of the emission, shape (m,); beyond 0.5 eV from E_00 there is none [eV].
    excitation_ev : array_like
        Energies of the excitation, shape (k,); where no dot absorbs, all emit alike, which nothing asks for [eV].

    Returns
    -------
    ndarray
        Photons per energy, shape (k, m) [1/eV].

    References
    ----------
    R as in :mod:`antistokes.physics.ensemble`.
    """
    energy, excitation = np.asarray(energy_ev, dtype=float), np.asarray(excitation_ev, dtype=float)
    return _held_after(sample, energy.tobytes(), excitation.tobytes())


@lru_cache(maxsize=32)  # an excitation spectrum is up to 15 MB of it
def _held_after(sample: Sample, energy_bytes: bytes, excitation_bytes: bytes) -> FloatArray:
    energy, excitation = np.frombuffer(energy_bytes), np.frombuffer(excitation_bytes)
    around = sample.e00_ev + np.linspace(-EMITTED_EV, EMITTED_EV, 1 + round(2e3 * EMITTED_EV / ensemble.STEP_MEV))
    within = np.abs(energy - sample.e00_ev) <= EMITTED_EV
    if sample.coupling is None:
        spectrum, total = sample.photons_per_ev(energy), np.trapezoid(sample.photons_per_ev(around), around)
        return _read_only(np.tile(np.where(within, spectrum / total, 0.0), (excitation.size, 1)))
    kernel, shifts = _emission_kernel(sample), sample._flask().shifts
    weight = np.tile(shifts.weight, (excitation.size, 1))
    tells = excitation <= sample.e00_ev + (max(offset for offset, _ in sample.states) + ABOVE_MEV) / 1e3
    if tells.any():
        each = excitation[tells, np.newaxis] - shifts.shift_mev / 1e3
        absorbing = _kernel_between(sample, each.min(), each.max(), emission=False)(each) * shifts.weight
        weight[tells] = np.where(absorbing.sum(axis=1, keepdims=True) > 0, absorbing, shifts.weight)
    moved = shifts.shift_mev[:, np.newaxis] / 1e3
    totals = np.trapezoid(around**3 * kernel(around - moved), around)
    out = np.zeros((excitation.size, energy.size))
    out[:, within] = weight @ (energy[within] ** 3 * kernel(energy[within] - moved)) / (weight @ totals)[:, np.newaxis]
    return _read_only(out)


@lru_cache(maxsize=64)
def _emission_kernel(sample: Sample) -> Callable[[FloatArray], FloatArray]:
    shift_ev = sample._flask().shifts.shift_mev / 1e3
    ends = sample.e00_ev - EMITTED_EV - shift_ev.max(), sample.e00_ev + EMITTED_EV - shift_ev.min()
    return _kernel_between(sample, *ends, emission=True)


def _kernel_between(
    sample: Sample, low_ev: float, high_ev: float, *, emission: bool
) -> Callable[[FloatArray], FloatArray]:
    """Return the kernel of the unshifted dot from one energy to another, a spline of its logarithm."""
    flask, step = sample._flask(), ensemble.STEP_MEV / 1e3
    spectrum, power = (lineshape.photon_rate, 3) if emission else (lineshape.cross_section, 1)
    grid = np.arange(low_ev - 3 * step, high_ev + 4 * step, step)
    of_dot = (flask.e00_ev, flask.coupling, flask.temperature_k, flask.states)
    try:
        with np.errstate(divide="ignore"):
            fast = CubicSpline(grid, np.log(spectrum(grid, *of_dot, flask.engine) / grid**power))
        return lambda energy: np.asarray(np.exp(fast(energy)))
    except ValueError:  # as in _held: the other engine reaches further
        far = CubicSpline(grid, np.log(np.maximum(spectrum(grid, *of_dot, "panjer") / grid**power, FAINTEST)))
        faintest = np.log(1e20 * FAINTEST)
        return lambda energy: np.where(far(energy) > faintest, np.exp(far(energy)), 0.0)
