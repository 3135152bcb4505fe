"""Which word stands for a role, a side or a state in a given matter; knows keys of the catalogues, no texts."""

from __future__ import annotations

from mediation_server.domain.matter import Track
from mediation_server.domain.people import Role, Side

__all__ = ["glyph_key", "role_key", "seat_key", "side_key"]

# After filing the parties are 原告 and 被告, before it 申请人 and 被申请人 (民诉法; 在线调解规则).
_AFTER_FILING = (Track.POSTFILING_ENTRUSTED, Track.COURT_LED)
_NAMED_AFTER_FILING = {Role.APPLICANT: "plaintiff", Role.RESPONDENT: "defendant"}


def _word(role: Role, track: Track) -> str:
    return _NAMED_AFTER_FILING.get(role, role.value) if track in _AFTER_FILING else role.value


def role_key(role: Role | str, track: Track | str) -> str:
    """The key of what somebody is called: `role.plaintiff`."""
    return f"role.{_word(Role(role), Track(track))}"


def seat_key(role: Role | str, track: Track | str, *, presides: bool) -> str:
    """The key of what somebody in a sitting is called: who mediates beside the presider has a word of their own."""
    return "role.co_mediator" if Role(role) is Role.MEDIATOR and not presides else role_key(role, track)


def side_key(side: Side | str, track: Track | str) -> str:
    """The key of what a side is called: `role.plaintiff`, `role.third_party`."""
    roles = {Side.APPLICANT: Role.APPLICANT, Side.RESPONDENT: Role.RESPONDENT, Side.THIRD: Role.THIRD_PARTY}
    return role_key(roles.get(Side(side), Role.MEDIATOR), track)


def glyph_key(role: Role | str, track: Track | str) -> str:
    """The key of the character on somebody's plate: `glyph.plaintiff`."""
    word = _word(Role(role), Track(track))
    return f"glyph.{'respondent' if word == 'defendant' else word}"
