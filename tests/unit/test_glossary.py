"""Every public argument name stands in docs/glossary.md, in a row that begins with | `name` |."""

import importlib
import inspect
import pkgutil
import re
from pathlib import Path

import antistokes
from antistokes import physics
from antistokes.io.hints import KNOWN

GLOSSARY = Path(__file__).parents[2] / "docs" / "glossary.md"


def public_functions():
    for name in antistokes.__all__:
        thing = getattr(antistokes, name)
        if inspect.isfunction(thing):
            yield name, thing
    for found in pkgutil.walk_packages(physics.__path__, "antistokes.physics."):
        module = importlib.import_module(found.name)
        for name in getattr(module, "__all__", [n for n in vars(module) if not n.startswith("_")]):
            thing = getattr(module, name)
            if inspect.isfunction(thing) and thing.__module__ == module.__name__:
                yield f"{found.name}.{name}", thing


def test_every_argument_is_in_the_glossary():
    rows = set(re.findall(r"^\| `(\w+)` \|", GLOSSARY.read_text(encoding="utf-8"), flags=re.MULTILINE))
    missing: dict[str, str] = {}
    for name, function in public_functions():
        for argument in inspect.signature(function).parameters:
            if argument not in rows:
                missing.setdefault(argument, name)
    missing |= {hint: "read" for hint in KNOWN if hint not in rows}
    assert not missing, f"argument: first function that takes it: {missing}"


def test_there_is_something_to_hold():
    assert any(name.startswith("antistokes.physics.") for name, _ in public_functions())
