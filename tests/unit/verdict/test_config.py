from pathlib import Path

import pytest

from antistokes.errors import ReadError
from antistokes.verdict import config

FILE = Path("study.toml")
WHOLE = """
[study]
name = "dots"
temperature_k = 295
medium = "vacuum"
excitation_nm = [660, 665.5]
window_fraction = 0.1
level = 0.68
draws = 500
seed = 3

[absorption]
file = "a.csv"
column = "A"
quantity = "absorbance"
range_nm = [500, 700]
path_cm = 1
transparent_nm = [705, 760.5]
scattering = true

[absorption.blank]
file = "b.csv"

[absorption.concentrated]
file = "c.csv"
medium = "air"

[emission]
file = "e.csv"
detection_floor = 1e-4

[yield]
value = 1
sd = 0.01

[background]
per_cm = 1e-4
"""

SPHERE = {"laser_nm": [440, 460], "emission_nm": [550, 750], "run": [{"empty": "a", "direct": "c"}]}


def written(tmp_path, text):
    path = tmp_path / "study.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def parsed(**tables):
    return config.parse({"emission": {"file": "e.csv"}, **tables}, FILE)


def test_a_whole_file(tmp_path):
    c = config.load(written(tmp_path, WHOLE))
    g = c.study
    assert (g.name, g.temperature_k, g.medium, g.excitation_nm) == ("dots", 295.0, "vacuum", (660.0, 665.5))
    assert (g.window_fraction, g.level, g.draws, g.seed) == (0.1, 0.68, 500, 3)
    a = c.absorption
    assert (a.file, a.column, a.quantity, a.range_nm, a.path_cm) == ("a.csv", "A", "absorbance", (500.0, 700.0), 1.0)
    assert (a.transparent_nm, a.scattering, a.blank.file, a.concentrated.medium) == (
        (705.0, 760.5),
        True,
        "b.csv",
        "air",
    )
    assert (c.emission.file, c.emission.detection_floor) == ("e.csv", 1e-4)
    assert (c.quantum_yield.value, c.quantum_yield.sd, c.quantum_yield.self_absorption) == (1.0, 0.01, 0.0)
    assert (c.background.per_cm, c.background.sd) == (1e-4, 0.0)
    assert type(g.temperature_k) is float and type(a.path_cm) is float


def test_the_shortest_file():
    c = parsed()
    assert c.absorption is None and c.quantum_yield is None and c.background is None
    assert c.study.excitation_nm == () and c.study.level == 0.95


def test_one_excitation_needs_no_list_and_a_byte_order_mark_no_care(tmp_path):
    text = b'\xef\xbb\xbf[study]\nexcitation_nm = 660\n[emission]\nfile = "e.csv"\n'
    assert config.load(written(tmp_path, text)).study.excitation_nm == (660.0,)


@pytest.mark.parametrize(
    ("text", "where", "expected", "found", "advice"),
    [
        (b'[emission]\nfile = "\xff"', "byte 19", "UTF-8 text", "other bytes", ""),
        ("[emission\n", "", "valid TOML", "line 1", ""),
        ('[emission]\nfile = "a"\nfile = "b"\n', "", "valid TOML", "overwrite", ""),
    ],
)
def test_files_that_are_no_toml(tmp_path, text, where, expected, found, advice):
    path = written(tmp_path, text)
    with pytest.raises(ReadError) as caught:
        config.load(path)
    error = caught.value
    assert (error.path, error.where, error.expected, error.advice) == (str(path), where, expected, advice)
    assert found in error.found


def test_a_missing_file_names_init(tmp_path):
    with pytest.raises(ReadError, match="expected a study.toml, found no such file. Run: antistokes init") as caught:
        config.load(tmp_path / "study.toml")
    assert str(tmp_path) in caught.value.advice


