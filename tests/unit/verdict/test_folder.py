import tomllib

import numpy as np
import pytest

from antistokes import data, io
from antistokes.errors import ReadError
from antistokes.verdict import config
from antistokes.verdict.folder import init_folder, kind_of

NM = np.arange(500, 530)


def table(path, header, *columns, separator=","):
    rows = [separator.join(f"{v:g}" for v in row) for row in zip(NM, *columns, strict=True)]
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")


def started(folder):
    """The study.toml that init writes: its text, and what TOML makes of it."""
    path = init_folder(folder)
    text = path.read_text(encoding="utf-8")
    return text, tomllib.loads(text)


@pytest.fixture
def folder(tmp_path):
    """Emission without a quantity, absorption with one, a set of columns, a damaged file, and a folder."""
    table(tmp_path / "dots_PL.csv", "wavelength_nm,y", NM)
    table(tmp_path / "uv-vis.txt", "wavelength_nm\tabsorbance", NM / 1e3, separator="\t")
    table(tmp_path / "unclear.csv", "wavelength_nm,a,b", NM, NM)
    (tmp_path / "zempty.csv").write_text("")
    (tmp_path / "readme.md").write_text("not a spectrum")
    (tmp_path / "results").mkdir()
    return tmp_path


def test_files_are_recognised_by_content_and_name(folder):
    text, toml = started(folder)
    assert toml["study"] == {"name": folder.name}
    assert toml["emission"] == {"file": "dots_PL.csv"}
    assert toml["absorption"] == {"file": "uv-vis.txt", "quantity": "absorbance"}
    assert "guessed from the file name 'dots_PL.csv'" in text
    assert "the file does not say: declare one of photons_per_nm" in text
    assert 'quantity = "absorbance"  # stated in the file' in text
    assert "lineshape" not in toml and "# [lineshape]" in text and "others: cdse-cds-wz, cdse-zns" in text
    assert "# Left out by their suffix" in text and "readme" in text and "results" not in text


def test_what_is_left_over_is_listed_with_what_it_is(folder):
    text, _ = started(folder)
    (line,) = (x for x in text.splitlines() if "zempty.csv" in x)
    assert "expected" in line and "found an empty file" in line
    assert "#   unclear.csv: spectrum" in text


def test_it_is_a_study_toml(folder):
    c = config.load(init_folder(folder))
    assert c.emission.file == "dots_PL.csv" and c.emission.quantity is None
    assert c.absorption.quantity == "absorbance" and c.quantum_yield is None and c.background is None


def test_what_is_commented_out_would_be_taken(folder):
    """Every commented line of settings is valid once it is uncommented."""
    path = init_folder(folder)
    text = path.read_text(encoding="utf-8")
    for line in (
        "temperature_k = 295",
        "excitation_nm = [660]",
        "path_cm = 1.0",
        "excitation_nm = 532",
        "[lineshape]",
        'coupling = "cdse-cds-zb"',
        "[yield]",
        "value = 0.99",
        "sd = 0.01",
    ):
        assert f"# {line}" in text
        text = text.replace(f"# {line}", line, 1)
    path.write_text(text, encoding="utf-8")
    c = config.load(path)
    assert (c.study.temperature_k, c.study.excitation_nm, c.absorption.path_cm) == (295.0, (660.0,), 1.0)
    assert (c.quantum_yield.value, c.quantum_yield.sd) == (0.99, 0.01)
    assert c.emission.excitation_nm == 532.0 and c.lineshape == config.Lineshape()


def test_where_the_temperature_is_known_the_line_shape_is_fitted(tmp_path):
    about = {"temperature_k": 300.0, "excitation_nm": 510.0, "medium": "air"}
    for quantity, name in (("photons_per_nm", "pl"), ("absorbance", "abs")):
        ds = data.build("wavelength", NM, NM / 1e3, quantity=quantity, **about)
        io.write(ds, tmp_path / f"{name}.csv")
    text, toml = started(tmp_path)
    assert toml["lineshape"] == {"coupling": config.Lineshape().coupling}
    assert "excitation_nm" not in toml["emission"] and "# excitation_nm" not in text.partition("[emission]")[2]


