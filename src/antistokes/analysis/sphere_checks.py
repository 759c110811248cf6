"""What makes one doubt a measurement in an integrating sphere, said in words with the numbers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.special import chdtr, stdtrit

from antistokes.analysis.draws import UNRESOLVED, spread
from antistokes.analysis.sphere_run import Method
from antistokes.estimate import Estimate
from antistokes.physics import sphere as physics
from antistokes.physics.sphere import Integrals
from antistokes.units import FloatArray

ALARM = 0.998  # an alarm asks for this much of the draws, whatever the level of the intervals is (assumed)
ALARM_OF_REPEATS = 0.98  # of Student's t: of three repeats .998 would ask for 22 standard deviations (assumed)
BLANK = 0.01  # change of the yield by what the blank emits (assumed)
LASER_EDGE = 0.01  # of the empty sphere's laser light, at the edges of the laser's band (assumed)
OF_NO_MATTER = 0.005  # of the absorptance, by which the yield then is off (assumed)
WEIGHT = 0.25  # of the width of the 95 % interval of the yield: smaller, a contradiction decides nothing (assumed)
NARROW = 1 / 3  # scatter of repeats over the noise of their samples (assumed)

ADDS_LIGHT = "the sample adds laser light, beyond noise"
ESTIMATORS_APART = "two and three measurements disagree beyond their joint noise"
UNSTATED = "No drift is stated"


def beyond_noise(draws: FloatArray, alarm: float = ALARM) -> tuple[float, float]:
    """Return the ends of draws between which an alarm is silent."""
    low, high = np.quantile(draws, [(1 - alarm) / 2, (1 + alarm) / 2], method="nearest")
    return float(low), float(high)


def contradictions(
    x: Integrals,
    shown: tuple[Estimate, Estimate, Estimate],
    method: Method,
    *,
    level: float,
    repeats: bool,
    drift: bool,
) -> tuple[tuple[str, ...], list[str]]:
    """Return in what a measurement with indirect excitation contradicts itself, and what is said of that.

    Both want more than noise. A contradiction they are only where their size, the larger of the difference between the
    estimators and of what L_b/L_a is above one, weighs beside the interval of the yield (95 %, whatever ``level`` is).

    Parameters
    ----------
    x : Integrals
        Draws of all six.
    shown : (Estimate, Estimate, Estimate)
        L_b/L_a and the yields by three and by two measurements.
    method : {"three", "two"}
        Estimator of the result.
    level : float
        Coverage probability of what is shown [1].
    repeats, drift : bool
        Whether there are repeats, and whether a drift is stated.
    """
    alarm = ALARM_OF_REPEATS if repeats else ALARM
    three, two = physics.yield_three(x), physics.yield_two(x)
    ratio = np.asarray(x.laser_indirect) / np.asarray(x.laser_empty)
    used = three if method == "three" else two
    low, value, high = (float(v) for v in np.quantile(used, [0.025, 0.5, 0.975], method="nearest"))
    excess = float(np.median(ratio)) - 1
    apart = _middle(three) - _middle(two)
    weighs = max(abs(apart), excess * abs(value)) > WEIGHT * (high - low)
    light = apart_words = ""
    if beyond_noise(ratio, alarm)[0] > 1:
        light = _of_light(three / ratio, shown, level) if weighs else _of_little_light(shown[0], repeats, drift)
    if _apart(three, two, alarm):
        apart_words = _of_estimators(three, two, alarm, weighs)
    reasons = tuple(why for why, words in ((ADDS_LIGHT, light), (ESTIMATORS_APART, apart_words)) if words and weighs)
    sizes = {light: excess, apart_words: abs(apart / value) / _lever(x) if value else np.inf}
    ends = {
        words: f" {UNSTATED}: drift_sd of about {size:.2g} would explain it."
        if not repeats and not drift and np.isfinite(size)
        else ""
        for words, size in sizes.items()
    }
    return reasons, [words + ends[words] for words in (light, apart_words) if words]


def _middle(draws: FloatArray) -> float:
    return float(np.quantile(draws, 0.5, method="nearest"))


def _lever(x: Integrals) -> float:
    """Return the relative difference of both estimators by a drift of one, independent in each configuration.

    Derived here: (1/A - 1/D) of direct, 1/D - 1 of empty, 1/A - 1 of indirect, with D = 1 - L_c/L_a.
    """
    direct = np.asarray(x.laser_direct)
    a, d = _middle(1 - direct / np.asarray(x.laser_indirect)), _middle(1 - direct / np.asarray(x.laser_empty))
    return float(np.linalg.norm([1 / a - 1 / d, 1 / d - 1, 1 / a - 1])) if a and d else np.inf


def _of_little_light(ratio: Estimate, repeats: bool, drift: bool) -> str:
    one = "it is more than drift_sd says" if drift else "no interval holds that"
    what = "no scatter of repeats holds that" if repeats else one
    return (
        f"L_b/L_a = {ratio}: the laser's power drifted by that much between empty sphere and sample, little beside the "
        f"interval of the yield; {what}."
    )


def _of_light(highest: FloatArray, shown: tuple[Estimate, Estimate, Estimate], level: float) -> str:
    """Say that the sphere holds more laser light with the sample beside the beam than empty."""
    ratio, three, two = shown
    ceiling = float(np.quantile(highest, level, method="nearest"))
    at_most = (
        f"If the power stepped once, between empty and sample, and was the same beside and in the beam, both are too "
        f"high by that ratio or more, and the yield is {ceiling:.3f} or less ({level:.4g} of the draws); if it went on "
        "changing, nothing bounds it"
        if np.isfinite(ceiling)
        else "Nothing bounds the yield then"
    )
    return (
        f"THE SAMPLE CANNOT ADD LIGHT: with the sample beside the beam the sphere holds {ratio} times the laser "
        f"light of the empty one (L_b/L_a). The laser's power drifted or the sphere changed between empty and sample, "
        f"and no interval holds this; the yield is {three} by three measurements and {two} by two. {at_most}. Measure "
        "the empty sphere again, next to the sample."
    )


def _apart(three: FloatArray, two: FloatArray, alarm: float) -> bool:
    """Tell whether the two estimators disagree by more than the noise they share or not explains."""
    there = np.isfinite(three) & np.isfinite(two)
    if there.mean() < alarm:
        return False
    three, two = three[there], two[there]
    low, high = beyond_noise(three - two, alarm)
    if np.ptp(three * np.median(two) - two * np.median(three)) <= 1e-9 * np.median(np.abs(three * two)):
        return False  # what is stated moves both alike: there is no noise to compare with
    return low > 1e-9 or high < -1e-9


def _of_estimators(three: FloatArray, two: FloatArray, alarm: float, weighs: bool) -> str:
    there = np.isfinite(three) & np.isfinite(two)
    apart = three[there] - two[there]
    value, (low, high) = float(np.median(apart)), beyond_noise(apart, alarm)
    digits = max(3, 1 - int(np.floor(np.log10(abs(value) or 1.0))))  # two that count
    numbers = f"{value:+.{digits}f} ({low:+.{digits}f} to {high:+.{digits}f} at {alarm:g})"
    if not weighs:
        return (
            f"Three minus two measurements is {numbers}, more than their joint noise, but little beside the interval "
            "of the yield: the power changed, or the sphere did, or the noise is understated."
        )
    return (
        f"The two estimators disagree beyond their joint noise: three minus two measurements is {numbers}. Where "
        "nothing drifts they are equal: the power changed, or the sphere did, or the noise is understated."
    )


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


def doubts_of_blank(mean: Integrals, noise: float, value: float, method: Method) -> list[str]:
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
        or abs(blank) <= 3 * noise
        or not np.isfinite(value)
        or (abs(moves) < BLANK * abs(value) and abs(follows) < BLANK / 2 * abs(value))
    ):
        return []
    return [
        f"The blank shows {blank:.3g} photons in the emission's band, whose subtraction moves the yield by "
        f"{-moves:+.3f}: it must scatter as the sample does. It is subtracted whole; if it follows the laser's light "
        f"in the sphere (stray light, fluorescence of the walls), the yield is higher by {follows:.3g}."
    ]


def blank_noise(values: FloatArray, variance: FloatArray) -> float:
    """Return the sd of the mean of the blank's emission, by its scatter or by its samples if that is more."""
    count = len(values)
    stated = float(np.sqrt(np.sum(variance))) / count
    return max(stated, float(values.std(ddof=1) / np.sqrt(count))) if count > 1 else stated


