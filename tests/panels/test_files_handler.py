"""Files of artifacts over HTTP: what is given away, under which name, and what is not."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from urllib.parse import unquote, urlencode

import numpy as np
import pytest
from PIL import Image
from serving import Client, Folder, raw, serving

import vitrail as vt
from vitrail_panels.files_handler import attached

STRANGE = ['a "quoted"; filename=evil.exe', "<b>.html", "ünï/çødé.txt", "100%&x=1#y.txt", ".hidden"]
SECRET = b"not for everybody"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    root = tmp_path_factory.mktemp("store")
    outside = tmp_path_factory.mktemp("outside") / "secret.txt"
    outside.write_bytes(SECRET)
    with vt.init(project="p", job_type="make", store=root) as run:
        held = vt.Artifact("held", "files")
        for name in STRANGE:
            with held.new_file(name, "wb") as file:
                file.write(name.encode())
        with held.new_file("large.bin", "wb") as file:
            file.write(bytes(range(256)) * 4096)
        held.add(vt.Image(np.full((8, 12, 3), 7, "uint8")), "scene")
        held.add(vt.Table(["id"], [[1]]), "rows")
        held.add(vt.Classes([{"id": 1, "name": "cat"}]), "classes")
        held.add_reference(outside, "secret")
        run.log_artifact(held)
    with serving(Folder(root)) as server:
        found = Client(server)
        found.server = server  # type: ignore[attr-defined]
        yield found


def asked(entry: str, artifact: str = "held:v0") -> str:
    return "/api/file?" + urlencode({"artifact": artifact, "entry": entry})


@pytest.mark.parametrize("name", STRANGE)
def test_a_file_is_given_whole_whatever_its_name(client: Client, name: str) -> None:
    answer = client.get(asked(name))
    assert (answer.status, answer.body) == (200, name.encode())
    headers = answer.headers
    assert headers["Content-Type"] == "application/octet-stream"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    kind, _, called = headers["Content-Disposition"].partition("; ")
    assert kind == "attachment"
    assert called.startswith("filename*=UTF-8''")
    assert not set(called.removeprefix("filename*=UTF-8''")) & set(" \"';/\\<>\r\n")
    last = name.rpartition("/")[2].lstrip(".").replace('"', "-")
    assert unquote(called.removeprefix("filename*=UTF-8''")) == last


def test_a_name_can_end_no_header_and_reach_no_folder() -> None:
    assert attached("a\r\nSet-Cookie: x=1") == "attachment; filename*=UTF-8''a--Set-Cookie%3A%20x%3D1"
    assert attached("../../etc/passwd") == "attachment; filename*=UTF-8''-..-etc-passwd"
    assert attached("\u202egnp.exe") == "attachment; filename*=UTF-8''-gnp.exe"
    assert attached("...") == "attachment; filename*=UTF-8''file"


def test_a_large_file_comes_in_parts_and_says_its_length(client: Client) -> None:
    answer = client.get(asked("large.bin"))
    assert answer.body == bytes(range(256)) * 4096
    assert answer.headers["Content-Length"] == "1048576"


def test_a_picture_is_given_as_it_was_stored_and_classes_as_json(client: Client) -> None:
    answer = client.get(asked("scene"))
    assert answer.headers["Content-Disposition"].endswith("''scene.png")
    np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(answer.body)))[..., 0], 7)
    answer = client.get(asked("classes"))
    assert answer.headers["Content-Disposition"].endswith("''classes.classes.json")
    assert "cat" in json.dumps(json.loads(answer.body))


@pytest.mark.parametrize(
    ("entry", "artifact", "status"),
    [
        ("../held/large.bin", "held:v0", 404),
        ("/etc/passwd", "held:v0", 404),
        ("..%2f..%2fetc%2fpasswd", "held:v0", 404),
        ("large.bin\0", "held:v0", 404),
        ("", "held:v0", 404),
        ("large.bin", "../held:v0", 400),
        ("large.bin", "held:v7", 404),
        ("large.bin", "", 400),
        ("rows", "held:v0", 400),
        ("secret", "held:v0", 400),
    ],
)
def test_only_what_the_manifest_names_is_given(
    client: Client, entry: str, artifact: str, status: int
) -> None:
    answer = client.get(asked(entry, artifact))
    assert answer.status == status
    assert "Content-Disposition" not in answer.headers
    assert set(json.loads(answer.body)) == {"error"}
    assert SECRET not in answer.body


def test_a_path_leads_to_no_file(client: Client) -> None:
    for path in ("/api/file/../../etc/passwd", "/api/file/large.bin", "/api/../api/file/x"):
        assert raw(client.server, path).status == 404  # type: ignore[attr-defined]