@pytest.mark.parametrize(
    ("tables", "where", "found", "advice"),
    [
        ({"emision": {}}, "top level", "unknown key 'emision'", "Did you mean 'emission'?"),
        ({"yields": {}}, "top level", "unknown key 'yields'", "Did you mean 'yield'?"),
        ({"zzz": 1}, "top level", "unknown key 'zzz'", ""),
        ({"study": {"temperature": 300}}, "[study]", "unknown key 'temperature'", "Did you mean 'temperature_k'?"),
        ({"yield": {"value": 1.0, "std": 0.1}}, "[yield]", "unknown key 'std'", "Did you mean 'sd'?"),
        ({"background": {"percm": 1}}, "[background]", "unknown key 'percm'", "Did you mean 'per_cm'?"),
        (
            {"absorption": {"file": "a", "concentrated": {"file": "c", "path_cm": 1}}},
            "[absorption.concentrated]",
            "unknown key 'path_cm'",
            "",
        ),
    ],
)
def test_unknown_keys_are_refused_with_the_nearest_known_one(tables, where, found, advice):
    with pytest.raises(ReadError) as caught:
        parsed(**tables)
    assert (caught.value.where, caught.value.found) == (where, found)
    assert caught.value.advice == advice or not advice
    assert caught.value.expected.startswith("one of ")


@pytest.mark.parametrize(
    ("tables", "where", "expected", "found"),
    [
        ({"study": {"temperature_k": "300"}}, "study.temperature_k", "a number", "'300'"),
        ({"study": {"temperature_k": True}}, "study.temperature_k", "a number", "True"),
        ({"study": {"name": 5}}, "study.name", "text in quotes", "5"),
        ({"study": {"draws": 2000.0}}, "study.draws", "a whole number", "2000.0"),
        ({"study": {"draws": True}}, "study.draws", "a whole number", "True"),
        ({"study": {"excitation_nm": ["660"]}}, "study.excitation_nm", "a number or a list of numbers", "['660']"),
        ({"absorption": {"file": "a", "scattering": 1}}, "absorption.scattering", "true or false", "1"),
        ({"absorption": {"file": "a", "range_nm": 600}}, "absorption.range_nm", "two numbers [low, high]", "600"),
        ({"absorption": {"file": "a", "range_nm": [1, 2, 3]}}, "absorption.range_nm", "two numbers", "[1, 2, 3]"),
        ({"absorption": {"file": "a", "blank": 5}}, "[absorption.blank]", "a table", "5"),
        ({"emission": [{"file": "e.csv"}]}, "[emission]", "a table", "[{'file': 'e.csv'}]"),
        ({"yield": 0.99}, "[yield]", "a table", "0.99"),
        ({"yield": {"value": "0.99"}}, "yield.value", "a number", "'0.99'"),
    ],
)
def test_wrong_types(tables, where, expected, found):
    with pytest.raises(ReadError) as caught:
        parsed(**tables)
    assert (caught.value.where, caught.value.found) == (where, found)
    assert caught.value.expected.startswith(expected)


@pytest.mark.parametrize(
    ("tables", "where", "expected"),
    [
        ({"emission": {}}, "[emission]", "a key 'file'"),
        ({"yield": {"sd": 0.1}}, "[yield]", "either a value or a table [yield.sphere]"),
        ({"yield": {"sphere": {"emission_nm": [400, 700]}}}, "[yield.sphere]", "a key 'laser_nm'"),
        ({"yield": {"sphere": SPHERE | {"run": []}}}, "[yield.sphere]", "one [[yield.sphere.run]] or more"),
        ({"yield": {"sphere": SPHERE | {"run": [{"empty": "a"}]}}}, "[yield.sphere.run 1]", "a key 'direct'"),
        ({"yield": {"sphere": SPHERE | {"correction": "cf.txt"}}}, "[yield.sphere.correction]", "a key 'gives'"),
        ({"background": {}}, "[background]", "a key 'per_cm'"),
        ({"absorption": {"file": "a", "concentrated": {}}}, "[absorption.concentrated]", "a key 'file'"),
    ],
)
def test_missing_keys(tables, where, expected):
    with pytest.raises(ReadError) as caught:
        parsed(**tables)
    found = caught.value.found.strip("'")
    assert (caught.value.where, caught.value.expected, found) == (where, expected, "none")


