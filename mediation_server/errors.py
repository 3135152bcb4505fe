"""The error tree: every refusal the product can explain, with its stable code; knows no transport.

MediationError                      a refusal that can be explained to the person who met it
├── BadInput            400         what was sent does not have the promised shape
│   └── TooLarge        413         it has, but is bigger than we accept
├── NotSignedIn         401         we do not know who is asking
├── Refused             403         we know, and the answer is no
├── NotFound            404         no such thing, or not for you (the same words)
├── Conflict            409         right thing, wrong moment: the state does not allow it
│   └── SeatTaken       409         the seat is in use on another device
├── Gone                410         it existed and has ended
├── TooMany             429         slow down
└── Unavailable         503         a part we need is down; try again

Anything that is not a MediationError is a bug: logged with a request id, shown as such, never
disguised.  Exactly two places translate these into answers: `web.middleware` and `signaling.acks`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Self

__all__ = [
    "BadInput",
    "Conflict",
    "Gone",
    "MediationError",
    "NotFound",
    "NotSignedIn",
    "Refused",
    "SeatTaken",
    "TooLarge",
    "TooMany",
    "Unavailable",
]


class MediationError(Exception):
    """A refusal with a stable `code` (a key `error.<code>` in the locale files) and an HTTP status.

    `field` is the path of the offending input, if there is one; `details` fill the placeholders of
    the translated text and never carry personal data.
    """

    status = 400
    default_code = "refused"

    def __init__(self, code: str | None = None, *, field: str | None = None, **details: object) -> None:
        self.code = code or self.default_code
        self.field = field
        self.details = details
        super().__init__(self.code)


class BadInput(MediationError):
    """What was sent does not have the promised shape; `also` is what is wrong with other fields of the same form."""

    status = 400
    default_code = "bad_input"
    also: tuple[BadInput, ...] = ()

    @property
    def all(self) -> tuple[BadInput, ...]:
        """This and the others, in the order of their checks."""
        return (self, *self.also)

    def beside(self, others: Iterable[BadInput]) -> Self:
        """Itself, with what is wrong besides."""
        self.also = tuple(others)
        return self


class TooLarge(BadInput):
    """What was sent is bigger than we accept."""

    status = 413
    default_code = "too_large"


class NotSignedIn(MediationError):
    """We do not know who is asking."""

    status = 401
    default_code = "not_signed_in"


class Refused(MediationError):
    """We know who is asking, and the answer is no."""

    status = 403
    default_code = "refused"


class NotFound(MediationError):
    """No such thing, or not for whoever asks; both in the same words."""

    status = 404
    default_code = "not_found"


class Conflict(MediationError):
    """The right request at the wrong moment: the present state does not allow it."""

    status = 409
    default_code = "conflict"


class SeatTaken(Conflict):
    """The seat is in use on another device; the person may take it over."""

    default_code = "seat_taken"


class Gone(MediationError):
    """It existed and has ended."""

    status = 410
    default_code = "gone"


class TooMany(MediationError):
    """Too many requests in too short a time."""

    status = 429
    default_code = "too_many"


class Unavailable(MediationError):
    """A part we need is down; trying again later may succeed."""

    status = 503
    default_code = "unavailable"
