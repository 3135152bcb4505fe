"""Reading session descriptions of browsers (RFC 8866, RFC 8829), in linear time; knows no transport.

Only what is needed is read; nothing a browser wrote is ever copied into what another gets, except tokens
that were checked here.  Attributes at session level count for each m-section (Firefox puts the
fingerprint and the setup role there).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from mediation_server.errors import BadInput, TooLarge
from mediation_server.media.embedded.limits import Limits

__all__ = ["Description", "Format", "Section", "parse"]

_MEDIA = re.compile(r"m=(audio|video|application) (\d{1,5}) ([A-Z/]{1,32})((?: [\w-]{1,32}){1,128})")
_TOKEN = re.compile(r"[\w!#$%&'*+.^`{|}~-]{1,32}", re.ASCII)
_CREDENTIAL = re.compile(r"[\w+/=-]{4,256}", re.ASCII)
_FINGERPRINT = re.compile(r"(sha-256|sha-384|sha-512) ((?:[0-9A-Fa-f]{2}:){31,63}[0-9A-Fa-f]{2})")
_RTPMAP = re.compile(r"(\d{1,3}) ([\w.-]{1,32})/(\d{1,7})(?:/\d{1,2})?", re.ASCII)
_NUMBERED = re.compile(r"(\d{1,10}) (.{1,512})")
_EXTMAP = re.compile(r"(\d{1,3})(?:/\w{1,8})? (\S{1,256})")
_RID = re.compile(r"[A-Za-z0-9_-]{1,16}")
_DIRECTIONS = frozenset({"sendrecv", "sendonly", "recvonly", "inactive"})
_SETUPS = frozenset({"actpass", "active", "passive"})
_LINE = 2_048


@dataclass(slots=True)
class Format:
    """One payload type of an m-section."""

    payload_type: int
    name: str = ""  # lower case
    clock_rate: int = 0
    parameters: dict[str, str] = field(default_factory=dict)
    feedback: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Section:
    """One m-section."""

    kind: str
    port: int
    formats: dict[int, Format] = field(default_factory=dict)
    mid: str = ""
    direction: str = "sendrecv"
    extensions: dict[str, int] = field(default_factory=dict)  # URI -> id
    ssrcs: list[int] = field(default_factory=list)
    pairs: list[tuple[int, int]] = field(default_factory=list)  # (SSRC, its RTX SSRC) of ssrc-group:FID
    rids: tuple[str, ...] = ()  # simulcast encodings it would send (RFC 8853), in its order; empty: one, unnamed
    attributes: dict[str, list[str]] = field(default_factory=dict)

    @property
    def rejected(self) -> bool:
        """Port 0, unless it only says that this section has no transport beside the bundle's (RFC 9143 §6; Firefox)."""
        return self.port == 0 and "bundle-only" not in self.attributes

    @property
    def sends(self) -> bool:
        """Whether whoever wrote this wants to send on it."""
        return not self.rejected and self.direction in {"sendrecv", "sendonly"}

    @property
    def receives(self) -> bool:
        """Whether whoever wrote this wants to receive on it."""
        return not self.rejected and self.direction in {"sendrecv", "recvonly"}


@dataclass(slots=True)
class Description:
    """A whole description; the transport attributes are those of the first m-section that has them (BUNDLE)."""

    sections: list[Section]
    ufrag: str
    fingerprints: tuple[tuple[str, str], ...]  # (algorithm, VALUE)
    setup: str


def parse(text: str, limits: Limits, *, sections: int | None = None) -> Description:
    """Read a description of at most `sections` m-sections.

    Raises `TooLarge("sdp_too_large")` or `BadInput("bad_sdp")`, and nothing else whatever the text is.
    """
    if len(text) > limits.sdp_bytes or len(text.encode("utf-8", "replace")) > limits.sdp_bytes:
        raise TooLarge("sdp_too_large")
    session, found = _split(text, limits.sdp_sections if sections is None else sections)
    for section in found:
        _read(section)
    if not text.startswith("v=0") or not found or len({section.mid for section in found}) != len(found):
        raise BadInput("bad_sdp")
    return _described(found, session)


def _split(text: str, most: int) -> tuple[dict[str, list[str]], list[Section]]:
    session: dict[str, list[str]] = {}
    found: list[Section] = []
    for line in text.replace("\r\n", "\n").split("\n"):
        if len(line) > _LINE:
            raise BadInput("bad_sdp")
        if line.startswith("m="):
            if len(found) >= most:
                raise TooLarge("sdp_too_large")
            found.append(_section(line))
        elif line.startswith("a="):
            name, _, value = line[2:].partition(":")
            (found[-1].attributes if found else session).setdefault(name, []).append(value)
    return session, found


