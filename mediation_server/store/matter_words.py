"""The search index of matters: which words a matter is found under; kept in the transaction that changes the matter."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import delete, func, insert, select

from mediation_server.domain.search import words_of
from mediation_server.store.database import Tx
from mediation_server.store.search_tables import matter_words

__all__ = ["commonness", "keep"]


async def keep(tx: Tx, matter_id: str, texts: Iterable[str]) -> None:
    """Let a matter be found under the words of these texts and no others; writes only what is different."""
    wanted = words_of(texts)
    known = select(matter_words.c.word).where(matter_words.c.matter_id == matter_id)
    found = frozenset((await tx.execute(known)).scalars())
    gone, new = sorted(found - wanted), sorted(wanted - found)
    if gone:
        mine = (matter_words.c.matter_id == matter_id, matter_words.c.word.in_(gone))
        await tx.execute(delete(matter_words).where(*mine))
    if new:
        await tx.execute(insert(matter_words), [{"matter_id": matter_id, "word": word} for word in new])


async def commonness(tx: Tx, words: Sequence[str], most: int) -> dict[str, int]:
    """In how many matters each word stands, counted up to `most`."""
    counts = []
    for word in words:
        rows = select(matter_words.c.word).where(matter_words.c.word == word).limit(most).subquery()
        counts.append(select(func.count()).select_from(rows).scalar_subquery())
    row = (await tx.execute(select(*counts))).one()
    return dict(zip(words, row, strict=True))
