"""Pictures, their layers, and what is refused."""

from __future__ import annotations

import io
import os
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vitrail import dtypes
from vitrail.errors import Damaged, Invalid, NewerFormat, NotFound
from vitrail.media.classes import Classes
from vitrail.media.image import Image
from vitrail.table import Table

CLASSES = Classes([{"id": 0, "name": "dog"}, {"id": 1, "name": "cat"}])
DATA = Path(os.environ.get("VITRAIL_DATA", Path(__file__).parents[2].parent / "shared" / "data"))


@pytest.fixture
def bccd():
    folder = DATA / "bccd" / "BCCD"
    if not folder.is_dir():
        pytest.skip("the BCCD pictures are not here; set VITRAIL_DATA")
    return folder


def file_of(array, kind="PNG"):
    buffer = io.BytesIO()
    PIL.Image.fromarray(array).save(buffer, kind)
    return buffer.getvalue()


def grey(height=4, width=6):
    return np.arange(height * width, dtype=np.uint8).reshape(height, width)


def boxed(**box):
    position = {"minX": 0.1, "maxX": 0.5, "minY": 0.2, "maxY": 0.4}
    return {"truth": {"box_data": [{"position": position} | box]}}


@pytest.mark.parametrize("channels", [(), (1,), (3,), (4,)])
def test_an_array_of_bytes_is_kept_pixel_by_pixel(channels):
    array = np.random.default_rng(0).integers(0, 256, (4, 6, *channels), dtype=np.uint8)
    image = Image(array)
    assert (image.width, image.height, image.format) == (6, 4, "png")
    kept = array[:, :, 0] if channels == (1,) else array
    assert np.array_equal(image.pixels(), kept)
    assert np.array_equal(np.asarray(image), kept)


@pytest.mark.parametrize(
    ("array", "wanted"),
    [
        ([[0.0, 0.5, 1.0]], [[0, 128, 255]]),
        ([[0.0, 0.5, 200.4]], [[0, 0, 200]]),
        ([[True, False, True]], [[255, 0, 255]]),
        ([[0, 7, 255]], [[0, 7, 255]]),
    ],
)
def test_floats_up_to_1_are_scaled_and_others_are_bytes(array, wanted):
    assert Image(np.array(array)).pixels().tolist() == wanted


@pytest.mark.parametrize(
    ("array", "found"),
    [
        ([[0.0, 256.0]], "go from 0.0 to 256.0"),
        ([[-0.1, 1.0]], "go from -0.1 to 1.0"),
        ([[float("nan"), 1.0]], "nan"),
        ([[0, 300]], "go from 0 to 300"),
        ([1, 2, 3], r"not \(3,\)"),
        (np.zeros((2, 2, 2)), r"not \(2, 2, 2\)"),
        (np.zeros((0, 4)), "at least one pixel"),
        ([["a"]], "made of numbers"),
    ],
)
def test_an_array_that_is_no_picture_is_refused_with_what_was_found(array, found):
    with pytest.raises(Invalid, match=found):
        Image(np.array(array))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF"])
def test_a_file_keeps_its_bytes_and_is_read_when_its_pixels_are_asked_for(tmp_path, kind):
    content = file_of(np.zeros((4, 6, 3), dtype=np.uint8), kind)
    path = tmp_path / "picture"
    path.write_bytes(content)
    of_path, of_bytes = Image(path), Image(content)
    assert of_path.read() == content == of_bytes.read()
    assert of_path.format == kind.lower()
    assert of_path == of_bytes
    assert of_path.pixels().shape == (4, 6, 3)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "I;16"])
def test_a_pil_picture_of_any_mode_is_taken(mode):
    picture = PIL.Image.new(mode, (6, 4))
    image = Image(picture)
    assert (image.width, image.height) == (6, 4)
    assert image.to_pil().size == (6, 4)


def test_a_picture_is_turned_as_its_exif_says():
    picture = PIL.Image.new("RGB", (6, 4))
    exif = picture.getexif()
    exif[0x0112] = 6
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", exif=exif)
    image = Image(buffer.getvalue())
    assert (image.width, image.height) == (4, 6)
    assert image.pixels().shape == (6, 4, 3)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF"])
