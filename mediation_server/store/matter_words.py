"""The search index of matters: which words a matter is found under; kept in the transaction that changes the matter."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import func, insert, select, text

from mediation_server.domain.search import words_of
from mediation_server.store.database import Tx
from mediation_server.store.search_tables import matter_words

__all__ = ["commonness", "keep_all"]

_DROP = text("DELETE FROM matter_words WHERE matter_id = :matter_id AND word = :word")


async def keep_all(tx: Tx, texts: Mapping[str, Iterable[str]]) -> None:
    """Let matters be found under the words of these texts, by id, and no others; writes only what is different."""
    wanted = {(key, word) for key, each in texts.items() for word in words_of(each)}
    known = select(matter_words.c.matter_id, matter_words.c.word).where(matter_words.c.matter_id.in_(sorted(texts)))
    found = {(row.matter_id, row.word) for row in await tx.execute(known)}
    for statement, changed in ((_DROP, found - wanted), (insert(matter_words), wanted - found)):
        if changed:
            await tx.execute(statement, [{"matter_id": key, "word": word} for key, word in sorted(changed)])


async def commonness(tx: Tx, words: Sequence[str], most: int) -> dict[str, int]:
    """In how many matters each word stands, counted up to `most`."""
    counts = []
    for word in words:
        rows = select(matter_words.c.word).where(matter_words.c.word == word).limit(most).subquery()
        counts.append(select(func.count()).select_from(rows).scalar_subquery())
    row = (await tx.execute(select(*counts))).one()
    return dict(zip(words, row, strict=True))
