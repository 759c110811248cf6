"""The commands. Only the standard library and cyclopts are imported here; the rest inside the functions."""

from __future__ import annotations

import functools
import glob
import shlex
import shutil
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter

if TYPE_CHECKING:
    from antistokes.verdict.study import Study

app = App(
    name="antistokes",
    help="From measured anti-Stokes photoluminescence to two verdicts: is it phonon-assisted, and does it cool?",
    version_flags=["--version"],
    help_format="plaintext",  # markdown costs 70 ms of imports
)


def main(tokens: list[str] | None = None) -> None:
    """Run a command; what is wrong with a user's input ends in a sentence and exit code 2."""
    try:
        app(tokens)
    except ValueError as error:
        _say(f"antistokes: {error}", error=True)
        sys.exit(2)
    except BrokenPipeError:
        sys.exit(0)
    except OSError as error:
        _say(
            f"antistokes: {error.filename or 'a file'}: {error.strerror}. Name another place with --out, or mend it.",
            error=True,
        )
        sys.exit(2)
    except KeyboardInterrupt:
        _say("antistokes: interrupted; earlier results are as they were.", error=True)
        sys.exit(130)


@app.command
def demo(out: Path = Path("antistokes-demo")) -> None:
    """Simulate the paper's kind of sample with a known truth, then study it.

    Parameters
    ----------
    out : Path
        Folder to write to.
    """
    from antistokes.verdict.study import study as run_study
    from antistokes.verdict.virtual import simulate_pair

    _say(f"Simulating absorption, emission and a study.toml in {out} ...")
    simulate_pair(out)
    _say("Studying them ...")
    _finish(run_study(out), out / "results")


@app.command
def init(folder: Path) -> None:
    """Look at the files in a folder and write a study.toml to correct.

    Parameters
    ----------
    folder : Path
        Folder with the files your instruments wrote.
    """
    from antistokes.scale import mapper
    from antistokes.verdict.folder import init_folder

    with mapper(label="Reading") as mapped:
        target = init_folder(folder, mapped)
    command = f"antistokes study {shlex.quote(str(folder))}"
    _say(f"Wrote {target}. Correct it (a # says where each line comes from, or what is missing), then run: {command}")


