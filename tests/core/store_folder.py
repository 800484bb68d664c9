"""What lies in a store, for tests of stores."""

from pathlib import Path

from vitrail.store.artifact import Artifact
from vitrail.store.project import Project
from vitrail.store.run import Run


def logged(project: Project, name: str = "thing", **files: bytes) -> Artifact:
    """An artifact with some files, logged by a run of its own."""
    artifact = Artifact(name, "data")
    for entry, content in files.items():
        with artifact.new_file(entry, "wb") as file:
            file.write(content)
    with Run(project, "p", "job", None, None) as run:
        return run.log_artifact(artifact)


def files_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def size_bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in files_in(folder))


def flip(path: Path, place: int) -> None:
    """Damage one byte of a file."""
    content = bytearray(path.read_bytes())
    content[place] ^= 0x55
    path.write_bytes(content)
