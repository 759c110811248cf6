"""Which reader a real file goes to: one family recognises it, the same as ever."""

from __future__ import annotations

from pathlib import Path

from antistokes import io
from antistokes.io.formats import FORMATS
from antistokes.io.head import head_of

EXPECTED = {
    "andor_text": [
        "andor_asc/kinetic.asc.gz",
        "andor_sif/raman1.asc",
        "andor_sif/test_spectrum.asc",
    ],
    "avantes": [
        "ocean_avantes/avasoft8.txt",
    ],
    "cary": [
        "cary_csv/CuPCtS_H2O_vis.csv",
        "cary_csv/duplicate_name.csv",
        "cary_csv/filters.csv",
    ],
    "edinburgh": [
        "edinburgh_f900/HZB_AlFl_20231009_Solarcells-Batch-2-varyHTL_1_0.pl.csv",
    ],
    "excel": [
        "generic/simple.xlsx",
    ],
    "fluoressence": [
        "horiba/f1.dat",
    ],
    "galactic": [
        "galactic_spc/Ft-ir.spc",
        "galactic_spc/RAMAN.SPC",
        "galactic_spc/RUBY18.SPC",
        "galactic_spc/m_xyxy.spc",
        "ocean_avantes/OceanOptics.spc",
    ],
    "hamamatsu_streak": [
        "hamamatsu_streak/operate_mode.img",
        "hamamatsu_streak/photon_counting.img",
    ],
    "hitachi_eem": [
        "generic/hitachi1.TXT",
    ],
    "jcamp": [
        "jcamp/br_1.DX",
        "jcamp/example_compound_file.jdx",
        "jcamp/isopropanol_ASDF.jdx",
        "jcamp/sqzdec1.jdx",
        "jcamp/xyinc2.jdx",
        "ocean_avantes/OceanOptics_comma.jdx",
        "ocean_avantes/OceanOptics_period.jdx",
    ],
    "labspec_xml": [
        "horiba/jobinyvon_test_linescan.xml",
        "horiba/jobinyvon_test_spec.xml",
    ],
    "lightfield": [
        "spe3_lightfield/spe_format_3.0.SPE",
    ],
    "luqy": [
        "plqy_relatives/Power_Avg_sweep.txt",
        "plqy_relatives/Standard_Avg.txt",
    ],
    "ocean": [
        "ocean_avantes/FMNH6834.00000001.Master.Transmission",
        "ocean_avantes/OOusb4000.txt",
        "ocean_avantes/OceanView.txt",
        "ocean_avantes/OceanView_nonEN.txt",
        "ocean_avantes/jazspec.jaz",
    ],
    "perkinelmer_asc": [
        "perkinelmer/3DM_test01.Probe.Raw.asc",
        "perkinelmer/flu1.txt",
        "perkinelmer/sphere_test01.Probe.Raw.asc",
    ],
    "procspec": [
        "ocean_avantes/OceanOptics_Windows.ProcSpec",
        "ocean_avantes/OceanOptics_badencode.ProcSpec",
        "ocean_avantes/tampered_procspec.zip",
    ],
    "refused": [
        "becker_hickl/140507p.sdt",
        "becker_hickl/test_noise.set",
        "becker_hickl/test_noise.spc",
        "movies/cluster.nd2",
        "movies/stuck.tif",
        "ocean_avantes/failfile.txt",
        "picoquant/v10.ht2",
        "picoquant/v10.ht3",
        "picoquant/v20.phd",
        "picoquant/v30_t2.ptu",
        "picoquant/v50.t3r",
        "picoquant/v50.thd",
    ],
    "renishaw_wdf": [
        "renishaw_wdf/renishaw_test_spectrum.wdf",
    ],
    "shimadzu": [
        "shimadzu/UV-2600_labeled_DNA.spc",
    ],
    "sif": [
        "andor_sif/DD58_785_1_Fe2O3_5x10s.sif",
        "andor_sif/c0rrupt.sif",
        "andor_sif/cli-0.sif",
        "andor_sif/image.sif",
        "andor_sif/raman1.sif",
        "andor_sif/test.sif",
        "andor_sif/test_spectrum.sif",
    ],
    "table": [
        "andor_sif/cli-0.csv",
        "becker_hickl/test_data_full_metadata.asc",
        "becker_hickl/test_noise.asc",
        "galactic_spc/Ft-ir.spc.txt",
        "galactic_spc/RAMAN.SPC.txt",
        "galactic_spc/RUBY18.SPC.txt",
        "galactic_spc/m_xyxy.spc.txt",
        "generic/PbSe batch 4 2012-02-21.txt",
        "generic/calib_30min_0.1ppm.ABS",
        "generic/sheet.DE.tsv",
        "generic/sheet.UK.tsv",
        "picoquant/v10.ht2.data",
        "picoquant/v10.ht3.data",
        "picoquant/v30_t2.ptu.data",
        "picoquant/v50.t3r.data",
        "picoquant_ascii/07-Si6505_10kHz-ND1-0.40uW-300s.trpl.dat",
        "picoquant_ascii/215-268 D0.dat",
        "shimadzu/CE-NOME_MiGo_240429_0001.SA_5_MM.csv",
        "shimadzu/MoS2_fromCzech2015.txt",
        "shimadzu/UV-2600_labeled_DNA.csv",
        "spe3_lightfield/spe_format_3.0.SPE_metadata.xml",
        "ultrafast/2016c2o_tol.ascii",
        "ultrafast/TA_Ru-dppz_400nm_DCM.SIA",
    ],
    "thorlabs": [
        "thorlabs_power/Power455nm_CH3CN_10pct_1.csv",
    ],
    "trivista": [
        "trivista_tvf/linescan.tvf",
        "trivista_tvf/spec_1s_1acc_1frame_average.tvf",
    ],
    "winspec": [
        "spe2_winspec/HeNe.SPE",
        "spe2_winspec/blut1.SPE",
        "spe2_winspec/polystyrene.SPE",
        "spe2_winspec/spestack_test.spe",
    ],
}


def test_each_file_is_recognised_by_one_family(real_data: Path) -> None:
    root = real_data / "formats"
    found: dict[str, list[str]] = {}
    for path in sorted(p for p in root.rglob("*") if p.is_file() and p.name != "MANIFEST.md"):
        head = head_of(path)
        names = [name for name, form in FORMATS.items() if form.recognises(head)] or ["table"]
        found.setdefault(" and ".join(names), []).append(path.relative_to(root).as_posix())
    assert found == EXPECTED


def test_zeros_behind_a_text_change_nothing(real_data: Path, tmp_path: Path) -> None:
    """As where a file was written in whole sectors of a disk."""
    texts = 0
    for path in sorted((real_data / "formats").rglob("*")):
        if path.is_file() and path.stat().st_size < 60_000 and head_of(path).text and path.suffix != ".md":
            copy = tmp_path / path.name
            copy.write_bytes(path.read_bytes() + bytes(16))
            assert io.format_of(copy) == io.format_of(path), path.name
            texts += 1
    assert texts > 30
