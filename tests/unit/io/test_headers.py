from __future__ import annotations

import pytest

from antistokes.io import headers, text
from antistokes.units import HC_EV_NM


@pytest.mark.parametrize(
    ("words", "axis", "unit", "factor"),
    [
        ("Wavelength (nm)", "wavelength", "nm", 1.0),
        ("wavelength_nm", "wavelength", "nm", 1.0),
        ("WL_nm", "wavelength", "nm", 1.0),
        ("nm", "wavelength", "nm", 1.0),
        ("NANOMETERS", "wavelength", "nm", 1.0),
        ("λ / nm", "wavelength", "nm", 1.0),
        ("Emission wavelength [µm]", "wavelength", "um", 1e3),
        ("wavelength_um", "wavelength", "um", 1e3),
        ("Wavelength (A)", "wavelength", "angstrom", 0.1),
        ("Wavelength (Å)", "wavelength", "angstrom", 0.1),
        ("Wavelength", "wavelength", None, 1.0),
        ("Energy (eV)", "energy", "eV", 1.0),
        ("photon energy [meV]", "energy", "meV", 1e-3),
        ("energy_ev", "energy", "eV", 1.0),
        ("Wavenumber (cm-1)", "energy", "cm^-1", HC_EV_NM * 1e-7),
    ],
)
def test_axis(words: str, axis: str, unit: str | None, factor: float) -> None:
    found = headers.read_axis(words, sure=True)
    assert (found.axis, found.unit, found.factor) == (axis, unit, factor)


@pytest.mark.parametrize(
    ("words", "axis", "unit", "factor"),
    [
        ("Wavenumber (10^3 cm-1)", "energy", "1000 cm^-1", HC_EV_NM * 1e-4),
        ("Wavenumber / 10³ cm⁻¹", "energy", "1000 cm^-1", HC_EV_NM * 1e-4),
        ("wavenumber_1e3_cm-1", "energy", "1000 cm^-1", HC_EV_NM * 1e-4),
        ("Wavenumber (1000 cm-1)", "energy", "1000 cm^-1", HC_EV_NM * 1e-4),
        ("Wavelength (x1000 nm)", "wavelength", "1000 nm", 1e3),
        ("Wavelength (×10² nm)", "wavelength", "100 nm", 100.0),
        ("Energy (10^-3 eV)", "energy", "0.001 eV", 1e-3),
        ("Wavelength in nm, slit 10 nm", "wavelength", "nm", 1.0),
        ("wavelength (1000 nm blaze)", "wavelength", "nm", 1.0),
    ],
)
def test_scales_of_an_axis(words: str, axis: str, unit: str, factor: float) -> None:
    found = headers.read_axis(words)
    assert (found.axis, found.unit) == (axis, unit) and found.factor == pytest.approx(factor)


@pytest.mark.parametrize(
    "words",
    [
        *("Wavenumber x 1000 (cm-1)", "wavenumber/1000 (cm-1)", "log wavelength (nm)", "Wavelength [10^-9 m]"),
        *("Wavenumber [µm-1]", "Wavenumber [kK]", "q (1/nm)", "Wavenumber [10 000 cm-1]", "Energy (eV) x 10^3"),
    ],
)
def test_a_scale_of_an_axis_that_is_not_understood(words: str) -> None:
    assert headers.read_axis(words).axis is None and headers.is_not_spectral(words)
    assert headers.scale_of(words) is None


