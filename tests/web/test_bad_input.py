"""Every form of a matter, field by field: what is wrong is said beside its field, and nothing that was typed is lost.

The forms of an application and of the diversion have tests of their own, with every code (`test_apply`, `test_desk`).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field

import pytest
from aiohttp.test_utils import make_mocked_request

from mediation_server.domain.diversion import Defect
from mediation_server.domain.ids import fixed_id
from mediation_server.domain.matter import Track
from mediation_server.domain.unsent import FILLED
from mediation_server.services import demo_cast as cast
from mediation_server.services.appointing import appoint
from mediation_server.services.demo_data import MATTER_1, SESSION_1
from mediation_server.services.handing_in import begin
from mediation_server.store import matters, roster
from tests.filing_desk import FilingDesk
from tests.roster_world import LOAN, MANAGER, ZHENG, ZHOU, Looking
from tests.web.conftest import RECORDING
from tests.web.forms_on_pages import FilledField, PageForm, forms_of

OFFERED = fixed_id("a matter a mediator is asked to take")
BROUGHT = fixed_id("a matter that was brought to a body")
LONG, NO_DAY, NO_TIME = "长" * 4001, "2026-02-30", "25:61"
GAO, ADMIN = cast.FILING, cast.ADMINISTRATOR


@dataclass(frozen=True)
class FormCase:
    """One form: who finds it on which page, where it goes, what a right one holds, and what is wrong with a field."""

    who: object
    page: str
    action: str
    right: dict[str, str] = field(default_factory=dict)
    wrong: dict[str, tuple[str, ...]] = field(default_factory=dict)
    lost: tuple[str, ...] = ()  # fields that are not shown again, and why they must not be

    def __str__(self) -> str:
        return self.action


TIMES = {"day": (NO_DAY, "明天", ""), "time": (NO_TIME, "早上"), "minutes": ("0", "x", "", LONG)}
SITTING = {"kind": "mediation", "day": "2026-11-27", "time": "09:30", "minutes": "60"}
USER = {"login": "yu.xinran", "name": "余欣然", "name_en": "Yu Xinran", "role": "clerk", "court": cast.YUNXI}
BUNDLE = {"reason": "带回所里归档"}
COURT = {"code": "9931", "name": "江岚市桐山区人民法院", "name_en": "Tongshan", "track_court_led": "yes"}
ENTRY = {"valid_from": "2026-01-01", "most_matters": "10", "certificate_no": "皖调2018-0042"}
AGENT = {"kind": "lawyer", "name": "何屿", "phone": "16100000031", "firm": "云桥律师事务所", "authority": "general"}
AGENT["licence"] = "13499202610000001"

CASES = (
    FormCase(None, "/login", "/login", {"login": "gao", "password": "x"}, {"login": (LONG,)}, lost=("password",)),
    FormCase(None, "/enter", "/enter", {"phone": "16100000011"}, {"phone": ("", "12345", "电话", LONG)}),
    FormCase(
        None,
        "/status",
        "/status",
        {"number": "TJ-9901-2026-000001-XXXX", "digits": "0011"},
        {"number": ("", "不知道", LONG), "digits": ("",)},
    ),
    FormCase(
        ZHENG,
        f"/matters/{MATTER_1}/sessions/new",
        f"/matters/{MATTER_1}/sessions",
        SITTING,
        {**TIMES, "note": (LONG,), "place": (LONG,), "where-{applicant}": (LONG,), "where-{respondent}": (LONG,)},
    ),
    FormCase(
        ZHENG,
        f"/matters/{MATTER_1}/sessions/new",
        f"/matters/{MATTER_1}/sessions",
        {"kind": "async", "day": "2026-11-27", "time": "09:30", "days": "7"},
        {
            "days": ("0", "x", "", LONG),
            "day": (NO_DAY,),
            "time": (NO_TIME,),
            "note": (LONG,),
            "place": (LONG,),
            "where-{applicant}": (LONG,),
            "where-{respondent}": (LONG,),
        },
    ),
    FormCase(
        ZHENG,
        f"/sessions/{SESSION_1}",
        f"/sessions/{SESSION_1}/cancel",
        {"reason": "一方生病"},
        {"reason": (LONG,)},
    ),
    FormCase(ZHENG, f"/matters/{MATTER_1}/bundle", f"/matters/{MATTER_1}/bundle", BUNDLE, {"reason": ("", LONG)}),
    FormCase(
        cast.CONFIRMING_JUDGE,
        f"/recordings/{RECORDING}",
        f"/recordings/{RECORDING}/viewings",
        {"purpose": "confirmation", "reason": "审查自愿性"},
        {"reason": ("", LONG)},
    ),
    FormCase(MANAGER, "/home", "/matters/{brought}/hand_back", {"reason": "不属于我们的范围"}, {"reason": ("", LONG)}),
    FormCase(
        ZHENG,
        "/inbox/{offered}",
        "/inbox/{offered}/accept",
        {"disclose": "something", "statement": "与一方曾是同事"},
        {"statement": (LONG,)},
    ),
    FormCase(ZHOU, f"/my/{MATTER_1}/period", f"/my/{MATTER_1}/period/ask", {"days": "5"}, {"days": ("x", "999", LONG)}),
    FormCase(
        ZHENG,
        f"/sessions/{SESSION_1}",
        f"/sessions/{SESSION_1}/reschedule",
        {key: SITTING[key] for key in ("day", "time", "minutes")} | {"reason": "一方出差", "asked_by": "applicant"},
        {**TIMES, "reason": (LONG,)},
    ),
    FormCase(
        ZHENG,
        f"/matters/{MATTER_1}/period",
        f"/matters/{MATTER_1}/period/ask",
        {"days": "5"},
        {"days": ("x", "999", LONG)},
    ),
    FormCase(
        ZHENG,
        f"/matters/{MATTER_1}/period",
        f"/matters/{MATTER_1}/period/stop",
        {"cause": "appraisal", "reason": "委托鉴定"},
        {"reason": ("", LONG)},
    ),
    FormCase(
        ZHENG,
        f"/matters/{MATTER_1}/disclosure",
        f"/matters/{MATTER_1}/disclosure",
        {"statement": "与一方曾是同事"},
        {"statement": (LONG,)},
    ),
    FormCase(
        GAO,
        "/intake/{submitted}",
        "/intake/{submitted}/supplement",
        {"defect_identity": "yes", "note_identity": "反面看不清", "due": "2026-12-05"},
        {"due": (NO_DAY, "2020-01-01", LONG)} | {f"note_{each}": (LONG,) for each in Defect},
    ),
    FormCase(
        GAO,
        "/intake/{submitted}",
        "/intake/{submitted}/reject",
        {"reason": "wrong_court", "advice": "请向被告住所地法院申请"},
        {"advice": (LONG,)},
    ),
    FormCase(
        GAO,
        "/intake/{submitted}",
        "/intake/{submitted}/reveal",
        {"datum": "phone", "purpose": "verify", "reason": "核对"},
        {"reason": (LONG,)},
    ),
    FormCase(
        GAO,
        "/asking/{asked}",
        "/asking/{asked}/parties/{party}/contact",
        {"channel": "call", "result": "no_answer", "note": "下午再打"},
        {"note": (LONG,)},
    ),
    FormCase(
        GAO,
        "/asking/{asked}",
        "/asking/{asked}/parties/{party}/answer",
        {"answer": "yes", "channel": "phone", "note": "本人接听", "by_agent": "yes", "authority": "授权委托书第一项"},
        {"note": ("", LONG), "authority": ("", LONG)},
    ),
    FormCase(
        GAO,
        f"/matters/{LOAN}/appoint",
        f"/matters/{LOAN}/appoint/parts",
        {"role": "witness", "name": "丁一", "phone": "16100000077"},
        {"name": ("", LONG, "丁1"), "phone": ("12345", "没有", LONG)},
    ),
    FormCase(
        GAO,
        f"/matters/{MATTER_1}/keeping",
        f"/matters/{MATTER_1}/keeping/hold",
        {"cause": "review", "reason": "复核"},
        {"reason": ("", LONG)},
    ),
    FormCase(
        ZHOU,
        f"/my/{MATTER_1}/agents",
        f"/my/{MATTER_1}/agents",
        AGENT,
        {"name": ("", "何1", LONG), "phone": ("12345", LONG), "licence": ("1349920261", LONG), "firm": ("", LONG)},
    ),
    FormCase(
        ZHOU,
        f"/my/{MATTER_1}/mediator",
        f"/my/{MATTER_1}/mediator/replace",
        {"reason": "曾是同事"},
        {"reason": ("", LONG)},
    ),
    FormCase(
        ZHOU,
        f"/my/sittings/{SESSION_1}/ask",
        f"/my/sittings/{SESSION_1}/ask",
        {"kind": "another_time", "text": "那天要上班"},
        {"text": ("", LONG)},
    ),
    FormCase(
        ZHENG,
        "/inbox/{offered}",
        "/inbox/{offered}/decline",
        {"why": "outside_field", "words": "不熟悉"},
        {"words": ("", LONG)},
    ),
    FormCase(
        GAO,
        "/asking/{asked}",
        "/asking/{asked}/parties/{party}/unreachable",
        {"reason": "三次无人接听"},
        {"reason": ("", LONG)},
    ),
    FormCase(
        ZHOU,
        "/my/{matter}/materials/{material}",
        "/my/{matter}/materials/{material}/submit",
        {"title": "借条", "proves": "借款事实", "kept": "no"},
        {"title": (LONG,), "proves": (LONG,)},
    ),
    FormCase(
        ADMIN,
        "/admin/users/new",
        "/admin/users",
        USER,
        {
            "login": ("", "余", LONG),
            "name": ("", "余1", LONG),
            "name_en": ("余欣然", LONG),
            "court": ("", "没有的法院", LONG),
            "organisation_id": (LONG,),
        },
    ),
    FormCase(
        ADMIN,
        "/admin/courts/new",
        "/admin/courts",
        COURT,
        {
            "code": ("", "99", "九九", LONG),
            "name": ("", LONG),
            "name_en": ("桐山", LONG),
            **{f"{end}_{track}": (NO_DAY, "明年", LONG) for end in ("from", "to") for track in Track},
        },
    ),
    FormCase(
        ADMIN,
        f"/admin/users/{GAO.id}",
        f"/admin/users/{GAO.id}",
        {},
        {
            "name": ("", "高1", LONG),
            "name_en": ("高文心", LONG),
            "court": ("", "没有的法院", LONG),
            "organisation_id": (LONG,),
        },
    ),
    FormCase(
        ADMIN,
        "/admin/courts/9901",
        "/admin/courts/9901",
        {"track_court_led": "yes"},
        {"name_en": ("云溪", LONG)} | {f"{end}_{track}": (NO_DAY,) for end in ("from", "to") for track in Track},
    ),
    FormCase(ADMIN, "/admin/calendar", "/admin/calendar", {"notice": "{}"}, {"notice": ("", "{", "[]", "x" * 8001)}),
    FormCase(
        ADMIN,
        f"/roster/mediators/{ZHENG.id}",
        f"/roster/mediators/{ZHENG.id}",
        ENTRY,
        {
            "certificate_no": ("", LONG),
            "valid_from": (NO_DAY, ""),
            "valid_to": (NO_DAY,),
            "most_matters": ("0", "十", LONG),
            "charges": (LONG,),
            "charges_en": (LONG,),
            "bio": (LONG,),
            "bio_en": (LONG,),
            "courts": ("", LONG),
        },
    ),
    FormCase(
        ADMIN,
        f"/roster/organisations/{cast.BODY_YUNXI}",
        f"/roster/organisations/{cast.BODY_YUNXI}",
        {},
        {
            "name": ("", LONG),
            "name_en": ("", LONG),
            "credit_code": ("91349901MA99A00308", "9134", LONG),
            "phone": ("12345", LONG),
            "courts": ("", LONG),
            "charges": (LONG,),
            "charges_en": (LONG,),
        },
    ),
)

# Forms that are not in the table, each with where they are tried or why there is nothing to try.
NOTHING_IS_TYPED = """
/admin/users/{user_id}/password /asking/{matter_id}/parties/{party_id}/phone /calendar/new /calendar/revoke /logout
/matters/{matter_id}/agents/{agent_id}/admit /matters/{matter_id}/appoint /matters/{matter_id}/appoint/organisation
/matters/{matter_id}/parties/{party_id}/phone /matters/{matter_id}/period/extend /matters/{matter_id}/period/resume
/matters/{matter_id}/safety /my/agencies/{agent_id}/papers/{paper} /my/sittings/{session_id}/enter
/my/sittings/{session_id}/writing/{entry_id}/attach /my/{matter_id}/agents/{agent_id}/dismiss /my/{matter_id}/mediator
/my/{matter_id}/period/c6 /my/{matter_id}/sittings/{session_id}/enter /my/{matter}/consents/{item} /preferences
/my/{matter}/consents/{item}/withdraw /seats/{participant_id}/claim /sessions/{session_id}/approval
/sessions/{session_id}/beside /sessions/{session_id}/clerk /sessions/{session_id}/enter /sessions/{session_id}/hold
/sessions/{session_id}/exits/{side}/{verb} /sessions/{session_id}/invitations/{participant_id}/issue
/sessions/{session_id}/invitations/{participant_id}/revoke /sessions/{session_id}/resend /tasks/{task_id}/resend
/sessions/{session_id}/writing/{entry_id}/attach /unsent/send /unsent/drop
/sessions/{session_id}/writing/close /sessions/{session_id}/writing/{entry_id}/relay /join/{token}
/{desk}/{matter_id}/materials /{desk}/{matter_id}/materials/{material_id}/discard
/{desk}/{matter_id}/materials/{material_id}/files/{file_id}/{verb} /{desk}/{matter_id}/materials/{material_id}/relay
/{desk}/{matter_id}/materials/{material_id}/{verb} /intake/{matter_id}/triage/{step}
"""
TRIED_ELSEWHERE = {
    "test_agents": "/matters/{matter_id}/agents/{agent_id}/return",
    "test_desk": "/intake/{matter_id}/divert",
    "test_enter": "/enter/code",
    "test_keeping": "/matters/{matter_id}/keeping/{what}",
    "test_materials": " ".join(
        "/{desk}/{matter_id}/materials/{material_id}/" + each
        for each in ("files", "save", "uploads", "opinion", "return")
    ),
    "test_period_pages": "/my/{matter_id}/period/ask",
    "test_roster": "/matters/{matter_id}/appoint/replacement /inbox/{matter_id}/accept /matters/{matter_id}/{what}",
    "test_sittings": "/join/{token}/ask /my/sittings/{session_id}/writing /seats/{participant_id}/writing "
    "/sessions/{session_id}/writing /sessions/{session_id}/cancel /matters/{matter_id}/unreachable",
    "test_tasks": "/tasks/{task_id}/done /tasks/{task_id}/reopen /tasks/{task_id}/suspicion "
    "/matters/{matter_id}/closing/{what}",
}
OF_OTHER_PARTS = (
    "/api/",
    "/apply",
    "/demo/",
    "/imported/",
    "/recordings/",
    "/viewing",
    "/sessions/{session_id}/explanations",
)
OF_OTHER_PARTS += ("/my/{matter_id}/recordings/", "/{desk}/{matter_id}/bundle")  # evidence, and what has own tests


async def test_no_form_is_forgotten(site):
    tried = {await canonical(site, case.action) for case in CASES}
    named = {*NOTHING_IS_TYPED.split(), *(path for each in TRIED_ELSEWHERE.values() for path in each.split())}
    every = {each.resource.canonical for each in site.app.router.routes() if each.method == "POST"}
    ours = {each for each in every if not each.startswith(OF_OTHER_PARTS)}
    assert ours - tried - named == set()
    assert named - ours == set()  # and nothing is named that is no form any more


async def canonical(site, action):
    """The route of an address, whatever matter it names."""
    asked = make_mocked_request("POST", re.sub(r"\{\w+\}", "x" * 26, action))
    return (await site.app.router.resolve(asked)).route.resource.canonical


@pytest.fixture
async def world(site):
    """What the forms are about: an application, a matter whose parties are asked, one without a mediator, a draft."""
    desk = await FilingDesk(site.ctx, made=500).opened()
    submitted = await desk.submitted()
    asked = await desk.diverted()
    await Looking(site.ctx).appointing()
    offered = await Looking(site.ctx, OFFERED).appointing()
    offered.later(days=5)
    await appoint(site.ctx, GAO, OFFERED, ZHENG.id)
    material = await begin(site.ctx, ZHOU, MATTER_1)
    await Looking(site.ctx, BROUGHT).submitted()
    async with site.ctx.db.transaction() as tx:
        await roster.give_matter(tx, BROUGHT, cast.BODY_YUNXI, site.clock.now())
        named = {each.side.value: each.id for each in await matters.parties_of(tx, MATTER_1)}
    return {
        **named,
        "brought": BROUGHT,
        "submitted": submitted.id,
        "offered": OFFERED,
        "asked": asked.id,
        "party": (await desk.parties(asked))[1].id,
        "matter": MATTER_1,
        "material": material.id,
    }


# Fields that are read for another choice of `kind`, and tried with that.
OF_ANOTHER_CHOICE = {"mediation": {"days"}, "async": {"minutes"}}


def the_form(answer, action: str, sent: dict[str, str]) -> PageForm:
    """The form that goes there; of several, the one about what was sent."""
    found = [each for each in forms_of(answer.text) if each.action == action]
    about = [each for each in found if all(same(each, key, sent) for key in each.fields)]
    assert found, f"the page has no form to {action}"
    return (about or found)[0]


def same(form: PageForm, key: str, sent: dict[str, str]) -> bool:
    """A hidden field says what a form is about."""
    return form.fields[key].kind != "hidden" or key not in sent or form.fields[key].value == sent[key]


def kept(there: FilledField, typed: str) -> bool:
    return there.value.replace("\r\n", "\n").strip() == typed.strip()


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_what_is_wrong_stands_beside_its_field_and_what_was_typed_outlives_even_the_login(
    site, browser, world, case
):
    page, action = case.page.format(**world), case.action.format(**world)
    if case.who is not None:
        await browser.post(f"/demo/people/{case.who.id}")
    form = the_form(await browser.get(page), action, {})
    right, wrong = case.right, {name.format(**world): values for name, values in case.wrong.items()}
    typed = {name for name, each in form.fields.items() if each.typed and name not in case.lost}
    other = typed - set(wrong) - OF_ANOTHER_CHOICE.get(right.get("kind", ""), set())
    assert not other, f"nobody tries {other}"
    missing = (set(right) | set(wrong)) - set(form.fields)
    assert not missing, f"{missing} are not on the page"
    said = []
    wrong |= {name: ("",) for name, each in form.fields.items() if each.kind == "radio" and not each.value}
    for name, values in wrong.items():
        for value in values:
            sent = form.filled(**{**case.right, name: value})
            answer = await browser.post(action, sent)
            what = f"{name}={value[:12]!r}"
            if answer.status not in (400, 409, 422):
                said.append(f"{what}: answered {answer.status}")
                continue
            again = the_form(answer, action, sent)
            if not again.fields[name].wrong:
                beside = [each.name for each in again.fields.values() if each.wrong]
                said.append(f"{what}: said beside {beside}")
            elif not again.fields[name].linked:
                said.append(f"{what}: its message is not linked to it")
            said += [
                f"{what}: {key} was lost"
                for key, each in again.fields.items()
                if each.typed and key in sent and key not in case.lost and not kept(each, sent[key])
            ]
    assert not said
    if case.who is not None:
        await sent_after_the_login_ended(site, browser, case, action, form.filled(**case.right))


SEVERAL = [case for case in CASES if len({*case.wrong, *case.right}) > 1]


@pytest.mark.parametrize("case", SEVERAL, ids=str)
async def test_all_that_is_wrong_is_said_at_once_each_beside_its_field(site, browser, world, case):
    page, action = case.page.format(**world), case.action.format(**world)
    if case.who is not None:
        await browser.post(f"/demo/people/{case.who.id}")
    form = the_form(await browser.get(page), action, {})
    choices = {name: "" for name, each in form.fields.items() if each.kind == "radio" and not each.value}
    for nth, undecided in ((0, {}), (-1, choices)):
        # a long text in letters of one byte each, so that all of them fit into one body
        wrong = {
            name.format(**world): values[nth].replace("长", "x") for name, values in case.wrong.items()
        } | undecided
        sent = form.filled(**{**case.right, **wrong})
        answer = await browser.post(action, sent)
        assert answer.status in (400, 413)
        again = the_form(answer, action, sent)
        typed = {name: each for name, each in again.fields.items() if each.typed and name not in case.lost}
        assert {name for name in wrong if not again.fields[name].linked} == set()
        assert [name for name, each in typed.items() if not kept(each, sent.get(name, ""))] == []


async def sent_after_the_login_ended(site, browser, case, action, sent):
    """All of it is there again once the same person has signed in, and goes on to where it was going.

    Its page says what was filled in, as its script does (`test_unsent_in_chromium`).
    """
    site.clock.advance(hours=site.ctx.settings.login_hours + 1)
    sent = {**sent, FILLED: json.dumps([[name, name, ""] for name in case.right or sent])}
    assert (await browser.post(action, sent)).location.endswith("?next=/unsent")
    await browser.post(f"/demo/people/{case.who.id}")
    page = (await browser.get("/unsent")).text
    send = next(each for each in forms_of(page) if each.action.startswith("/unsent/send?"))
    assert send.filled() == {key: value for key, value in sent.items() if value}
    on = await browser.post(send.action, send.filled())
    assert (on.status, on.location.split("?")[0]) == (307, action)


async def test_what_nobody_types_is_refused_before_any_field_is_read(browser):
    assert (await browser.post("/preferences", {"language": "en", "more": "a\0b"})).status == 400