def test_guesses_of_the_reader_are_comments(folder):
    text, _ = started(folder)
    assert "# note: medium not stated, read as air" in text


def test_several_columns_are_named(tmp_path):
    table(tmp_path / "set_em.csv", "wavelength_nm,30 s,240 s", NM, NM)
    text, toml = started(tmp_path)
    assert toml["emission"] == {"file": "set_em.csv"}  # which one is not guessed
    assert '# column = "30 s"  # name one; others: "240 s"' in text


def test_absorption_and_emission_in_one_file(tmp_path):
    table(tmp_path / "both.csv", "wavelength_nm,absorbance,photons_per_nm", NM / 1e3, NM)
    _, toml = started(tmp_path)
    assert toml["absorption"] == {"file": "both.csv", "column": "absorbance", "quantity": "absorbance"}
    assert toml["emission"] == {"file": "both.csv", "column": "photons_per_nm", "quantity": "photons_per_nm"}


def test_without_an_emission_the_place_for_it_is_kept(tmp_path):
    table(tmp_path / "abs.csv", "wavelength_nm,absorbance", NM / 1e3)
    text, toml = started(tmp_path)
    assert (
        "emission" not in toml
        and "lineshape" not in toml
        and "# [emission]" in text
        and "no file was recognised as emission" in text
    )


@pytest.mark.parametrize("name", ['a "b" em.csv', "Ü# em.csv", "pl 50%.csv", "em\\x.csv"])
def test_odd_names_are_kept(tmp_path, name):
    table(tmp_path / name, "wavelength_nm,photons_per_nm", NM)
    assert config.load(init_folder(tmp_path)).emission.file == name


@pytest.mark.parametrize("names", [("a_em.csv", "b\nc.csv"), ("em\x7f.csv",)])
def test_names_with_control_characters(tmp_path, names):
    for name in names:
        table(tmp_path / name, "wavelength_nm,photons_per_nm", NM)
    assert config.load(init_folder(tmp_path)).emission.file == names[0]


def test_a_study_toml_is_never_overwritten(folder):
    (folder / "study.toml").write_text("# mine\n")
    with pytest.raises(ReadError, match="expected no study.toml yet, found one. Correct it, or move it away"):
        init_folder(folder)
    assert (folder / "study.toml").read_text() == "# mine\n"


def test_no_folder_and_an_empty_one(tmp_path):
    with pytest.raises(ReadError, match="expected a folder, found no such folder"):
        init_folder(tmp_path / "nowhere")
    with pytest.raises(ReadError, match="expected files of measurements, found no such file"):
        init_folder(tmp_path)


def test_nothing_readable_says_why(tmp_path):
    (tmp_path / "a.csv").write_text("")
    with pytest.raises(ReadError, match="found a.csv.*\n?.*an empty file"):
        init_folder(tmp_path)
    assert not (tmp_path / "study.toml").exists()


def test_the_map_is_used(folder):
    seen = []

    def spying(function, items):
        seen.extend(items)
        return [function(i) for i in seen]

    init_folder(folder, map=spying)
    assert [p.name for p in seen] == ["dots_PL.csv", "unclear.csv", "uv-vis.txt", "zempty.csv"]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("sample_abs.csv", "absorption"),
        ("UV-Vis dots.csv", "absorption"),
        ("pl.csv", "emission"),
        ("fluorescence 3.csv", "emission"),
        ("UCPL_660.csv", "emission"),
        ("sample.csv", "spectrum"),
        ("replica.csv", "spectrum"),
        ("problem.csv", "spectrum"),
        ("model.csv", "spectrum"),
    ],
)
def test_kind_by_name(tmp_path, name, kind):
    ds = data.build("wavelength", NM, NM)
    assert kind_of(tmp_path / name, ds)[0] == kind