@pytest.mark.parametrize(
    ("words", "axis", "unit"),
    [
        ("波长(nm)", "wavelength", "nm"),
        ("波长nm", "wavelength", "nm"),
        ("发射波长（nm）", "wavelength", "nm"),
        ("波長 [nm]", "wavelength", "nm"),
        ("能量 (eV)", "energy", "eV"),
        ("波数/cm-1", "energy", "cm^-1"),
        ("Wellenlänge [nm]", "wavelength", "nm"),
        ("longitud de onda (nm)", "wavelength", "nm"),
        ("Longueur d'onde", "wavelength", None),
        ("Longueur d’onde_nm", "wavelength", "nm"),
        ("lunghezza d'onda (nm)", "wavelength", "nm"),
        ("Photonenenergie (meV)", "energy", "meV"),
        ("Énergie (eV)", "energy", "eV"),
        ("Wellenzahl", "energy", "cm^-1"),
    ],
)
def test_axis_in_other_languages(words: str, axis: str, unit: str | None) -> None:
    found = headers.read_axis(words, sure=True)
    assert (found.axis, found.unit) == (axis, unit)


@pytest.mark.parametrize(
    ("words", "quantity"),
    [
        ("吸光度", "absorbance"),
        ("吸光度(a.u.)", "absorbance"),
        ("Absorbanz", "absorbance"),
        ("Extinktion", "absorbance"),
        ("absorbancia", "absorbance"),
        ("透过率(%)", "transmittance"),
        ("强度(计数)", "counts"),
        ("强度", None),
        ("Intensität", None),
        ("Extinktionskoeffizient", None),
        ("反射率", None),
    ],
)
def test_quantity_in_other_languages(words: str, quantity: str | None) -> None:
    assert headers.read_quantity(words).quantity == quantity


def test_other_axes_in_other_languages() -> None:
    assert all(map(headers.is_not_spectral, ["时间(ns)", "Zeit / ns", "拉曼位移(cm-1)", "temps (s)"]))
    assert headers.is_sd("吸光度 sd", "吸光度")


@pytest.mark.parametrize("words", ["", "If", "PL 500 nm", "photons/nm", "Abs", "x", "30 s", "W/eV", "excited"])
def test_a_cell_of_values_is_no_axis(words: str) -> None:
    assert headers.read_axis(words, sure=True).axis is None


def test_medium_is_read_where_it_is_stated() -> None:
    assert headers.read_axis("wavelength (vacuum) [nm]").medium == "vacuum"
    assert headers.read_axis("vac. wavelength [nm]").medium == "vacuum"
    assert headers.read_axis("Wavelength in air (nm)").medium == "air"
    assert headers.read_axis("Wavelength (nm)").medium is None


@pytest.mark.parametrize("words", ["time (ns)", "Raman shift (cm-1)", "Pixel", "delay_ps"])
def test_other_axes_are_known_as_such(words: str) -> None:
    assert headers.is_not_spectral(words)


@pytest.mark.parametrize(
    ("words", "quantity", "factor"),
    [
        ("Abs", "absorbance", 1.0),
        ("Absorbance (a.u.)", "absorbance", 1.0),
        ("OD", "absorbance", 1.0),
        ("optical density", "absorbance", 1.0),
        ("Absorptance", "absorptance", 1.0),
        ("Transmittance", "transmittance", 1.0),
        ("%T", "transmittance", 0.01),
        ("T (%)", "transmittance", 0.01),
        ("abs_xs", "cross_section_cm2", 1.0),
        ("absorption cross section (cm^2)", "cross_section_cm2", 1.0),
        ("sigma_abs (cm^2)", "cross_section_cm2", 1.0),
        ("cm^2", "cross_section_cm2", 1.0),
        ("cross-section [1e-20 cm2]", "cross_section_cm2", 1e-20),
        ("cross section (10⁻²¹ cm²)", "cross_section_cm2", 1e-21),
        ("cross section (m^2)", "cross_section_cm2", 1e4),
        ("absorption coefficient (cm^-1)", "absorption_per_cm", 1.0),
        ("Absorption coefficient [1/cm]", "absorption_per_cm", 1.0),
        ("absorption coefficient (/m)", "absorption_per_cm", 0.01),
        ("photons/nm", "photons_per_nm", 1.0),
        ("photons_per_nm_arb", "photons_per_nm", 1.0),
        ("Intensity [photons/s/nm]", "photons_per_nm", 1.0),
        ("photons s^-1 nm^-1", "photons_per_nm", 1.0),
        ("photons/eV", "photons_per_ev", 1.0),
        ("power_per_nm", "power_per_nm", 1.0),
        ("W/nm", "power_per_nm", 1.0),
        ("mW/nm", "power_per_nm", 1e-3),
        ("µW/nm", "power_per_nm", 1e-6),
        ("uW nm^-1", "power_per_nm", 1e-6),
        ("spectral power (W/eV)", "power_per_ev", 1.0),
        ("counts", "counts", 1.0),
        ("Intensity (counts)", "counts", 1.0),
        ("cps", "counts", 1.0),
    ],
)
def test_quantity_that_is_stated(words: str, quantity: str, factor: float) -> None:
    found = headers.read_quantity(words)
    assert (found.quantity, found.factor) == (quantity, factor)
    assert bool(found.notes) == (factor != 1)


