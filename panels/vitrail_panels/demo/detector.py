"""Two small detectors that are trained for real: one hasty, one careful.

Each finds digits in two steps: a pixel model says where there is ink, and a digit model says which
digit each connected piece of ink is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from vitrail_panels.demo.scenes import Array, Digits, Scene


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a detector is trained.

    Attributes:
        name: what its runs are called.
        patch: the side in pixels of the square that the pixel model sees, odd.
        scenes: how many scenes the pixel model is trained on.
        digits: how many digits the digit model is trained on.
        hidden: units of the digit model's hidden layer; 0 for a linear model.
        steps: at most so many passes over the digits.
    """

    name: str
    patch: int
    scenes: int
    digits: int
    hidden: int
    steps: int


HASTY = Recipe("hasty", patch=1, scenes=12, digits=120, hidden=0, steps=40)
CAREFUL = Recipe("careful", patch=5, scenes=80, digits=1400, hidden=64, steps=200)


@dataclass(frozen=True, slots=True)
class Found:
    """One digit that a detector found.

    Attributes:
        box: x0, y0, x1, y1 in pixels, the last two exclusive.
        scores: (10,) float, the probability of each digit.
        piece: (h, w) bool, the pixels of the box that belong to it.
    """

    box: tuple[int, int, int, int]
    scores: Array
    piece: Array

    @property
    def label(self) -> int:
        """The most probable digit."""
        return int(self.scores.argmax())

    @property
    def score(self) -> float:
        """Its probability."""
        return float(self.scores.max())


def patches(pixels: Array, side: int) -> Array:
    """What surrounds each pixel: how far its square differs from the picture's ground.

    Args:
        pixels: (h, w, 3) uint8.
        side: odd.

    Returns:
        (h * w, side * side) float, distances in colour from the median colour, 0 to 1.
    """
    ground = np.median(pixels.reshape(-1, 3), axis=0)
    far = np.sqrt(((pixels - ground) ** 2).sum(axis=-1)) / 441.7
    padded = np.pad(far, side // 2, mode="edge")
    windows: Array = np.lib.stride_tricks.sliding_window_view(padded, (side, side))
    return windows.reshape(-1, side * side)


class Detector:
    """A pixel model and a digit model."""

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe
        self._ink: Any = None
        self._digit: Any = None

    def train(self, scenes: list[Scene], digits: Digits, seed: int) -> None:
        """Fit both models, the pixel model to scenes and the digit model to digits."""
        from sklearn.linear_model import LogisticRegression
        from sklearn.neural_network import MLPClassifier

        recipe, rng = self.recipe, np.random.default_rng(seed)
        seen = scenes[: recipe.scenes]
        x = np.concatenate([patches(scene.pixels, recipe.patch)[::3] for scene in seen])
        y = np.concatenate([(scene.mask > 0).ravel()[::3] for scene in seen])
        self._ink = LogisticRegression(max_iter=200).fit(x, y)
        chosen = rng.permutation(len(digits.labels))[: recipe.digits]
        crops = np.stack([_crop(digits.images[i] > 0.35, digits.images[i]) for i in chosen])
        if recipe.hidden:
            noisy = np.clip(crops + rng.normal(0, 0.08, crops.shape), 0, 1)
            crops, chosen = np.concatenate([crops, noisy]), np.concatenate([chosen, chosen])
            model: Any = MLPClassifier(
                (recipe.hidden,), max_iter=recipe.steps, random_state=seed, tol=1e-3
            )
        else:
            model = LogisticRegression(max_iter=recipe.steps, C=0.02)
        self._digit = model.fit(crops.reshape(len(crops), -1), digits.labels[chosen])

    def find(self, pixels: Array) -> tuple[Found, ...]:
        """The digits in a picture, the surest first.

        Args:
            pixels: (h, w, 3) uint8.
        """
        from scipy.ndimage import find_objects, label

        height, width = pixels.shape[:2]
        ink = self._ink.predict_proba(patches(pixels, self.recipe.patch))[:, 1].reshape(height, width)
        pieces, _ = label(ink > 0.5, structure=np.ones((3, 3)))
        found = []
        for number, place in enumerate(find_objects(pieces), start=1):
            piece = pieces[place] == number
            if piece.sum() < 12:
                continue
            crop = _crop(piece, np.where(piece, ink[place], 0))
            scores = np.zeros(10)
            scores[self._digit.classes_] = self._digit.predict_proba(crop.reshape(1, -1))[0]
            rows, columns = place
            found.append(Found((columns.start, rows.start, columns.stop, rows.stop), scores, piece))
        return tuple(sorted(found, key=lambda f: -f.score))

    def weights(self) -> dict[str, Array]:
        """The trained numbers, by name."""
        digit = self._digit
        layers = zip(digit.coefs_, digit.intercepts_, strict=True) if self.recipe.hidden else ()
        flat = {} if self.recipe.hidden else {"digit_w0": digit.coef_, "digit_b0": digit.intercept_}
        for place, (weight, bias) in enumerate(layers):
            flat |= {f"digit_w{place}": weight, f"digit_b{place}": bias}
        return {"ink_w": self._ink.coef_, "ink_b": self._ink.intercept_} | flat


def _crop(inked: Array, ink: Array) -> Array:
    """The inked part of a picture as 8 × 8 values from 0 to 1."""
    from scipy.ndimage import zoom

    rows, columns = np.nonzero(inked)
    part = ink[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    small: Array = zoom(part, (8 / part.shape[0], 8 / part.shape[1]), order=1)
    top = small.max()
    return np.clip(small / top, 0, 1) if top > 0 else small


def overlap(box: tuple[int, int, int, int], other: tuple[int, int, int, int]) -> float:
    """Intersection over union of two boxes, 0 to 1.

    Source: Everingham et al. 2010, section 4.2.
    """
    width = min(box[2], other[2]) - max(box[0], other[0])
    height = min(box[3], other[3]) - max(box[1], other[1])
    if width <= 0 or height <= 0:
        return 0.0
    areas = [(b[2] - b[0]) * (b[3] - b[1]) for b in (box, other)]
    return width * height / (sum(areas) - width * height)