def test_a_study_needs_an_emission():
    with pytest.raises(ReadError, match="study.toml, top level: expected a key 'emission', found none"):
        config.parse({}, FILE)


@pytest.mark.parametrize(
    ("tables", "message"),
    [
        ({"study": {"level": 1.0}}, r"\[study\] level: expected a number between 0 and 1, found 1.0"),
        ({"study": {"level": 0}}, r"\[study\] level"),
        ({"study": {"draws": 99}}, r"\[study\] draws: expected 100 to 1000000, found 99"),
        ({"study": {"draws": 1_000_001}}, r"\[study\] draws"),
        ({"study": {"temperature_k": 0}}, r"\[study\] temperature_k: expected a temperature above 0 K, found 0.0"),
        ({"study": {"temperature_k": float("inf")}}, "study.temperature_k: expected a number, found inf"),
        ({"study": {"medium": "water"}}, r"\[study\] medium: expected 'air' or 'vacuum', found 'water'"),
        (
            {"study": {"window_fraction": 5.0}},
            r"\[study\] window_fraction: expected a number between 0 and 1, found 5.0",
        ),
        ({"study": {"seed": -1}}, r"\[study\] seed: expected a whole number from 0, found -1"),
        (
            {"study": {"excitation_nm": [660, -1]}},
            r"\[study\] excitation_nm: expected positive wavelengths, found \[660.0, -1.0\]",
        ),
        ({"study": {"excitation_nm": [float("nan")]}}, r"study.excitation_nm: expected a number or a list of numbers"),
        (
            {"yield": {"value": 0}},
            r"\[yield\] value: expected a yield as a fraction, above 0 and at most 1.5, found 0.0",
        ),
        ({"yield": {"value": float("nan")}}, "yield.value: expected a number, found nan"),
        ({"yield": {"value": float("inf")}}, "yield.value: expected a number, found inf"),
        ({"yield": {"value": 0.9, "sd": -0.1}}, r"\[yield\] sd: expected a fraction from 0 to below 1, found -0.1"),
        ({"yield": {"value": 0.9, "sd": 1}}, r"\[yield\] sd: expected a fraction"),
        ({"yield": {"value": 0.9, "exitance_w_per_m2": 0}}, r"\[yield\] exitance_w_per_m2: expected a number above 0"),
        (
            {"yield": {"value": 0.9, "self_absorption": 1.5}},
            r"\[yield\] self_absorption: expected a number from 0 to below 1, found 1.5",
        ),
        ({"background": {"per_cm": -1e-4}}, r"\[background\] per_cm: expected 0 or more, found -0.0001"),
        ({"background": {"per_cm": 1e-4, "sd": -1e-5}}, r"\[background\] sd: expected 0 or more, found -1e-05"),
        (
            {"emission": {"file": "e", "range_nm": [700, 600]}},
            r"\[emission\] range_nm: expected \[low, high\] with 0 <",
        ),
        ({"emission": {"file": "e", "range_nm": [0, 600]}}, r"\[emission\] range_nm"),
        (
            {"emission": {"file": "e", "quantity": "photon_per_nm"}},
            r"\[emission\] quantity: expected one of .*'photon_per_nm'. Did you mean 'photons_per_nm'\?",
        ),
        (
            {"absorption": {"file": "a", "concentrated": {"file": "c", "quantity": "absorbence"}}},
            r"\[absorption.concentrated\] quantity: .* Did you mean 'absorbance'\?",
        ),
        (
            {"emission": {"file": "e", "detection_floor": 2.0}},
            r"\[emission\] detection_floor: expected a number between 0 and 1, found 2.0",
        ),
        ({"emission": {"file": "e", "medium": "water"}}, r"\[emission\] medium: expected 'air' or 'vacuum'"),
        ({"absorption": {"file": "a", "blank": {"file": "b", "range_nm": [2, 1]}}}, r"\[absorption.blank\] range_nm"),
        (
            {"absorption": {"file": "a", "concentrated_blank": {"file": "c", "range_nm": [2, 1]}}},
            r"\[absorption.concentrated_blank\] range_nm",
        ),
        (
            {"absorption": {"file": "a", "concentrated_blank": {"file": "c", "quantity": "absorbence"}}},
            r"\[absorption.concentrated_blank\] quantity: .* Did you mean 'absorbance'\?",
        ),
        ({"absorption": {"file": "a", "path_cm": -1.0}}, r"\[absorption\] path_cm: expected a number above 0"),
        ({"absorption": {"file": "a", "path_cm": 0}}, r"\[absorption\] path_cm: expected a number above 0"),
        ({"absorption": {"file": "a", "number_density_per_cm3": -1.0}}, r"\[absorption\] number_density_per_cm3"),
        ({"absorption": {"file": "a", "max_absorbance": 0.0}}, r"\[absorption\] max_absorbance"),
        ({"absorption": {"file": "a", "near_nm": -600.0}}, r"\[absorption\] near_nm: expected a number above 0"),
        ({"absorption": {"file": "a", "transparent_nm": [760, 700]}}, r"\[absorption\] transparent_nm: expected \[low"),
        ({"absorption": {"file": "a", "scattering": True}}, r"\[absorption\] scattering: expected transparent_nm"),
        (
            {"lineshape": {"coupling": "cdse"}},
            r"\[lineshape\] coupling: expected one of cdse-cds-zb, .*, found 'cdse'. Did you mean 'cdse-cds-zb'",
        ),
        ({"emission": {"file": "a", "excitation_nm": 0}}, r"\[emission\] excitation_nm: .* above 0, found 0.0"),
        ({"emission": {"file": "a", "bandpass_nm": -1}}, r"\[emission\] bandpass_nm: .* above 0, found -1.0"),
        (
            {"emission": {"file": "a", "excitation_nm": [532, 660]}},
            r"emission.excitation_nm: expected a number, found \[532, 660\]",
        ),
        ({"absorption": {"file": "a", "bandpass_nm": 0}}, r"\[absorption\] bandpass_nm: .* above 0, found 0.0"),
        ({"lineshape": {"higher_states": 5}}, r"\[lineshape\] higher_states: expected 0 to 4, found 5"),
        ({"lineshape": {"emission_nm": [650, 600]}}, r"\[lineshape\] emission_nm: expected \[low, high\] with 0 < low"),
        ({"lineshape": {"exclude_nm": [[1, 2], [4, 3]]}}, r"\[lineshape\] exclude_nm: .*, found \[4.0, 3.0\]"),
        (
            {"lineshape": {"exclude_nm": [650, 660]}},
            r"lineshape.exclude_nm: expected two numbers \[low, high\], found 650",
        ),
        ({"lineshape": {"exclude_nm": 650}}, r"lineshape.exclude_nm: expected a list of pairs .*, found 650"),
        ({"lineshape": {"couplings": "cdse-zns"}}, r"\[lineshape\]: .* Did you mean 'coupling'\?"),
        ({"yield": {"value": 0.9, "sphere": SPHERE}}, r"\[yield\]: expected either a value or .*, found 'both'"),
        ({"yield": {"sd": 0.1, "sphere": SPHERE}}, r"\[yield\] sd: expected a value that it belongs to"),
        (
            {"yield": {"sphere": SPHERE | {"laser_nm": [450, 440]}}},
            r"\[yield.sphere\] laser_nm: expected \[low, high\]",
        ),
        ({"yield": {"sphere": SPHERE | {"laser_nm": [440, 560]}}}, "bands that do not overlap"),
        ({"yield": {"sphere": SPHERE | {"drift_sd": -0.1}}}, r"\[yield.sphere\] drift_sd: expected a fraction"),
        ({"yield": {"sphere": SPHERE | {"band_sd": 1}}}, r"\[yield.sphere\] band_sd: expected a fraction"),
        ({"yield": {"sphere": SPHERE | {"self_absorption_sd": 2}}}, r"\[yield.sphere\] self_absorption_sd: expected a"),
        (
            {"yield": {"sphere": SPHERE | {"laser_transmission": 1.1}}},
            r"\[yield.sphere\] laser_transmission: .* most 1",
        ),
        (
            {"yield": {"sphere": SPHERE | {"laser_transmission": 0.01, "laser_transmission_sd": 0.01}}},
            r"\[yield.sphere\] laser_transmission_sd: expected 0 or more, below laser_transmission itself",
        ),
        ({"yield": {"sphere": SPHERE | {"laser_transmission": 0}}}, r"\[yield.sphere\] laser_transmission: .* above 0"),
        ({"yield": {"sphere": SPHERE | {"self_absorption": 1}}}, r"\[yield.sphere\] self_absorption: .* below 1"),
        ({"yield": {"sphere": SPHERE | {"method": "four"}}}, r"\[yield.sphere\] method: expected 'two' or 'three'"),
        (
            {"yield": {"sphere": SPHERE | {"quantity": "absorbance"}}},
            r"\[yield.sphere\] quantity: .*found 'absorbance'",
        ),
        (
            {"yield": {"sphere": SPHERE | {"correction": {"file": "cf", "gives": "counts"}}}},
            r"\[yield.sphere.correction\] gives: expected one of power_per_nm, photons_per_nm, found 'counts'",
        ),
        (
            {"yield": {"sphere": SPHERE | {"correction": {"file": "cf", "gives": "power_per_nm", "relative_sd": 1}}}},
            r"\[yield.sphere.correction\] relative_sd: expected a fraction",
        ),
        (
            {
                "yield": {
                    "sphere": SPHERE | {"correction": {"file": "c", "gives": "power_per_nm", "correlation_nm": -1}}
                }
            },
            r"\[yield.sphere.correction\] correlation_nm: expected 0 or more",
        ),
        (
            {"yield": {"sphere": SPHERE | {"run": [{"empty": [], "direct": "c"}]}}},
            r"\[yield.sphere.run 1\] empty: expected one file or more",
        ),
        (
            {"yield": {"sphere": SPHERE | {"run": [{"empty": {"file": "a", "range_nm": [2, 1]}, "direct": "c"}]}}},
            r"\[yield.sphere.run 1.empty\]: expected a list",
        ),
        (
            {"yield": {"sphere": SPHERE | {"run": [{"empty": [{"file": "a", "range_nm": [2, 1]}], "direct": "c"}]}}},
            r"\[yield.sphere.run 1.empty 1\] range_nm",
        ),
        (
            {
                "yield": {
                    "sphere": SPHERE | {"run": [{"empty": [{"file": "a", "integration_time_s": 0}], "direct": "c"}]}
                }
            },
            r"\[yield.sphere.run 1.empty 1\] integration_time_s: expected a number above 0",
        ),
        ({"yield_ratio": {"power_sd": -1}}, r"\[yield_ratio\] power_sd: expected a fraction"),
        ({"yield_ratio": {"solvent": "tolune"}}, r"\[yield_ratio\] solvent: .* Did you mean 'toluene'"),
        (
            {"yield_ratio": {"contaminant": [{"name": "a", "wavelength_nm": 500, "fraction": 1}]}},
            r"\[yield_ratio.contaminant 1\] fraction: expected a fraction",
        ),
        (
            {"yield_ratio": {"contaminant": [{"name": "a", "wavelength_nm": 0, "fraction": 0.1}]}},
            r"\[yield_ratio.contaminant 1\] wavelength_nm: expected a number above 0",
        ),
        (
            {"yield_ratio": {"contaminant": [{"name": "a", "wavelength_nm": 500, "fraction": 0.1}] * 2}},
            r"\[\[yield_ratio.contaminant\]\] name: expected different names",
        ),
        (
            {"yield_ratio": {"up_absorptance": 1.2}},
            r"\[yield_ratio\] up_absorptance: expected a number between 0 and 1",
        ),
        ({"yield_ratio": {"up_power_w": 1}}, r"\[yield_ratio\] up_power_w, down_power_w: expected both or none"),
        (
            {"yield_ratio": {"up_power_w": 0, "down_power_w": 1}},
            r"\[yield_ratio\] up_power_w: expected a number above 0",
        ),
        ({"yield_ratio": {"margin": 0}}, r"\[yield_ratio\] margin: expected a number between 0 and 1"),
        ({"quantum_yield": {"value": 0.9}}, "top level: .* unknown key '\\[quantum_yield\\]'"),
        ({"yield": {"value": 0.9}, "quantum_yield": {"value": 0.5}}, "top level: .* unknown key"),
    ],
)
def test_values_without_sense(tables, message):
    with pytest.raises(ReadError, match=message):
        parsed(**tables)


