"""The pages say what the code does: keys of study.toml, commands of the tutorial, derivations of the models."""

import dataclasses
import re
import shlex
import shutil
import tomllib
import types
from math import comb
from pathlib import Path
from typing import Union, get_args, get_origin, get_type_hints

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.special import ndtr, ndtri

import antistokes as ans
from antistokes import cli
from antistokes.analysis.noise import noise_sd
from antistokes.analysis.uncertain import truncated_normal
from antistokes.io.formats import FORMATS
from antistokes.lab import spectra as lab
from antistokes.lab.optics import IDEAL
from antistokes.lab.sample import Sample
from antistokes.lab.spectrometer import measure_raw_emission
from antistokes.lab.sphere import IntegratingSphere, measure_sphere, sphere_truth
from antistokes.physics import cooling, marcus, reciprocity
from antistokes.units import BOLTZMANN_EV_PER_K, HC_EV_NM, thermal_energy_ev
from antistokes.verdict import config

DOCS = Path(__file__).parents[2] / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
STUDY_TOML = (DOCS / "study-toml.md").read_text(encoding="utf-8")
TUTORIAL = (DOCS / "tutorials" / "two-spectra.md").read_text(encoding="utf-8")


def blocks(text: str) -> list[tuple[str, str]]:
    """Return (language, content) of each fenced block."""
    return re.findall(r"^```(\w+)\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)


def tables(cls: type, name: str) -> dict[str, type]:
    """Return the dataclass of every table of study.toml below one, by its full name."""
    found: dict[str, type] = {}
    for key, hint in get_type_hints(cls).items():
        options = get_args(hint) if get_origin(hint) in (Union, types.UnionType) else (hint,)
        if get_origin(hint) is tuple and dataclasses.is_dataclass(get_args(hint)[0]):  # a list of tables
            found[f"{name}.{key}"] = get_args(hint)[0]
        for option in options:
            if dataclasses.is_dataclass(option):
                shown = f"{name}.{key}".lstrip(".").replace("quantum_yield", "yield")
                found |= {shown: option, **tables(option, shown)}
    return found


TABLES = tables(config.Config, "")


def rows_of(table: str) -> dict[str, list[str]]:
    """Return the cells of each row of a table's section, by key."""
    sections = re.split(r"^#+ ", STUDY_TOML, flags=re.MULTILINE)
    section = next(s for s in sections if f"`[{table}]`" in s.partition("\n")[0])
    rows = re.findall(r"^\| `(\w+)` \|(.*)\|$", section, flags=re.MULTILINE)
    return {key: [cell.strip() for cell in rest.split("|")] for key, rest in rows}


def test_the_tables_are_all_there():
    assert {"study", "emission", "absorption", "absorption.concentrated", "yield", "background"} <= set(TABLES)


@pytest.mark.parametrize("table", TABLES)
def test_every_key_of_study_toml_is_documented(table):
    fields = {f.name for f in dataclasses.fields(TABLES[table])}
    assert set(rows_of(table)) == fields


@pytest.mark.parametrize("table", TABLES)
def test_documented_defaults_are_those_of_the_code(table):
    rows = rows_of(table)
    for f in dataclasses.fields(TABLES[table]):
        said = rows[f.name][2]
        if f.default is dataclasses.MISSING:
            assert said == "required", f.name
        elif f.default is None:
            assert said in ("none", ""), f.name
        else:
            value = tomllib.loads(f"value = {said.strip('`')}")["value"]
            assert (tuple(value) if isinstance(value, list) else value) == f.default, f.name


def keys_used(raw, table):
    """The keys that an example has under a table."""
    for part in table.split("."):
        raw = raw.get(part, {})
        raw = raw[0] if isinstance(raw, list) else raw
    return set(raw)


def test_the_examples_use_every_key():  # one states the yield, the other measures it
    examples = [tomllib.loads(content) for language, content in blocks(STUDY_TOML) if language == "toml"]
    parsed = [config.parse(raw, Path("study.toml")) for raw in examples]
    assert [p.emission.file for p in parsed] == ["pl.csv", "pl.csv"]
    for table, cls in TABLES.items():
        used = set().union(*(keys_used(raw, table) for raw in examples))
        again = cls is config.Source or table.split(".")[0] in ("up_emission", "ple", "power", "temperature")
        optional_in_a_scan = {"x", "column", "medium", "range_nm", "cosmic_rays"} if again else set()
        optional_in_a_scan |= {"quantity"} if cls is config.Factors else set()  # factors have none
        other_ways = {"number_density_per_cm3", "colour_temperature_k", "colour_temperature_sd_k"}
        skipped = other_ways | optional_in_a_scan
        assert {f.name for f in dataclasses.fields(cls)} - skipped <= used, table


def test_the_example_of_a_sphere_runs_as_it_stands(tmp_path):
    (example,) = (content for language, content in blocks(STUDY_TOML) if "[yield.sphere]" in content)
    table = tomllib.loads(example)["yield"]["sphere"]
    (tmp_path / "study.toml").write_text(example, encoding="utf-8")
    (tmp_path / "1").mkdir()
    nm, rng, sample = np.arange(430.0, 780.5, 1.0), np.random.default_rng(0), Sample()
    by = IDEAL._replace(emission_bandpass_nm=3.0, counts=1e7)  # the line of the laser as wide as its band
    sphere = IntegratingSphere(by, attenuator=table["laser_transmission"])
    run = measure_sphere(sample, sphere, nm, 450.0, rng, quantum_yield=0.9)
    for name, found in (("empty", run.empty), ("beside", run.indirect), ("in", run.direct)):
        for part, times, ds in zip(("laser", "emission"), (1, 10), found, strict=True):
            rows = np.column_stack([ds["wavelength"].values, times * ds["signal"].values])
            write_columns(tmp_path / "1" / f"{name}_{part}.csv", "wavelength (nm),value", rows)
    dark = np.column_stack([run.direct[1]["wavelength"].values, np.zeros(run.direct[1]["wavelength"].size)])
    write_columns(tmp_path / "1" / "dark.csv", "wavelength (nm),value", dark)
    write_columns(tmp_path / "factors.txt", "Wavelength,Factor", np.array([[x, 450.0 / x] for x in range(400, 820, 5)]))
    ans.io.write(measure_raw_emission(sample, by, nm[130:], 532.0, rng), tmp_path / "pl.csv")
    found = ans.study(tmp_path).yields.absolute_yield
    truth = sphere_truth(sample, sphere, 450.0, quantum_yield=0.9)
    assert found.observed_yield.value == pytest.approx(truth.observed_yield, abs=0.01)


def write_columns(path, header, rows):
    np.savetxt(path, rows, delimiter=",", header=header, comments="", fmt="%.10g")


def test_the_tutorial_runs_as_it_stands(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    codes = []
    for language, content in blocks(TUTORIAL):
        if language == "python":
            exec(compile(content, "two-spectra.md", "exec"), {"__name__": "tutorial"})
        elif language == "toml":
            (tmp_path / "my_sample" / "study.toml").write_text(content, encoding="utf-8")
        else:
            codes += [run(line.removeprefix("$ ")) for line in content.splitlines()]
    said = capsys.readouterr()
    assert codes == [0, 2, 0, 0, 0, 0, 0, 2, 0]
    assert said.err.count("emission_quantity") + said.err.count("--emission-quantity") == 2
    assert (tmp_path / "results" / "report.html").exists()
    assert (tmp_path / "my_sample" / "results" / "report.html").exists()


def run(command: str) -> int:
    """Run a line of the tutorial in the current folder; return its exit code."""
    name, *arguments = shlex.split(command)
    if name == "mkdir":
        Path(arguments[0]).mkdir()
        return 0
    if name == "cp":
        for file in arguments[:-1]:
            shutil.copy(file, arguments[-1])
        return 0
    assert name == "antistokes"
    try:
        cli.main(arguments)
    except SystemExit as stop:
        return int(stop.code or 0)
    return 0


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_links_lead_somewhere(page):
    links = re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_tests_named_on_a_page_are_there(page):
    named = re.findall(r"`((?:tests|docs)/[\w/.]+\.py)`", page.read_text(encoding="utf-8"))
    assert [name for name in named if not (DOCS.parent / name).exists()] == []


# docs/models/reciprocity.md, docs/models/lab-marcus.md


@pytest.mark.parametrize("static_mev", [0.0, 3.0, 10.0, 20.0, 30.0])
@pytest.mark.parametrize("temperature_k", [150.0, 300.0])
def test_apparent_temperature_of_a_gaussian_ensemble(static_mev, temperature_k):
    energy, line = np.linspace(1.8, 2.1, 301), (1.9771, 18.4, temperature_k, static_mev)
    absorbed, emitted = marcus.cross_section(energy, *line), marcus.photon_rate(energy, *line)
    slopes = np.diff(reciprocity.log_reciprocity_ratio(energy, emitted, absorbed)) / np.diff(energy)
    kt = float(thermal_energy_ev(temperature_k))
    apparent = temperature_k * (1 + (static_mev / 1e3) ** 2 / (2 * 0.0184 * kt))
    assert_allclose(-1 / (BOLTZMANN_EV_PER_K * slopes), apparent, rtol=1e-8)
    variance = reciprocity.inhomogeneous_variance_ev2(apparent, temperature_k, 2 * 0.0184)
    assert_allclose(variance, (static_mev / 1e3) ** 2, atol=1e-15)


def test_reduced_curves_are_two_reorganisation_energies_apart_and_the_others_are_not():
    energy, line = np.arange(1.85, 2.1, 1e-6), (1.9771, 18.4, 300.0, 0.0)
    absorbed, emitted = marcus.cross_section(energy, *line), marcus.photon_rate(energy, *line)
    top = [energy[np.argmax(y)] for y in (absorbed, absorbed / energy, emitted, emitted / energy**3)]
    variance = 2 * 0.0184 * float(thermal_energy_ev(300.0))
    assert_allclose(top[1] - top[3], 2 * 0.0184, atol=3e-6)
    assert_allclose(top[0] - top[1], variance / top[1], rtol=0.02)
    assert_allclose(top[2] - top[3], 3 * variance / top[3], rtol=0.02)


@pytest.mark.parametrize(
    ("static_mev", "one_state_k", "states_k", "inferred_mev"),
    [(3, 302.84, 302.42, 2.81), (10, 331.53, 325.92, 9.23), (20, 426.14, 397.19, 18.26), (30, 583.81, 497.90, 27.23)],
)
def test_table_of_apparent_temperatures(static_mev, one_state_k, states_k, inferred_mev):
    for states, apparent, width in (
        (((0.0, 1.0),), one_state_k, static_mev),
        (lab.CDSE_STATES, states_k, inferred_mev),
    ):
        sample = lab.Sample(inhomogeneous_width_mev=static_mev, states=states)
        found = ans.reciprocity(*lab.absorption_and_emission(sample, photons=np.inf, peak_photons=np.inf))
        assert_allclose(found.temperature_k.value, apparent, atol=0.1)
        assert_allclose(found.inhomogeneous_width_mev.value, width, atol=0.01)


@pytest.mark.parametrize(("relative", "bias"), [(0.05, -0.00126), (0.1, -0.0051), (0.2, -0.0215)])
def test_bias_of_the_logarithm(relative, bias):
    """Gauss-Hermite quadrature of ln(1 + e) for normal e; the part below zero is beyond five standard deviations."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(20)
    mean = np.sum(weights * np.log(np.maximum(1 + relative * nodes, 1e-3))) / np.sum(weights)
    v = relative**2
    assert_allclose(mean, bias, rtol=0.01)
    assert_allclose(mean, -v / 2 - 3 * v**2 / 4, rtol=0.02)


@pytest.mark.parametrize("temperature_k", [150.0, 300.0, 600.0])
def test_detailed_balance_with_many_states(temperature_k):
    energy, line = np.linspace(1.85, 2.6, 751), (1.9771, 18.4, temperature_k, 0.0, lab.CDSE_STATES)
    absorbed, emitted = marcus.cross_section(energy, *line), marcus.photon_rate(energy, *line)
    kt = float(thermal_energy_ev(temperature_k))
    ratio = reciprocity.log_reciprocity_ratio(energy, emitted, absorbed)
    assert_allclose(ratio, -(energy - 1.9771) / kt, atol=1e-9)


@pytest.mark.parametrize(("quantum_mev", "factor"), [(25, 1.077), (38, 1.174)])
def test_classical_width_against_a_quantum_mode(quantum_mev, factor):
    half = quantum_mev / 1e3 / (2 * float(thermal_energy_ev(300.0)))
    assert_allclose(half / np.tanh(half), factor, atol=5e-4)


# docs/models/cooling.md, docs/decisions/0002-uncertainty-of-a-pair-of-spectra.md


@pytest.mark.parametrize(
    ("value", "sd", "median", "low", "high"),
    [
        (0.98, 0.01, 0.9797, 0.9603, 0.9967),
        (0.99, 0.005, 0.9899, 0.9802, 0.9984),
        (0.99, 0.01, 0.9880, 0.9697, 0.9992),
        (1.0, 0.01, 0.9933, 0.9776, 0.9997),
    ],
)
def test_yield_conditioned_on_at_most_one(value, sd, median, low, high):
    quantiles = np.array([0.5, 0.025, 0.975])
    formula = value + sd * ndtri(quantiles * ndtr((1 - value) / sd))
    assert_allclose(formula, [median, low, high], atol=6e-5)
    draws = truncated_normal(np.random.default_rng(0), value, sd, 0.0, 1.0, 20001)
    assert_allclose(np.quantile(draws, quantiles), formula, atol=2e-5)


def test_external_yield_is_the_sum_over_reabsorptions():
    phi, a = 0.95, 0.3
    total = sum(phi * (1 - a) * (phi * a) ** n for n in range(200))
    assert_allclose(cooling.external_yield(phi, a), total)
    assert_allclose(total, 0.93007, atol=5e-6)


def test_edges_of_the_window_in_closed_form():
    mean_ev, external, alpha = 1.96, 0.985, 0.3
    assert_allclose(cooling.cooling_efficiency(mean_ev * external, mean_ev, external), 0.0, atol=1e-15)
    background = cooling.break_even_background_per_cm(alpha, 1.88, mean_ev, external)
    share = cooling.absorption_efficiency(alpha, background)
    assert_allclose(cooling.cooling_efficiency(1.88, mean_ev, external, share), 0.0, atol=1e-15)


# docs/models/emission-numbers.md


def test_peaks_and_means_of_a_gaussian_on_both_axes():
    centre, s = 1.96, 0.031
    energy = np.linspace(centre - 8 * s, centre + 8 * s, 4001)
    per_ev = np.exp(-0.5 * ((energy - centre) / s) ** 2)
    ds = ans.build("energy", energy, per_ev, kind="emission", quantity="photons_per_ev", medium="vacuum")
    found = ans.describe_emission(ds)
    assert_allclose(found.peak_ev.value, centre, atol=1e-6)
    shift_ev = HC_EV_NM / found.peak_nm.value - centre
    assert_allclose(shift_ev, 2 * s**2 / centre, rtol=0.01)
    assert_allclose([1e3 * shift_ev, HC_EV_NM / centre - found.peak_nm.value], [1.0, 0.32], atol=0.02)
    assert_allclose(found.fwhm_mev.value, 1e3 * s * np.sqrt(8 * np.log(2)), rtol=1e-4)
    assert_allclose(found.mean_energy_ev.value, centre, rtol=1e-9)
    mean_nm = found.mean_wavelength_nm.value
    assert_allclose(found.centroid_nm.value - mean_nm, mean_nm * (s / centre) ** 2, rtol=0.01)
    assert_allclose(found.centroid_nm.value - mean_nm, 0.16, atol=0.005)


def test_mean_wavelength_is_the_centroid_of_power_per_nm():
    energy = np.linspace(1.7, 2.2, 4001)
    per_ev = np.exp(-0.5 * ((energy - 1.9) / 0.03) ** 2) + 0.3 * np.exp(-0.5 * ((energy - 2.0) / 0.04) ** 2)
    ds = ans.build("energy", energy, per_ev, kind="emission", quantity="photons_per_ev", medium="vacuum")
    power = ans.convert(ds, "power_per_nm")["signal"].values
    wavelength = HC_EV_NM / energy
    centroid = np.trapezoid(wavelength * power, wavelength) / np.trapezoid(power, wavelength)
    assert_allclose(ans.describe_emission(ds).mean_wavelength_nm.value, centroid, rtol=1e-7)


# docs/models/splice.md


def test_modes_of_a_splice_carry_what_its_parameters_move():
    """The baseline of the concentrated scan moves its part of the joined spectrum by as much, and nothing else."""
    sample, wavelength, rng = lab.Sample(), np.arange(480.0, 760.5, 1.0), np.random.default_rng(0)
    dilute = lab.measure_absorption(sample, wavelength, rng, offset=0.002)
    concentrated = lab.measure_absorption(sample, wavelength, rng, concentration=30.0, offset=0.003)
    splice = ans.splice_absorption(dilute, concentrated, transparent_nm=(705.0, 760.0))
    modes = splice.absorption["signal_modes"]
    covariance = modes.values.T @ modes.values
    x = splice.absorption["wavelength"].values
    red, blue = x >= splice.join_nm, x < splice.join_nm
    sd = splice.parameters["concentrated baseline, constant"].sd
    assert_allclose(covariance[np.ix_(red, red)], sd**2, rtol=1e-9)
    level = splice.absorption["signal"].values[blue]
    scale_sd, low = splice.scale.sd / splice.scale.value, splice.parameters["dilute baseline, constant"].sd
    correlation = splice.correlation["ln scale"]["dilute baseline, constant"]
    step = splice.scale.value * low
    expected = (level * scale_sd) ** 2 + step**2 - 2 * correlation * level * scale_sd * step
    assert_allclose(np.diag(covariance)[blue], expected, rtol=1e-6)


# docs/models/noise.md


def test_correlation_of_neighbouring_residuals_of_white_noise():
    weights = np.array([comb(6, k) * (-1) ** k for k in range(7)])
    variance = int(weights @ weights)
    assert variance == comb(12, 6) == 924
    correlations = [int(weights[k:] @ weights[: 7 - k]) / variance for k in range(1, 7)]
    assert_allclose(correlations[0], -6 / 7)
    assert_allclose(1 + 2 * np.sum(np.square(correlations)), 3.17, atol=0.005)


def test_noise_of_unit_variance_is_found():
    x = np.arange(400.0)
    band = 30 * np.exp(-0.5 * ((x - 200) / 30) ** 2)
    found = [np.median(noise_sd(x, band + np.random.default_rng(s).standard_normal(400))[0]) for s in range(20)]
    assert_allclose(np.mean(found), 1.0, atol=0.06)


# docs/formats.md


def test_every_format_is_in_the_table_and_no_other():
    text = (DOCS / "formats.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (`.*?`) \|", text, flags=re.MULTILINE)
    named = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    assert named == {"table", *FORMATS}
