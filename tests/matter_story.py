"""A matter told command by command: who may say what, its file after each, and the log it leaves; no database."""

from __future__ import annotations

from datetime import datetime, timedelta

from mediation_server.domain.calendar import SHANGHAI
from mediation_server.domain.lifecycle import Actor, Capacity, Command, CommandKind, Facts, decide
from mediation_server.domain.matter import Track
from mediation_server.domain.matter_file import MatterFile
from mediation_server.domain.matter_folds import folded
from mediation_server.domain.matter_log import append

C = CommandKind
ZHOU = Actor("zhou", Capacity.APPLICANT, "zhou")
LIN = Actor("lin", Capacity.RESPONDENT, "lin")
QIAN = Actor("qian", Capacity.THIRD, "qian")
MEDIATOR = Actor("m1", Capacity.MEDIATOR)
OTHER_MEDIATOR = Actor("m2", Capacity.MEDIATOR)
BODY = Actor("body", Capacity.ORGANISATION)
FILING = Actor("gao", Capacity.FILING)
JUDGE = Actor("shen", Capacity.JUDGE)
CLERK = Actor("tian", Capacity.CLERK)
SYSTEM = Actor("system", Capacity.SYSTEM)
COURT = Actor("court", Capacity.COURT)
ADMIN = Actor("admin", Capacity.ADMIN)
EVERYBODY = (ZHOU, LIN, QIAN, MEDIATOR, OTHER_MEDIATOR, BODY, FILING, JUDGE, CLERK, SYSTEM, COURT, ADMIN)

PARTIES = {"zhou": "applicant", "lin": "respondent"}
CASE_NO = "(2026)皖9901民初2101号"
START = datetime(2026, 11, 2, 9, 0, tzinfo=SHANGHAI)  # a Monday


class Story:
    """Commands given in order; each takes a minute."""

    def __init__(self, track=Track.PREFILING_DELEGATED, *, confirmable=True, procedure="简易", parties=None):
        self.track, self.confirmable, self.procedure = track, confirmable, procedure
        self.parties = parties or PARTIES
        self.now, self.file, self.log = START, MatterFile("m"), []

    def do(self, kind, who, payload=None, **facts):
        drafts = decide(self.file, Command(kind, payload or {}), who, self.now, Facts(**facts))
        for draft in drafts:
            last = self.log[-1] if self.log else None
            event = append(
                last,
                matter_id="m",
                at=self.now,
                actor=draft.actor,
                role=draft.role,
                kind=draft.kind,
                payload=draft.payload,
            )
            self.log.append(event)
            self.file = folded(self.file, [event])
        self.now += timedelta(minutes=1)
        return [each.kind for each in drafts]

    def later(self, **delta):
        self.now += timedelta(**delta)
        return self

    def says(self, who, item="c1", *, yes=True, party=None, **facts):
        party = party or who.party
        answer = {"party": party, "item": item, "text_version": "1", "answer": yes, "given_by": who.id}
        return self.do(C.CONSENT, who, {**answer, "channel": "web"}, **facts)

    def submitted(self):
        self.do(C.CREATE, ZHOU, {"parties": self.parties})
        self.do(C.SUBMIT, ZHOU, {"receipt": "r1"})
        return self

    def diverted(self, **facts):
        self.submitted()
        if self.track is Track.ORG_ACCEPTED:
            self.do(C.ORG_TAKE, BODY, {"confirmable": self.confirmable}, **facts)
            return self
        filed = {"case_no": CASE_NO, "procedure": self.procedure} if self.track in FILED else {}
        self.do(C.DIVERT, FILING, {"track": self.track.value, "confirmable": self.confirmable, **filed}, **facts)
        return self

    def appointing(self):
        self.diverted()
        for party, who in (("zhou", ZHOU), ("lin", LIN), ("qian", QIAN)):
            if party in self.parties:
                self.says(who, presider=JUDGE.id)
        return self

    def assigned(self):
        self.appointing()
        self.do(C.APPOINT, BODY if self.track is Track.ORG_ACCEPTED else FILING, {"mediator": "m1"})
        return self

    def mediating(self):
        if self.track is Track.COURT_LED:
            return self.appointing()
        self.assigned()
        self.do(C.ACCEPT, MEDIATOR, {"relations": []})
        return self

    @property
    def presider(self):
        """Who presides: a judge who leads the mediation acts as its mediator."""
        return Actor(self.file.team.presider, Capacity.MEDIATOR)

    def signing(self, sha256="11"):
        self.mediating()
        self.do(C.CIRCULATE, self.presider, {"agreement": "v", "version": 1, "sha256": sha256})
        return self

    def sign(self, who, sha256="11"):
        signed = {"agreement": "v", "party": who.party, "sha256": sha256, "method": "sms_otp"}
        return self.do(C.SIGN, who, signed)

    def agreed(self):
        self.signing()
        for who in (ZHOU, LIN, QIAN):
            if who.party in self.parties:
                self.sign(who)
        return self


FILED = (Track.POSTFILING_ENTRUSTED, Track.COURT_LED)