@app.command
def study(
    folder: Path | None = None,
    *,
    absorption: Path | None = None,
    emission: Path | None = None,
    excitation: Annotated[list[float] | None, Parameter(negative=())] = None,
    quantum_yield: Annotated[str | None, Parameter(name="--yield")] = None,
    background: str | None = None,
    self_absorption: float = 0.0,
    absorption_quantity: str | None = None,
    emission_quantity: str | None = None,
    absorption_column: str | None = None,
    emission_column: str | None = None,
    path_cm: Annotated[float | None, Parameter(name="--path")] = None,
    number_density: float | None = None,
    lineshape: str | None = None,
    temperature: float | None = None,
    medium: str | None = None,
    out: Path | None = None,
) -> None:
    """Run everything the data of a study folder allow, or two spectra without a folder.

    Results go to FOLDER/results (or to --out): report.html, results.json, results.nc.

    Parameters
    ----------
    folder : Path
        Folder with a study.toml (see: antistokes init).
    absorption : Path
        Absorption spectrum, instead of a folder.
    emission : Path
        Emission spectrum, instead of a folder.
    excitation : float
        Excitation wavelength [nm]; may be repeated.
    quantum_yield : str
        Quantum yield and its standard uncertainty, as 0.99:0.01.
    background : str
        Parasitic absorption and its standard uncertainty [cm^-1], as 1e-4:2e-5.
    self_absorption : float
        Mean probability that an emitted photon is absorbed again [1].
    absorption_quantity : str
        What the absorption file holds, if it does not say: absorbance, absorptance, transmittance,
        absorption_per_cm or cross_section_cm2.
    emission_quantity : str
        What the emission file holds, if it does not say: photons_per_nm, photons_per_ev, power_per_nm,
        power_per_ev or counts.
    absorption_column : str
        Column of the absorption file to use, if it has several.
    emission_column : str
        Column of the emission file to use, if it has several.
    path_cm : float
        Path length of the absorption measurement [cm].
    number_density : float
        Absorbers per volume [cm^-3], for a cross-section.
    lineshape : str
        Fit the line shape too, from a family of dots; needs --temperature, or files that state it. One of cdse-cds-zb,
        cdse-cds-wz, cdse-zns, cdznse-znse, inp-znse-zns, cspbbr3, cdse-nanoplatelet.
    temperature : float
        Temperature of the sample [K].
    medium : str
        Medium of the wavelengths, air or vacuum.
    out : Path
        Where results go.
    """
    from antistokes.verdict import config as settings
    from antistokes.verdict.study import run
    from antistokes.verdict.study import study as run_study

    if folder is None and emission is None and absorption is None and Path("study.toml").exists():
        folder = Path()
    if folder is not None:
        told = [
            emission,
            absorption,
            excitation,
            quantum_yield,
            background,
            path_cm,
            number_density,
            lineshape,
            temperature,
            medium,
        ]
        told += [absorption_quantity, emission_quantity, absorption_column, emission_column]
        if any(t is not None for t in told) or self_absorption:
            raise ValueError(
                "give either a folder, whose study.toml says everything, or two spectra by --emission and --absorption "
                "with their options (repeat --excitation for several), not both."
            )
        if folder.is_file() and folder.suffix != ".toml":
            raise ValueError(f"{folder} is a file: name it by --emission or --absorption, or name a folder.")
        _say(f"Studying {folder} ...")
        _finish(run_study(folder), out or (folder if folder.is_dir() else folder.parent) / "results")
        return
    if emission is None:
        raise ValueError("give a folder with a study.toml (antistokes init makes one), or --emission and --absorption.")
    if self_absorption and quantum_yield is None:
        raise ValueError("--self-absorption changes what a yield means: give --yield as well.")
    y, b = _pair(quantum_yield, "--yield"), _pair(background, "--background")
    general = {"name": emission.stem, "temperature_k": temperature, "medium": medium, "excitation_nm": excitation or []}
    raw: dict[str, Any] = {
        "study": general,
        "emission": {"file": str(emission), "column": emission_column, "quantity": emission_quantity},
        "absorption": {
            "file": str(absorption),
            "column": absorption_column,
            "quantity": absorption_quantity,
            "path_cm": path_cm,
            "number_density_per_cm3": number_density,
        },
        "yield": y and {"value": y[0], "sd": y[1], "self_absorption": self_absorption},
        "background": b and {"per_cm": b[0], "sd": b[1]},
        "lineshape": {"coupling": lineshape},
    }
    if absorption is None:
        del raw["absorption"]
    _say("Studying two spectra ..." if absorption else "Studying one spectrum ...")
    _finish(run(settings.parse(_stated(raw), Path("command line")), Path()), out or Path("results"))


@app.command
def inspect(*files: str, kind: str | None = None, to: str | None = None) -> None:
    """Say what files hold: what was measured, in what, how, and a plot of the first; convert them with --to.

    Parameters
    ----------
    files : str
        Files, folders, or patterns such as "run*.csv".
    kind : str
        What was measured, if the files do not say: emission, absorption, ple, raman ...
    to : str
        Convert: csv or nc; the copies go beside the originals.
    """
    from rich.console import Console

    from antistokes.report.inspection import MOST_ROWS, inspect_table
    from antistokes.report.terminal import inspect_plot
    from antistokes.scale import mapper
    from antistokes.verdict.folder import look

    if to not in (None, "csv", "nc"):
        raise ValueError(f"--to must be csv or nc, got {to!r}.")
    paths = _expand(files)
    console, failed, taken = Console(), False, set[Path]()
    with mapper(label="Reading") as mapped:
        found = list(mapped(functools.partial(look, kind=kind), paths))
    for item in found:
        if item.problem:
            failed = True
            _say(f"antistokes: {item.problem}", error=True)
            continue
        most = MOST_ROWS if console.is_terminal else None
        console.print(inspect_table(item.datasets, str(item.path), most), highlight=False)
        plot = inspect_plot(item.datasets[0], width=min(console.width, 78), height=8, encoding=console.encoding)
        console.print(plot, markup=False, highlight=False)
        if to is not None:
            failed |= not _convert(item.path, item.datasets, to, taken)
    if failed:
        sys.exit(2)


