"""The pure rules of the room page, run where they run for people: in a Chromium, as the modules the server sends."""

from __future__ import annotations

import json
import re

import pytest
from playwright.async_api import async_playwright

from bench._chromium import FLAGS, PROGRAM
from web.app_keys import ASSETS
from web.i18n import LANGUAGES, load_catalogue
from web.render import TEMPLATE_DIR

LITERAL_KEY = re.compile(r"""["'`](room\.[a-z0-9_.]*[a-z0-9])["'`]""")
SIDES = {"m": "neutral", "z": "applicant", "l": "respondent", "c": "neutral"}


@pytest.fixture
async def call(site):
    """Call a function of a module with JSON arguments; sets travel as {"set": […]}."""
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=PROGRAM, args=FLAGS)
        page = await chromium.new_page()
        await page.goto(str(site.url))

        async def called(module: str, function: str, *arguments):
            address = site.app[ASSETS].url(f"js/{module}.js")
            return await page.evaluate(
                """async ([address, name, given]) => {
                  const module = await import(address);
                  return module[name](...given.map(each => each?.set ? new Set(each.set) : each));
                }""",
                [address, function, list(arguments)],
            )

        yield called
        await chromium.close()


def person(key: str, side: str | None = None, **about):
    known = {"participant": key, "side": side or SIDES[key], "presider": key == "m", "you": False, "connected": True}
    usual = {"name": key, "disconnected_at": None, "hand_at": None, "with_other_side": False, "signals": []}
    return known | usual | about


def view(**about):
    usual = {
        "place": "main",
        "people": [person("m"), person("z"), person("l", you=True)],
        "waiting": [],
        "caucus": None,
        "suspended": None,
        "locked": None,
        "recording": {"state": "on"},
        "session": {"started_at": "2026-11-23T02:00:00Z"},
        "you": {"permissions": []},
    }
    return usual | about


async def places(call, people, speaking=()):
    layout = await call("room/layout", "arranged", people, {"set": list(speaking)})
    return {each["participant"]: (each["row"], each["column"]) for each in layout["places"]}, layout


@pytest.mark.parametrize(("at", "words"), [("16:09", "0:09"), ("00:05", "8:05"), ("04:00", "12:00")])
async def test_a_clock_time_has_an_hour_also_after_midnight(call, at, words):
    assert await call("i18n", "clock", f"2026-11-28T{at}:00Z") == words


async def test_two_people_sit_side_by_side_the_party_first(call):
    where, _ = await places(call, [person("m"), person("z")])
    assert where == {"z": (1, 1), "m": (1, 3)}


async def test_parties_sit_above_and_an_odd_seat_in_the_middle(call):
    where, _ = await places(call, [person("m"), person("l"), person("z")])
    assert where == {"z": (1, 1), "l": (1, 3), "m": (2, 2)}


async def test_sides_never_share_a_column(call):
    people = [person("m"), person("c")]
    people += [person(f"a{n}", "applicant") for n in range(2)] + [person(f"r{n}", "respondent") for n in range(2)]
    where, _ = await places(call, people)
    columns = [{where[each["participant"]][1] for each in people if each["side"] == side} for side in SIDES.values()]
    applicants, respondents = columns[1], columns[2]
    assert applicants
    assert respondents
    assert not applicants & respondents


async def test_beyond_nine_the_parties_the_mediator_and_whoever_speaks_stay(call):
    people = [*(person(f"n{n}", "neutral") for n in range(9)), person("m"), person("z"), person("l")]
    where, layout = await places(call, people, speaking=["n8"])
    assert len(where) == 9
    assert {"m", "z", "l", "n8"} <= set(where)
    assert len(layout["hidden"]) == 3


async def test_a_page_loaded_during_a_caucus_begins_silent(call):
    for place, mine in (("waiting", False), ("caucus", True)):
        found = await call("room/moments", "moments", None, view(place=place, caucus={"mine": mine}))
        assert [each.get("act") for each in found] == ["silence"]


async def test_the_other_side_falls_silent_when_a_caucus_opens_and_is_asked_back_when_it_closes(call):
    away = view(place="waiting", caucus={"mine": False})
    for place in ("main", "lobby"):
        assert [each["act"] for each in await call("room/moments", "moments", view(place=place), away)] == ["silence"]
    back = await call("room/moments", "moments", away, view())
    assert [(each["key"], each["act"], each["sound"]) for each in back] == [("back", "return", "begin")]


async def test_a_lost_mediator_is_heard_and_only_the_mediator_hears_a_knock(call):
    lost = await call("room/moments", "moments", view(), view(locked={"reason": "presider_lost"}))
    assert [(each["key"], each["sound"]) for each in lost] == [("presider_lost", "lost")]
    knocking = [{"participant": "x", "name": "罗晓彤", "connected": True}]
    assert await call("room/moments", "moments", view(), view(waiting=knocking)) == []
    presiding = {"you": {"permissions": ["start"]}}
    heard = await call("room/moments", "moments", view(**presiding), view(waiting=knocking, **presiding))
    assert [(each["key"], each["sound"]) for each in heard] == [("knock", "knock")]


