"""`Notice`, a text message or mail to somebody (短信, 邮件)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

__all__ = ["Channel", "Notice"]


class Channel(StrEnum):
    """How it goes."""

    SMS = "sms"
    MAIL = "mail"


@dataclass(frozen=True, slots=True)
class Notice:
    """One message; `recipient` is a phone number or a mail address. A mail may carry a calendar file."""

    id: str
    channel: Channel
    recipient: str
    subject: str
    body: str
    sent_at: datetime
    attachment_name: str = ""
    attachment: str = ""  # the text of the file; empty when there is none
