"""`User`, somebody who signs in with an account (法院人员, 调解员, 当事人); knows no password and no cookie."""

from __future__ import annotations

from dataclasses import dataclass

from mediation_server.domain.people import Role

__all__ = ["User", "login_of_phone"]


@dataclass(frozen=True, slots=True)
class User:
    """An account of a court, a mediation body or a party; a party's login name is made of the phone."""

    id: str
    login: str
    name: str
    name_en: str
    role: Role
    active: bool = True
    phone: str | None = None
    court: str | None = None  # the name of the court somebody works at, as in `Matter.court`
    organisation_id: str | None = None  # the mediation body somebody works for
    heads_division: bool = False  # 庭长: a judge who approves exceptions of the recording wall at their court


def login_of_phone(phone: str) -> str:
    """The login name of the party who is reached at this mobile number."""
    return f"phone:{phone}"
