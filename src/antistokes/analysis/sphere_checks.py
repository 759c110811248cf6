"""What makes one doubt a measurement in an integrating sphere, said in words with the numbers."""

from __future__ import annotations

import numpy as np
from scipy.special import chdtr, stdtrit

from antistokes.estimate import Estimate
from antistokes.physics import sphere as physics
from antistokes.physics.sphere import Integrals
from antistokes.units import FloatArray

ALARM = 0.998  # an alarm asks for this much of the draws, whatever the level of the intervals is (assumed)
ALARM_OF_REPEATS = 0.98  # of Student's t: of three repeats .998 would ask for 22 standard deviations (assumed)
UNRESOLVED = 0.025  # of the draws without absorption: an absorptance that is not resolved (assumed)
BLANK = 0.01  # change of the yield by what the blank emits (assumed)
NARROW = 1 / 3  # scatter of repeats over the noise of their samples (assumed)


def beyond_noise(draws: FloatArray, alarm: float = ALARM) -> tuple[float, float]:
    """Return the ends of draws between which an alarm is silent."""
    low, high = np.quantile(draws, [(1 - alarm) / 2, (1 + alarm) / 2], method="nearest")
    return float(low), float(high)


def doubts_of_light(
    x: Integrals, shown: Estimate, three: Estimate, two: Estimate, *, level: float, alarm: float
) -> list[str]:
    """Warn where the sphere holds more laser light with the sample beside the beam than empty; x are draws."""
    if x.laser_indirect is None:
        return []
    ratio = np.asarray(x.laser_indirect) / np.asarray(x.laser_empty)
    if beyond_noise(ratio, alarm)[0] <= 1:
        return []
    ceiling = float(np.quantile(physics.yield_three(x) / ratio, level, method="nearest"))
    at_most = (
        f"If the power stepped once, between empty and sample, and was the same beside and in the beam, both are too "
        f"high by that ratio or more, and the yield is {ceiling:.3f} or less ({level:.4g} of the draws); if it went on "
        "changing, nothing bounds it"
        if np.isfinite(ceiling)
        else "Nothing bounds the yield then"
    )
    return [
        f"THE SAMPLE CANNOT ADD LIGHT: with the sample beside the beam the sphere holds {shown} times the laser "
        f"light of the empty one (L_b/L_a). The laser's power drifted or the sphere changed between empty and sample, "
        f"and no interval holds this; the yield is {three} by three measurements and {two} by two. {at_most}. Measure "
        "the empty sphere again, next to the sample."
    ]


def doubts_of_estimators(three: FloatArray, two: FloatArray, alarm: float) -> list[str]:
    """Warn where the two estimators disagree by more than the noise they share or not explains."""
    there = np.isfinite(three) & np.isfinite(two)
    if there.mean() < alarm:
        return []
    three, two = three[there], two[there]
    apart, low, high = three - two, *beyond_noise(three - two, alarm)
    if np.ptp(three * np.median(two) - two * np.median(three)) <= 1e-9 * np.median(np.abs(three * two)):
        return []  # what is stated moves both alike: there is no noise to compare with
    if low <= 1e-9 and high >= -1e-9:
        return []
    return [
        "The two estimators disagree beyond their joint noise: three minus two measurements is "
        f"{np.median(apart):+.3f} ({low:+.3f} to {high:+.3f} at {alarm:g}). Where nothing drifts they are equal: the "
        "power changed, or the sphere did, or the noise is understated."
    ]


def doubts_of_result(
    drawn: FloatArray, result: Estimate, absorptance: Estimate, *, unresolved: float, alarm: float
) -> list[str]:
    """Warn of an absorptance that is not resolved, and of a yield that lies above one or below zero as a whole."""
    words = []
    if unresolved >= UNRESOLVED or result.high == np.inf:
        words.append(
            f"The absorptance is not resolved: {absorptance}; {unresolved:.1%} of the draws leave nothing absorbed, "
            "for which no yield is too high. Measure a stronger absorber, or the laser more precisely."
        )
    low, high = beyond_noise(drawn, alarm)
    if low > 1:
        words.append(
            f"The yield lies above one as a whole, {result}: look for light that is no emission, for a drift of the "
            "laser, for the response of the spectrometer between laser and emission."
        )
    if high < 0:
        words.append(
            f"The yield lies below zero as a whole, {np.median(drawn):.3g} by the median of the draws: the blank shows "
            "more light in the emission's band than the sample."
        )
    return words


def doubts_of_blank(mean: Integrals, value: float, method: str) -> list[str]:
    """Warn where what the blank emits moves the yield, which its subtraction then has to be trusted for.

    It is subtracted whole. Light of the blank that follows the laser (stray in the spectrometer, fluorescence of the
    walls) is P_a L_x/L_a in a configuration x; the yield by either estimator then is higher by P_a/L_a.
    """
    blank, laser, direct = (float(np.asarray(v)) for v in (mean.emission_empty, mean.laser_empty, mean.laser_direct))
    absorbed = laser if method == "three" else laser - direct  # in Q of three, A P_a over A L_a
    moves = blank / absorbed if absorbed > 0 else np.inf
    follows = blank / laser
    if (
        blank == 0
        or not np.isfinite(value)
        or (abs(moves) < BLANK * abs(value) and abs(follows) < BLANK / 2 * abs(value))
    ):
        return []
    return [
        f"The blank shows {blank:.3g} photons in the emission's band, whose subtraction moves the yield by "
        f"{-moves:+.3f}: it must scatter as the sample does. It is subtracted whole; if it follows the laser's light "
        f"in the sphere (stray light, fluorescence of the walls), the yield is higher by {follows:.3g}."
    ]


def doubts_of_scatter(values: FloatArray, variance: FloatArray, light: FloatArray) -> list[str]:
    """Warn where repeats scatter far less than the noise of their samples lets them.

    Parameters
    ----------
    values, variance : ndarray
        Integrals of the runs and the variance by their samples, shape (runs, 6); none where that is zero.
    light : ndarray
        Power of each run over that of their mean, which is taken out, shape (runs,) [1].
    """
    used = (variance > 0).all(axis=0) & np.isfinite(values).all(axis=0)
    freedom = (len(values) - 1) * (int(used.sum()) - 1)  # one a run goes to the power
    if freedom < 1:
        return []
    apart = (values - light[:, None] * values.mean(axis=0))[:, used]
    chi_square = float(np.sum(apart**2 / variance[:, used]))
    if chi_square > NARROW**2 * freedom or chdtr(freedom, chi_square) > (1 - ALARM) / 2:
        return []
    return [
        f"The repeats scatter by {(chi_square / freedom) ** 0.5:.2g} of what the noise of their samples makes: are "
        "they one measurement that was processed several times? Then their scatter is no uncertainty. Or the noise of "
        "the samples is overstated."
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
