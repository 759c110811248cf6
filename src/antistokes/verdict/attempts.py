"""To try an analysis of a study: what fails is a warning that says what it concerns, and the study goes on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar

import xarray as xr

from antistokes.analysis.calibration import Calibration
from antistokes.analysis.said import Said
from antistokes.verdict import config as settings
from antistokes.verdict import sources

if TYPE_CHECKING:  # a study that does not fit does not wait for the import
    from antistokes.analysis.lineshape import LineshapeFit


class Known(NamedTuple):
    """What a study has by the time its series are looked at."""

    config: settings.Config
    folder: Path
    read: sources.Read
    emission: xr.Dataset
    calibration: Calibration | None
    absorption: xr.Dataset | None
    fit: LineshapeFit | None


class _Result(Protocol):
    @property
    def warnings(self) -> tuple[str, ...]: ...


R = TypeVar("R", bound=_Result)
T = TypeVar("T")


def light_of(source: settings.Light, section: str, k: Known, read: sources.Read) -> xr.Dataset:
    """Read a spectrum of light, corrected as the emission of the study is."""
    return sources.corrected(
        sources.spectrum(source, section, "emission", k.folder, k.config.study, read), k.calibration
    )


def read_of(what: str, make: Callable[[sources.Read], T], k: Known, said: Said) -> T | None:
    """Return what a table names, and keep which files it took; None with a warning where it cannot be read."""
    read = sources.Read([], [])
    try:
        found = make(read)
    except ValueError as error:  # a ReadError and a DataError are such
        said.append((what, f"not used: {error}"))
        return None
    k.read.files.extend(read.files)
    k.read.notes.extend(read.notes)
    return found


def tried(what: str, make: Callable[[], R], said: Said) -> R | None:
    """Return a result and keep its warnings; None with a warning where there is none."""
    try:
        found = make()
    except ValueError as error:  # a DataError and a FitError are such
        said.append((what, f"not done: {error}"))
        return None
    said.extend((what, warning) for warning in found.warnings)
    return found
