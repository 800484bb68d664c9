"""A page in one file, and a figure of one column: `python static_file.py cells.html size.svg`."""

from __future__ import annotations

import sys
from pathlib import Path

from cells import cells

import vitrail as vt


def write(page: Path, figure: Path) -> tuple[str, str]:
    """What each of the files holds, in a few words."""
    table = cells()
    return vt.export(table, page), vt.export(table, figure, column="size")


if __name__ == "__main__":
    write(Path(sys.argv[1]), Path(sys.argv[2]))
