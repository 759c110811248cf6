"""What a material's TOML must look like: the quantities it may state, their units, and the check of every number."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple, NoReturn

QUANTITIES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        # electrons
        "band_gap": ("eV", "band gap at 300 K of the phase that is stable there"),
        "band_gap_zinc_blende": ("eV", "band gap at 300 K of the zinc-blende phase, where wurtzite is the stable one"),
        "band_gap_slope": ("eV/K", "change of the band gap with temperature near 300 K; above zero it opens"),
        "varshni_a": ("eV/K", "a of the band gap E(0) - a T^2/(T + b)"),
        "varshni_b": ("K", "b of the band gap E(0) - a T^2/(T + b)"),
        "spin_orbit_splitting": ("eV", "spin-orbit splitting of the valence band"),
        "electron_affinity": ("eV", "vacuum level above the conduction band edge"),
        "conduction_band_offset_to_cdse": ("eV", "conduction band edge above that of CdSe"),
        "electron_mass": ("m_e", "effective mass of the electron"),
        "hole_mass": ("m_e", "effective mass of the (heavy) hole"),
        "exciton_reduced_mass": ("m_e", "reduced mass of electron and hole, as measured on the exciton"),
        "exciton_binding_energy": ("meV", "binding energy of the exciton in the bulk"),
        # lattice
        "lo_phonon": ("meV", "longitudinal optical phonon at the zone centre"),
        "to_phonon": ("meV", "transverse optical phonon at the zone centre"),
        "low_energy_mode": ("meV", "low optical mode that couples besides the LO phonon"),
        "lattice_constant": ("nm", "cubic lattice constant (of CsPbBr3 pseudo-cubic)"),
        "lattice_constant_a": ("nm", "wurtzite lattice constant a"),
        "lattice_constant_c": ("nm", "wurtzite lattice constant c"),
        "monolayer_thickness": ("nm", "thickness of one layer of formula units"),
        # light
        "static_dielectric_constant": ("1", "relative permittivity below the phonons"),
        "high_frequency_dielectric_constant": ("1", "relative permittivity between phonons and band gap"),
        "exciton_dielectric_constant": ("1", "relative permittivity that the exciton feels"),
        "refractive_index_d": ("1", "refractive index at 589.3 nm"),
        "refractive_index_405nm": ("1", "real part of the refractive index of the bulk at 405 nm"),
        "refractive_index_450nm": ("1", "real part of the refractive index of the bulk at 450 nm"),
        "absorption_405nm": ("cm^-1", "absorption coefficient of the bulk at 405 nm"),
        "absorption_450nm": ("cm^-1", "absorption coefficient of the bulk at 450 nm"),
        "absorption_baseline": ("cm^-1", "smooth absorption measured beneath the overtones"),
        "thermo_optic_coefficient": ("K^-1", "change of the refractive index with temperature"),
        "emissivity": ("1", "total hemispherical emissivity near 300 K"),
        # matter and heat
        "density": ("kg/m^3", "density"),
        "molar_mass": ("g/mol", "molar mass"),
        "heat_capacity": ("J/(kg K)", "specific heat capacity at constant pressure"),
        "thermal_conductivity": ("W/(m K)", "thermal conductivity"),
        "thermal_expansion_linear": ("K^-1", "linear thermal expansion"),
        "thermal_expansion_volumetric": ("K^-1", "volumetric thermal expansion"),
        "glass_transition": ("K", "glass transition temperature"),
    }
)
INDEX_UNIT = "1"
NUMBER_KEYS = ("value", "unit", "uncertainty", "source")
MAY_KEYS = ("assumed", "note")


class Number(NamedTuple):
    """One number: value, unit, standard deviation, where it comes from.

    ``assumed`` is true where no source was read for it: it is from memory, or rests on such a number or on a model.
    """

    value: float
    unit: str
    uncertainty: float
    source: str
    assumed: bool = False
    note: str = ""


class Dispersion(NamedTuple):
    """A dispersion formula, numbered as in the refractiveindex.info database, and where it holds.

    ``coefficients`` belong to wavelengths in micrometres; ``uncertainty`` is that of the index.
    """

    formula: int
    coefficients: tuple[float, ...]
    lowest_nm: float
    highest_nm: float
    uncertainty: float
    source: str
    assumed: bool = False
    note: str = ""


class Band(NamedTuple):
    """One absorption band, a Gaussian over wavenumber: centre [nm], peak [cm^-1] and FWHM [cm^-1] of wavenumber."""

    centre: Number
    peak: Number
    fwhm: Number


class Overtones(NamedTuple):
    """Absorption bands of a liquid, the range in which their sum holds, and where they come from."""

    lowest_nm: float
    highest_nm: float
    bands: tuple[Band, ...]
    source: str
    assumed: bool = False
    note: str = ""


class Material(NamedTuple):
    """What is known of a material: numbers by quantity, dispersion formulas of its index, its absorption bands."""

    name: str
    title: str
    numbers: Mapping[str, Number]
    dispersion: tuple[Dispersion, ...] = ()
    overtones: Overtones | None = None


def material(name: str, raw: Mapping[str, Any]) -> Material:
    """Return the material that a TOML states; a ValueError says where its form is wrong.

    Parameters
    ----------
    name : str
        Its name, for the messages.
    raw : mapping
        The TOML as it was parsed.
    """
    title = raw.get("title")
    if not isinstance(title, str) or not title:
        _wrong(name, "title", "a text", title)
    tables = {key: value for key, value in raw.items() if key not in ("title", "dispersion", "overtones")}
    numbers = {key: _quantity(name, key, table) for key, table in tables.items()}
    pieces = enumerate(raw.get("dispersion", ()), start=1)
    dispersion = tuple(_dispersion(f"{name}: dispersion {i}", table) for i, table in pieces)
    overtones = _overtones(f"{name}: overtones", raw["overtones"]) if "overtones" in raw else None
    return Material(name, title, numbers, dispersion, overtones)


def _quantity(name: str, key: str, table: Any) -> Number:
    if key not in QUANTITIES:
        raise ValueError(f"{name}: {key!r} is no quantity of a material. Known: {', '.join(QUANTITIES)}.")
    return _number(f"{name}: {key}", table, QUANTITIES[key][0])


def _number(where: str, table: Any, unit: str) -> Number:
    _check_keys(where, table, NUMBER_KEYS)
    if table["unit"] != unit:
        _wrong(where, "unit", repr(unit), table["unit"])
    value, spread = _real(where, "value", table["value"]), _real(where, "uncertainty", table["uncertainty"])
    if not spread > 0:
        _wrong(where, "uncertainty", "a standard deviation above 0", spread)
    return Number(value, unit, spread, *_origin(where, table))


def _dispersion(where: str, table: Any) -> Dispersion:
    _check_keys(where, table, ("formula", "coefficients", "lowest_nm", "highest_nm", "unit", "uncertainty", "source"))
    if table["unit"] != INDEX_UNIT:
        _wrong(where, "unit", repr(INDEX_UNIT), table["unit"])
    numbers = (_real(where, key, table[key]) for key in ("lowest_nm", "highest_nm", "uncertainty"))
    low, high, spread = numbers
    if not (0 < low < high and spread > 0):
        _wrong(where, "range and uncertainty", "0 < lowest_nm < highest_nm and uncertainty > 0", (low, high, spread))
    coefficients = tuple(_real(where, "coefficients", c) for c in table["coefficients"])
    return Dispersion(int(table["formula"]), coefficients, low, high, spread, *_origin(where, table))


def _overtones(where: str, table: Any) -> Overtones:
    _check_keys(where, table, ("lowest_nm", "highest_nm", "source", "band"))
    source, is_assumed, note = _origin(where, table)
    shared = {"source": source, "assumed": is_assumed}
    bands = tuple(_band(f"{where}, band {i}", band, shared) for i, band in enumerate(table["band"], start=1))
    low, high = (_real(where, key, table[key]) for key in ("lowest_nm", "highest_nm"))
    if not 0 < low < high:
        _wrong(where, "range", "0 < lowest_nm < highest_nm", (low, high))
    return Overtones(low, high, bands, source, is_assumed, note)


def _band(where: str, table: Any, shared: Mapping[str, Any]) -> Band:
    _check_keys(where, table, ("centre", "peak", "fwhm"), ())
    units = {"centre": "nm", "peak": "cm^-1", "fwhm": "cm^-1"}
    return Band(*(_number(f"{where}, {key}", {**shared, **table[key]}, unit) for key, unit in units.items()))


def _check_keys(where: str, table: Any, must: tuple[str, ...], may: tuple[str, ...] = MAY_KEYS) -> None:
    found = set(table) if isinstance(table, Mapping) else set()
    if not set(must) <= found <= {*must, *may}:
        _wrong(where, "keys", f"{', '.join(must)}" + (f" and perhaps {', '.join(may)}" if may else ""), sorted(found))


def _real(where: str, key: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        _wrong(where, key, "a finite number", value)
    return float(value)


def _origin(where: str, table: Mapping[str, Any]) -> tuple[str, bool, str]:
    source, assumed, note = table["source"], table.get("assumed", False), table.get("note", "")
    if not isinstance(source, str) or not source.strip():
        _wrong(where, "source", "a text", source)
    if not isinstance(assumed, bool) or not isinstance(note, str):
        _wrong(where, "assumed and note", "true or false, and a text", (assumed, note))
    return source, assumed, note


def _wrong(where: str, what: str, expected: str, found: Any) -> NoReturn:
    raise ValueError(f"{where}, {what}: expected {expected}, found {found!r}.")
