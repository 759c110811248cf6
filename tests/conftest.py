"""Fixtures and settings for every drawer."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci")

REAL_DATA = os.environ.get("ANTISTOKES_REAL_DATA")
REAL_DATA_FOLDER = Path(REAL_DATA).resolve() if REAL_DATA else None  # resolved now: a test may change the folder
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what asks for real files or a browser, and write the mark into the JUnit report for .ci/run."""
    for item in items:
        asks_for = getattr(item, "fixturenames", ())
        if "real_data" in asks_for:
            item.add_marker("real")
        if "chromium" in asks_for:
            item.add_marker("browser")
        if item.get_closest_marker("real"):
            item.user_properties.append(("real", "true"))


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Folder of measured files, or skip."""
    if REAL_DATA_FOLDER is None:
        pytest.skip("set ANTISTOKES_REAL_DATA to the folder of measured files to run this")
    if not REAL_DATA_FOLDER.is_dir():
        pytest.skip(f"ANTISTOKES_REAL_DATA names no folder: {REAL_DATA}")
    return REAL_DATA_FOLDER


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of the machine's Chromium, or skip."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        pytest.skip("no Chromium on this machine")
    return found