def test_a_sphere_has_runs_of_one_file_or_several():
    runs = [{"empty": "a.csv", "direct": ["c1.csv", {"file": "c2.csv", "column": "I", "integration_time_s": 2}]}]
    sphere = parsed(**{"yield": {"sphere": SPHERE | {"run": runs}}}).quantum_yield.sphere
    (run,) = sphere.run
    assert run.empty == (config.SphereScan(file="a.csv"),) and run.indirect == ()
    assert run.direct[1] == config.SphereScan(file="c2.csv", column="I", integration_time_s=2.0)
    assert (sphere.laser_nm, sphere.emission_nm, sphere.method) == ((440, 460), (550, 750), None)


def test_the_line_shape_is_fitted_where_its_table_is():
    assert parsed().lineshape is None
    assert parsed(lineshape={}).lineshape == config.Lineshape()
    asked = {"higher_states": 2, "absorption_nm": [600, 700], "exclude_nm": [[650, 660], [671, 672.5]]}
    found = parsed(lineshape=asked).lineshape
    assert (found.coupling, found.higher_states) == ("cdse-cds-zb", 2)
    assert found.free_shares and found.free_skewness and found.baseline
    assert (found.absorption_nm, found.emission_nm) == ((600.0, 700.0), None)
    assert found.exclude_nm == ((650.0, 660.0), (671.0, 672.5))


