"""The Chromium of this machine: it draws PNGs, and the pages are tested in it."""

import shutil

_NAMES = (
    "chromium-headless-shell",  # nothing but the page: a window's own parts cost more than most pages
    "chromium",
    "chromium-browser",
    "google-chrome",
)


def installed() -> str | None:
    """The path of a Chromium that the system has; None where there is none."""
    return next(filter(None, map(shutil.which, _NAMES)), None)