def _section(line: str) -> Section:
    found = _MEDIA.fullmatch(line)
    if not found:
        raise BadInput("bad_sdp")
    kind, port, _, formats = found.groups()
    if kind == "application":
        return Section(kind, int(port))
    types = [int(each) for each in formats.split() if each.isdecimal() and int(each) < 128]  # noqa: PLR2004
    return Section(kind, int(port), {each: Format(each) for each in types})


def _described(sections: list[Section], session: dict[str, list[str]]) -> Description:
    carriers = [section.attributes for section in sections if section.port] or [sections[0].attributes]

    def values(name: str) -> list[str]:
        return next((each[name] for each in carriers if name in each), session.get(name, []))

    ufrags = values("ice-ufrag")
    found = [_FINGERPRINT.fullmatch(each.strip()) for each in values("fingerprint")]
    fingerprints = tuple((each[1], each[2].upper()) for each in found if each)
    setups = values("setup")
    if not ufrags or not _CREDENTIAL.fullmatch(ufrags[0]) or not fingerprints:
        raise BadInput("bad_sdp")
    if not setups or setups[0] not in _SETUPS:
        raise BadInput("bad_sdp")
    return Description(sections, ufrags[0], fingerprints, setups[0])


def _read(section: Section) -> None:
    attributes = section.attributes
    section.mid = (attributes.get("mid") or [""])[0]
    if not _TOKEN.fullmatch(section.mid):
        raise BadInput("bad_sdp")
    for direction in _DIRECTIONS & attributes.keys():
        section.direction = direction
    for value in attributes.get("extmap", ()):
        if (found := _EXTMAP.fullmatch(value)) and 0 < int(found[1]) < 15:  # noqa: PLR2004 - RFC 8285 §4.2
            section.extensions[found[2]] = int(found[1])
    _read_formats(section)
    _read_ssrcs(section)
    section.rids = _rids(attributes)


def _read_formats(section: Section) -> None:
    for value in section.attributes.get("rtpmap", ()):
        if (found := _RTPMAP.fullmatch(value)) and (form := section.formats.get(int(found[1]))):
            form.name, form.clock_rate = found[2].lower(), int(found[3])
    for value in section.attributes.get("fmtp", ()):
        if (found := _NUMBERED.fullmatch(value)) and (form := section.formats.get(int(found[1]))):
            form.parameters = _parameters(found[2])
    for value in section.attributes.get("rtcp-fb", ()):
        kind, _, feedback = value.partition(" ")
        for form in section.formats.values() if kind == "*" else _one(section, kind):
            form.feedback.add(feedback)


def _read_ssrcs(section: Section) -> None:
    for value in section.attributes.get("ssrc-group", ()):
        words = value.split()
        if len(words) == 3 and words[0] == "FID" and words[1].isdecimal() and words[2].isdecimal():  # noqa: PLR2004
            section.pairs.append((int(words[1]) & 0xFFFFFFFF, int(words[2]) & 0xFFFFFFFF))
    for value in section.attributes.get("ssrc", ()):
        if found := _NUMBERED.fullmatch(value):
            ssrc = int(found[1]) & 0xFFFFFFFF
            if ssrc not in section.ssrcs[-1:]:
                section.ssrcs.append(ssrc)


def _rids(attributes: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Of each encoding the first alternative (RFC 8853 §5.1), if `a=rid` says that it is sent; `~`: paused for now."""
    words = " ".join(attributes.get("simulcast", ())[:1]).split()
    listed = next((words[at + 1] for at, word in enumerate(words[:-1]) if word == "send"), "")
    sent = {each.partition(" send")[0] for each in attributes.get("rid", ()) if " send" in each}
    names = (each.split(",")[0].lstrip("~") for each in listed.split(";"))
    return tuple(dict.fromkeys(name for name in names if name in sent and _RID.fullmatch(name)))


def _one(section: Section, payload_type: str) -> list[Format]:
    form = section.formats.get(int(payload_type)) if payload_type.isdecimal() and len(payload_type) < 4 else None  # noqa: PLR2004
    return [form] if form else []


def _parameters(text: str) -> dict[str, str]:
    pairs = (part.strip().partition("=") for part in text.split(";"))
    return {name.lower(): value for name, _, value in pairs}
