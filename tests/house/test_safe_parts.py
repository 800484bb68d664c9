"""What reaches the browser or the engine goes through parts that do not run it."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCES = sorted(
    path for floor in ("core", "panels", "plugins") for path in (ROOT / floor).rglob("*.py")
)

# Parts of Panel that execute HTML or scripts in what they are given to show.
RUNS_ITS_TEXT = {
    *("HTML", "Markdown", "Str", "Alert", "LaTeX", "StaticText", "TooltipIcon", "Card", "Accordion"),
    *("MultiChoice", "DiscreteSlider", "Tabulator", "DataFrame", "ChatMessage", "Feed", "Number"),
    *("CustomJS", "CustomJSFilter", "HTMLTemplateFormatter", "jslink", "js_on_click"),
}


def attributes(tree: ast.AST, owners: set[str]) -> list[tuple[int, str]]:
    """Uses of `pn.pane.Str` and the like: (line, last name)."""
    found = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.Attribute) or node.attr not in RUNS_ITS_TEXT:
            continue
        root = node.value
        while isinstance(root, ast.Attribute):
            root = root.value
        if isinstance(root, ast.Name) and root.id in owners:
            found.append((node.lineno, node.attr))
    return found


def test_no_part_that_runs_its_text_is_used() -> None:
    wrong = []
    for path in SOURCES:
        tree = ast.parse(path.read_text())
        for line, name in attributes(tree, {"pn", "panel", "bokeh", "models"}):
            wrong.append(f"{path.relative_to(ROOT)}:{line} {name}")
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(("panel", "bokeh")):
                names = {alias.name for alias in node.names} & RUNS_ITS_TEXT
                wrong += [f"{path.relative_to(ROOT)}:{node.lineno} {name}" for name in names]
    assert wrong == []


def test_no_query_is_glued_from_strings() -> None:
    """SQL is a tree: no f-string, concatenation or `format` holds a statement."""
    statement = re.compile(
        r"\b(select\s.+\bfrom|where\s+\w+\s*[=<>]|group by|order by)\b", re.IGNORECASE
    )
    wrong = []
    for path in (ROOT / "core/vitrail/query").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.JoinedStr):
                text = "".join(v.value for v in node.values if isinstance(v, ast.Constant))
                if statement.search(text):
                    wrong.append(f"{path.name}:{node.lineno}")
    assert wrong == []


def test_no_address_outside_is_named_in_what_the_page_loads() -> None:
    address = re.compile(r"https?://(?!www\.w3\.org/|localhost|127\.0\.0\.1)")
    shipped = [
        path
        for path in (ROOT / "panels/vitrail_panels").rglob("*")
        if path.suffix in {".js", ".css", ".html"} and "node_modules" not in path.parts
    ]
    assert shipped
    assert [str(p.relative_to(ROOT)) for p in shipped if address.search(p.read_text())] == []