def test_kind_by_content_goes_first(tmp_path):
    ds = data.build("wavelength", NM, NM, kind="absorption")
    assert kind_of(tmp_path / "pl.csv", ds) == ("absorption", "stated in the file")


def test_lamps_and_other_measurements_are_named(tmp_path):
    nm = np.linspace(500, 700, 50)
    spectrum = data.build("wavelength", nm, nm, kind="emission", quantity="counts", medium="air")
    io.write(spectrum, tmp_path / "pl.nc")
    io.write(spectrum, tmp_path / "halogen_lamp.nc")
    io.write(data.build("wavelength", nm, nm, kind="ple"), tmp_path / "ple.nc")
    io.write(data.build("time", [0, 1, 2], [1, 1, 1], kind="power_log", quantity="power"), tmp_path / "power.nc")
    text = init_folder(tmp_path).read_text(encoding="utf-8")
    assert tomllib.loads(text)["emission"]["file"] == "pl.nc"
    assert '# [calibration]            # guessed from the file name: "halogen_lamp.nc"' in text
    assert "#   ple.nc: ple, wavelength 500 to 700 nm" in text
    assert "#   power.nc: power_log, power, time 0 to 2 s" in text


def test_frames_of_a_spectrum_are_a_spectrum_and_a_movie_is_not(tmp_path):
    nm = np.linspace(500, 700, 50)
    frames = data.build("wavelength", nm, np.ones((3, 50)), along={"frame": range(3)}, kind="emission")
    movie = data.build("x", range(4), np.ones((2, 3, 4)), along={"frame": [0, 1], "y": [0, 1, 2]}, kind="movie")
    io.write(frames, tmp_path / "b.nc")
    io.write(movie, tmp_path / "a.nc")
    text = init_folder(tmp_path).read_text(encoding="utf-8")
    assert tomllib.loads(text)["emission"]["file"] == "b.nc"
    assert "#   a.nc: movie, x 0 to 3 px" in text


WIDE = np.linspace(500, 700, 50)


def light(path, kind="emission", frames=0, n=WIDE, **about):
    y = np.ones((frames, n.size)) if frames else np.ones(n.size)
    along = {"frame": range(frames)} if frames else None
    io.write(data.build("wavelength", n, y, kind=kind, along=along, medium="air", **about), path)


def test_excitation_and_temperature_are_taken_where_the_files_agree(tmp_path):
    light(tmp_path / "a_em.nc", quantity="counts", excitation_nm=532.1, temperature_k=295.86)
    light(tmp_path / "b_em.nc", quantity="counts", excitation_nm=532.1)
    light(tmp_path / "a_abs.nc", "absorption", quantity="absorbance", temperature_k=295.86)
    text, toml = started(tmp_path)
    assert toml["study"] == {"name": tmp_path.name, "temperature_k": 295.86, "excitation_nm": [532.1]}
    assert "excitation_nm = [532.1]  # stated in a_em.nc, b_em.nc" in text
    assert "temperature_k = 295.86  # stated in a_em.nc, a_abs.nc" in text
    c = config.load(tmp_path / "study.toml")
    assert (c.study.excitation_nm, c.study.temperature_k) == ((532.1,), 295.86)


def test_where_the_files_differ_each_is_a_comment(tmp_path):
    for name, nm, kelvin in (("a_em", 532.0, 295.0), ("b_em", 640.0, 77.0)):
        light(tmp_path / f"{name}.nc", quantity="counts", excitation_nm=nm, temperature_k=kelvin)
    text, toml = started(tmp_path)
    assert toml["study"] == {"name": tmp_path.name}
    for line in ("excitation_nm = [532]  # stated in a_em.nc", "excitation_nm = [640]  # stated in b_em.nc"):
        assert f"# {line}" in text.splitlines()
    assert "# temperature_k = 77  # stated in b_em.nc" in text.splitlines()


