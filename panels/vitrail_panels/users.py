"""The file of users: one line each, a name and the scrypt hash of a password."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from pathlib import Path

from vitrail.errors import Invalid, NotFound

# 16 MB and about 0.2 s for each guess.
# Source: OWASP, Password Storage Cheat Sheet, scrypt with N = 2^14, r = 8, p = 5.
_N, _R, _P = 2**14, 8, 5
_HASH_BYTES = 32
_NOBODY = f"scrypt${_N}${_R}${_P}${'A' * 22}==${'A' * 43}="
MIN_LENGTH = 8


class Users:
    """The users in a file; a change of the file is seen at the next question.

    Args:
        path: lines of `name:scrypt$N$r$p$salt$hash`.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._seen: tuple[int, int] | None = None
        self._entries: dict[str, str] = {}

    def names(self) -> tuple[str, ...]:
        """Who is in the file.

        Raises:
            NotFound: there is no such file.
            Invalid: a line cannot be read.
        """
        self._refresh()
        return tuple(self._entries)

    def entry(self, name: str) -> str | None:
        """The hash of this user's password, as it stands in the file."""
        self._refresh()
        return self._entries.get(name)

    def check(self, name: str, password: str) -> bool:
        """Whether the name has this password. An unknown name takes as long as a known one."""
        entry = self.entry(name)
        matches = hmac.compare_digest(*_hashes(entry or _NOBODY, password))
        return matches and entry is not None

    def put(self, name: str, password: str) -> None:
        """Give a name, new or known, this password; the file is replaced as a whole.

        Raises:
            Invalid: the name cannot stand in the file, or the password is too short.
        """
        if not name or len(name) > 100 or not name.isprintable() or ":" in name or name != name.strip():
            raise Invalid(f"a user's name is 1 to 100 printable letters without ':', got {name!r}")
        if len(password) < MIN_LENGTH:
            raise Invalid(f"a password has at least {MIN_LENGTH} letters, got {len(password)}")
        known = dict.fromkeys(self.names()) if self.path.exists() else {}
        entries = {n: self._entries[n] for n in known} | {name: _hashed(password)}
        fresh = self.path.with_name(f".{self.path.name}.{secrets.token_hex(4)}")
        self.path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "w", encoding="utf-8") as file:
            file.writelines(f"{n}:{entry}\n" for n, entry in entries.items())
        fresh.replace(self.path)

    def _refresh(self) -> None:
        try:
            found = self.path.stat()
        except FileNotFoundError:
            raise NotFound(
                f"no file of users at {self.path}; make one with `vitrail password USER`"
            ) from None
        seen = (found.st_mtime_ns, found.st_ino)
        if seen != self._seen:
            self._entries = dict(map(self._line, self._lines()))
            self._seen = seen

    def _lines(self) -> list[tuple[int, str]]:
        text = self.path.read_text(encoding="utf-8")
        return [(i, line) for i, line in enumerate(text.splitlines(), 1) if line.strip()]

    def _line(self, numbered: tuple[int, str]) -> tuple[str, str]:
        number, line = numbered
        name, _, entry = line.partition(":")
        if not name or entry.count("$") != 5 or not entry.startswith("scrypt$"):
            raise Invalid(f"line {number} of {self.path} is not `name:scrypt$N$r$p$salt$hash`")
        return name, entry


def _hashed(password: str) -> str:
    salt = secrets.token_bytes(16)
    made = hashlib.scrypt(password.encode(), salt=salt, n=_N, r=_R, p=_P, dklen=_HASH_BYTES)
    return "$".join(["scrypt", str(_N), str(_R), str(_P), _coded(salt), _coded(made)])


def _coded(part: bytes) -> str:
    return base64.b64encode(part).decode()


def _hashes(entry: str, password: str) -> tuple[bytes, bytes]:
    """The hash in an entry, and that of a password made in the same way."""
    _, n, r, p, salt, known = entry.split("$")
    wanted = base64.b64decode(known)
    made = hashlib.scrypt(
        password.encode(),
        salt=base64.b64decode(salt),
        n=int(n),
        r=int(r),
        p=int(p),
        dklen=len(wanted),
    )
    return wanted, made
