"""Questions and their answers as tables: from those kept, from indexes, or from the files alone."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from vitrail.errors import Cancelled, Damaged, Invalid, StoreError
from vitrail.query.cache import Cache, key_of
from vitrail.query.engine import Library
from vitrail.query.engine import Ticket as AnyTicket
from vitrail.query.index.about import Unfit
from vitrail.query.index.keeper import Keeper
from vitrail.query.origins import scans
from vitrail.query.pool import Pool, Ticket
from vitrail.query.preparing import prepared
from vitrail.query.question import Question

if TYPE_CHECKING:
    import pyarrow as pa


class Files:
    """The files of a library's tables, each looked up once."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._known: dict[str, tuple[str, ...]] = {}
        self._lock = threading.Lock()

    def of(self, digest: str) -> tuple[str, ...]:
        """The paths of a table's files."""
        with self._lock:
            known = self._known.get(digest)
        if known is None:
            known = tuple(str(path.absolute()) for path in self._library.files(digest))
            with self._lock:
                self._known[digest] = known
        return known


class Answering:
    """Has questions answered, each once.

    Args:
        files: where the tables are.
        pool: the processes that answer.
        cache: what was answered before.
        keeper: the indexes that are at hand.
    """

    def __init__(self, files: Files, pool: Pool, cache: Cache, keeper: Keeper) -> None:
        self.files, self._pool, self._cache, self._keeper = files, pool, cache, keeper
        self._closed = False

    def ask(self, question: Question, ticket: AnyTicket | None) -> pa.Table:
        """The answer to a question, which is kept."""
        held = _own(ticket)
        if held is not None and held.cancelled:
            raise Cancelled("the question was withdrawn")
        question = self.prepared(question, ticket)
        body = self._cache.get(
            key_of(question.to_json()),
            lambda: self._answer(question, held),
            lambda: held is not None and held.cancelled,
        )
        return _table(body)

    def ask_anew(self, question: Question, ticket: AnyTicket | None) -> pa.Table:
        """The answer to a question as it is now, whatever it was before."""
        return _table(self._answer(self.prepared(question, ticket), _own(ticket)))

    def has(self, question: Question) -> bool:
        """Whether the answer is kept, so that nobody has to wait for it."""
        return self._cache.holds(key_of(self.prepared(question, None).to_json()))

    def prepared(self, question: Question, ticket: AnyTicket | None) -> Question:
        """The question as it goes to the processes."""
        return prepared(question, lambda first: self.ask(first, ticket))

    def close(self) -> None:
        """Keep the indexes of what fails from now on."""
        self._closed = True

    def _answer(self, question: Question, held: Ticket | None) -> bytes:
        """The answer, from the indexes that are at hand, or from the files alone."""
        tables = scans(question.plan)
        files = {scan.table: self.files.of(scan.table) for scan in tables}
        kept = {scan.table: one for scan in tables if (one := self._keeper.at_hand(scan)) is not None}
        blamed: StoreError | None = None
        if kept:
            try:
                indexes = {digest: str(one.path) for digest, one in kept.items()}
                return self._pool.ask(question, files, held, indexes)
            except StoreError as error:
                if self._closed:
                    raise
                blamed = error
        answer = self._pool.ask(question, files, held)
        if blamed is not None:  # without them it went well
            self._keeper.discard(kept, remove=isinstance(blamed, Unfit | Damaged))
        for scan in tables:
            self._keeper.want(scan)
        return answer


def _table(body: bytes) -> pa.Table:
    import pyarrow as pa

    with pa.ipc.open_stream(body) as reader:
        return reader.read_all()


def _own(ticket: AnyTicket | None) -> Ticket | None:
    if ticket is None or isinstance(ticket, Ticket):
        return ticket
    raise Invalid("the ticket is not one of this engine's")
