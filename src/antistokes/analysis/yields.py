"""Absolute quantum yield by an integrating sphere, from two or three measurements."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from antistokes.analysis.calibration import Calibration
from antistokes.analysis.exposure import doubts_of_times
from antistokes.analysis.sphere_band_checks import doubts_of_shared_spectra, refuse_same_runs
from antistokes.analysis.sphere_integrals import check_bands, sphere_integrals
from antistokes.analysis.sphere_result import AbsoluteYield, yield_of_runs
from antistokes.analysis.sphere_run import FIELDS, Method, Run, Setup, stated
from antistokes.analysis.uncertain import Uncertain, value_and_sd
from antistokes.data import Sphere
from antistokes.physics.sphere import Integrals

LASER_EMPTY = FIELDS.index("laser_empty")


def absolute_yield(
    sphere: Sphere | Sequence[Sphere],
    *,
    laser_nm: tuple[float, float],
    emission_nm: tuple[float, float],
    correction: Calibration | None = None,
    band_sd: float = 0.0,
    laser_sd: float = 0.0,
    emission_sd: float = 0.0,
    drift_sd: float = 0.0,
    laser_transmission: Uncertain = 1.0,
    self_absorption: Uncertain = 0.0,
    method: Method | None = None,
    level: float = 0.95,
    draws: int = 20000,
    seed: int = 0,
) -> AbsoluteYield:
    r"""Absolute quantum yield from spectra in an integrating sphere.

    .. math:: Q=\frac{(P_c-P_a)-(1-A)(P_b-P_a)}{A\,L_a},\ A=1-\frac{L_c}{L_b}\quad\text{(three)},\qquad
              Q=\frac{P_c-P_a}{L_a-L_c}\quad\text{(two measurements)}

    with the photons L in the laser's band and P in that of the emission, by the trapezoid rule along each spectrum's
    own axis, of the empty sphere (a), indirect (b) and direct excitation (c). Median and interval are those of draws
    (GUM supplement 1), for the ratio is skew where little is absorbed; there is no standard uncertainty where that of A
    exceeds a tenth of it.

    One run: noise of the samples (stated, of counts, or from the scatter of neighbours) with ``laser_sd``,
    ``emission_sd`` and ``drift_sd``. Several runs: the ratio of the means, with the covariance of the means from the
    scatter, Student's t with one chi-square a draw. That scatter holds noise and drift already, so neither they nor the
    samples' noise are added; what all runs share (correction, ``band_sd``, attenuator, self-absorption) is.

    Parameters
    ----------
    sphere : Sphere or sequence of Sphere
        One run, or repeats of it.
    laser_nm, emission_nm : (float, float)
        Bands of laser and emission, which must not overlap, in the medium of each spectrum [nm].
    correction : Calibration, optional
        Response for spectra in counts, from :func:`calibrate_response` or :func:`response_from_factors`. Its
        uncertainty is one error for all spectra.
    band_sd : float
        Relative standard uncertainty of the response in the emission's band over that in the laser's [1].
    laser_sd, emission_sd : float
        Relative standard uncertainties of each integral, independent, beside the noise of the samples [1].
    drift_sd : float
        Relative standard deviation of the laser's power from configuration to configuration [1].
    laser_transmission : float or (float, float)
        Transmission of the attenuator in separate scans of the laser, with its standard uncertainty [1].
    self_absorption : float or (float, float)
        Probability that the sample absorbs what it emitted: adds the internal yield [1].
    method : {"three", "two"}, optional
        Estimator; by default three measurements where there is indirect excitation.
    level : float
        Coverage probability of the intervals [1].
    draws : int
        Number of draws.
    seed : int
        Seed of the draws.

    Returns
    -------
    AbsoluteYield
        Yield, absorptance, budget and doubts. A yield above one is possible and kept.

    Raises
    ------
    DataError
        A configuration or a band is missing, in two spectra, saturated, in counts without a correction, or divided by
        a response already; exposure times are stated for some only; the correction is shorter than a band; a gap takes
        a quarter of a band or its maximum; a spectrum was excited elsewhere, or is given twice; direct excitation
        transmits more than there was.
    ValueError
        Bands that overlap, are empty or fall; uncertainties that are none.

    References
    ----------
    J. C. de Mello, H. F. Wittmann, R. H. Friend, Adv. Mater. 9, 230 (1997), doi:10.1002/adma.19970090308.
    Skewness: B. van Dam et al., arXiv:1711.06200. Self-absorption:
    :func:`antistokes.physics.cooling.internal_yield`.
    """
    check_bands(laser_nm, emission_nm)
    transmission, transmission_sd = value_and_sd(laser_transmission, "laser_transmission")
    if not 0 < transmission <= 1:
        raise ValueError(f"laser_transmission must be above 0 and at most 1, got {laser_transmission!r}.")
    known = stated(
        laser_sd=laser_sd,
        emission_sd=emission_sd,
        drift_sd=drift_sd,
        band_sd=band_sd,
        transmission_sd=transmission_sd / transmission,
        self_absorption=self_absorption,
        method=method,
        level=level,
        draws=draws,
        seed=seed,
    )
    setup = Setup(laser_nm, emission_nm, correction, transmission)
    spheres = [sphere] if isinstance(sphere, Sphere) else list(sphere)
    if not all(isinstance(s, Sphere) for s in spheres) or any(isinstance(g, xr.Dataset) for s in spheres for g in s):
        raise ValueError("sphere must be a Sphere, or a list of them, with a tuple of spectra in each configuration.")
    names = [f"run {i}, " if len(spheres) > 1 else "" for i in range(1, len(spheres) + 1)]
    if len(spheres) > 1:
        doubts_of_times([ds for s in spheres for group in s for ds in group])  # each run says what was guessed
    runs = [sphere_integrals(s, setup, name) for s, name in zip(spheres, names, strict=True)]
    lamp = () if correction is None else correction.warnings
    refuse_same_runs(spheres)
    return yield_of_runs(runs, known, (*lamp, *doubts_of_shared_spectra(spheres)))


def yield_from_integrals(
    integrals: Integrals | Sequence[Integrals],
    *,
    laser_sd: float = 0.0,
    emission_sd: float = 0.0,
    drift_sd: float = 0.0,
    band_sd: float = 0.0,
    self_absorption: Uncertain = 0.0,
    method: Method | None = None,
    level: float = 0.95,
    draws: int = 20000,
    seed: int = 0,
) -> AbsoluteYield:
    """Absolute quantum yield from photons that were integrated elsewhere; see :func:`absolute_yield`.

    Parameters
    ----------
    integrals : Integrals or sequence of Integrals
        Photons of one run, or of repeats, corrected for the response [photons, any scale].
    laser_sd, emission_sd, drift_sd, band_sd : float
        Relative standard uncertainties; of repeats only ``band_sd`` is added to their scatter [1].
    self_absorption : float or (float, float)
        Probability that the sample absorbs what it emitted: adds the internal yield [1].
    method : {"three", "two"}, optional
        Estimator; by default three measurements where there is indirect excitation.
    level : float
        Coverage probability of the intervals [1].
    draws : int
        Number of draws.
    seed : int
        Seed of the draws.

    Returns
    -------
    AbsoluteYield
        Yield, absorptance, budget and doubts.
    """
    known = stated(
        laser_sd=laser_sd,
        emission_sd=emission_sd,
        drift_sd=drift_sd,
        band_sd=band_sd,
        self_absorption=self_absorption,
        method=method,
        level=level,
        draws=draws,
        seed=seed,
    )
    given = [integrals] if isinstance(integrals, Integrals) else list(integrals)
    runs = []
    for i, item in enumerate(given, 1):
        values = np.array([np.nan if v is None else v for v in item], dtype=float)
        measured = np.array([v is not None for v in item])
        if values.shape != (len(FIELDS),) or not np.isfinite(values[measured]).all() or not values[LASER_EMPTY] > 0:
            raise ValueError(f"run {i}: integrals must be finite numbers, that of the laser above 0; got {item!r}.")
        runs.append(Run(values, np.zeros(len(FIELDS)), {}))
    return yield_of_runs(runs, known)
