"""The demo's project: create_dataset → split → train → evaluate → analysis, logged as anybody would."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

import vitrail as vt
from vitrail.errors import NotFound
from vitrail_panels.demo.detector import CAREFUL, HASTY, Detector, Found, Recipe, overlap
from vitrail_panels.demo.scenes import NAMES, SIZE_PX, Array, Digits, Scene, compose, load_digits

PROJECT = "digits"
SEED = 7
FOUND_AT = 0.3  # a box counts as found where it overlaps a true one so much

Progress = Callable[[str, int, int], None]


class Demo:
    """The steps that make the project.

    Args:
        store: the folder that it is logged into.
        rows: how many scenes are composed, at least 20.
        progress: called with the step's name, how much is done and how much there is.
    """

    def __init__(self, store: Path, rows: int, progress: Progress) -> None:
        self.store = store
        self.rows = rows
        self.progress = progress
        self.classes = vt.Classes([{"id": i, "name": name} for i, name in enumerate(NAMES, 1)])

    def is_there(self) -> bool:
        """Whether the store holds the whole project, with as many scenes."""
        try:
            last = vt.Api(store=self.store).artifact("analysis:latest")
        except NotFound:
            return False
        return bool(last.metadata.get("scenes") == self.rows)

    def log(self) -> None:
        """Log the whole project. What is there already makes no new version."""
        digits = load_digits()
        rng = np.random.default_rng(SEED)
        scenes = [compose(digits, rng) for _ in self._counted("composing scenes", range(self.rows))]
        self._log_datasets(digits, scenes)
        train, test = self._log_split(scenes)
        for recipe in (HASTY, CAREFUL):
            detector = self._log_training(recipe, [scenes[i] for i in train], digits)
            self._log_evaluation(detector, scenes, test)
        self._log_analysis()

    def _run(self, job_type: str, **config: Any) -> vt.Run:
        return vt.init(project=PROJECT, job_type=job_type, config=config, store=self.store)

    def _counted(self, step: str, items: Any) -> Iterator[Any]:
        for done, item in enumerate(items):
            self.progress(step, done, len(items))
            yield item
        self.progress(step, len(items), len(items))

    def _log_datasets(self, digits: Digits, scenes: list[Scene]) -> None:
        with self._run("create_dataset", seed=SEED, scenes=self.rows) as run:
            table = vt.Table(["id", "image", "label", "ink"])
            pairs = list(zip(digits.images, digits.labels, strict=True))
            for number, (image, label) in enumerate(self._counted("logging digits", pairs)):
                ink = float(np.round(image.mean(), 4))
                table.add_data(number, vt.Image(np.kron(image, np.ones((4, 4)))), NAMES[label], ink)
            artifact = vt.Artifact("digits", "dataset", "handwritten digits, 8 × 8 pixels, enlarged")
            artifact.add(table, "digits")
            run.log_artifact(artifact)

            table = vt.Table(["id", "image", "largest", "digits", "labels", "ground", "noise"])
            for number, scene in enumerate(self._counted("logging scenes", scenes)):
                labels = [NAMES[thing.label] for thing in scene.things]
                image = vt.Image(
                    scene.pixels,
                    classes=self.classes,
                    boxes={"ground_truth": {"box_data": [_true_box(t) for t in scene.things]}},
                    masks={"ground_truth": {"mask_data": scene.mask}},
                )
                table.add_data(number, image, labels[0], len(labels), labels, scene.ground, scene.noise)
            artifact = vt.Artifact("scenes", "dataset", "scenes of two to six digits, boxes and masks")
            artifact.add(table, "scenes")
            run.log_artifact(artifact)

    def _log_split(self, scenes: list[Scene]) -> tuple[list[int], list[int]]:
        with self._run("split", seed=SEED, share_of_test=0.5) as run:
            table = run.use_artifact("scenes:latest").get("scenes")
            order = np.random.default_rng(SEED).permutation(len(scenes))
            half = len(scenes) // 2
            parts = {"train": sorted(map(int, order[:half])), "test": sorted(map(int, order[half:]))}
            artifact = vt.Artifact("split", "dataset", "which scenes are trained on and which held back")
            rows = [row for _, row in table.iterrows()]
            for name, chosen in parts.items():
                data = [[rows[i][0], rows[i][1], rows[i][2]] for i in chosen]
                artifact.add(vt.Table(["id", "image", "largest"], data=data), name)
            run.log_artifact(artifact)
        return parts["train"], parts["test"]

    def _log_training(self, recipe: Recipe, scenes: list[Scene], digits: Digits) -> Detector:
        self.progress(f"training the {recipe.name} detector", 0, 1)
        config = {name: getattr(recipe, name) for name in recipe.__dataclass_fields__}
        with self._run("train", **config) as run:
            run.use_artifact("split:latest")
            run.use_artifact("digits:latest")
            detector = Detector(recipe)
            detector.train(scenes, digits, SEED)
            artifact = vt.Artifact("detector", "model", "ink and digit models", metadata=config)
            with artifact.new_file("weights.npz", "wb") as file:
                file.write(_packed(detector.weights()))
            with artifact.new_file("recipe.json", "w") as file:
                file.write(json.dumps(config, indent=1))
            run.log_artifact(artifact, aliases=[recipe.name])
        self.progress(f"training the {recipe.name} detector", 1, 1)
        return detector

    def _log_evaluation(self, detector: Detector, scenes: list[Scene], test: list[int]) -> None:
        name = detector.recipe.name
        with self._run("evaluate", detector=name) as run:
            run.use_artifact(f"detector:{name}")
            held_back = run.use_artifact("split:latest").get("test")
            columns = ["id", "image", "label", "pred", "correct", "score", "loss", "iou"]
            table = vt.Table([*columns, "found", "scores"])
            for number, (_, row) in zip(
                self._counted(f"evaluating the {name} detector", test), held_back.iterrows(), strict=True
            ):
                found = detector.find(scenes[number].pixels)
                table.add_data(*self._prediction(row[0], row[1], scenes[number], found))
            artifact = vt.Artifact("predictions", "result", "what a detector finds in the test scenes")
            artifact.add(table, "predictions")
            run.log_artifact(artifact, aliases=[name])

    def _prediction(
        self, number: int, image: vt.Image, scene: Scene, found: tuple[Found, ...]
    ) -> list[Any]:
        """The row of one scene; its class scores are those for the scene's largest digit."""
        largest = scene.things[0]
        near = max(found, key=lambda f: overlap(f.box, largest.box), default=None)
        reach = overlap(near.box, largest.box) if near else 0.0
        hit = near if near and reach >= FOUND_AT else None
        scores = hit.scores if hit else np.full(10, 0.1)
        mask = np.zeros((SIZE_PX, SIZE_PX), np.uint8)
        for each in found:
            x0, y0, x1, y1 = each.box
            mask[y0:y1, x0:x1][each.piece] = each.label + 1
        return [
            number,
            vt.Image(
                image,
                classes=self.classes,
                boxes={"predictions": {"box_data": [_found_box(each) for each in found]}},
                masks={"predictions": {"mask_data": mask}},
            ),
            NAMES[largest.label],
            NAMES[hit.label] if hit else None,
            bool(hit and hit.label == largest.label),
            round(float(scores.max()), 4) if hit else None,
            round(float(-np.log(max(scores[largest.label], 1e-6))), 4),
            round(reach, 4),
            len(found),
            {digit: round(float(score), 4) for digit, score in zip(NAMES, scores, strict=True)},
        ]

    def _log_analysis(self) -> None:
        self.progress("joining predictions and scenes", 0, 1)
        with self._run("analysis") as run:
            predictions = run.use_artifact("predictions:latest").get("predictions")
            scenes = run.use_artifact("scenes:latest").get("scenes")
            artifact = vt.Artifact(
                "analysis", "analysis", "predictions beside their scenes", {"scenes": self.rows}
            )
            artifact.add(vt.JoinedTable(predictions, scenes, "id"), "joined")
            run.log_artifact(artifact)
        self.progress("joining predictions and scenes", 1, 1)


def _position(box: tuple[int, int, int, int]) -> dict[str, int]:
    return dict(zip(("minX", "minY", "maxX", "maxY"), box, strict=True))


def _true_box(thing: Any) -> dict[str, Any]:
    return {
        "position": _position(thing.box),
        "domain": "pixel",
        "class_id": thing.label + 1,
        "box_caption": NAMES[thing.label],
    }


def _found_box(found: Found) -> dict[str, Any]:
    return {
        "position": _position(found.box),
        "domain": "pixel",
        "class_id": found.label + 1,
        "scores": {"probability": round(found.score, 4)},
        "box_caption": NAMES[found.label],
    }


def _packed(arrays: dict[str, Array]) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()
