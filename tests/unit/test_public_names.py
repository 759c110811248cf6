import ast
from pathlib import Path

import antistokes


def test_names_are_sorted_and_unique():
    assert list(antistokes.__all__) == sorted(set(antistokes.__all__))


def test_every_name_is_there():
    missing = [name for name in antistokes.__all__ if not hasattr(antistokes, name)]
    assert not missing


def test_no_name_is_that_of_a_module():
    """A name that is also a module would change its meaning once that module is imported."""
    (folder,) = antistokes.__path__
    modules = {path.stem for path in Path(folder).iterdir() if path.is_dir() or path.suffix == ".py"}
    assert not modules & set(antistokes.__all__)


def test_dir_shows_the_names_and_every_module_but_the_commands():
    (folder,) = antistokes.__path__
    modules = {p.stem for p in Path(folder).iterdir() if p.suffix == ".py" or (p / "__init__.py").exists()}
    assert set(dir(antistokes)) == set(antistokes.__all__) | modules - {"__init__", "cli"}


def test_editors_and_type_checkers_see_the_same_names():
    tree = ast.parse(Path(antistokes.__file__).read_text(encoding="utf-8"))
    checked = next(node for node in tree.body if isinstance(node, ast.If))
    seen = {alias.asname: node.module for node in checked.body for alias in node.names}
    assert seen == antistokes._HOMES