async def test_in_a_caucus_only_its_own_side_and_the_mediator_have_a_seat(call):
    inside = view(place="caucus", caucus={"mine": True, "side": "applicant"})
    inside["people"] = [person("m", you=True), person("z"), person("l"), person("c")]
    assert [each["participant"] for each in await call("room/rules", "here", inside)] == ["m", "z"]
    assert [each["participant"] for each in await call("room/rules", "outside", inside)] == ["l", "c"]


async def test_nothing_may_be_received_while_waiting_or_suspended(call):
    assert await call("room/rules", "mayReceive", view()) is True
    assert await call("room/rules", "mayReceive", view(place="waiting")) is False
    assert await call("room/rules", "mayReceive", view(suspended={"reason": "x", "since": "x"})) is False


async def test_the_answer_asks_opus_for_error_correction_and_silence_suppression(call):
    answer = "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=rtpmap:111 opus/48000/2\r\n"
    bare = await call("media/codecs", "withOpusWishes", answer)
    assert "a=fmtp:111 useinbandfec=1;usedtx=1;stereo=0\r\n" in bare
    kept = await call("media/codecs", "withOpusWishes", answer + "a=fmtp:111 minptime=10;usedtx=0\r\n")
    assert "a=fmtp:111 minptime=10;usedtx=1;useinbandfec=1;stereo=0\r\n" in kept


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_the_room_page_names_is_in_the_catalogue(site_sources, language):
    texts = load_catalogue(language)
    named = {key for source in site_sources for key in re.findall(r"""["'`](room\.[a-z0-9_.]*[a-z0-9])["'`]""", source)}
    assert len(named) > 150
    assert named - set(texts) == set()


@pytest.fixture
def site_sources():
    static = TEMPLATE_DIR.parent / "static" / "js"
    files = [*static.rglob("*.js"), *TEMPLATE_DIR.glob("*room.html")]
    return [path.read_text("utf-8") for path in files]


def test_the_fixture_speaks_the_protocol():
    """The views above hold only what RoomView holds, so that the rules are tried on what the server sends."""
    protocol = (TEMPLATE_DIR.parent / "types" / "protocol.d.ts").read_text("utf-8")
    shape = protocol[protocol.index("export interface RoomView") :]
    for name in json.loads(json.dumps(view())):
        assert f"{name}:" in shape


async def test_whoever_comes_out_of_a_caucus_is_hushed_and_told_so(call):
    inside = view(place="caucus", caucus={"mine": True, "side": "applicant"})
    found = await call("room/moments", "moments", inside, view())
    assert [(each["key"], each["act"]) for each in found] == [("together", "hush")]


async def test_the_mediator_alone_is_told_once_that_everybody_is_back(call):
    away, here = ({"reason": "party_lost", "missing": names} for names in (["林若溪"], []))
    presiding = {"you": {"permissions": ["start"]}}
    calls = [(away, here, presiding), (here, here, presiding), (away, away, presiding), (away, here, {})]
    told = [
        await call("room/moments", "moments", view(suspended=before, **who), view(suspended=after, **who))
        for before, after, who in calls
    ]
    assert [[each["key"] for each in found] for found in told] == [["all_back"], [], [], []]


def signalling(*signals, **about):
    """The mediator's view of a caucus while somebody who waits has given signals."""
    given = [{"signal": name, "at": at, "seen_at": seen} for name, at, seen in signals]
    inside = view(place="caucus", caucus={"mine": True, "side": "applicant"}, you={"permissions": ["start", "caucus"]})
    return inside | {"people": [person("m", you=True), person("z"), person("l", signals=given)]} | about


async def test_a_signal_rings_for_the_mediator_without_its_word_and_only_when_it_is_new(call):
    none, ready = signalling(), signalling(("ready", "10:41", None))
    [told] = await call("room/moments", "moments", none, ready)
    assert told == {"key": "signal", "sound": "knock"}
    seen = signalling(("ready", "10:41", "10:42"))
    assert await call("room/moments", "moments", ready, seen) == []
    assert await call("room/moments", "moments", ready, none) == []


async def test_what_is_shown_to_the_mediator_and_not_told_yet_is_seen(call):
    given = signalling(("ready", "10:41", "10:42"), ("unsafe", "10:43", None))
    seen = await call("room/seeing", "unseen", given)
    assert seen == [{"participant": "l", "signal": "unsafe", "at": "10:43"}]
    assert await call("room/seeing", "unseen", given | {"caucus": {"mine": False}}) == []


async def test_the_ledger_leaves_out_the_moments_in_which_people_came_in_one_by_one(call):
    def stretch(since, until, place="main"):
        return {"since": f"2026-11-28T02:{since}Z", "until": until and f"2026-11-28T02:{until}Z", "place": place}

    course = [stretch("00:00", "00:05"), stretch("00:05", "33:00"), stretch("33:00", "33:20"), stretch("33:20", None)]
    course[2]["place"] = course[3]["place"] = "waiting"
    told = [await call("ui/ledger", "isWorthALine", each, index, course) for index, each in enumerate(course)]
    assert told == [False, True, True, True]
