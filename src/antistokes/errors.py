"""What antistokes raises on purpose.

::

    ValueError
    ├── ReadError   a file is not what it should be: path, where, expected, found
    ├── DataError   a Dataset breaks the contract of antistokes.data
    └── FitError    a fit did not end well; it carries the last estimate

Everything else that is wrong with an argument is a plain ValueError that names the value and the way out.
"""

from __future__ import annotations

from os import PathLike, fspath
from typing import Any


class ReadError(ValueError):
    """A file could not be read: what was expected, what was found, and where.

    Parameters
    ----------
    path : path-like
        The file.
    where : str
        The place in the file, for a person to go to ("line 12, column 'If'").
    expected : str
        What should stand there.
    found : str
        What stands there.
    advice : str, optional
        What to do about it.
    """

    def __init__(self, path: str | PathLike[str], where: str, expected: str, found: str, advice: str = "") -> None:
        self.path, self.where, self.expected, self.found, self.advice = fspath(path), where, expected, found, advice
        place = f"{self.path}, {where}" if where else self.path
        super().__init__(f"{place}: expected {expected}, found {found}." + (f" {advice}" if advice else ""))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.path, self.where, self.expected, self.found, self.advice)


class DataError(ValueError):
    """A Dataset does not keep the contract described in :mod:`antistokes.data`."""


class FitError(ValueError):
    """A fit failed. ``last_estimate`` holds where it stood, so that nothing is lost."""

    def __init__(self, message: str, last_estimate: Any = None) -> None:
        self.last_estimate = last_estimate
        super().__init__(message)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (str(self), self.last_estimate)
