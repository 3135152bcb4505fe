"""The pages of an item in one row, over all its files: what is turned, counted and pointed at; pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from mediation_server.domain.material import FileState, MaterialFile
from mediation_server.domain.material_types import Shape, shape_of

__all__ = ["PageRef", "page_count", "pages_of"]


@dataclass(frozen=True, slots=True)
class PageRef:
    """One page: its number in the item and in its file, both from 1, and how it is shown."""

    number: int
    file: MaterialFile
    page: int
    shape: Shape

    @property
    def is_shown(self) -> bool:
        """Whether there is a copy to show; until then, or when there will be none, a place is held."""
        return self.file.state is FileState.READY


def pages_of(files: Iterable[MaterialFile]) -> tuple[PageRef, ...]:
    """Every page of these files in their order; a file without a copy counts as one page."""
    pages = [(file, page) for file in files for page in range(1, max(1, file.pages) + 1)]
    return tuple(
        PageRef(number, file, page, shape_of(file.media_type)) for number, (file, page) in enumerate(pages, start=1)
    )


def page_count(files: Iterable[MaterialFile]) -> int:
    """How many pages there are."""
    return sum(max(1, file.pages) for file in files)
