"""`Wish` (希望的调解组织或调解员): whom an applicant would like; said to the court alone, decides nothing; pure."""

from __future__ import annotations

from dataclasses import dataclass

from mediation_server.domain.ids import is_id
from mediation_server.errors import BadInput

__all__ = ["Wish", "wish_of"]


@dataclass(frozen=True, slots=True)
class Wish:
    """A body or a mediator, by id; the choice itself is made by all parties together (在线调解规则 art. 10)."""

    organisation_id: str | None = None
    mediator_id: str | None = None

    def text(self) -> str:
        """As a form sends it: `o:<id>` or `m:<id>`."""
        return f"o:{self.organisation_id}" if self.organisation_id else f"m:{self.mediator_id}"


def wish_of(text: str) -> Wish:
    """A wish as a form sends it. Raises `BadInput("wish_unknown")`."""
    kind, _, key = text.strip().partition(":")
    if kind not in ("o", "m") or not is_id(key):
        raise BadInput("wish_unknown", field="wish")
    return Wish(organisation_id=key) if kind == "o" else Wish(mediator_id=key)
