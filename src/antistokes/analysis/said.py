"""What several spectra are told alike, said once."""

from __future__ import annotations

import re

Said = list[tuple[str, str]]  # what is concerned, and a warning

_NUMBER = re.compile(r"[-+]?\d+(\.\d+)?(e[-+]?\d+)?")
_SPECTRUM = re.compile(r"(?P<run>Run [\d, ]+: )?(?P<name>[^:]*\.\w+[^:]*|\w+ Dataset): ")


def joined(said: Said) -> Said:
    """Join what is said of several spectra with other numbers: the first in full, the others by the names of files."""
    groups: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for what, text in dict.fromkeys(said):
        found = _SPECTRUM.match(text)
        name = "" if found is None else f"{found['run'] or ''}{found['name'].partition(', column')[0]}"
        alike = text if found is None else _NUMBER.sub("#", text[found.end() :])
        groups.setdefault((what, alike), []).append((text, name.replace(": ", ", ").replace("Run", "run")))
    return [(what, first[0] + _others(first[1], rest)) for (what, _), (first, *rest) in groups.items()]


def _others(first: str, rest: list[tuple[str, str]]) -> str:
    names = dict.fromkeys(name for _, name in rest if name not in ("", first))
    return f" Alike: {'; '.join(names)}." if names else ""
