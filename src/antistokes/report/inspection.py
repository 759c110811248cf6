"""What a file holds, for the terminal: what analysis needs to know of it, said once; printing is left to cli."""

from __future__ import annotations

import re
from collections.abc import Sequence

import xarray as xr
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from antistokes import data
from antistokes.report.panel import typeset

MOST_ROWS = 30
NAMED = 3  # measurements that a note names before it counts them
CONDITIONS = (  # attribute, what it is called, unit
    ("excitation_nm", "excitation", "nm"),
    ("detection_nm", "detection", "nm"),
    ("bandpass_nm", "bandpass", "nm"),
    ("integration_time_s", "integration time", "s"),
    ("temperature_k", "temperature", "K"),
    ("power_w", "power", "W"),
    ("path_cm", "path", "cm"),
    ("max_absorbance", "linear up to absorbance", ""),
)
SAID_ELSEWHERE = ("kind", "quantity", "medium", "instrument", "acquired_at", *data.JSON_ATTRS)
LINES = (  # the lines above the list of measurements, and the facts that each of them holds
    ("holds", ("kind", "quantity", "uncertainty")),
    ("axis", ("axis", "range", "samples")),
    ("measured", tuple(name for _, name, _ in CONDITIONS)),
    ("instrument", ("instrument",)),
    ("acquired", ("acquired",)),
    ("also", ("also",)),
    ("flags", ("flags",)),
)
FACTS = tuple(name for _, names in LINES for name in names)


def inspect_table(datasets: Sequence[xr.Dataset], file: str = "", most: int | None = MOST_ROWS) -> Group:
    """Return what the measurements of one file hold: what they have in common, what tells them apart, the notes.

    Parameters
    ----------
    datasets : sequence of xarray.Dataset
        Measurements of one file.
    file : str
        How to call the file; by default what the first measurement says.
    most : int, optional
        Measurements to list one by one; None lists all.

    Returns
    -------
    rich.console.Group
        Lines and tables.
    """
    facts = [_facts(ds) for ds in datasets]
    names = [str(data.json_attr(ds, "source", {}).get("column", "")) for ds in datasets]
    common = {name: said for name, said in facts[0].items() if all(f[name] == said for f in facts)}
    source = data.json_attr(datasets[0], "source", {})
    lines = _grid()
    if len(facts) == 1 and names[0]:
        lines.add_row(Text("column"), Text(names[0]))
    for label, of in LINES:
        said = [common[name] for name in of if common.get(name)]
        if said:
            lines.add_row(Text(label), Text(", ".join(said)))
    for note, whose in _notes(datasets, names).items():
        lines.add_row(Text("note"), Text.assemble(note, (whose, "dim")))
    several = f", {len(facts)} measurements" if len(facts) > 1 else ""
    reader = f" ({source['reader']})" if source.get("reader") else ""
    title = Text.assemble((file or str(source.get("file", data.label(datasets[0]))), "bold"), f"{reader}{several}")
    listed = [_listed(facts, names, common, most)] if len(facts) > 1 else []
    return Group(title, Padding(Group(lines, *listed), (0, 0, 0, 2)))


def _grid(style: str = "dim") -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style=style, overflow="fold", max_width=30)
    grid.add_column(overflow="fold")
    return grid


def _facts(ds: xr.Dataset) -> dict[str, str]:
    """Return all there is to say of a measurement; what is not known is empty."""
    axis = data.axis_of(ds)
    x, unit = ds[axis].values, ds[axis].attrs["units"]
    sizes, known = ds["signal"].sizes, {*SAID_ELSEWHERE, *(key for key, _, _ in CONDITIONS)}
    dims = f" ({' x '.join(_dimension(ds, str(d)) for d in sizes)})" if len(sizes) > 1 else ""
    conditions = {
        name: f"{name} {ds.attrs[key]:.6g} {typeset(unit)}".strip() if key in ds.attrs else ""
        for key, name, unit in CONDITIONS
    }
    return {
        "kind": str(ds.attrs["kind"]),
        "quantity": str(ds.attrs.get("quantity", "quantity not declared")),
        "uncertainty": _uncertainty(ds),
        "axis": f"{axis} in {ds.attrs['medium']}" if axis == "wavelength" and "medium" in ds.attrs else axis,
        "range": f"{x[0]:.6g} to {x[-1]:.6g} {unit}",
        "samples": f"{' x '.join(map(str, sizes.values()))} sample{'s' * (ds['signal'].size > 1)}{dims}",
        **conditions,
        "instrument": str(ds.attrs.get("instrument", "")),
        "acquired": re.sub(r"T(\d\d:\d\d:?\d*)(\.\d+)?", r" \1", str(ds.attrs.get("acquired_at", ""))),
        "also": ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in ds.attrs.items() if key not in known),
        "flags": ", ".join(_flags(ds)),
    }


def _dimension(ds: xr.Dataset, name: str) -> str:
    """Return the name of a dimension, with its ends where the line of the axis does not have them."""
    x = ds[name].values
    return (
        name if name in ("frame", data.axis_of(ds)) else f"{name} {x[0]:.6g} to {x[-1]:.6g} {ds[name].attrs['units']}"
    )


def _uncertainty(ds: xr.Dataset) -> str:
    said = ["s.d. of each sample"] if "signal_sd" in ds else []
    return ", ".join(said + (["errors that samples share"] if "signal_modes" in ds else []))


def _flags(ds: xr.Dataset) -> list[str]:
    counts = {name: int(data.flagged(ds, name).sum()) for name in data.FLAGS}
    return [f"{n} sample{'s' * (n > 1)} {name}" for name, n in counts.items() if n]


def _listed(
    facts: Sequence[dict[str, str]], names: Sequence[str], common: dict[str, str], most: int | None
) -> RenderableType:
    """Return a row a measurement, with what tells it from the others."""
    table = _grid("none")
    differs = "what differs" if len(common) < len(facts[0]) else ""
    table.add_row(Text("column", style="dim"), Text(differs, style="dim"))
    shown = len(names[:most])
    for name, fact in zip(names[:most], facts, strict=False):
        apart = [fact[key] for key in FACTS if key not in common and fact[key]]
        table.add_row(Text(name), Text(", ".join(apart)))
    left = len(names) - shown
    more = [f"... and {left} more, the last one {names[-1]!r}; written to a file, the list is whole"] if left else []
    return Group(table, *(Text(line, style="dim") for line in [*more, f"plotted: {names[0]!r}"]))


def _notes(datasets: Sequence[xr.Dataset], names: Sequence[str]) -> dict[str, str]:
    """Return each note once, with whose it is where it is not everybody's."""
    has: dict[str, list[int]] = {}
    for i, ds in enumerate(datasets):
        for note in dict.fromkeys(data.notes_of(ds)):
            has.setdefault(note, []).append(i)
    return {note: _whose(indices, names) for note, indices in has.items()}


def _whose(indices: Sequence[int], names: Sequence[str]) -> str:
    others = [i for i in range(len(names)) if i not in set(indices)]
    if not others:
        return ""
    if len(indices) <= NAMED:
        return f" ({', '.join(repr(names[i]) for i in indices)})"
    if len(others) <= NAMED:
        return f" (all but {', '.join(repr(names[i]) for i in others)})"
    return f" ({len(indices)} of {len(names)})"
