"""The order of the tests."""

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests come last: Playwright's event loop runs in the main thread until the end."""
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)