def test_a_source_is_a_name_or_a_table():
    c = parsed(absorption={"file": "a", "blank": "b.csv"}, calibration={"file": "l", "certificate": "c.csv"})
    assert (c.absorption.blank.file, c.calibration.certificate.file) == ("b.csv", "c.csv")


@pytest.mark.parametrize(
    "more", [{"certificate": "c", "colour_temperature_sd_k": 50}, {"colour_temperature_k": 2900, "correlation_nm": 5}]
)
def test_an_uncertainty_of_what_is_not_stated_is_refused(more):
    with pytest.raises(ReadError, match="0 or more, of a c"):
        parsed(calibration={"file": "l", **more})


def test_a_dark_is_a_name_or_a_table():
    c = parsed(emission={"file": "e.csv", "dark": "d.csv"}, absorption={"file": "a", "dark": {"file": "b"}})
    assert (c.emission.dark, c.absorption.dark) == (config.Scan(file="d.csv"), config.Scan(file="b"))
    with pytest.raises(
        ReadError, match=r"\[emission.dark\]: expected one of file, x, column, quantity, cosmic_rays, found"
    ):
        parsed(emission={"file": "e.csv", "dark": {"file": "d", "range_nm": [1, 2]}})
    with pytest.raises(ReadError, match=r"\[emission.dark\]: expected a table"):
        parsed(emission={"file": "e.csv", "dark": 5})
    with pytest.raises(ReadError, match=r"\[calibration.dark\] quantity: .* Did you mean 'counts'\?"):
        parsed(calibration={"file": "l", "colour_temperature_k": 2900, "dark": {"file": "d", "quantity": "count"}})


