"""The tables of a study.toml, each a dataclass with its keys and their defaults. Documented in docs/study-toml.md."""

from __future__ import annotations

from dataclasses import dataclass, field

Range = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """One measurement: where it is and what its file does not say."""

    file: str
    x: str | None = None
    column: str | None = None
    quantity: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan(File):
    """One spectrum, perhaps in frames. All a dark needs, for its samples are another's."""

    cosmic_rays: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Source(Scan):
    """One measured spectrum."""

    medium: str | None = None
    range_nm: Range | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AbsorptionSource(Source):
    """Absorption, with what gives it a scale, and the spectra that extend it into the tail."""

    dark: Scan | None = None
    bandpass_nm: float | None = None
    path_cm: float | None = None
    number_density_per_cm3: float | None = None
    near_nm: float | None = None
    max_absorbance: float | None = None
    transparent_nm: Range | None = None
    scattering: bool = False
    blank: Source | None = None
    concentrated: Source | None = None
    concentrated_blank: Source | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Light(Source):
    """Light that a sample emits."""

    dark: Scan | None = None
    excitation_nm: float | None = None  # of this spectrum; those of [study] are where numbers are asked for
    bandpass_nm: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EmissionSource(Light):
    """Emission."""

    detection_floor: float = 1e-3
    background_nm: Range | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UpEmissionSource(Light):
    """Emission of the same sample, excited below the gap."""

    cut_nm: float | None = None
    exclude_nm: tuple[Range, ...] = ()
    background_nm: Range | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PleSource(Source):
    """Excitation spectrum, how it was measured, and what it is held against."""

    detection_nm: float | None = None
    bandpass_nm: float | None = None
    geometry: str | None = None
    window: Range | None = None
    order_filter_nm: float | None = None
    lamp: Source | None = None
    absorption: Source | None = None
    baseline_sd: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerSource(File):
    """Power series: one signal for each power."""

    background: float | None = None
    background_sd: float | None = None
    power_sd_relative: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AbsorptionStep(Source):
    """Absorption at one temperature of a series."""

    temperature_k: float | None = None
    branch: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EmissionStep(Light):
    """Emission at one temperature of a series."""

    temperature_k: float | None = None
    branch: str | None = None
    power_w: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Temperature:
    """Temperature series in the order they were taken, and how they are analysed."""

    below_mev: tuple[float, ...] = (50.0,)
    phonon_mev: float | None = None
    coupling: str = "cdse-cds-zb"
    solvent: str | None = None
    geometry: str | None = None
    window: Range = (0.5, 0.5)
    cut_nm: float | None = None
    exclude_nm: tuple[Range, ...] = ()
    baseline_sd: float = 0.0
    common_baseline_sd: float = 0.0
    temperature_sd_k: float = 0.0
    absorption: tuple[AbsorptionStep, ...] = ()
    emission: tuple[EmissionStep, ...] = ()
    up_emission: tuple[EmissionStep, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationSource(Source):
    """A lamp as the spectrometer of the emission sees it, and what the lamp emits."""

    dark: Scan | None = None
    certificate: Source | None = None
    correlation_nm: float = 0.0
    colour_temperature_k: float | None = None
    colour_temperature_sd_k: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Factors(File):
    """What counts are multiplied by to become power or photons per nm."""

    gives: str
    relative_sd: float = 0.0
    correlation_nm: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SphereScan(Source):
    """One spectrum in an integrating sphere."""

    dark: Scan | None = None
    integration_time_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SphereRun:
    """One run of an integrating sphere: the spectra of each configuration."""

    empty: tuple[SphereScan, ...]
    direct: tuple[SphereScan, ...]
    indirect: tuple[SphereScan, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SphereSource:
    """Runs of an integrating sphere, their bands, and what is known of their errors."""

    laser_nm: Range
    emission_nm: Range
    quantity: str | None = None
    correction: Factors | None = None
    band_sd: float = 0.0
    laser_sd: float = 0.0
    emission_sd: float = 0.0
    drift_sd: float = 0.0
    laser_transmission: float = 1.0
    laser_transmission_sd: float = 0.0
    self_absorption: float = 0.0
    self_absorption_sd: float = 0.0
    method: str | None = None
    run: tuple[SphereRun, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Yield:
    """Quantum yield, stated or measured in a sphere, and what the sample does to its own light."""

    value: float | None = None
    sd: float = 0.0
    self_absorption: float = 0.0
    exitance_w_per_m2: float | None = None
    sphere: SphereSource | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contaminant:
    """Light beside the excitation below the gap, and its fraction of the photons."""

    name: str
    wavelength_nm: float
    fraction: float


@dataclass(frozen=True, slots=True, kw_only=True)
class YieldRatioSource:
    """That up- and down-converted emission are held against what was absorbed, and how well all of it is known."""

    absorption: Source | None = None
    up_absorptance: float | None = None
    up_absorptance_sd: float = 0.0
    down_absorptance: float | None = None
    down_absorptance_sd: float = 0.0
    up_power_w: float | None = None
    down_power_w: float | None = None
    power_sd: float = 0.0
    stray_sd: float = 0.0
    inner_filter_sd: float = 0.0
    linearity_sd: float = 0.0
    baseline_sd: float = 0.0
    geometry: str | None = None
    window: Range = (0.5, 0.5)
    solvent: str | None = None
    margin: float = 0.03
    contaminant: tuple[Contaminant, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Background:
    """Parasitic absorption at the concentration of the absorption spectrum."""

    per_cm: float
    sd: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Lineshape:
    """That the line shape is fitted, and how."""

    coupling: str = "cdse-cds-zb"
    higher_states: int = 1
    free_shares: bool = True
    free_skewness: bool = True
    baseline: bool = True
    absorption_nm: Range | None = None
    emission_nm: Range | None = None
    exclude_nm: tuple[Range, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class General:
    """What concerns the whole study."""

    name: str = ""
    temperature_k: float | None = None
    medium: str | None = None
    excitation_nm: tuple[float, ...] = ()
    window_fraction: float = 0.05
    level: float = 0.95
    draws: int = 2000
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """A whole study.toml."""

    emission: EmissionSource
    study: General = field(default_factory=General)
    absorption: AbsorptionSource | None = None
    calibration: CalibrationSource | None = None
    quantum_yield: Yield | None = None
    background: Background | None = None
    lineshape: Lineshape | None = None
    up_emission: UpEmissionSource | None = None
    yield_ratio: YieldRatioSource | None = None
    ple: PleSource | None = None
    power: PowerSource | None = None
    temperature: Temperature | None = None
