"""The row class of the search index: one row for each word under which a matter is found."""

from __future__ import annotations

from sqlalchemy import Index, Table

from mediation_server.store.columns import key, metadata, must, refers

__all__ = ["matter_words"]

matter_words = Table(
    "matter_words",
    metadata,
    must("matter_id"),
    must("word"),
    key("matter_words", "matter_id", "word"),
    refers("matter_words_matter", "matter_id", "matters"),
    Index("ix_matter_words_word", "word", "matter_id"),
)