STEP = {"file": "1.csv"}


def test_series_are_lists_of_tables_in_their_order():
    steps = [{"file": "1.csv", "temperature_k": 300, "branch": "heating"}, {"file": "2.csv"}]
    c = parsed(
        up_emission={"file": "u.csv", "cut_nm": 650, "exclude_nm": [[640, 642]]},
        ple={"file": "p.csv", "lamp": "l.csv", "window": [0.4, 0.6]},
        power={"file": "w.csv"},
        temperature={"below_mev": 50, "absorption": steps, "up_emission": [{**STEP, "dark": "d.csv"}]},
    )
    assert (c.up_emission.cut_nm, c.up_emission.exclude_nm, c.ple.window) == (650.0, ((640.0, 642.0),), (0.4, 0.6))
    assert (c.ple.lamp.file, c.power.file, c.temperature.below_mev) == ("l.csv", "w.csv", (50.0,))
    assert [(s.file, s.temperature_k, s.branch) for s in c.temperature.absorption] == [
        ("1.csv", 300.0, "heating"),
        ("2.csv", None, None),
    ]
    assert c.temperature.emission == () and c.temperature.up_emission[0].dark.file == "d.csv"


@pytest.mark.parametrize(
    ("tables", "where", "expected", "found", "advice"),
    [
        ({"up_emision": {}}, "top level", "one of", "unknown key 'up_emision'", "'up_emission'"),
        ({"ple": {"file": "p", "geometri": 1}}, "[ple]", "one of", "unknown key 'geometri'", "'geometry'"),
        ({"power": {"file": "p", "cosmic_rays": True}}, "[power]", "one of", "unknown key 'cosmic_rays'", ""),
        (
            {"temperature": {"absorption": [STEP, {"file": "b", "temperature": 300}]}},
            "[temperature.absorption 2]",
            "one of",
            "unknown key 'temperature'",
            "'temperature_k'",
        ),
        (
            {"temperature": {"absorption": STEP}},
            "[temperature.absorption]",
            "a list of tables, each under [[temperature.absorption]]",
            "{'file': '1.csv'}",
            "",
        ),
        (
            {"temperature": {"phonon_mev": 25}},
            "[temperature]",
            "at least one of [[temperature.absorption]]",
            "none",
            "",
        ),
        (
            {"temperature": {"absorption": [STEP], "solvent": "tolune"}},
            "[temperature] solvent",
            "one of",
            "'tolune'",
            "'toluene'",
        ),
        (
            {"temperature": {"absorption": [STEP], "coupling": "cdse-cds-bz"}},
            "[temperature] coupling",
            "one of",
            "'cdse-cds-bz'",
            "",
        ),
    ],
)
def test_what_a_series_may_not_say(tables, where, expected, found, advice):
    with pytest.raises(ReadError) as caught:
        parsed(**tables)
    error = caught.value
    assert (error.where, error.found.rstrip(".")) == (where, found)
    assert error.expected.startswith(expected) and advice in error.advice


