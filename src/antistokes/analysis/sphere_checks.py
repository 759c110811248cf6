"""What makes one doubt a measurement in an integrating sphere, said in words with the numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import stdtrit

from antistokes.estimate import Estimate
from antistokes.units import FloatArray

if TYPE_CHECKING:
    from antistokes.analysis.sphere_integrals import Part, Setup

EDGE_OF_LASER = 0.01  # part of the laser's integral that a level as found at its band's edges would make (assumed)
EDGE_OF_EMISSION = 0.01  # of the band's maximum, as for emission elsewhere (assumed)
BLANK = 0.01  # change of the yield by what the blank emits (assumed)


def doubts_of_edges(part: str, found: Part, setup: Setup, configuration: str) -> list[str]:
    """Warn of a band that does not begin and end at the baseline, by more than noise."""
    if part == "emission" and configuration != "direct":
        return []
    order = np.argsort(found.wavelength_nm)
    x, y, sd = found.wavelength_nm[order], found.value[order], found.sd[order]
    n = min(3, x.size // 3)
    ends = {float(x[0]): slice(None, n), float(x[-1]): slice(-n, None)}
    at, level, noise = max(
        ((e, float(y[s].mean()), float(np.sqrt(np.sum(sd[s] ** 2)) / n)) for e, s in ends.items()), key=lambda v: v[1]
    )
    if level < 4 * noise:
        return []
    if part == "laser":
        share = level * float(found.weights.sum()) / max(float(found.weights @ found.value), 1e-300)
        if share < EDGE_OF_LASER:
            return []
        return [
            f"{found.name}: at {at:g} nm the laser's band does not end at the baseline; a level like that along the "
            f"band is {share:.1%} of the laser's integral. Light that is no laser makes the absorptance too small; "
            "laser that is cut off does no harm only where all configurations lose the same part."
        ]
    height = level / max(float(y.max()), 1e-300)
    if height < EDGE_OF_EMISSION:
        return []
    laser = sum(setup.laser_nm) / 2
    beside = abs(at - laser) == min(abs(e - laser) for e in ends)
    what = (
        "scattered laser lies in the band, or emission is cut off" if beside else "emission is cut off, or a background"
    )
    return [f"{found.name}: at {at:g} nm the emission's band stands at {height:.1%} of its maximum: {what}."]


def doubts_of_light(means: FloatArray, ratio: Estimate, three: Estimate, two: Estimate) -> list[str]:
    """Warn where the sphere holds more laser light with the sample beside the beam than empty."""
    if not (ratio.low > 1 or (np.isnan(ratio.low) and ratio.value > 1)):
        return []
    found = ratio.value
    corrected = means[2] - means[5]
    bound = found * means[0] - means[1]
    at_most = f": it is {three.value / found:.3f} or less" if three.kind == "value" and np.isfinite(three.value) else ""
    by_two = f" ({corrected / bound:.3f} or less)" if bound > 0 else ""
    return [
        f"THE SAMPLE CANNOT ADD LIGHT: with the sample beside the beam the sphere holds {ratio} times the laser "
        f"light of the empty one (L_b/L_a). The laser's power drifted or the sphere changed between empty and sample, "
        f"and no interval holds this. If the power did, the yield by three measurements, {three}, is too high by that "
        f"ratio, {found:.3f}, or more{at_most}; the one by two measurements, {two}, too{by_two}. Measure the empty "
        "sphere again, next to the sample."
    ]


def doubts_of_estimators(three: FloatArray, two: FloatArray, level: float) -> list[str]:
    """Warn where the two estimators disagree by more than the noise they share or not explains."""
    there = np.isfinite(three) & np.isfinite(two)
    if there.mean() < level:
        return []
    apart = three[there] - two[there]
    low, high = np.quantile(apart, [(1 - level) / 2, (1 + level) / 2])
    middle = float(np.median(apart))
    if low <= 1e-9 and high >= -1e-9:
        return []
    return [
        f"The two estimators disagree beyond their joint noise: three minus two measurements is {middle:+.3f} "
        f"({low:+.3f} to {high:+.3f}). Where nothing drifts they are equal: the power changed, or the "
        "sphere did, or the noise is understated."
    ]


def doubts_of_result(result: Estimate, absorptance: Estimate, unresolved: float, level: float) -> list[str]:
    """Warn of an absorptance that is not resolved, and of a yield that lies above one as a whole."""
    words = []
    if unresolved >= (1 - level) / 2:
        words.append(
            f"The absorptance is not resolved: {absorptance}; {unresolved:.1%} of the draws leave nothing absorbed, "
            "for which no yield is too high. Measure a stronger absorber, or the laser more precisely."
        )
    if result.kind != "upper limit" and (result.low if result.kind == "value" else result.value) > 1:
        words.append(
            f"The yield lies above one as a whole, {result}: look for light that is no emission, for a drift of the "
            "laser, for the response of the spectrometer between laser and emission."
        )
    return words


def doubts_of_blank(mean: FloatArray, value: float, method: str) -> list[str]:
    """Warn where what the blank emits moves the yield, which its subtraction then has to be trusted for."""
    absorbed = mean[0] if method == "three" else mean[0] - mean[1]  # in Q of three, A P_a over A L_a
    moves = mean[5] / absorbed if absorbed > 0 else np.inf
    if not np.isfinite(value) or abs(moves) < BLANK * abs(value):
        return []
    return [
        f"The blank shows {mean[5]:.3g} photons in the emission's band, whose subtraction moves the yield by "
        f"{-moves:+.3f}: it must scatter as the sample does."
    ]


def doubts_of_repeats(values: FloatArray, name: str, alpha: float = 0.01) -> list[str]:
    """Grubbs' test of the repeat that lies furthest from the others; of four repeats and more.

    References
    ----------
    F. E. Grubbs, Technometrics 11, 1 (1969), doi:10.1080/00401706.1969.10490657.
    """
    count = values.size
    if count < 4 or not np.isfinite(values).all() or values.std() == 0:
        return []
    apart = np.abs(values - values.mean()) / values.std(ddof=1)
    t = float(stdtrit(count - 2, 1 - alpha / (2 * count)))
    limit = (count - 1) / count**0.5 * (t**2 / (count - 2 + t**2)) ** 0.5
    worst = int(apart.argmax())
    if apart[worst] < limit:
        return []
    others = np.delete(values, worst)
    return [
        f"Repeat {worst + 1} is an outlier in {name}: {values[worst]:.4g} against {others.mean():.4g} of the others "
        f"(Grubbs' test at {alpha:g}). It is kept; find out what happened and leave it out if that explains it."
    ]
