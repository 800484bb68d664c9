"""The box in the browser."""

from pathlib import Path

import param
from panel.custom import JSComponent


class Box(JSComponent):
    """A box plot whose quarters are buttons.

    Args:
        chosen: hears the number of the quarter that is pressed, 0 to 3.
    """

    places = param.List(default=[], doc="Whisker, quartile, median, quartile, whisker.")
    mean = param.Number(default=None, allow_None=True)
    said = param.String(default="")

    _esm = Path(__file__).parent / "box.js"

    def __init__(self, chosen, **params):
        super().__init__(**params)
        self._chosen = chosen

    def _handle_msg(self, quarter):
        if quarter in range(4):
            self._chosen(quarter)