@pytest.mark.parametrize(
    "words",
    [
        "",
        "Intensity",
        "Intensity (a.u.)",
        "If",
        "a.u.",
        "30 s",
        "PL",
        "delta OD",
        "ΔA",
        "emission cross section (cm^2)",
        "em_xs",
        "sigma_abs",
        "abs error",
        "cross section (arb. units)",
        "normalized absorbance",
        "Abs. intensity",
        "absorption coefficient",
        "Absorption",
        "absolute",
        "%R",
        "photon energy",
        "power",
    ],
)
def test_what_is_not_stated_is_not_guessed(words: str) -> None:
    assert headers.read_quantity(words).quantity is None


def test_power_per_area_is_noted() -> None:
    found = headers.read_quantity("Irradiance (mW/m^2/nm)")
    assert found.quantity == "power_per_nm"
    assert "per area" in found.notes[1]


@pytest.mark.parametrize(
    "name", ["If sd", "If_sd", "sd", "SD", "std", "sigma", "error", "uncertainty", "±", "If ±", "If (sd)"]
)
def test_uncertainty_by_name(name: str) -> None:
    assert headers.is_sd(name, "If")


@pytest.mark.parametrize(
    ("name", "value"), [("Abs sd", "If"), ("If", "If"), ("sigma", "pi"), ("second", "If"), ("used", "If")]
)
def test_not_an_uncertainty(name: str, value: str) -> None:
    assert not headers.is_sd(name, value)


def named(content: str) -> list[tuple[str, str]]:
    block = text.find_block("f", content.split("\n"))
    return [(column.name, column.words) for column in headers.name_columns(block)]


@pytest.mark.parametrize(
    ("header", "delimiter"),
    [
        ("Wavelength (nm),Optical density", ","),
        ("# Wavelength (nm), Optical density ", ","),
        ("Wavelength (nm)\tOptical density\t", "\t"),
        ('"Wavelength (nm)" "Optical density"', " "),
        ("Wavelength (nm)   Optical density", " "),
        ("% Wavelength (nm), Optical density", " "),
    ],
)
def test_line_of_names(header: str, delimiter: str) -> None:
    rows = [delimiter.join((f"{400 + n}", f"{n}.5")) for n in range(4)]
    names = named("\n".join(["Sample A, batch 3", header, *rows]))
    assert names == [("Wavelength (nm)", "Wavelength (nm)"), ("Optical density", "Optical density")]


def test_blanks_with_brackets_as_units() -> None:
    assert named("Wavelength (nm) Abs (a. u.)\n400 1\n401 2\n402 3") == [
        ("Wavelength (nm)", "Wavelength (nm)"),
        ("Abs (a. u.)", "Abs (a. u.)"),
    ]


def test_line_of_units_below_the_names() -> None:
    assert named("Wavelength,Signal\n[nm],[photons/nm]\n400,1\n401,2\n402,3")[1] == ("Signal", "Signal [[photons/nm]]")


def test_lines_of_units_and_comments_below_the_names() -> None:
    content = "Wavelength\tIntensity\nnm\tcounts\nComments\tsample A\n400\t1.5\n401\t2.5\n402\t2.5"
    assert named(content)[1] == ("Intensity", "Intensity [counts] [sample A]")


