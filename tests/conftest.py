"""The order of the tests."""

from pathlib import Path

import pytest

BROWSER = Path(__file__).parent / "browser"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whole files that open a browser come last: Playwright's event loop runs in the main thread."""
    items.sort(key=lambda item: BROWSER in item.path.parents)
