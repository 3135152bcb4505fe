"""What each event of a matter's log says: its keys and their kinds, as data; knows no rule of when it may happen."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from types import MappingProxyType

from mediation_server.domain.matter import Ground, MatterOutcome, MatterState, Track
from mediation_server.domain.matter_log import MatterEventKind
from mediation_server.domain.people import Side
from mediation_server.domain.retention import HoldCause, RetentionClass
from mediation_server.errors import BadInput

__all__ = ["PAYLOADS", "PROCEDURES", "Shape", "checked"]

PROCEDURES = ("普通", "简易", "小额")
_LONGEST, _MOST = 20_000, 200
_MOST_DAYS = 3_660

Check = Callable[[object], bool]
Shape = Mapping[str, Check]  # a key that ends in `?` may be missing


def checked(kind: MatterEventKind, payload: Mapping[str, object]) -> dict[str, object]:
    """The payload of an event without keys that are None.

    Raises `BadInput` with the key as `field`: `required` for one that is missing or empty, `payload_unknown` for one
    that has no place here, `payload_shape` for a value of another kind.
    """
    shape = PAYLOADS[kind]
    given = {key: value for key, value in payload.items() if value is not None}
    for key in given:
        if key not in shape and f"{key}?" not in shape:
            raise BadInput("payload_unknown", field=key)
    for key, fits in shape.items():
        name = key.removesuffix("?")
        if given.get(name, "") in ("", (), [], {}):
            if name == key:
                raise BadInput("required", field=name)
            continue
        if not fits(given[name]):
            raise BadInput("payload_shape", field=name)
    return given


def _text(value: object) -> bool:
    return isinstance(value, str) and len(value) <= _LONGEST


def _flag(value: object) -> bool:
    return isinstance(value, bool)


def _number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _days(value: object) -> bool:
    return _number(value) and 1 <= value <= _MOST_DAYS  # type: ignore[operator]


def _texts(value: object) -> bool:
    return isinstance(value, list | tuple) and len(value) <= _MOST and all(_text(each) for each in value)


def _one_of(values: Iterable[str]) -> Check:
    known = frozenset(values)
    return lambda value: isinstance(value, str) and value in known


def _map_to(fits: Check) -> Check:
    def check(value: object) -> bool:
        return (
            isinstance(value, Mapping)
            and len(value) <= _MOST
            and all(_text(key) and fits(each) for key, each in value.items())
        )

    return check


def _parsed_by(read: Callable[[str], object]) -> Check:
    def check(value: object) -> bool:
        try:
            return isinstance(value, str) and bool(read(value))
        except ValueError:
            return False

    return check


def _instant_of(value: str) -> bool:
    return datetime.fromisoformat(value).tzinfo is not None


def _instalments(value: object) -> bool:
    return isinstance(value, list | tuple) and len(value) <= _MOST and all(_instalment(each) for each in value)


def _instalment(value: object) -> bool:
    return isinstance(value, Mapping) and set(value) == {"due", "fen"} and _day(value["due"]) and _number(value["fen"])


_day, _instant = _parsed_by(date.fromisoformat), _parsed_by(_instant_of)
_parties = _map_to(_one_of(Side))
_procedure, _track = _one_of(PROCEDURES), _one_of(Track)
_outcome, _ground = _one_of(MatterOutcome), _one_of(Ground)
_PARTY: Shape = {"party": _text, "reason?": _text}
_REASON: Shape = {"reason": _text}
_NOTHING: Shape = {}

_K = MatterEventKind
PAYLOADS: Mapping[MatterEventKind, Shape] = MappingProxyType(
    {
        _K.ADOPTED: {
            "state": _one_of(MatterState),
            "track": _track,
            "parties?": _parties,
            "procedure?": _text,
            "regime?": _number,
            "confirmable?": _flag,
            "case_no?": _text,
            "mediator?": _text,
            "outcome?": _outcome,
            "period_end?": _day,
        },
        _K.CREATED: {"parties?": _parties, "helped_by?": _text},
        _K.SUBMITTED: {"receipt": _text, "parties?": _parties},
        _K.SUPPLEMENT_REQUESTED: {"defects": _texts, "due": _day},
        _K.RESUBMITTED: {"parties?": _parties},
        _K.REJECTED: {"reason": _text, "alternative": _text},
        _K.DIVERTED: {
            "track": _track,
            "procedure?": _procedure,
            "regime": _number,
            "confirmable": _flag,
            "by": _one_of(("filing", "court", "organisation")),
            "checklist?": _map_to(_flag),
            "case_no?": _text,
        },
        _K.CONSENTED: {
            "party": _text,
            "item": _text,
            "text_version": _text,
            "answer": _flag,
            "given_by": _text,
            "channel": _text,
        },
        _K.ALL_CONSENTED: {"consent_pending": _flag, "mediator?": _text, "procedure?": _procedure, "days?": _days},
        _K.REFUSED: _PARTY,
        _K.UNREACHABLE: {"party": _text, "reason": _text},
        _K.ASSIGNED: {
            "mediator": _text,
            "others?": _texts,
            "by": _one_of(("joint", "court", "organisation")),
            "charges?": _text,
            "choices?": _map_to(_text),
        },
        _K.DECLINED: {"mediator": _text, "reason": _text, "justified": _flag},
        _K.ACCEPT_EXPIRED: {"mediator": _text},
        _K.ACCEPTED: {"mediator": _text, "procedure?": _procedure, "days": _days},
        _K.DISCLOSED: {"mediator": _text, "relations?": _texts, "statement?": _text},
        _K.DISCLOSURE_ACCEPTED: {"party": _text, "mediator": _text},
        _K.REPLACEMENT_REQUESTED: {"party": _text, "reason": _text},
        _K.REPLACEMENT_DECIDED: {"upheld": _flag, "reason": _text},
        _K.CONTACTED: {"party": _text, "channel": _text},
        _K.EXTENSION_ASKED: {"days": _days},
        _K.EXTENDED: {"days": _days, "consents": _texts},
        _K.PAUSED: {
            "cause": _one_of(("appraisal", "false_mediation", "force_majeure")),
            "reason": _text,
            "consents?": _texts,
        },
        _K.RESUMED: _NOTHING,
        _K.PROCEDURE_CHANGED: {"procedure": _procedure, "days": _days},
        _K.PROPOSAL_SERVED: {"proposal": _text, "sha256": _text, "explained": _flag},
        _K.OBJECTED: _NOTHING,
        _K.CIRCULATED: {"agreement": _text, "version": _number, "sha256": _text, "partial?": _flag},
        _K.EDITED: {"agreement": _text, "version": _number},
        _K.SIGNED: {"agreement": _text, "party": _text, "sha256": _text, "method": _text},
        _K.SIGNING_REFUSED: _PARTY,
        _K.WITHDRAWAL_REQUESTED: {"party": _text, "outcome": _outcome, "reason?": _text, "confirmed_by?": _texts},
        _K.CONCLUDED: {
            "outcome": _outcome,
            "ground": _ground,
            "reason?": _text,
            "effective_at?": _instant,
            "instalments?": _instalments,
            "party?": _text,
            "confirmed_by?": _texts,
            "proof?": _text,
            "conclusion?": _text,
        },
        _K.CONFIRMATION_APPLIED: {"applicants": _texts, "court": _text},
        _K.CONFIRMATION_ACCEPTED: {"case_no": _text},
        _K.CONFIRMATION_WITHDRAWN: _REASON,
        _K.CONFIRMED: {"document?": _text},
        _K.CONFIRM_REFUSED: _REASON,
        _K.REMEDIATED: {"days": _days, "consents": _texts},
        _K.JUDGMENT_REQUESTED: {"request": _text, "court_consent?": _flag},
        _K.JUDGMENT_ISSUED: {"document?": _text},
        _K.JUDGMENT_REFUSED: _REASON,
        _K.JUDGMENT_EFFECTIVE: {"effective_on": _day},
        _K.RENEGED: _PARTY,
        _K.HANDING_OVER: {"to": _one_of(("filing", "trial"))},
        _K.HANDED_OVER: {"case_no?": _text},
        _K.RECALLED: _REASON,
        _K.PERFORMING: {"instalments": _instalments},
        _K.PERFORMED: _NOTHING,
        _K.BREACHED: {"instalment?": _number},
        _K.FEE_NOTICED: {"fen": _number},
        _K.PRESERVED: {"measure_on": _day},
        _K.CLOSED: _NOTHING,
        _K.ARCHIVED: {"catalogue_sha256": _text},
        _K.REOPEN_REQUESTED: _REASON,
        _K.REOPENED: {"reason": _text, "requested_by": _text},
        _K.RETENTION_SET: {"retention": _one_of(RetentionClass), "reason": _text},
        _K.HELD: {"hold": _text, "cause": _one_of(HoldCause), "reason": _text},
        _K.RELEASE_ASKED: {"hold": _text, "reason": _text},
        _K.RELEASED: {"hold": _text, "reason": _text, "asked_by": _text},
        _K.DISPOSAL_PROPOSED: _REASON,
        _K.DISPOSAL_DECLINED: _REASON,
        _K.DISPOSED: {
            "certificate": _text,
            "sha256": _text,
            "proposed_by": _text,
            "recordings": _number,
            "reason": _text,
        },
        _K.MATERIAL_RELAYED: {"material": _text, "to": _texts, "files": _texts},
        _K.CLOCK_EXPIRED: {"clock": _text, "due": _text},
        _K.REMINDED: {"clock": _text, "due": _day, "on": _day},
        _K.GRACED: {"clock": _text, "due": _day, "session": _text},
    }
)
