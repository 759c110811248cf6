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


def test_dir_shows_the_names():
    assert set(antistokes.__all__) <= set(dir(antistokes))