def test_an_excitation_outside_the_absorption_is_a_comment(tmp_path):
    light(tmp_path / "em.nc", quantity="counts", excitation_nm=367.0)
    light(tmp_path / "abs.nc", "absorption", quantity="absorbance")
    text, toml = started(tmp_path)
    assert "excitation_nm" not in toml["study"]
    assert "# excitation_nm = [367]  # stated in em.nc; outside abs.nc, 500 to 700 nm" in text


def test_excitation_of_what_is_no_emission_is_not_taken(tmp_path):
    light(tmp_path / "em.nc", quantity="counts")
    light(tmp_path / "laser.nc", "raman", quantity="counts", excitation_nm=785.0)
    assert "785" not in started(tmp_path)[0]


def test_camera_spectra_are_offered_where_nothing_else_is_an_emission(tmp_path):
    light(tmp_path / "run1.nc", "spectrum", frames=10, quantity="counts")
    light(tmp_path / "run2.nc", "spectrum", quantity="counts")
    light(tmp_path / "run2 dark.nc", "spectrum", quantity="counts")
    text, toml = started(tmp_path)
    assert toml["emission"] == {"file": "run1.nc", "quantity": "counts", "cosmic_rays": True}
    assert "# kind not stated: light over wavelength" in text
    assert '# file = "run2.nc"  # a rival: kind not stated' in text
    assert '# dark = { file = "run2 dark.nc" }  # guessed from its name' in text
    loaded = text.replace("# dark", "dark")
    (tmp_path / "study.toml").write_text(loaded, encoding="utf-8")
    assert config.load(tmp_path / "study.toml").emission.dark == config.Scan(file="run2 dark.nc")


def test_a_stated_emission_goes_before_camera_spectra(tmp_path):
    light(tmp_path / "a.nc", "spectrum", frames=10, quantity="counts")
    light(tmp_path / "b.nc", quantity="counts")
    text, toml = started(tmp_path)
    assert toml["emission"]["file"] == "b.nc" and "a rival" not in text


@pytest.mark.parametrize("frames", [1, 2])
def test_rays_are_looked_for_only_among_frames(tmp_path, frames):
    light(tmp_path / "em.nc", frames=frames, quantity="counts")
    assert started(tmp_path)[1]["emission"].get("cosmic_rays", False) is (frames > 1)


def test_rivals_are_named_and_files_of_one_sample_go_together(tmp_path):
    for run in (2, 3):
        table(tmp_path / f"Run {run} FL emission.csv", "wavelength_nm,counts", NM)
        table(tmp_path / f"Run {run} FL excitation.csv", "wavelength_nm,y", NM)
    for run in (1, 2, 3):
        table(tmp_path / f"Run {run} UV-Vis.csv", "wavelength_nm,absorbance", NM / 1e3)
    text, toml = started(tmp_path)
    assert (toml["emission"]["file"], toml["absorption"]["file"]) == ("Run 2 FL emission.csv", "Run 2 UV-Vis.csv")
    rivals = [line for line in text.splitlines() if "a rival" in line]
    assert [line.split('"')[1] for line in rivals] == [
        "Run 3 FL emission.csv",
        "Run 2 FL excitation.csv",
        "Run 3 FL excitation.csv",
        "Run 1 UV-Vis.csv",
        "Run 3 UV-Vis.csv",
    ]
    config.load(tmp_path / "study.toml")


def test_many_rivals_are_counted(tmp_path):
    for i in range(12):
        table(tmp_path / f"pl {i:02}.csv", "wavelength_nm,counts", NM)
    text, _ = started(tmp_path)
    assert sum("a rival" in line for line in text.splitlines()) == 6
    assert "#   and 5 rivals more, among the other files below" in text


def test_a_name_does_not_make_counts_an_absorption(tmp_path):
    ds = data.build("wavelength", NM, NM, quantity="counts", kind="spectrum")
    assert kind_of(tmp_path / "abs.csv", ds) == ("spectrum", "not recognised")
