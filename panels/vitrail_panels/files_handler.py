"""A file that an artifact's version holds, to be taken away."""

from __future__ import annotations

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from tornado.iostream import StreamClosedError

from vitrail.errors import Invalid
from vitrail_panels.handlers import Answering

if TYPE_CHECKING:
    from vitrail.store.artifact import Artifact
    from vitrail.store.project import Project

_THREADS = ThreadPoolExecutor(4, thread_name_prefix="vitrail-files")
_AT_ONCE = 256 * 1024


def address(artifact: str, entry: str) -> str:
    """Where an entry's file is taken from."""
    return "./api/file?" + urlencode({"artifact": artifact, "entry": entry})


def attached(name: str) -> str:
    """The header that has a browser save an answer by a name, whatever is in the name."""
    plain = "".join("-" if sign in '/\\"' or not sign.isprintable() else sign for sign in name)
    return f"attachment; filename*=UTF-8''{quote(plain.lstrip('.') or 'file', safe='')}"


def is_whole(kind: str) -> bool:
    """Whether entries of a kind have a file to take: tables are taken as rows, references lead elsewhere."""
    return not kind.endswith("table") and kind != "reference"


class FilesHandler(Answering):
    """GET api/file?artifact=&entry= → the bytes of a file or a picture, the document of anything else.

    Only what the manifest of a version names is found; a name is never a path here.
    """

    def initialize(self, project: Project) -> None:
        self.project = project

    async def get(self) -> None:
        try:
            name, found = await self._run(self._found)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with a file, there is an answer
            self.fail(error)
            return
        self.set_header("Content-Type", "application/octet-stream")
        self.set_header("Content-Disposition", attached(name))
        self.set_header("Cache-Control", "no-store")
        try:
            if isinstance(found, bytes):
                self.write(found)
            else:
                await self._send(found)
            await self.finish()
        except StreamClosedError:
            return

    async def _send(self, path: Path) -> None:
        self.set_header("Content-Length", str(path.stat().st_size))
        with path.open("rb") as file:
            while part := await self._run(file.read, _AT_ONCE):
                self.write(part)
                await self.flush()

    async def _run(self, work: Any, *args: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(_THREADS, work, *args)

    def _found(self) -> tuple[str, Path | bytes]:
        artifact = self.project.artifact(self.get_query_argument("artifact", ""))
        return content(artifact, self.get_query_argument("entry", "", strip=False))


def content(artifact: Artifact, name: str) -> tuple[str, Path | bytes]:
    """What an entry is called as a file, and its bytes or where they are.

    Raises:
        NotFound: there is no such entry.
        Invalid: the entry is a table or leads elsewhere.
    """
    entry = artifact.entry(name)
    if not is_whole(entry.kind):
        how = "api/rows gives its rows" if entry.kind.endswith("table") else "it is not kept here"
        raise Invalid(f"{name!r} of {artifact.qualified_name} is a {entry.kind}; {how}")
    called = name.rpartition("/")[2]
    if entry.kind == "file":
        return called, artifact.get(name).path()
    record = entry.document.get("record")
    if not isinstance(record, dict) or "digest" not in record:
        return f"{called}.{entry.kind}.json", json.dumps(entry.document, indent=1).encode()
    ending = f".{record.get('format') or 'bin'}".lower()
    return called.removesuffix(ending) + ending, artifact.shelf.path(record["digest"])
