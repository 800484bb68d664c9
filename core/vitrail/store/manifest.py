"""The manifest: what an artifact's version is made of, as one document."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from vitrail.errors import Damaged, Invalid, NewerFormat
from vitrail.store import names
from vitrail.store.digest import canonical, digest_of

FORMAT = 1
_Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Entry(_Document):
    """One thing in an artifact."""

    kind: str = Field(description="what it is, such as `table`, or `file`")
    document: dict[str, Any] = Field(description="from which it is read again")
    digest: _Digest = Field(description="of its content")
    size: int = Field(ge=0, description="of all bytes that belong to it")


class Maker(_Document):
    """The run that logged a version, as it was then."""

    id: str = Field(description="the run's id")
    project: str = Field(description="the project's name")
    job_type: str = Field(description="what kind of step it is")
    name: str = Field(description="the run's name")
    config: dict[str, Any] = Field(description="its settings")
    created: str = Field(description="when it began, UTC")
    used: tuple[_Digest, ...] = Field(description="the manifests of the versions it had used")


class Manifest(_Document):
    """A version of an artifact. The catalog can be made again of all of them."""

    format: int = Field(default=FORMAT, description="of this document")
    name: str = Field(description="the artifact's name")
    type: str = Field(description="the artifact's type")
    version: int = Field(ge=0, description="the version's number")
    parent: _Digest | None = Field(description="the manifest of the version before")
    created: str = Field(description="when it was logged, UTC")
    aliases: tuple[str, ...] = Field(description="the aliases it was logged with")
    run: Maker | None = Field(description="the run that logged it")
    description: str | None = Field(description="what the artifact is, in words")
    metadata: dict[str, Any] = Field(description="whatever else its maker says of it")
    entries: dict[str, Entry] = Field(description="what it holds, by name")
    blobs: tuple[_Digest, ...] = Field(description="files of their own that its entries need")
    packs: tuple[_Digest, ...] = Field(description="packs that its entries need blobs of")
    refers: tuple[_Digest, ...] = Field(description="manifests of versions whose bytes it names")

    @property
    def digest(self) -> str:
        """The artifact's digest: of its content, wherever, whenever and as whatever it was logged."""
        return content_digest(self.description, self.metadata, self.entries)

    @property
    def size(self) -> int:
        """The size of all entries, in bytes."""
        return sum(entry.size for entry in self.entries.values())

    def to_bytes(self) -> bytes:
        """The document; `of_bytes` reads it back."""
        return canonical(self.model_dump())

    @classmethod
    def of_bytes(cls, content: bytes) -> Self:
        """The manifest that was written.

        Raises:
            NewerFormat: a newer Vitrail wrote it.
            Damaged: it is no manifest.
        """
        try:
            document = json.loads(content)
            number = document["format"]
            newer = number > FORMAT
        except (ValueError, KeyError, TypeError, RecursionError):
            raise Damaged("a manifest cannot be read: it is no document of ours") from None
        if newer:
            raise NewerFormat(
                f"an artifact of format {number}; this Vitrail reads up to {FORMAT}: install a newer one"
            )
        try:
            manifest = cls.model_validate(document)
            for name in manifest.entries:
                names.entry_name(name)
        except (ValidationError, Invalid) as error:
            raise Damaged(f"a manifest cannot be read: {error}") from None
        return manifest


def content_digest(description: str | None, metadata: dict[str, Any], entries: dict[str, Entry]) -> str:
    """The digest of what an artifact holds and says of itself."""
    parts = {
        name: {"kind": entry.kind, "digest": entry.digest, "document": entry.document}
        for name, entry in entries.items()
    }
    document = {
        "format": FORMAT,
        "description": description,
        "metadata": metadata,
        "entries": parts,
    }
    return digest_of(canonical(document))


def tables_in(document: Any) -> Iterator[tuple[str, tuple[str, ...]]]:
    """(digest, its Parquet files' digests) of every table that an entry's document describes."""
    if isinstance(document, dict):
        digest, parts = document.get("digest"), document.get("parts")
        if isinstance(digest, str) and isinstance(parts, list) and "schema" in document:
            yield digest, tuple(parts)
            return
        document = list(document.values())
    if isinstance(document, list):
        for part in document:
            yield from tables_in(part)
