"""Over which time the numbers of a spectrum were collected: one rule for all that compare intensities."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from antistokes import data
from antistokes.errors import DataError


def is_sum(ds: xr.Dataset) -> bool:
    """Tell whether numbers grow with the time of exposure: counts, and counts that a response has divided."""
    summed = ds.attrs.get("quantity") == "counts" or "response" in data.json_attr(ds, "corrections", {})
    return summed and "rate" not in ds.attrs


def exposure_s(ds: xr.Dataset) -> float:
    """Time by which the numbers of a spectrum are to be divided [s]; 1 for what is no sum over time.

    Where no time is stated it counts exposures.
    """
    if not is_sum(ds):
        return 1.0
    return float(ds.attrs.get("integration_time_s", 1.0)) * float(ds.attrs.get("exposures", 1.0))


def doubts_of_times(spectra: Sequence[xr.Dataset]) -> list[str]:
    """Return what had to be guessed about the times of spectra whose intensities are compared.

    Parameters
    ----------
    spectra : sequence of xarray.Dataset
        What :func:`exposure_s` makes comparable.

    Raises
    ------
    DataError
        Some state their time and others do not; some are sums over time and others neither sums nor rates; light of
        different times that is not said to be per second.
    """
    sums = [ds for ds in spectra if is_sum(ds)]
    others = [ds for ds in spectra if not is_sum(ds)]
    silent = [ds for ds in sums if "integration_time_s" not in ds.attrs]
    unclear = [ds for ds in others if ds.attrs.get("rate") != data.RATE]
    if sums and unclear:
        raise DataError(
            f"{_labels(sums)}: the numbers are sums over an exposure, but {_labels(unclear)}: "
            f"{unclear[0].attrs.get('quantity')} of no stated time; expected spectra treated alike. "
            "Correct all of them, or none."
        )
    if silent and len(silent) < len(spectra):
        raise DataError(
            f"{_labels(silent)}: no integration time is stated, and the others state theirs or are per second; "
            "intensities can be compared only where all or none do. State integration_time_s."
        )
    if len(silent) > 1:
        return ["No integration times are stated: they are taken as equal for all spectra."]
    if sums and others:
        return ["Some spectra are per second and the others are divided by their integration times."]
    return _of_light([ds for ds in unclear if not str(ds.attrs.get("quantity")).startswith("power")])


def _of_light(spectra: list[xr.Dataset]) -> list[str]:
    """Return words about photons of which nothing says whether they are sums; refuse those of different times."""
    times = {
        float(ds.attrs["integration_time_s"]) * float(ds.attrs.get("exposures", 1.0))
        for ds in spectra
        if "integration_time_s" in ds.attrs
    }
    if not times:
        return []
    if len(times) > 1:
        found = ", ".join(f"{t:g} s" for t in sorted(times))
        raise DataError(
            f"{_labels(spectra)}: {spectra[0].attrs['quantity']} collected over different times, {found}, and nothing "
            "says whether they are sums. Give counts with their response; or, where they are light per second, state "
            'rate = "per second" (antistokes.data.with_attrs).'
        )
    silent = [ds for ds in spectra if "integration_time_s" not in ds.attrs]
    if not silent:
        return []
    return [
        f"{_labels(silent)}: no integration time is stated, and nothing says whether {silent[0].attrs['quantity']} are "
        "light per second: they are taken as that, as those of the others are."
    ]


def _labels(spectra: Sequence[xr.Dataset]) -> str:
    names = list(np.unique([data.label(ds) for ds in spectra]))
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
