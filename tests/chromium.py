"""Make sure that the browser tests find a Chromium: the system's, or Playwright's own."""

import subprocess
import sys
from pathlib import Path

from vitrail_panels.chromium import installed


def found() -> str | None:
    """The path of a Chromium that can be started; None where there is none."""
    if path := installed():
        return path
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


if __name__ == "__main__":
    if found() is None:
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)
    print(f"browser tests use {found() or 'no Chromium: they are skipped'}")