def test_names_that_occur_twice() -> None:
    pairs = "Wavelength (nm),Abs,Wavelength (nm),Abs\n" + "\n".join(f"{n},1,{n},2" for n in (400, 401, 402))
    assert [name for name, _ in named("30 s,,60 s,,\n" + pairs)] == [
        "Wavelength (nm)",
        "30 s Abs",
        "Wavelength (nm) (2)",
        "60 s Abs",
    ]
    assert [name for name, _ in named(pairs)][1::2] == ["Abs", "Abs (2)"]


def test_labelled_units_of_jcamp_like_headers() -> None:
    content = "XUNITS\tNANOMETERS\nYUNITS\tABSORBANCE\nFIRSTY\t0.1\nXYDATA\n400\t1\n401\t2\n402\t3"
    assert [words for _, words in named(content)] == ["NANOMETERS", "ABSORBANCE"]


def test_a_key_with_a_number_is_no_line_of_names() -> None:
    assert [name for name, _ in named("npoints,3\n400,1\n401,2\n402,3")] == ["column 1", "column 2"]
    assert [name for name, _ in named("wavelength,10,20\n400,1,2\n401,2,3\n402,3,4")] == ["wavelength", "10", "20"]


def test_long_names_are_cut_and_stay_distinct() -> None:
    names = named("nm," + ",".join(["y" * 5000] * 3) + "\n400,1,2,3\n401,1,2,3\n402,1,2,3")
    assert [len(words) for _, words in names[1:]] == [headers.LONGEST_NAME] * 3 or names[1][1].endswith("...")
    assert len({name for name, _ in names}) == 4
    assert all(len(name) <= headers.LONGEST_NAME + 8 for name, _ in names)


def test_many_columns_of_one_name() -> None:
    names = named("nm," + ",".join(["A"] * 5000) + "\n" + "\n".join(f"{n}" + ",1" * 5000 for n in (400, 401, 402)))
    assert names[1][0] == "A"
    assert names[-1][0] == "A (5000)"


@pytest.mark.parametrize(
    "words",
    [
        "Absorbance (mOD)",
        "absorbance_mOD",
        "Abs (mAU)",
        "ABSORBANCE (MAU)",
        "absorbance (m a.u.)",
        "mOD",
        "milli-OD",
        "Absorbance [milliabsorbance]",
    ],
)
def test_thousandths_of_an_absorbance(words: str) -> None:
    found = headers.read_quantity(words)
    assert (found.quantity, found.factor) == ("absorbance", 1e-3)
    assert found.notes == (f"{words!r}: multiplied by 0.001 to give absorbance",)


@pytest.mark.parametrize(
    "words", ["dA (mOD)", "TA (mOD)", "transient absorption (mOD)", "ΔA (mOD)", "dOD", "mod", "mAU"]
)
def test_a_change_of_absorbance_is_no_absorbance(words: str) -> None:
    assert headers.read_quantity(words).quantity is None