def test_a_truncated_file_is_refused(kind):
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    content = file_of(noise, kind)
    with pytest.raises(Invalid, match="the picture is"):
        Image(content[: len(content) // 2])


@pytest.mark.parametrize("content", [b"", b"no picture", b"%PDF-1.4", b"<svg/>", b"%!PS-Adobe-3.0 EPSF"])
def test_a_file_that_is_no_picture_is_refused(content, tmp_path):
    path = tmp_path / "file.png"
    path.write_bytes(content)
    with pytest.raises(Invalid, match=r"'.*file\.png' is no picture that can be read"):
        Image(path)


def test_a_picture_of_more_than_64_megapixels_is_refused_before_it_is_decoded():
    picture = PIL.Image.new("1", (10_000, 6_401))
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    with pytest.raises(Invalid, match="64 megapixels"):
        Image(buffer.getvalue())


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(NotFound, match=r"nowhere\.png"):
        Image(tmp_path / "nowhere.png")


@pytest.mark.parametrize("data", [None, 5, {"a": 1}, object()])
def test_what_is_no_picture_at_all_is_refused(data):
    with pytest.raises(Invalid, match="a picture is a path, bytes, an array"):
        Image(data)


def test_a_file_that_changed_since_is_not_stored(tmp_path, shelf):
    path = tmp_path / "picture.png"
    path.write_bytes(file_of(grey()))
    image = Image(path)
    path.write_bytes(file_of(grey() + 1))
    with pytest.raises(Damaged, match="has changed"):
        image.store(shelf)
    assert shelf.put_digests == []


# Boxes


def test_a_box_is_kept_as_it_was_given_in_its_own_domain():
    pixel = {"position": {"minX": 1, "maxX": 6, "minY": 0, "maxY": 4}, "domain": "pixel"}
    relative = {"position": {"minX": 0.0, "maxX": 1.0, "minY": 0.25, "maxY": 0.5}}
    layer = {"box_data": [pixel | {"class_id": 1, "scores": {"iou": 0.5}}, relative]}
    image = Image(grey(), classes=CLASSES, boxes={"truth": layer})
    first, second = image.boxes["truth"]["box_data"]
    assert first == pixel | {"class_id": 1, "box_caption": None, "scores": {"iou": 0.5}}
    assert second == relative | {"domain": "relative", "class_id": None, "box_caption": None}
    assert image.boxes["truth"]["class_labels"] == {0: "dog", 1: "cat"}
    assert Image(grey(), boxes=image.boxes) == Image(grey(), classes=CLASSES, boxes={"truth": layer})


def test_a_middle_and_a_size_become_corners():
    position = {"middle": [0.7, 0.5], "width": 0.6, "height": 0.5}
    image = Image(grey(), boxes={"truth": {"box_data": [{"position": position}]}})
    corners = image.boxes["truth"]["box_data"][0]["position"]
    assert corners == {"minX": pytest.approx(0.4), "maxX": 1.0, "minY": 0.25, "maxY": 0.75}


@pytest.mark.parametrize(
    ("position", "domain", "found"),
    [
        ((0.0, 1.1, 0.0, 1.0), None, "outside the picture: X from 0 to 1.1"),
        ((-0.1, 1.0, 0.0, 1.0), None, "outside the picture: X from -0.1"),
        ((0, 6.5, 0, 4), "pixel", "outside the picture: X from 0 to 6.5"),
        ((0, 6, 0, 5), "pixel", "outside the picture: Y from 0 to 5"),
        ((0.5, 0.4, 0.0, 1.0), None, "minX 0.5 is greater than its maxX 0.4"),
        ((0, 1, 3, 2), "pixel", "minY 3 is greater than its maxY 2"),
        ((float("nan"), 1.0, 0.0, 1.0), None, "minX is a finite number, not nan"),
        ((0.0, float("inf"), 0.0, 1.0), None, "maxX is a finite number, not inf"),
        (("0", 1.0, 0.0, 1.0), None, "minX is a finite number, not '0'"),
        ((0.0, 1.0, 0.0, 1.0), "percent", "domain is 'pixel' or 'relative', not 'percent'"),
    ],
)
def test_a_box_outside_its_picture_is_refused(position, domain, found):
    box = {"position": dict(zip(("minX", "maxX", "minY", "maxY"), position, strict=True))}
    with pytest.raises(Invalid, match=f"box 0 of the boxes 'truth': .*{found}"):
        Image(grey(), boxes={"truth": {"box_data": [box | ({"domain": domain} if domain else {})]}})


@pytest.mark.parametrize(
    ("box", "found"),
    [
        ({"class_id": 7}, "no class 7; there are: 0 dog, 1 cat"),
        ({"class_id": -1}, "a whole number from 0 to 65535, not -1"),
        ({"class_id": 1.5}, "not 1.5"),
        ({"class_id": True}, "not True"),
        ({"label": "dog"}, "boxes know no 'label'"),
        ({"clas_id": 1}, "Did you mean 'class_id'"),
        ({"scores": {"iou": float("nan")}}, "score 'iou' is a finite number"),
        ({"scores": [0.5]}, "scores are a dict"),
        ({"box_caption": 5}, "box_caption is text"),
        ({"position": {"minX": 0}}, "has no maxX, minY, maxY"),
        ({"position": {"middle": [0.5], "width": 1, "height": 1}}, r"middle is \[x, y\]"),
        ({"position": {"middle": [0.5, 0.5], "width": -0.1, "height": 1}}, "greater than"),
        ({"position": [0, 1, 0, 1]}, "position is a dict"),
    ],
)
def test_a_box_with_a_wrong_part_is_refused(box, found):
    with pytest.raises(Invalid, match=found):
        Image(grey(), classes=CLASSES, boxes=boxed(**box))


@pytest.mark.parametrize(
    "options",
    [
        {"caption": 5},
        {"caption": "\ud800"},
        {"boxes": {"\ud800": {"box_data": []}}},
        {"boxes": {"a\0": {"box_data": []}}},
        {"boxes": boxed(box_caption="\ud800")},
        {"boxes": boxed(scores={"\ud800": 1})},
        {"boxes": boxed(scores={"": 1})},
        {"masks": {5: {"mask_data": np.zeros((4, 6))}}},
        {"classes": [{"id": 0, "name": "\ud800"}]},
        {"classes": 5},
    ],
    ids=ascii,
)
def test_what_is_no_text_is_refused_before_it_is_kept(options):
    with pytest.raises(Invalid, match=r"is text|surrogate|is not empty|classes are"):
        Image(grey(), **options)


@pytest.mark.parametrize(
    "boxes",
    [{"truth": []}, {"truth": {"boxes": []}}, {"truth": {"box_data": {}}}, {"": {"box_data": []}}, [1]],
)
def test_what_is_no_layer_of_boxes_is_refused(boxes):
    with pytest.raises(Invalid, match="box"):
        Image(grey(), boxes=boxes)


def test_class_labels_of_a_layer_go_before_the_classes_of_the_picture():
    boxes = boxed(class_id=5)
    boxes["truth"]["class_labels"] = {5: "owl"}
    image = Image(grey(), classes=CLASSES, boxes=boxes)
    assert image.dtype.boxes == (dtypes.BoxLayer("truth", (), ((5, "owl"),)),)


# Masks


@pytest.mark.parametrize("highest", [1, 255, 256, 65535])
def test_a_mask_is_kept_id_by_id(highest):
    ids = np.zeros((4, 6), dtype=np.int64)
    ids[1:3, 2:5] = highest
    image = Image(grey(), masks={"truth": {"mask_data": ids}})
    mask = image.masks["truth"]
    assert np.array_equal(mask["mask_data"], ids)
    assert mask.class_ids == (0, highest)
    assert PIL.Image.open(io.BytesIO(mask.content.read())).mode == ("L" if highest < 256 else "RGB")


def test_a_mask_of_256_classes_and_more_holds_an_id_in_red_and_green():
    image = Image(grey(), masks={"truth": {"mask_data": np.full((4, 6), 0x1234)}})
    picture = PIL.Image.open(io.BytesIO(image.masks["truth"].content.read()))
    assert picture.getpixel((0, 0)) == (0x34, 0x12, 0)


@pytest.mark.parametrize("mode", ["L", "P", "I;16", "RGB"])
def test_a_mask_is_read_from_a_file(tmp_path, mode):
    ids = np.zeros((4, 6), dtype=np.uint8)
    ids[0, 0] = 3
    if mode == "RGB":
        picture = PIL.Image.fromarray(np.dstack([ids, ids * 0, ids * 0]))
    elif mode == "I;16":
        picture = PIL.Image.fromarray(ids.astype(np.uint16))
    else:
        picture = PIL.Image.fromarray(ids)
        if mode == "P":
            picture = picture.copy()
            picture.putpalette([0, 0, 0, 10, 10, 10, 20, 20, 20, 255, 0, 0])
    path = tmp_path / "mask.png"
    picture.save(path)
    image = Image(grey(), masks={"truth": {"path": str(path)}})
    assert image == Image(grey(), masks={"truth": {"mask_data": ids}})


@pytest.mark.parametrize(
    ("mask", "found"),
    [
        ({"mask_data": np.zeros((6, 4), dtype=int)}, "has 4 x 6 pixels, the picture 6 x 4"),
        ({"mask_data": np.full((4, 6), 7)}, "holds 7, which is no class; there are: 0 dog, 1 cat"),
        ({"mask_data": np.full((4, 6), 70_000)}, "they lie in 0-65535"),
        ({"mask_data": np.full((4, 6), -1)}, "they lie in 0-65535"),
        ({"mask_data": np.full((4, 6), 0.5)}, "made of whole numbers"),
        ({"mask_data": np.full((4, 6), np.nan)}, "made of whole numbers"),
        ({"mask_data": np.zeros((4, 6, 3))}, "the shape"),
        ({"mask_data": None}, "the shape"),
        ({"mask": np.zeros((4, 6))}, "knows no 'mask'"),
        ({}, "either mask_data or a path"),
        ({"mask_data": np.zeros((4, 6)), "path": "a"}, "either mask_data or a path"),
        ({"mask_data": np.zeros((4, 6)), "class_labels": ["dog"]}, "dict of id"),
        ({"mask_data": np.zeros((4, 6)), "class_labels": {"0": "dog"}}, "not '0'"),
    ],
)
def test_a_mask_that_does_not_fit_is_refused(mask, found):
    with pytest.raises(Invalid, match=f"mask 'truth'.*{found}"):
        Image(grey(), classes=CLASSES, masks={"truth": mask})


def test_a_jpeg_is_no_mask(tmp_path):
    path = tmp_path / "mask.jpg"
    path.write_bytes(file_of(grey(), "JPEG"))
    with pytest.raises(Invalid, match="does not keep class ids exact"):
        Image(grey(), masks={"truth": {"path": path}})


def test_a_missing_mask_file_is_named(tmp_path):
    with pytest.raises(NotFound, match=r"gone\.png"):
        Image(grey(), masks={"truth": {"path": tmp_path / "gone.png"}})


@pytest.mark.parametrize(
    "classes",
    [
        [{"id": 0}],
        [{"id": 0, "name": "a"}, {"id": 0, "name": "b"}],
        [{"id": "0", "name": "a"}],
        [{"id": 0, "name": 5}],
        [{"id": 70_000, "name": "a"}],
        [{"id": 0, "name": "a", "color": "red"}],
        ["dog"],
    ],
)
def test_classes_without_an_id_and_a_name_each_are_refused(classes):
    with pytest.raises(Invalid, match="class"):
        Classes(classes)


# Equality, another picture, the store


def test_pictures_are_equal_by_what_is_seen_in_them():
    mask = {"truth": {"mask_data": np.eye(4, 6, dtype=int)}}
    image = Image(grey(), classes=CLASSES, boxes=boxed(class_id=1), masks=mask, caption="a")
    assert image == Image(file_of(grey(), "BMP"), CLASSES, boxed(class_id=1), mask, "a")
    others = [
        Image(grey() + 1, CLASSES, boxed(class_id=1), mask, "a"),
        Image(grey(), CLASSES, boxed(class_id=0), mask, "a"),
        Image(grey(), CLASSES, boxed(class_id=1, box_caption="b"), mask, "a"),
        Image(grey(), CLASSES, boxed(class_id=1, scores={"iou": 1}), mask, "a"),
        Image(grey(), CLASSES, boxed(class_id=1), {"truth": {"mask_data": np.zeros((4, 6))}}, "a"),
        Image(grey(), CLASSES, boxed(class_id=1), None, "a"),
        Image(grey(), CLASSES, None, mask, "a"),
        Image(grey(), CLASSES, boxed(class_id=1), mask, "b"),
        Image(grey(), Classes.of([(0, "dog"), (1, "lion")]), boxed(class_id=1), mask, "a"),
    ]
    assert [other == image for other in others] == [False] * len(others)


def test_a_picture_comes_back_from_the_store_as_it_was(shelf):
    image = Image(
        grey(),
        classes=CLASSES,
        boxes={"empty": {"box_data": []}} | boxed(class_id=1, scores={"iou": 0.25}, box_caption="é"),
        masks={"truth": {"mask_data": np.eye(4, 6, dtype=int)}},
        caption="<b>",
    )
    back = shelf.add("a", "image", image)
    assert back == image
    assert back.dtype == image.dtype
    assert back.boxes == image.boxes
    assert back.classes == CLASSES
    assert back.to_pil().size == (6, 4)


def test_a_read_back_picture_opens_its_file_only_for_its_pixels(shelf):
    back = shelf.add("a", "image", Image(grey(), caption="kept"))
    shelf.path(back.digest).unlink()
    assert (back.width, back.height, back.caption) == (6, 4, "kept")
    with pytest.raises(NotFound):
        back.pixels()


def test_a_picture_of_a_logged_one_is_a_reference_under_its_own_layers(shelf):
    logged = shelf.add("a", "image", Image(grey(), CLASSES, boxed(class_id=1), caption="kept"))
    shelf.put_digests.clear()
    over = Image(logged, masks={"predictions": {"mask_data": np.eye(4, 6)}})
    assert list(over.boxes) == []
    assert over.caption == "kept"
    back = shelf.add("b", "image", over)
    assert back == over
    assert logged.digest in shelf.referred
    assert shelf.put_digests == [back.masks["predictions"].content.digest]


def test_a_picture_of_a_newer_format_is_refused(shelf):
    document = Image(grey()).store(shelf) | {"format": 99}
    with pytest.raises(NewerFormat, match="format 99"):
        Image.load(document, shelf)


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_any_picture_comes_back_from_its_record(data):
    size = st.integers(1, 12)
    height, width = data.draw(size), data.draw(size)
    side = st.floats(0, 1).map(lambda f: f)
    name = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1)
    boxes, masks = {}, {}
    for layer in data.draw(st.lists(name, max_size=2, unique=True)):
        drawn = []
        for _ in range(data.draw(st.integers(0, 2))):
            xs, ys = sorted(data.draw(st.tuples(side, side))), sorted(data.draw(st.tuples(side, side)))
            position = {"minX": xs[0], "maxX": xs[1], "minY": ys[0], "maxY": ys[1]}
            scores = data.draw(st.dictionaries(name, st.floats(allow_nan=False, allow_infinity=False)))
            number = data.draw(st.none() | st.integers(0, 65535))
            drawn.append({"position": position, "scores": scores, "class_id": number})
        boxes[layer] = {"box_data": drawn}
        ids = data.draw(
            st.lists(st.integers(0, 65535), min_size=height * width, max_size=height * width)
        )
        masks[layer] = {"mask_data": np.array(ids).reshape(height, width)}
    image = Image(np.zeros((height, width), np.uint8), None, boxes, masks, data.draw(st.none() | name))
    at_hand = {content.digest: content for content in image.contents()}
    assert Image.of_record(image.record(), image.dtype, at_hand.__getitem__) == image


def blood_cells(folder, path):
    """The boxes of a picture's annotation, in pixels counted from 0, cut at the picture's edges."""
    found = []
    for cell in ET.parse(folder / "Annotations" / f"{path.stem}.xml").getroot().iter("object"):
        side = {name: int(cell.findtext(f"bndbox/{name}")) for name in ("xmin", "xmax", "ymin", "ymax")}
        position = {
            "minX": side["xmin"],
            "maxX": min(side["xmax"], 640),
            "minY": side["ymin"],
            "maxY": min(side["ymax"], 480),
        }
        found.append(
            {"position": position, "domain": "pixel", "class_id": CELLS.index(cell.findtext("name"))}
        )
    return found


CELLS = ["RBC", "WBC", "Platelets"]


def test_real_pictures_keep_their_bytes_and_their_boxes(bccd, shelf):
    classes = Classes.of(enumerate(CELLS))
    table = Table(["file", "image"])
    for path in sorted((bccd / "JPEGImages").glob("*.jpg"))[:60]:
        boxes = {"ground_truth": {"box_data": blood_cells(bccd, path)}}
        table.add_data(path.name, Image(path, classes=classes, boxes=boxes))
    back = shelf.add("bccd", "images", table)
    assert back == table
    for name, image in back.data:
        path = bccd / "JPEGImages" / name
        assert (image.width, image.height, image.format) == (640, 480, "jpeg")
        assert image.read() == path.read_bytes()
        wanted = [box["position"] for box in blood_cells(bccd, path)]
        assert [box["position"] for box in image.boxes["ground_truth"]["box_data"]] == wanted


def test_real_masks_of_many_cells_are_kept_id_by_id(shelf):
    folder = DATA / "dsb2018_nuclei"
    if not folder.is_dir():
        pytest.skip("the nuclei are not here; set VITRAIL_DATA")
    for path in sorted((folder / "images").glob("*.png"))[:5]:
        labels = folder / "instance_labels" / path.name
        image = Image(path, masks={"nuclei": {"path": labels}})
        back = shelf.add("nuclei", path.stem, image)
        wanted = np.asarray(PIL.Image.open(labels))
        assert np.array_equal(back.masks["nuclei"]["mask_data"], wanted)
        assert back == image