@pytest.mark.parametrize(
    ("table", "key", "value"),
    [
        ("up_emission", "cut_nm", 0),
        ("up_emission", "exclude_nm", [[650, 640]]),
        ("up_emission", "background_nm", [760, 740]),
        ("ple", "detection_nm", -1),
        ("ple", "order_filter_nm", 0),
        ("ple", "window", [0.6, 0.4]),
        ("ple", "geometry", "back-face"),
        ("ple", "baseline_sd", -1e-3),
        ("power", "background_sd", -1),
        ("power", "power_sd_relative", -0.1),
        ("temperature", "below_mev", [50, 50]),
        ("temperature", "below_mev", []),
        ("temperature", "phonon_mev", 0),
        ("temperature", "temperature_sd_k", -1),
        ("temperature", "common_baseline_sd", -1),
        ("temperature", "exclude_nm", [[650, 640]]),
    ],
)
def test_values_of_the_series_that_have_no_sense(table, key, value):
    with pytest.raises(ReadError) as caught:
        rest = {"absorption": [STEP]} if table == "temperature" else STEP
        parsed(**{table: {**rest, key: value}})
    assert caught.value.where == f"[{table}] {key}"


@pytest.mark.parametrize(
    ("step", "where"),
    [
        ({"branch": "up"}, "[temperature.emission 1] branch"),
        ({"power_w": 0}, "[temperature.emission 1] power_w"),
        ({"quantity": "light"}, "[temperature.emission 1] quantity"),
        ({"range_nm": [600, 500]}, "[temperature.emission 1] range_nm"),
    ],
)
def test_values_of_a_step_that_have_no_sense(step, where):
    with pytest.raises(ReadError) as caught:
        parsed(temperature={"emission": [STEP | step]})
    assert caught.value.where == where
