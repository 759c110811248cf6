"""The three readings of the n-phonon model."""

from __future__ import annotations

import numpy as np
import pytest

from antistokes.physics import phonon_ladder

TABLE = {  # phonons of 25 meV at 300 K: n^p, e^(-D/kT), (Sn)^p/p! with S = .35
    1: (0.613, 0.380, 0.215),
    2: (0.376, 0.145, 2.3e-2),
    3: (0.231, 5.5e-2, 1.65e-3),
    4: (0.142, 2.1e-2, 8.9e-5),
    5: (8.7e-2, 7.9e-3, 3.8e-6),
    6: (5.3e-2, 3.0e-3, 1.4e-7),
    7: (3.3e-2, 1.1e-3, 4.2e-9),
}


@pytest.mark.parametrize("phonons", TABLE)
def test_each_reading(phonons: int) -> None:
    deficit = 25.0 * phonons
    found = [
        phonon_ladder.relative_absorption(deficit, 25, 300, "bose"),
        phonon_ladder.relative_absorption(deficit, 25, 300, "boltzmann"),
        phonon_ladder.relative_absorption(deficit, 25, 300, "bose_fc", 0.35),
    ]
    np.testing.assert_allclose(found, TABLE[phonons], rtol=0.045)


def test_bose_and_boltzmann_contradict_each_other() -> None:
    temperature = np.arange(300, 361, 10.0)
    energy = {
        reading: phonon_ladder.apparent_energy_mev(
            phonon_ladder.relative_absorption(50, 25, temperature, reading), temperature
        )
        for reading in ("bose", "boltzmann")
    }
    assert energy["bose"] == pytest.approx(85.2, abs=0.1)
    assert energy["boltzmann"] == pytest.approx(50, abs=1e-9)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((50, 25, 300, "bosonic"), "reading must be one of bose, boltzmann, bose_fc, not 'bosonic'"),
        ((50, 25, 300, "bose", 0.3), "belongs to the reading bose_fc"),
        ((50, 25, 300, "bose_fc"), "the reading bose_fc asks for huang_rhys"),
        ((50, 25, 300, "bose_fc", -1), "huang_rhys must be above 0"),
        ((-5, 25, 300, "bose"), "deficit_mev 0 or more"),
        ((50, 0, 300, "bose"), "phonon_mev must be .1 meV or more"),
        ((50, 25, 0, "bose"), "temperature_k must be above 0"),
    ],
)
def test_what_has_no_meaning_is_refused(arguments: tuple[object, ...], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        phonon_ladder.relative_absorption(*arguments)  # type: ignore[arg-type]


@pytest.mark.parametrize(("ratio", "temperature_k"), [([1.0], [300]), ([1, 1], [300, 300]), ([1, 0], [300, 310])])
def test_an_apparent_energy_that_cannot_be(ratio: list[float], temperature_k: list[float]) -> None:
    with pytest.raises(ValueError, match="one ratio above 0 a temperature"):
        phonon_ladder.apparent_energy_mev(ratio, temperature_k)
