"""One absorption spectrum over many decades: a dilute sample for the peak, a concentrated one for the tail."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ClassVar, NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy.linalg import solve_triangular
from scipy.optimize import least_squares
from scipy.sparse import csr_array

from antistokes import data, quantities
from antistokes.analysis import curves
from antistokes.analysis.bands import absorption_band
from antistokes.analysis.noise import noise_sd
from antistokes.analysis.result import number
from antistokes.errors import DataError, FitError
from antistokes.estimate import Estimate, normal
from antistokes.units import FloatArray

MIN_OVERLAP = 6
MAX_OVERLAP = 300


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Splice:
    """A spliced absorption spectrum.

    ``absorption`` is a Dataset on the concentrated sample's scale, with independent noise (``signal_sd``) and the
    shared uncertainty of scale and baselines (``signal_modes``); analyses carry both.
    """

    title: ClassVar[str] = "Joined absorption spectrum"
    absorption: xr.Dataset = field(repr=False)
    scale: Estimate = number("concentrated over dilute absorbance")
    join_nm: float
    misfit: Estimate = number("reduced chi-square of the overlap")
    parameters: dict[str, Estimate]
    correlation: dict[str, dict[str, float]] = field(repr=False)
    warnings: tuple[str, ...] = ()


class _Scan(NamedTuple):
    """One absorbance scan, ascending wavelength, red of its last saturated sample, blank subtracted."""

    x: FloatArray
    y: FloatArray
    sd: FloatArray
    name: str


class _Model(NamedTuple):
    """What the joint fit needs: the overlap on the concentrated grid and both transparent ranges."""

    dilute: _Scan
    concentrated: _Scan
    overlap: NDArray[np.bool_]
    to_grid: csr_array
    clear_dilute: NDArray[np.bool_]
    clear_concentrated: NDArray[np.bool_]
    terms: int


def splice_absorption(
    dilute: xr.Dataset,
    concentrated: xr.Dataset,
    *,
    blank_dilute: xr.Dataset | None = None,
    blank_concentrated: xr.Dataset | None = None,
    transparent_nm: tuple[float, float] | None = None,
    scattering: bool = False,
    max_absorbance: float = 3.0,
    level: float = 0.95,
) -> Splice:
    r"""Join a dilute and a concentrated absorption spectrum of the same sample.

    Model: concentrated = scale x dilute on the overlap, after the baselines :math:`b_0 + b_1 (600/\lambda)^4` of each
    scan, which are fitted where the sample is known to be transparent. One weighted least-squares fit of everything
    (errors of both scans counted) gives the scale, the baselines and their covariance; the covariance is carried into
    the joined spectrum as shared modes, because a baseline error of 0.001 decides a tail.

    Parameters
    ----------
    dilute, concentrated : xarray.Dataset
        Absorbance, absorptance or transmittance of the two samples, or one sample in two path lengths.
    blank_dilute, blank_concentrated : xarray.Dataset, optional
        Scans of the solvent in the same cuvettes; subtracted.
    transparent_nm : (float, float), optional
        Range in which the sample does not absorb. Without it no baseline is removed [nm].
    scattering : bool
        Fit the Rayleigh part :math:`b_1` as well as the constant; needs ``transparent_nm``.
    max_absorbance : float
        Samples above this are left out [1].
    level : float
        Coverage probability of the intervals [1].

    Returns
    -------
    Splice
        The joined spectrum on the concentrated scale, with the scale, baselines and their correlation.

    References
    ----------
    Derived on the page docs/models/splice.md.
    """
    if scattering and transparent_nm is None:
        raise ValueError("scattering needs transparent_nm: a range in which the sample does not absorb.")
    media = {ds.attrs.get("medium", "air") for ds in (dilute, concentrated)}
    if len(media) > 1:
        raise DataError("one scan is in air, the other in vacuum wavelengths; expected one medium.")
    first = _scan(dilute, blank_dilute, max_absorbance)
    second = _scan(concentrated, blank_concentrated, max_absorbance)
    model = _model(first, second, transparent_nm, scattering)
    theta, covariance, chi2 = _fit(model)
    names = _names(model.terms)
    join, joined = _join(model, theta, covariance, concentrated)
    sds = np.sqrt(np.diag(covariance))
    scale = float(np.exp(theta[0]))
    how = "weighted least squares over the overlap and the transparent range, errors of both scans"
    warnings = []
    if transparent_nm is None:
        warnings.append(
            "No transparent range was given: no baseline is removed, and the tail is only as good as the blank."
        )
    if chi2 > 2:
        warnings.append(
            f"Dilute and concentrated spectra do not have one shape: reduced chi-square {chi2:.1f} on the overlap."
        )
    correlation = covariance / np.outer(sds, sds)
    return Splice(
        absorption=joined,
        scale=normal(scale, scale * float(sds[0]), "1", how, level),
        join_nm=join,
        misfit=Estimate(chi2, how="chi-square per degree of freedom on the overlap"),
        parameters={
            n: normal(float(t), float(s), "1", how, level)
            for n, t, s in zip(names[1:], theta[1:], sds[1:], strict=True)
        },
        correlation={a: {b: float(correlation[i, j]) for j, b in enumerate(names)} for i, a in enumerate(names)},
        warnings=tuple(warnings),
    )


def _scan(ds: xr.Dataset, blank: xr.Dataset | None, max_absorbance: float) -> _Scan:
    x, y, stated = _absorbance(ds)
    saturated = np.flatnonzero(y >= max_absorbance)
    keep = slice(int(saturated[-1]) + 1 if saturated.size else 0, None)
    x, y = x[keep], y[keep]
    if x.size < 2 * MIN_OVERLAP:
        raise DataError(
            f"{data.label(ds)}: only {x.size} samples lie red of the last one above an absorbance of "
            f"{max_absorbance:g}; expected at least {2 * MIN_OVERLAP}. Measure further into the red, or dilute."
        )
    sd = noise_sd(x, y, absorbance=True)[0] if stated is None else stated[keep]
    edge = slice(4 if saturated.size else 0, None)  # beside saturation the noise is extrapolated from quieter samples
    x, y, sd = x[edge], y[edge], sd[edge]
    if blank is not None:
        bx, by, bsd = _absorbance(blank)
        if not np.isfinite(by).all():
            raise DataError(
                f"{data.label(blank)}: the blank has saturated samples; leave them out (range_nm in study.toml)."
            )
        if bx[0] > x[0] or bx[-1] < x[-1]:
            found, expected = f"{bx[0]:.1f}-{bx[-1]:.1f} nm", f"{x[0]:.1f}-{x[-1]:.1f} nm"
            raise DataError(f"{data.label(blank)}: the blank covers {found}; expected {expected}.")
        matrix = curves.interpolation_matrix(bx, x)
        bsd = noise_sd(bx, by, absorbance=True)[0] if bsd is None else bsd
        y, sd = y - matrix @ by, np.sqrt(sd**2 + matrix.power(2) @ bsd**2)
    return _Scan(x, y, np.maximum(sd, 1e-9), data.label(ds))


def _absorbance(ds: xr.Dataset) -> tuple[FloatArray, FloatArray, FloatArray | None]:
    """Wavelength, absorbance and its stated uncertainty if there is one, ascending in wavelength."""
    data.check(ds)
    if "signal_modes" in ds:
        raise DataError(f"{data.label(ds)}: it was spliced already; expected the scan of one sample.")
    data.require_quantity(ds, {k: "" for k in ("absorbance", "absorptance", "transmittance")})
    ds = quantities.convert(ds, "absorbance")
    x, y = data.wavelength_and_energy(ds)[0], np.asarray(ds["signal"].values, dtype=float)
    if x.size < 2 * MIN_OVERLAP:
        raise DataError(f"{data.label(ds)}: {x.size} samples are too few; expected at least {2 * MIN_OVERLAP}.")
    if data.flagged(ds, "missing").any():
        raise DataError(f"{data.label(ds)}: samples are flagged as missing; leave them out (range_nm in study.toml).")
    y = np.where(data.flagged(ds, "saturated", "clipped"), np.inf, y)
    order = np.argsort(x)
    return x[order], y[order], np.asarray(ds["signal_sd"].values)[order] if "signal_sd" in ds else None


def _model(dilute: _Scan, concentrated: _Scan, transparent_nm: tuple[float, float] | None, scattering: bool) -> _Model:
    d, c = dilute, concentrated
    _, to_grid = curves.interpolate(d.x, d.y, d.sd, np.clip(c.x, d.x[0], d.x[-1]))
    overlap = (c.x >= d.x[0]) & (c.x <= d.x[-1]) & (c.y > 10 * c.sd)
    overlap &= to_grid @ d.y > 10 * np.sqrt(to_grid.power(2) @ d.sd**2)
    low, high = transparent_nm or (np.inf, -np.inf)
    clear_d, clear_c = ((s.x >= low) & (s.x <= high) for s in (d, c))
    overlap &= ~clear_c
    if overlap.sum() < MIN_OVERLAP:
        raise DataError(
            f"{d.name} and {c.name} overlap in {int(overlap.sum())} samples that are ten times above noise in both and "
            f"not saturated; expected at least {MIN_OVERLAP}. A concentration ratio of 30 to 100 usually leaves enough."
        )
    terms = 0 if transparent_nm is None else 1 + int(scattering)
    if terms and min(clear_d.sum(), clear_c.sum()) < 3 * terms:
        found = f"{clear_d.sum()} dilute and {clear_c.sum()} concentrated samples"
        raise DataError(f"transparent_nm = {transparent_nm}: holds {found}; expected at least {3 * terms} of each.")
    return _Model(d, c, overlap, to_grid, clear_d, clear_c, terms)


def _names(terms: int) -> list[str]:
    parts = ["constant", "Rayleigh part at 600 nm"][:terms]
    return ["ln scale", *(f"{who} baseline, {part}" for who in ("dilute", "concentrated") for part in parts)]


def _baseline(x: FloatArray, terms: int) -> FloatArray:
    return np.stack([np.ones_like(x), (600.0 / x) ** 4], axis=1)[:, :terms]


def _residuals(m: _Model) -> Callable[[FloatArray], FloatArray]:
    d, c, k = m.dilute, m.concentrated, m.terms
    base_d, base_c = _baseline(d.x, k), _baseline(c.x, k)
    here = np.flatnonzero(m.overlap)[:: 1 + int(m.overlap.sum()) // MAX_OVERLAP]
    to_here = m.to_grid.toarray()[here]
    dilute_covariance = (to_here * d.sd**2) @ to_here.T  # interpolated samples share the noise of their neighbours
    concentrated_variance = np.diag(c.sd[here] ** 2)

    def residuals(theta: FloatArray) -> FloatArray:
        scale, low, high = np.exp(theta[0]), theta[1 : 1 + k], theta[1 + k :]
        flat_d, flat_c = d.y - base_d @ low, c.y - base_c @ high
        root = np.linalg.cholesky(concentrated_variance + scale**2 * dilute_covariance)
        parts = [
            solve_triangular(root, flat_c[here] - scale * (to_here @ flat_d), lower=True),
            flat_d[m.clear_dilute] / d.sd[m.clear_dilute],
            flat_c[m.clear_concentrated] / c.sd[m.clear_concentrated],
        ]
        return np.concatenate(parts if k else parts[:1])

    return residuals


def _fit(m: _Model) -> tuple[FloatArray, FloatArray, float]:
    residuals = _residuals(m)
    ratio = m.concentrated.y[m.overlap] / (m.to_grid @ m.dilute.y)[m.overlap]
    start = np.concatenate([[np.log(np.median(np.maximum(ratio, 1e-6)))], np.zeros(2 * m.terms)])
    fit = least_squares(residuals, start, x_scale="jac", jac="3-point")
    if not fit.success:
        raise FitError("the scale between the two absorption spectra could not be fitted.", last_estimate=fit.x)
    jacobian = np.asarray(fit.jac)
    n = fit.fun.size - (int(m.clear_dilute.sum() + m.clear_concentrated.sum()) if m.terms else 0)
    chi2 = float(np.sum(fit.fun[:n] ** 2)) / max(n - 1, 1)
    covariance = np.linalg.inv(jacobian.T @ jacobian) * max(chi2, 1.0)
    return fit.x, covariance, chi2


def _join(m: _Model, theta: FloatArray, covariance: FloatArray, like: xr.Dataset) -> tuple[float, xr.Dataset]:
    """Concentrated samples red of the join, dilute ones times the scale blue of it; modes from the fit's covariance."""
    d, c, k = m.dilute, m.concentrated, m.terms
    scale = float(np.exp(theta[0]))
    flat_d = d.y - _baseline(d.x, k) @ theta[1 : 1 + k]
    flat_c = c.y - _baseline(c.x, k) @ theta[1 + k :]
    join = float(c.x[m.overlap][0])
    blue, red = d.x < join, c.x >= join
    x = np.concatenate([d.x[blue], c.x[red]])
    y = np.concatenate([scale * flat_d[blue], flat_c[red]])
    sd = np.concatenate([scale * d.sd[blue], c.sd[red]])
    gradient = np.zeros((x.size, theta.size))
    n = int(blue.sum())
    gradient[:n, 0] = y[:n]
    gradient[:n, 1 : 1 + k] = -scale * _baseline(d.x[blue], k)
    gradient[n:, 1 + k :] = -_baseline(c.x[red], k)
    root = np.linalg.cholesky(covariance)
    attrs = {key: value for key, value in like.attrs.items() if key not in ("kind", "quantity", "notes", "corrections")}
    note = f"spliced at {join:.1f} nm from {d.name} and {c.name}; scale {scale:.5g}; saturated samples left out"
    corrections = data.json_attr(like, "corrections", {}) | {"splice": {"join_nm": join, "scale": scale}}
    built = data.build(
        "wavelength",
        x,
        y,
        kind="absorption",
        quantity="absorbance",
        signal_sd=sd,
        signal_modes=(gradient @ root).T,
        notes=(*data.notes_of(like), note),
        corrections=corrections,
        **attrs,
    )
    absorption_band(built)
    return join, built