def _finish(result: Study, folder: Path) -> None:
    """Write everything, then say the verdicts and where the report is."""
    from rich.console import Console

    from antistokes.report.html import write_report
    from antistokes.report.terminal import summary
    from antistokes.verdict.output import write_results

    write_results(result, folder)
    report = write_report(result, folder / "report.html")
    Console().print(summary(result))
    _say(f"Report: {report}")


def _convert(path: Path, datasets: Any, to: str, taken: set[Path]) -> bool:
    """Write a copy of each measurement beside its file; say which cannot be written, and whether all were.

    ``taken`` are the copies of this run: of two files that differ in their suffix alone the second keeps its suffix.
    """
    from antistokes import io
    from antistokes.errors import DataError

    whole = True
    for i, ds in enumerate(datasets):
        number = f"-{i + 1}" if len(datasets) > 1 else ""
        target = path.with_name(f"{path.stem}{number}.antistokes.{to}")
        if target in taken:
            target = path.with_name(f"{path.name}{number}.antistokes.{to}")
        taken.add(target)
        try:
            io.write(ds, target)
        except DataError as error:
            _say(f"antistokes: {error}", error=True)
            whole = False
        else:
            _say(f"Wrote {target}")
    return whole


def _expand(patterns: tuple[str, ...]) -> list[Path]:
    """Files of folders and patterns, in order, each once."""
    from antistokes.io.formats import known_suffixes

    paths, suffixes = list[Path](), known_suffixes()
    for pattern in patterns:
        path = Path(pattern)
        if path.is_dir():
            inside = sorted(p for p in path.iterdir() if p.is_file() and ".antistokes." not in p.name)
            paths += [p for p in inside if p.suffix.lower() in suffixes]
            left = [p.name for p in inside if p.suffix.lower() not in suffixes]
            if left:
                _say(f"{path}: left out by their suffix (name them to read them): {', '.join(left)}")
        elif path.exists() or not glob.has_magic(pattern):
            paths.append(path)
        else:
            paths += sorted(Path(p) for p in glob.glob(pattern))
    empty = [p for p in patterns if Path(p).is_dir()]
    if not paths and empty:
        raise ValueError(f"no files in {' '.join(empty)} that are known by their suffix; try a pattern such as '*/*'.")
    if not paths:
        raise ValueError(
            f"no file matches {' '.join(patterns) or '(nothing was named)'}: name files, folders or patterns."
        )
    return list(dict.fromkeys(paths))


def _pair(text: str | None, option: str) -> tuple[float, float] | None:
    """Value and standard uncertainty from "value:sd" or "value"."""
    if text is None:
        return None
    try:
        value, sd = (float(part) for part in (text.split(":") if ":" in text else (text, "0")))
    except ValueError:
        raise ValueError(f"{option} must be a number or value:sd such as 0.99:0.01, got {text!r}.") from None
    return value, sd


def _stated(raw: dict[str, Any]) -> dict[str, Any]:
    """Leave out what was not stated."""
    tables = {k: {n: v for n, v in table.items() if v is not None} for k, table in raw.items() if table}
    return {k: v for k, v in tables.items() if v}


def _say(text: str, *, error: bool = False) -> None:
    """Write text; an error, which is of sentences, is wrapped at the width of the terminal if there is one."""
    stream = sys.stderr if error else sys.stdout
    if error and stream.isatty():
        width = max(shutil.get_terminal_size().columns, 40)
        wrapped = (textwrap.wrap(s, width, break_long_words=False, break_on_hyphens=False) for s in text.splitlines())
        text = "\n".join(line for lines in wrapped for line in lines)
    stream.write(text + "\n")
    stream.flush()
