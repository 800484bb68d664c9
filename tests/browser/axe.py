"""What axe-core finds wrong with a page; `npm ci` in the folder of the page's sources fetches it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from rest import at_rest

import vitrail_panels

SOURCE = Path(vitrail_panels.__file__).parent / "ui" / "node_modules" / "axe-core" / "axe.min.js"
GRAVE = ["serious", "critical"]

RUN = """async (rules) => {
  const only = rules.length ? {runOnly: {type: 'rule', values: rules}} : {};
  const { violations } = await axe.run(document, { ...only, preload: false, resultTypes: ['violations'] });
  return violations.map(({ id, impact, nodes }) => ({
    id, impact, places: nodes.map(({ target, failureSummary }) => `${target.flat().join(' > ')}: ${failureSummary}`),
  }));
}"""

needed = pytest.mark.skipif(
    not SOURCE.exists(), reason=f"no axe-core: run `npm ci --ignore-scripts` in {SOURCE.parents[2]}"
)


def _violations(page: Any, *rules: str) -> list[str]:
    return [
        f"{each['id']} ({each['impact']}): {place}"
        for each in page.evaluate(RUN, list(rules))
        if each["impact"] in GRAVE
        for place in each["places"]
    ]


def grave(page: Any) -> list[str]:
    """The serious and critical violations of a page: all in the light, those of contrast in the dark too."""
    at_rest(page)
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(SOURCE.read_text())
    found = _violations(page)
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    at_rest(page)
    found += [f"dark, {each}" for each in _violations(page, "color-contrast")]
    page.evaluate("document.documentElement.dataset.theme = 'light'")
    return found