def doubts_of_laser_edges(edges: Sequence[tuple[float, str]], absorptance: FloatArray) -> list[str]:
    """Return what is said of the edges of the laser's band where that matters: light over that of the empty sphere."""
    noise = max(spread(absorptance), OF_NO_MATTER * abs(_middle(absorptance)))
    return [words for share, words in edges if share >= LASER_EDGE or share > noise]


def doubts_of_scatter(values: FloatArray, variance: FloatArray, light: FloatArray, *, neighbours: bool) -> list[str]:
    """Warn where repeats scatter far less than the noise of their samples lets them.

    Parameters
    ----------
    values, variance : ndarray
        Integrals of the runs and the variance by their samples, shape (runs, 6); none where that is zero.
    light : ndarray
        Power of each run over that of their mean, which is taken out, shape (runs,) [1].
    neighbours : bool
        Whether a noise was told from neighbouring samples, where a pattern that all runs share looks like noise.
    """
    used = (variance > 0).all(axis=0) & np.isfinite(values).all(axis=0)
    freedom = (len(values) - 1) * (int(used.sum()) - 1)  # one a run goes to the power
    if freedom < 1:
        return []
    apart = (values - light[:, None] * values.mean(axis=0))[:, used]
    chi_square = float(np.sum(apart**2 / variance[:, used]))
    if chi_square > NARROW**2 * freedom or chdtr(freedom, chi_square) > (1 - ALARM) / 2:
        return []
    why = (
        "their noise, told from neighbouring samples, is a pattern that all runs share, or is overstated."
        if neighbours
        else "are they one measurement that was processed several times? Then their scatter is no uncertainty. Or the "
        "noise of the samples is overstated."
    )
    return [
        f"The repeats scatter by {(chi_square / freedom) ** 0.5:.2g} of what the noise of their samples makes: {why}"
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
