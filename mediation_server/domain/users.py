"""`User`, somebody who signs in with an account (法院人员, 调解员); knows no password and no cookie."""

from __future__ import annotations

from dataclasses import dataclass

from mediation_server.domain.people import Role

__all__ = ["User"]


@dataclass(frozen=True, slots=True)
class User:
    """An account of a court or mediation body; parties have none, they come by their link."""

    id: str
    login: str
    name: str
    name_en: str
    role: Role
    active: bool = True