@pytest.mark.parametrize(
    ("words", "odd"),
    [
        ("Absorbance (OD x 1000)", "x 1000"),
        ("Absorbance x 1000", "x 1000"),
        ("Absorbance × 10", "× 10"),
        ("Absorbance (mOD x 10)", "x 10"),
        ("ln absorbance", "ln"),
        ("log10(counts)", "log10"),
        ("log counts", "log"),
        ("sqrt(counts)", "sqrt"),
        ("Photons (1e6/nm)", "1e6"),
        ("10^6 photons/nm", "10^6"),
        ("Mphotons/nm", "mphotons"),
        ("Photons (M/nm)", "m"),
        ("Counts (k)", "k"),
        ("kcounts", "kcounts"),
        ("kcps", "kcps"),
        ("Intensity (k counts)", "k counts"),
        ("thousand counts", "thousand"),
        ("counts x10^3", "x10^3"),
        ("Counts (%)", "%"),
        ("counts (10³)", "10³"),
        ("counts / 1000", "1000"),
        ("counts [1000]", "1000"),
        ("10^-6 W/nm", "10^-6"),
        ("Power (kW/nm)", "kw"),
        ("MW/nm", "MW"),
        ("Power (milliwatt/nm)", "milliwatt"),
        ("normalised absorbance", "normalised"),
        ("Norm. counts", "norm"),
        ("normalized power (W/nm)", "normalized"),
        ("Absorbance (base e)", "base e"),
        ("transmittance (dB)", "db"),
        ("log cross section (cm^2)", "log"),
        ("cross section (10**-20 cm^2)", "10**-20"),
        ("cross section (nm^2)", "nm^2"),
        ("absorption coefficient (10^4 cm^-1)", "10^4"),
        ("molar absorption coefficient (M^-1 cm^-1)", "molar"),
    ],
)
def test_a_scale_that_is_not_understood(words: str, odd: str) -> None:
    note = f"{words!r}: {odd!r} is not understood, quantity left out"
    assert headers.read_quantity(words) == (None, 1.0, (note,))


@pytest.mark.parametrize(
    "unit", ["a.u.", "OD", "AU", "arb.", "arb. units", "1", "-", "none", "", "300 K", "1 cm", "u.a."]
)
def test_plain_units_of_an_absorbance(unit: str) -> None:
    assert headers.read_quantity(f"Absorbance ({unit})") == ("absorbance", 1.0, ())
    assert headers.read_quantity(f"Abs [{unit}]") == ("absorbance", 1.0, ())


@pytest.mark.parametrize(
    "words", ["counts 300K", "Counts (LN2)", "Counts/s", "counts 2023-10-05", "counts, 100 ms", "counts (catalog 3)"]
)
def test_plain_counts(words: str) -> None:
    assert headers.read_quantity(words) == ("counts", 1.0, ())


@pytest.mark.parametrize(
    "words",
    [
        "PERCENT TRANSMITTANCE",
        "Transmittance (per cent)",
        "percent T",
        "Transmission, percentage",
        "Transmission [pct]",
    ],
)
def test_percent_in_words(words: str) -> None:
    assert headers.read_quantity(words) == ("transmittance", 0.01, (f"{words!r}: percent divided by 100",))


@pytest.mark.parametrize(
    ("header", "names"),
    [
        ("#\tx\ty\tz", ["#", "x", "y", "z"]),
        ("# \tx\ty\tz", ["#", "x", "y", "z"]),
        ("#\tno\tx\ty\tz", ["no", "x", "y", "z"]),
        ("key\tvalue\n#\tx\ty\tz", ["#", "x", "y", "z"]),
        ("# no\tx\ty\tz", ["no", "x", "y", "z"]),
    ],
)
def test_a_comment_mark_in_a_cell_of_its_own(header: str, names: list[str]) -> None:
    rows = "\n".join(f"{n}\t40{n}.5\t{n}.5\t1.5" for n in range(4))
    assert [name for name, _ in named(f"{header}\n{rows}")] == names


@pytest.mark.parametrize(("mark", "delimiter"), [("#", "\t"), ("//", "\t"), ("#", ","), ("#", ";"), (";", ";")])
def test_a_comment_mark_before_the_names(mark: str, delimiter: str) -> None:
    names = ["wavelength", "counts"]
    header = delimiter.join(names) if mark == delimiter else delimiter.join(["", *names])
    rows = "\n".join(f"40{n}.5{delimiter}1.5" for n in range(4))
    assert [name for name, _ in named(f"{mark}{header}\n{rows}")] == names
    indexed = "\n".join(f"{n}{delimiter}40{n}.5{delimiter}1.5" for n in range(4))
    assert [name for name, _ in named(f"{mark}{header}\n{indexed}")][1:] == names


