"""One number with its uncertainty."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

Kind = Literal["value", "upper limit", "lower limit"]


@dataclass(frozen=True, slots=True, repr=False)
class Estimate:
    """A number, its interval, its unit, and how it came about.

    Parameters
    ----------
    value : float
        The best estimate; for a limit, the limit itself [unit].
    sd : float
        Standard uncertainty; ``nan`` where the distribution has none or nothing is known [unit].
    low, high : float
        Ends of the interval at ``level``; they may be skew, and infinite where the data give no bound [unit].
    level : float
        Coverage probability of ``low``...``high`` [1].
    unit : str
        Unit; "1" for a pure number.
    how : str
        One sentence: estimator and origin of the interval.
    kind : {"value", "upper limit", "lower limit"}
        Whether the number was resolved or only bounded.
    """

    value: float
    sd: float = math.nan
    low: float = math.nan
    high: float = math.nan
    level: float = 0.95
    unit: str = "1"
    how: str = ""
    kind: Kind = "value"

    def __post_init__(self) -> None:
        """Refuse what is no interval."""
        if not 0 < self.level < 1:
            raise ValueError(f"level must be between 0 and 1, got {self.level!r}.")
        if self.low > self.high:
            raise ValueError(f"low must not lie above high, got {self.low!r} and {self.high!r}.")

    def __str__(self) -> str:
        value, low, high = self.texts()
        unit = "" if self.unit == "1" else f" {self.unit}"
        if self.kind != "value":
            return f"{'<' if self.kind == 'upper limit' else '>'} {value}{unit}"
        return f"{value}{unit}" if math.isnan(self.low) or math.isnan(self.high) else f"{value} ({low} to {high}){unit}"

    def __repr__(self) -> str:
        return f"<Estimate {self}>"

    def texts(self) -> tuple[str, str, str]:
        """Value, low and high as text: two digits of the interval's smaller arm, or four where there is none."""
        arms = [abs(e - self.value) for e in (self.low, self.high) if math.isfinite(e) and e != self.value]
        step = min(arms, default=abs(self.value) / 100) / 10
        ends = (self.value, self.low, self.high)
        size = max((abs(e) for e in ends if math.isfinite(e)), default=0.0)
        if step <= 0 or not math.isfinite(step) or size == 0:
            return tuple(_text(e, ".4g") for e in ends)  # type: ignore[return-value]
        step = max(step, size * 1e-10)
        if 1e-3 <= size < 1e6:
            return tuple(_text(e, f".{max(-math.floor(math.log10(step)), 0)}f") for e in ends)  # type: ignore[return-value]
        digits = max(math.floor(math.log10(size)) - math.floor(math.log10(step)), 0)
        return tuple(_text(e, f".{digits}e") for e in ends)  # type: ignore[return-value]

    def as_dict(self) -> dict[str, Any]:
        """Return plain JSON types: what is not finite becomes None."""
        numbers = {name: _finite(getattr(self, name)) for name in ("value", "sd", "low", "high", "level")}
        return {**numbers, "unit": self.unit, "how": self.how, "kind": self.kind}

    def scaled(self, factor: float, unit: str) -> Estimate:
        """Return the same estimate in another unit (``factor`` > 0)."""
        if not factor > 0:
            raise ValueError(f"factor must be above 0, got {factor!r}.")
        ends = (self.value * factor, self.sd * factor, self.low * factor, self.high * factor)
        return Estimate(*ends, level=self.level, unit=unit, how=self.how, kind=self.kind)


def exact(value: float, unit: str, how: str) -> Estimate:
    """Return a number that carries no uncertainty of its own.

    Parameters
    ----------
    value : float
        The number [unit].
    unit : str
        Its unit.
    how : str
        Where it comes from.
    """
    return Estimate(float(value), unit=unit, how=how)


def normal(value: float, sd: float, unit: str, how: str, level: float = 0.95, freedom: float = math.inf) -> Estimate:
    """Return an estimate with a symmetric interval, normal or of Student's t.

    Parameters
    ----------
    value, sd : float
        Estimate and standard uncertainty [unit].
    unit : str
        Their unit.
    how : str
        Estimator and origin of the interval.
    level : float
        Coverage probability [1].
    freedom : float
        Degrees of freedom of ``sd``, infinite where it is known.
    """
    half = quantile(0.5 + level / 2, freedom) * float(sd)
    return Estimate(float(value), float(sd), float(value - half), float(value + half), level, unit, how)


def quantile(p: float, freedom: float = math.inf) -> float:
    """Quantile of Student's t, of the normal distribution for infinite degrees of freedom.

    Parameters
    ----------
    p : float
        Probability [1].
    freedom : float
        Degrees of freedom.
    """
    from scipy.special import ndtri, stdtrit

    return float(ndtri(p) if math.isinf(freedom) else stdtrit(freedom, p))


def from_draws(value: float, draws: ArrayLike, unit: str, how: str, level: float = 0.95) -> Estimate:
    """Return an estimate whose interval is the equal-tailed one of Monte Carlo draws (GUM supplement 1).

    Infinite draws are allowed (a quantity beyond what the data resolve) and make that end infinite.

    Parameters
    ----------
    value : float
        The best estimate [unit].
    draws : array_like
        Draws of the quantity, shape (n,) [unit].
    unit : str
        Their unit.
    how : str
        Estimator and origin of the interval.
    level : float
        Coverage probability [1].
    """
    sample = np.sort(np.asarray(draws, dtype=float))
    if sample.size < 2 or np.isnan(sample).any():
        raise ValueError(f"from_draws needs at least two draws and no NaN, got {sample.size} draws.")
    tail = (1 - level) / 2
    low, high = (float(np.quantile(sample, q, method="nearest")) for q in (tail, 1 - tail))
    spread = float(np.std(sample, ddof=1)) if np.isfinite(sample).all() else math.nan
    return Estimate(float(value), spread, low, high, level, unit, how)


def _finite(x: float) -> float | None:
    return float(x) if math.isfinite(x) else None


def _text(x: float, style: str) -> str:
    if math.isnan(x):
        return ""
    if math.isinf(x):
        return "unbounded" if x > 0 else "-unbounded"
    text = format(x, style)
    return text.lstrip("-") if float(text) == 0 else text
