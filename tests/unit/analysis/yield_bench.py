"""Emission of a known number of photons, absorption of a known absorbance: what yields are compared on."""

import numpy as np

from antistokes import data, quantities, units

EV = np.linspace(1.70, 2.25, 276)
ABSORPTION_NM = np.arange(440.0, 700.5, 1.0)
LAMP = {"response": {"lamp": "one lamp", "identity": "a1", "own": 0, "modes": 1, "rows": 1, "first_node": 0}}


def emission(excitation_nm, photons, *, power_w=1e-3, centre_ev=1.96, noise=1e-6, quantity="photons_per_ev", **attrs):
    """A Gaussian whose integral is so many photons per 1e15 photons of the exciting light."""
    flux = power_w / float(units.energy_from_wavelength(excitation_nm, "vacuum")) / units.ELEMENTARY_CHARGE_C / 1e15
    shape = np.exp(-0.5 * ((EV - centre_ev) / 0.032) ** 2) / (0.032 * (2 * np.pi) ** 0.5)
    stated = {"kind": "emission", "medium": "vacuum", "excitation_nm": excitation_nm, "power_w": power_w} | attrs
    sd = np.full(EV.size, noise * photons * flux / 0.08)
    out = data.build("energy", EV, photons * flux * shape, quantity="photons_per_ev", signal_sd=sd, **stated)
    return out if quantity == "photons_per_ev" else quantities.convert(out, quantity)


def absorption(of, noise=1e-7, offset=0.0, seed=None, **attrs):
    """Absorbance that is a function of wavelength in vacuum."""
    stated = {"kind": "absorption", "quantity": "absorbance", "medium": "vacuum"} | attrs
    y = of(ABSORPTION_NM) + offset
    if seed is not None:
        y = y + noise * np.random.default_rng(seed).standard_normal(y.size)
    return data.build("wavelength", ABSORPTION_NM, y, signal_sd=np.full(y.size, noise), **stated)


def tail(nm):
    """Absorbance .5 above the gap and an exponential tail: .01 at 660 nm."""
    nm = np.asarray(nm, dtype=float)
    return np.minimum(0.5, 0.01 * np.exp(-(nm - 660.0) / 8.0))


def absorptance(nm):
    return 1 - 10.0 ** -tail(nm)
