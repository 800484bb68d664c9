"""A table in a marimo notebook: `marimo run marimo_app.py`."""

import marimo

app = marimo.App(width="medium")


@app.cell
def _():
    from cells import cells

    table = cells()
    table  # noqa: B018 - the last line of a cell is what it shows
    return (table,)


if __name__ == "__main__":
    app.run()