@pytest.mark.parametrize(
    ("value", "name", "factor", "relative", "note"),
    [
        ("Irradiance (W/m^2/nm)", "uncertainty (%)", 0.01, True, "percent of the value"),
        ("Irradiance (W/m^2/nm)", "unc. [%]", 0.01, True, "percent of the value"),
        ("Irradiance (W/m^2/nm)", "Irradiance error (%)", 0.01, True, "percent of the value"),
        ("If", "rel. uncertainty (%)", 0.01, True, "percent of the value"),
        ("T (%)", "relative uncertainty (%)", 0.01, True, "percent of the value"),
        ("If", "relative uncertainty", 1.0, True, "a fraction of the value"),
        ("T %", "sd %", 1.0, False, ""),
        ("%T", "%T sd", 1.0, False, ""),
        ("relative intensity", "relative intensity sd", 1.0, False, ""),
        ("If", "uncertainty (k=2)", 0.5, False, "divided by 2"),
        ("If", "expanded uncertainty (k = 2.5)", 0.4, False, "divided by 2.5"),
        ("If", "expanded uncertainty (k=2, 95 %)", 0.5, False, "divided by 2"),
        ("If", "U(k=2) %", 0.005, True, "divided by 2"),
        ("If", "2 sigma", 0.5, False, "divided by 2"),
        ("If", "95% error", 1 / 1.96, False, "assumed normal"),
        ("If", "95 % confidence interval", 1 / 1.96, False, "assumed normal"),
        ("If", "error (95%)", 1 / 1.96, False, "assumed normal"),
        ("Irradiance (mW/m^2/nm)", "sd (W/m^2/nm)", 1e3, False, "unit of the value"),
        ("Absorbance (OD)", "sd (mOD)", 1e-3, False, "unit of the value"),
        ("Absorbance", "sd (mOD)", 1e-3, False, "unit of the value"),
        ("counts", "error (counts)", 1.0, False, ""),
        ("Irradiance (W/m^2/nm)", "sd (W m-2 nm-1) (n=3)", None, False, ""),
        ("If", "sd (n=3)", 1.0, False, ""),
        ("If", "sd (ppm)", None, False, ""),
        ("If", "sd (x10^-3)", None, False, ""),
        ("If", "expanded uncertainty", None, False, ""),
        ("If", "uncertainty (k=0)", None, False, ""),
    ],
)
def test_how_an_uncertainty_is_stated(value: str, name: str, factor: float | None, relative: bool, note: str) -> None:
    found = headers.read_sd(name, name, value, value)
    assert found is not None
    assert bool(found.odd) == (factor is None)
    if factor is not None:
        assert (found.factor, found.relative) == (pytest.approx(factor), relative)
        assert note in " ".join(found.notes)
        assert bool(found.notes) == bool(note)


@pytest.mark.parametrize(("value", "name"), [("pi", "sigma"), ("If", "2 sd"), ("If", "95%"), ("If", "95% CI lower")])
def test_what_is_no_uncertainty(value: str, name: str) -> None:
    assert headers.read_sd(name, name, value, value) is None


@pytest.mark.parametrize(
    ("words", "factor"),
    [
        ("decadic absorption coefficient (1/cm)", 1.0),
        ("absorption coefficient (base 10) (1/cm)", 1.0),
        ("absorption coefficient (log10) (1/m)", 0.01),
    ],
)
def test_a_decadic_coefficient_is_made_natural(words: str, factor: float) -> None:
    found = headers.read_quantity(words)
    assert (found.quantity, found.factor) == ("absorption_per_cm", pytest.approx(factor * 2.302585092994046))
    assert "ln 10" in found.notes[-1]


@pytest.mark.parametrize("words", ["natural absorbance", "absorbance (e)", "absorbance (base e)"])
def test_a_natural_absorbance_is_left_undeclared(words: str) -> None:
    found = headers.read_quantity(words)
    assert found.quantity is None
    assert "quantity left out" in found.notes[0]
    assert headers.read_quantity("natural diamond absorbance").quantity == "absorbance"
