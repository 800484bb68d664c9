"""The order of the tests."""

from pathlib import Path

import pytest

BROWSER = Path(__file__).parent / "browser"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files stay whole, and those that open a browser come last: its event loop runs in the main thread."""
    items.sort(key=lambda item: (BROWSER in item.path.parents, item.path))
