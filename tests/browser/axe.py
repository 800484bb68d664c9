"""What axe-core finds wrong with a page; `npm ci` in the folder of the page's sources fetches it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import vitrail_panels

SOURCE = Path(vitrail_panels.__file__).parent / "ui" / "node_modules" / "axe-core" / "axe.min.js"
GRAVE = ["serious", "critical"]

RUN = """async (rules) => {
  const only = rules.length ? {runOnly: {type: 'rule', values: rules}} : {};
  const { violations } = await axe.run(document, { ...only, resultTypes: ['violations'] });
  return violations.map(({ id, impact, nodes }) => ({
    id, impact, places: nodes.map(({ target, failureSummary }) => `${target.flat().join(' > ')}: ${failureSummary}`),
  }));
}"""


def grave(page: Any, *rules: str) -> list[str]:
    """The serious and critical violations of a page, of some rules alone if any are named."""
    if not SOURCE.exists():
        pytest.skip(f"no axe-core: run `npm ci --ignore-scripts` in {SOURCE.parents[2]}")
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(SOURCE.read_text())
    found = page.evaluate(RUN, list(rules))
    return [
        f"{each['id']} ({each['impact']}): {place}"
        for each in found
        if each["impact"] in GRAVE
        for place in each["places"]
    ]
