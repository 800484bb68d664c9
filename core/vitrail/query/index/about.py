"""What an index says of itself: of which table it is, how it is made, and what its columns hold.

It stands beside the index as a JSON document, and its stamp inside it, so that neither is taken for
another's.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vitrail.domain import CategoryDomain, NumberDomain
from vitrail.errors import StoreError
from vitrail.query.cache import SEMANTICS
from vitrail.query.index.codes import Codes
from vitrail.query.plan import Scan
from vitrail.query.question import domain_from_json, domain_to_json

# Raised whenever an index is made differently than before.
FORMAT = 6


class Unfit(StoreError):
    """An index that is not to be trusted: damaged, of another format, or of another table."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a column.

    Attributes:
        nulls: how many rows have no value; None where nobody counted.
        nans: how many hold NaN.
        domain: the least and the greatest finite value of numbers and moments.
        tally: of a column with codes, how many rows have each code; empty for others.
        categories: of texts and booleans of few kinds, the most frequent ones and how many there are.
        counts: how often each of these occurs.
        words: whether the column is stored as places in the index's list of words.
        shares: of a column stored so, how many rows have each word of the list; empty for others.
        single: whether its numbers are stored in four bytes each, which loses nothing of them.
        rising: whether it is known that each of its whole numbers or moments is greater than the one before.
    """

    nulls: int | None = None
    nans: int = 0
    domain: NumberDomain | None = None
    tally: tuple[int, ...] = ()
    categories: CategoryDomain | None = None
    counts: tuple[int, ...] = ()
    words: bool = False
    shares: tuple[int, ...] = ()
    single: bool = False
    rising: bool = False

    @property
    def codes(self) -> Codes | None:
        """How the column is coded; None where it is not."""
        return Codes(self.domain) if self.tally and self.domain else None

    def to_json(self) -> dict[str, Any]:
        """The facts as a JSON document."""
        return {
            "nulls": self.nulls,
            "nans": self.nans,
            "domain": domain_to_json(self.domain),
            "tally": list(self.tally),
            "categories": domain_to_json(self.categories),
            "counts": list(self.counts),
            "words": self.words,
            "shares": list(self.shares),
            "single": self.single,
            "rising": self.rising,
        }

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Facts:
        """The facts that `to_json` wrote."""
        domain = domain_from_json(document["domain"])
        categories = domain_from_json(document["categories"])
        return cls(
            document["nulls"],
            document["nans"],
            domain if isinstance(domain, NumberDomain) else None,
            tuple(document["tally"]),
            categories if isinstance(categories, CategoryDomain) else None,
            tuple(document["counts"]),
            document["words"],
            tuple(document["shares"]),
            document["single"],
            document["rising"],
        )


@dataclass(frozen=True, slots=True)
class About:
    """An index.

    Attributes:
        scan: the table whose rows it holds.
        facts: what is known of each of the table's columns, in their order.
        stamp: a name that no other index has.
        size_bytes: how large its file is.
        sample_rows: how many rows its sample has.
    """

    scan: Scan
    facts: tuple[Facts, ...]
    stamp: str
    size_bytes: int = 0
    sample_rows: int = 0

    def of(self, name: str) -> Facts:
        """What is known of a column."""
        return self.facts[[known for known, _ in self.scan.schema.columns or ()].index(name)]

    def to_json(self) -> dict[str, Any]:
        """The index as a JSON document."""
        return {
            "format": FORMAT,
            "semantics": SEMANTICS,
            "scan": self.scan.to_json(),
            "facts": [facts.to_json() for facts in self.facts],
            "stamp": self.stamp,
            "size_bytes": self.size_bytes,
            "sample_rows": self.sample_rows,
        }


def read_about(path: Path, scan: Scan) -> About:
    """What the document at `path` says, if it is of an index that can be used for this table.

    Raises:
        Unfit: it is of another format, semantics or table, or no such document.
    """
    try:
        document = json.loads(path.read_bytes())
        versions = document["format"], document["semantics"]
        if versions != (FORMAT, SEMANTICS):
            raise Unfit(f"an index of format {versions}, not {(FORMAT, SEMANTICS)}")
        if document["scan"] != json.loads(json.dumps(scan.to_json())):
            raise Unfit(f"the index {path.name} is of another table")
        facts = tuple(map(Facts.from_json, document["facts"]))
        if len(facts) != len(scan.schema.columns or ()):
            raise Unfit(f"the index {path.name} has other columns")
        return About(
            scan,
            facts,
            str(document["stamp"]),
            int(document["size_bytes"]),
            int(document["sample_rows"]),
        )
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise Unfit(f"the index {path.name} cannot be read: {error}") from error
