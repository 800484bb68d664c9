"""A small project to serve, and a client for its server."""

from __future__ import annotations

import atexit
import hashlib
import http.client
import http.cookiejar
import io
import os
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import panel as pn
from PIL import Image

from vitrail.query.duck import DuckEngine
from vitrail.query.engine import Engine
from vitrail.registry import Registry
from vitrail.store.project import Project
from vitrail_panels.serve import Server


class Folder(Project):
    """A project in which blobs lie that no artifact names; there is no table, and no worker to ask."""

    @property
    def engine(self) -> Engine:
        if self._engine is None:
            self._engine, self._engine_process = DuckEngine(self, workers=0), os.getpid()
            atexit.register(self._engine.close)
        return self._engine

    def put(self, content: bytes) -> str:
        digest = hashlib.sha256(content).hexdigest()
        path = self.blobs.file(digest)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return digest


def picture(width: int = 300, height: int = 200, format_: str = "PNG", color: str = "teal") -> bytes:
    into = io.BytesIO()
    Image.new("RGB", (width, height), color).save(into, format_)
    return into.getvalue()


def page(project: Any, registry: Any) -> Any:
    return pn.widgets.TextInput(value="a page")


@dataclass
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


class Client:
    """Asks a server, keeping its cookies and following nothing."""

    def __init__(self, server: Server) -> None:
        self.url = server.url.rstrip("/")
        self.jar = http.cookiejar.CookieJar()
        self._opener = urllib.request.build_opener(
            _Stay, urllib.request.HTTPCookieProcessor(self.jar), urllib.request.ProxyHandler({})
        )

    def get(self, path: str, **headers: str) -> Answer:
        return self._ask(urllib.request.Request(self.url + path, headers=_named(headers)))

    def post(self, path: str, form: dict[str, str], **headers: str) -> Answer:
        data = urllib.parse.urlencode(form).encode()
        return self._ask(urllib.request.Request(self.url + path, data, _named(headers)))

    def _ask(self, request: urllib.request.Request) -> Answer:
        try:
            with self._opener.open(request, timeout=30) as answer:
                return Answer(answer.status, answer.headers, answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, error.headers, error.read())


def _named(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


def raw(server: Server, path: str) -> Answer:
    """An answer to a path that no client would tidy up."""
    place = urlsplit(server.url)
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=30)
    try:
        connection.putrequest("GET", path)
        connection.endheaders()
        answer = connection.getresponse()
        return Answer(answer.status, answer.headers, answer.read())
    finally:
        connection.close()


@contextmanager
def serving(project: Folder, **settings: Any) -> Iterator[Server]:
    with closing(project), Server(project, Registry(), port=0, **({"page": page} | settings)) as server:
        yield server
