"""Scenes composed of several handwritten digits, with the boxes and the mask that are true of them.

The digits are the 1,797 of 8 × 8 pixels that scikit-learn carries.
Source: Alpaydin and Kaynak 1998, "Optical Recognition of Handwritten Digits", UCI repository.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

SIZE_PX = 96
NAMES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
GROUNDS = {"slate": (30, 41, 59), "moss": (40, 54, 36), "wine": (66, 28, 40), "sand": (92, 80, 58)}
INKS = ((250, 204, 21), (244, 244, 245), (125, 211, 252), (251, 146, 60), (190, 242, 100))

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True, slots=True)
class Digits:
    """The handwritten digits.

    Attributes:
        images: (n, 8, 8) float, ink from 0 to 1.
        labels: (n,) int, 0 to 9.
    """

    images: Array
    labels: Array


@dataclass(frozen=True, slots=True)
class Thing:
    """One digit in a scene.

    Attributes:
        label: 0 to 9.
        box: x0, y0, x1, y1 in pixels, the last two exclusive.
    """

    label: int
    box: tuple[int, int, int, int]

    @property
    def area_px(self) -> int:
        """The box's area."""
        return (self.box[2] - self.box[0]) * (self.box[3] - self.box[1])


@dataclass(frozen=True, slots=True)
class Scene:
    """A picture and what is true of it.

    Attributes:
        pixels: (96, 96, 3) uint8.
        mask: (96, 96) uint8, 0 for the ground and label + 1 for a digit.
        things: the digits in it, the largest first.
        ground: the ground's name.
        noise: standard deviation of the noise, as a share of the full range.
    """

    pixels: Array
    mask: Array
    things: tuple[Thing, ...]
    ground: str
    noise: float


def load_digits() -> Digits:
    """The digits that scikit-learn carries."""
    from sklearn.datasets import load_digits as load

    bunch = load()
    return Digits(np.asarray(bunch.images) / 16.0, np.asarray(bunch.target))


def enlarge(image: Array, factor: int) -> Array:
    """A small picture, `factor` times as large, smoothly.

    Args:
        image: (h, w) float.
        factor: at least 1.

    Returns:
        (h * factor, w * factor) float, within the range of `image`.
    """
    from scipy.ndimage import zoom

    large: Array = np.clip(zoom(image, factor, order=1), 0.0, 1.0)
    return large


def compose(digits: Digits, rng: np.random.Generator) -> Scene:
    """One scene of two to six digits that do not touch."""
    ground = str(rng.choice(list(GROUNDS)))
    noise = float(np.round(rng.uniform(0.01, 0.16), 3))
    picture = np.tile(np.array(GROUNDS[ground], float), (SIZE_PX, SIZE_PX, 1))
    mask = np.zeros((SIZE_PX, SIZE_PX), np.uint8)
    taken = np.zeros((SIZE_PX, SIZE_PX), bool)
    things: list[Thing] = []
    wanted = int(rng.integers(2, 7))
    for _ in range(wanted * 8):
        if len(things) == wanted:
            break
        which = int(rng.integers(len(digits.labels)))
        ink = enlarge(digits.images[which], int(rng.integers(2, 5)))
        height, width = ink.shape
        y, x = (int(rng.integers(0, SIZE_PX - side + 1)) for side in (height, width))
        if taken[max(0, y - 2) : y + height + 2, max(0, x - 2) : x + width + 2].any():
            continue
        here = np.s_[y : y + height, x : x + width]
        taken[here] = True
        color = np.array(INKS[int(rng.integers(len(INKS)))], float)
        strength = ink[..., None] * rng.uniform(0.55, 1.0)
        picture[here] = picture[here] * (1 - strength) + color * strength
        label = int(digits.labels[which])
        inked = ink > 0.35
        mask[here][inked] = label + 1
        rows, columns = np.nonzero(inked)
        box = (
            x + int(columns.min()),
            y + int(rows.min()),
            x + int(columns.max()) + 1,
            y + int(rows.max()) + 1,
        )
        things.append(Thing(label, box))
    picture += rng.normal(0, noise * 255, picture.shape)
    pixels = np.clip(np.rint(picture), 0, 255).astype(np.uint8)
    return Scene(pixels, mask, tuple(sorted(things, key=lambda t: -t.area_px)), ground, noise)
