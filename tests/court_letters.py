"""Letters as the court writes them: envelopes of its own about a matter of ours, signed."""

from __future__ import annotations

from dataclasses import replace

from mediation_server.caseflow.envelope import Envelope, sealed
from mediation_server.domain.inbox import CourtMessage
from mediation_server.domain.message import new_message_id
from tests.court_world import KEY


def letter(ref, at, seq=1, **changes) -> Envelope:
    """The 调解书 was issued; `changes` make it say something else."""
    written = Envelope(
        message_id=new_message_id(at),
        type=CourtMessage.JUDGMENT_ISSUED.value,
        schema_version=1,
        source="caseflow.court.example",
        target_court="江岚市云桥区人民法院",
        matter_ref=ref,
        seq=seq,
        occurred_at=at,
        sent_at=at,
        business_key=f"request 1:issued:{seq}",
        payload={"mj_request_id": "request 1", "case_no": "(2026)皖9901民初2101号", "issued_on": "2026-11-24"},
    )
    return sealed(replace(written, **changes), KEY)
