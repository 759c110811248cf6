"""The door of the temperature series: spectra in the order they were taken, what cannot be used named and left out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple, cast

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from antistokes import data
from antistokes.errors import DataError

Branch = Literal["heating", "cooling", ""]
BRANCHES = ("heating", "cooling")
POSSIBLE_K = (1.0, 1000.0)  # beyond, no dot in its ligands is measured: a slip of the pen; assumed
SAME_K = 0.5  # temperatures that are no further apart are one
CELSIUS_K = 120.0  # a series that ends below was perhaps written down in degrees Celsius (assumed, as the next two)
WARM_K = 240.0  # from here on degrees Celsius would be a number below CELSIUS_K
AROUND_K = 30.0  # of a series: where a temperature read as degrees Celsius would fit in
FEWEST = 2


class Step(NamedTuple):
    """One spectrum of a temperature series: temperature [K], branch ("" where none can be told), what to call it."""

    temperature_k: float
    branch: Branch
    spectrum: xr.Dataset
    name: str


def steps(spectra: Sequence[xr.Dataset], what: str) -> tuple[tuple[Step, ...], tuple[str, ...]]:
    """Return the steps of a temperature series that can be used, and words about all the others.

    Parameters
    ----------
    spectra : sequence of xarray.Dataset
        One measurement a temperature, with ``temperature_k``, in the order they were taken. ``branch`` says "heating"
        or "cooling"; where none says so, a series that rises and then falls is one of both.
    what : str
        What the series is of, for messages: "absorption", "up-converted emission".

    Returns
    -------
    steps : tuple of Step
        In the order given.
    warnings : tuple of str
        What was left out and why; temperatures that repeat, another number of samples, a branch that is missing.

    Raises
    ------
    DataError
        When fewer than two can be used.
    """
    given = [spectra] if isinstance(spectra, xr.Dataset | str) else spectra
    wrong = [type(ds).__name__ for ds in given if not isinstance(ds, xr.Dataset)]
    if given is not spectra or wrong:
        raise DataError(
            f"{what}: a temperature series is a list of spectra, one a temperature, each as ans.read(file, "
            f"temperature_k=...) gives it; found {'a single ' if not wrong else ''}{(wrong or ['spectrum'])[0]}."
        )
    named = [(data.check(ds), f"{what} {i} ({_label(ds)})") for i, ds in enumerate(spectra, start=1)]
    kept, warnings = _usable(named)
    if len(kept) < FEWEST:
        raise DataError(
            f"{what}: {len(kept)} of {len(named)} spectra can be used, a series needs {FEWEST}. " + " ".join(warnings)
        )
    branches, more = _branches([ds for ds, _ in kept], what)
    found = tuple(
        Step(float(ds.attrs["temperature_k"]), branch, ds, name)
        for (ds, name), branch in zip(kept, branches, strict=True)
    )
    return found, (*warnings, *more, *_odd_ones(found, what))


def is_same(a: Step, b: Step) -> bool:
    """Tell whether two steps are at one temperature."""
    return abs(a.temperature_k - b.temperature_k) < SAME_K


def matched(found: Sequence[Step]) -> list[tuple[list[int], list[int]]]:
    """Return which steps of the heating and of the cooling branch are of one temperature, each step once."""
    pairs: list[tuple[list[int], list[int]]] = []
    taken: set[int] = set()
    for i, step in enumerate(found):
        if i in taken or step.branch != "heating":
            continue
        up, down = (
            [k for k, s in enumerate(found) if k not in taken and s.branch == branch and is_same(step, s)]
            for branch in BRANCHES
        )
        if down:
            pairs.append((up, down))
            taken |= {*up, *down}
    return pairs


def mean_difference(
    pair: tuple[list[int], list[int]], value: NDArray[np.float64], variance: NDArray[np.float64]
) -> tuple[float, float]:
    """Return the mean on cooling less that on heating, and its noise; repeats of a temperature are averaged."""
    up, down = pair
    noise = sum(float(variance[side].sum()) / len(side) ** 2 for side in (up, down))
    return float(value[down].mean() - value[up].mean()), noise**0.5


def _label(ds: xr.Dataset) -> str:
    t = ds.attrs.get("temperature_k")
    return data.label(ds) if t is None else f"{data.label(ds)}, {t:g} K"


def _usable(named: list[tuple[xr.Dataset, str]]) -> tuple[list[tuple[xr.Dataset, str]], list[str]]:
    """Return what has a possible temperature and is no copy of another, and why the rest is not used."""
    kept: list[tuple[xr.Dataset, str]] = []
    warnings = []
    celsius = _celsius([float(ds.attrs.get("temperature_k", np.nan)) for ds, _ in named])
    for ds, name in named:
        t = ds.attrs.get("temperature_k")
        copy = next((other for given, other in kept if _same_numbers(ds, given)), None)
        if t is None:
            warnings.append(f"{name} states no temperature (attrs['temperature_k'], in kelvin): left out.")
        elif not POSSIBLE_K[0] <= float(t) <= POSSIBLE_K[1]:
            low, high = POSSIBLE_K
            warnings.append(
                f"{name}: a temperature of {float(t):g} K is absurd ({low:g}-{high:g} K expected): left out."
            )
        elif float(t) in celsius:
            warnings.append(
                f"{name}: {float(t):g} K stands alone beside {celsius[float(t)]}; degrees Celsius? Left out."
            )
        elif copy is not None:
            warnings.append(f"{name} holds the same numbers as {copy}: left out.")
        else:
            kept.append((ds, name))
    return kept, warnings


def _celsius(temperatures_k: Sequence[float]) -> dict[float, str]:
    """Return temperatures that seem to be degrees Celsius among kelvins, and what they stand beside."""
    possible = [t for t in temperatures_k if POSSIBLE_K[0] <= t <= POSSIBLE_K[1]]
    warm = [t for t in possible if t > WARM_K]
    cold = [t for t in possible if t < CELSIUS_K]
    if not warm or any(CELSIUS_K <= t <= WARM_K for t in possible):
        return {}
    low, high = min(warm) - AROUND_K, max(warm) + AROUND_K
    beside = f"{min(warm):g}-{max(warm):g} K"
    fitting = [t for t in cold if low <= t + 273.15 <= high]
    return dict.fromkeys(fitting, beside) if len(fitting) == len(cold) else {}


def _same_numbers(a: xr.Dataset, b: xr.Dataset) -> bool:
    same = a["signal"].dims == b["signal"].dims and np.array_equal(a["signal"].values, b["signal"].values)
    return same and all(np.array_equal(a[d].values, b[d].values) for d in a["signal"].dims)


def _branches(spectra: list[xr.Dataset], what: str) -> tuple[list[Branch], list[str]]:
    """Return the branch of each spectrum: as stated, else from a single rise and fall of the temperature."""
    stated = [ds.attrs.get("branch", "") for ds in spectra]
    wrong = [b for b in stated if b and b not in BRANCHES]
    if wrong:
        raise DataError(f"{what}: attrs['branch'] must be 'heating' or 'cooling', found {wrong[0]!r}.")
    if any(stated):
        without = stated.count("")
        words = [f"{what}: {without} of {len(stated)} spectra state no branch."] if without else []
        return [cast(Branch, b) for b in stated], [*words, *_missing(stated, what)]
    t = np.array([ds.attrs["temperature_k"] for ds in spectra], dtype=float)
    top = int(np.argmax(t))
    rises, falls = np.all(np.diff(t[: top + 1]) >= 0), np.all(np.diff(t[top:]) <= 0)
    none: list[Branch] = [""] * len(spectra)
    if not (rises and falls):
        return none, [f"{what}: the temperatures neither rise nor fall nor do one after the other: no branches."]
    if top == 0 or t[-1] == t[top]:  # a single pass: of which kind makes no difference
        twice = np.sum(np.abs(np.diff(t)) < SAME_K) > 1
        advice = " Each temperature comes twice: state branch='heating' or 'cooling' in ans.read." if twice else ""
        return none, [f"{what}: a single pass of temperatures, so whether it is reversible is not tested.{advice}"]
    return ["heating" if i <= top else "cooling" for i in range(len(spectra))], []


def _missing(branches: Sequence[str], what: str) -> list[str]:
    absent = [b for b in BRANCHES if b not in branches]
    return [f"{what}: there is no {b} branch, so whether it is reversible is not tested." for b in absent]


def _odd_ones(found: tuple[Step, ...], what: str) -> list[str]:
    """Return words about repeats, other numbers of samples, and temperatures that may be degrees Celsius."""
    warnings = []
    seen: dict[tuple[str, float], str] = {}
    for step in found:
        first = next(
            (n for (b, t), n in seen.items() if b == step.branch and abs(t - step.temperature_k) < SAME_K), None
        )
        if first is not None:
            warnings.append(f"{step.name} repeats the temperature of {first}: both are used.")
        seen.setdefault((step.branch, step.temperature_k), step.name)
    sizes = [step.spectrum["signal"].size for step in found]
    usual = max(set(sizes), key=sizes.count)
    for step, size in zip(found, sizes, strict=True):
        if size != usual:
            warnings.append(f"{step.name} has {size} samples, most have {usual}: each is used on its own grid.")
    if max(step.temperature_k for step in found) < CELSIUS_K:
        warnings.append(f"{what}: all temperatures lie below {CELSIUS_K:g} K. Are they degrees Celsius?")
    return warnings
