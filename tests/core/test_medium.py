"""Media that others bring: kept, queried, and read where their distribution is and where it is not."""

import subprocess
import sys
from pathlib import Path

import pytest

import vitrail as vt
from vitrail import dtypes as dt
from vitrail.dtypes import List, Medium, Number, Struct, Text, dtype_from_json
from vitrail.errors import Invalid, NewerFormat
from vitrail.media.content import Content
from vitrail.media.medium import medium_of
from vitrail.union import union

PARTS = (
    ("digest", Text()),
    ("seconds", Number(integer=False, unit="s")),
    ("layers", List(Struct((("digest", Text()), ("name", Text()))))),
)
TYPE = Medium(PARTS, "sound")
MODULE = """
import vitrail as vt
from vitrail.dtypes import List, Number, Struct, Text

class Sound(vt.Medium):
    kind = "sound"
    parts = (
        ("digest", Text()),
        ("seconds", Number(integer=False, unit="s")),
        ("layers", List(Struct((("digest", Text()), ("name", Text()))))),
    )
"""
READ = """
import sys
import vitrail as vt
artifact = vt.Api(store=sys.argv[1]).artifact("t:latest")
table = artifact.get("t")
value = table.data[0][0]
nested = table.data[0][1]["at"][0]
print(type(value).__module__, type(value).__name__, repr(value), value.read(), nested.read())
print(value.read(value.record()["layers"][0]["digest"]), artifact.get("alone") == value)
print(len(table.query("{$gt: ['$value.seconds', 1]}")))
with vt.init(project="p", job_type="copy", store=sys.argv[2]) as run:
    copy = vt.Artifact("t", "dataset")
    copy.add(table, "t")
    copy.add(value, "alone")
    run.log_artifact(copy)
print(vt.Api(store=sys.argv[2]).artifact("t:latest").digest == artifact.digest)
"""


def sound(data: bytes, seconds: float = 2.0) -> vt.Medium:
    class Sound(vt.Medium):
        kind = "sound"
        parts = PARTS

    whole, layer = Content.of(data), Content.of(data + b" layer")
    layers = [{"digest": layer.digest, "name": "left"}]
    return Sound({"digest": whole.digest, "seconds": seconds, "layers": layers}, whole, layer)


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Sounds in a column, in a list within a record, and as an entry."""
    root = tmp_path / "store"
    with vt.init(project="p", job_type="log", store=root) as run:
        table = vt.Table(["value", "inside"])
        table.add_data(sound(b"one"), {"at": [sound(b"two", 0.5)]})
        table.add_data(None, {"at": []})
        artifact = vt.Artifact("t", "dataset")
        artifact.add(table, "t")
        artifact.add(sound(b"one"), "alone")
        run.log_artifact(artifact)
    return root


def read(store: Path, tmp_path: Path, *path: Path, first: str = "") -> list[str]:
    code = f"import sys; sys.path[:0] = {list(map(str, path))!r}\n{first}{READ}"
    command = [sys.executable, "-c", code, store, tmp_path / "copy"]
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


KEPT = ["b'one layer' True", "1", "True"]
SAID = "Sound(seconds=2.0) b'one' b'two'"


def test_where_its_distribution_is_not_it_is_read_and_logged_again_without_loss(
    store: Path, tmp_path: Path
) -> None:
    assert read(store, tmp_path) == [f"vitrail.media.medium Medium {SAID}", *KEPT]


def installed(folder: Path, module: str) -> Path:
    """A place for packages with a distribution `sounds` in it."""
    info = folder / "site" / "sounds-1.0.dist-info"
    info.mkdir(parents=True)
    (info.parent / "sounds.py").write_text(module)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: sounds\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[vitrail.media]\nsound = sounds:Sound\n")
    return info.parent


def test_where_its_distribution_is_it_is_of_its_class(store: Path, tmp_path: Path) -> None:
    assert read(store, tmp_path, installed(tmp_path, MODULE)) == [f"sounds Sound {SAID}", *KEPT]


def test_one_that_cannot_be_loaded_is_read_as_if_it_were_not_there(store: Path, tmp_path: Path) -> None:
    place = installed(tmp_path, "raise OSError('no device')")
    assert read(store, tmp_path, place) == [f"vitrail.media.medium Medium {SAID}", *KEPT]


@pytest.mark.parametrize("kept_out", ["without={'sounds'}", "only={'vitrail'}"])
def test_one_that_is_kept_out_is_not_even_imported(store: Path, tmp_path: Path, kept_out: str) -> None:
    place = installed(tmp_path, "raise SystemExit('imported')")
    choice = f"from vitrail.plugin_choice import PluginChoice\nadmit(PluginChoice({kept_out}))"
    first = f"from vitrail.media.medium import admit\n{choice}\n"
    assert read(store, tmp_path, place, first=first) == [f"vitrail.media.medium Medium {SAID}", *KEPT]


def test_its_type_is_a_document_and_a_record_to_queries() -> None:
    assert dtype_from_json(TYPE.to_json()) == TYPE
    assert (str(TYPE), TYPE.field("seconds")) == ("Sound", (PARTS[1][1], "f1"))
    assert Medium(name="sound").admits(TYPE)
    assert Medium().admits(dt.optional(TYPE))
    assert not Medium(name="picture").admits(TYPE)
    assert not Struct().admits(TYPE)
    assert not Medium().admits(Struct(PARTS))


def test_only_media_of_one_kind_have_a_type_in_common() -> None:
    older = Medium(PARTS[:2], "sound")
    both = union(older, TYPE, "it")
    assert isinstance(both, Medium)
    assert (both.name, both.field_names) == ("sound", TYPE.field_names)
    for other in (Medium(PARTS, "noise"), Struct(PARTS), Text()):
        with pytest.raises(Invalid, match="no type in common"):
            union(TYPE, other, "it")


def test_a_column_of_one_kind_takes_no_other() -> None:
    table = vt.Table(["value"], data=[[sound(b"one")]])
    with pytest.raises(Invalid):
        table.add_data({"digest": "0" * 64, "seconds": 1.0, "layers": []})
    with pytest.raises(Invalid, match="no place among values of several kinds"):
        vt.Table(["value"], data=[[sound(b"one")]], dtype={"value": dt.Mixed()})


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(Invalid, match="Sound has no part 'colour'; there are: digest, seconds, layers"):
        type(sound(b""))({"colour": 1})
    with pytest.raises(NewerFormat, match="a medium of format 2"):
        vt.Medium.load({"format": 2}, None)  # type: ignore[arg-type]
    with pytest.raises(AttributeError, match="no attribute 'Hologram'"):
        _ = vt.Hologram


def test_equal_sounds_are_equal_and_others_are_not() -> None:
    assert sound(b"one") == sound(b"one")
    assert sound(b"one") != sound(b"two")
    assert sound(b"one") != "one"


def test_a_class_that_is_gone_is_found_no_more() -> None:
    import gc

    kept = sound(b"one")
    assert medium_of("sound") is type(kept)
    del kept
    gc.collect()
    assert medium_of("sound") is vt.Medium
