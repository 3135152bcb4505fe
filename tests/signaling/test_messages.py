"""PROTOCOL.md, the models of the trust boundary, the shapes of the rooms and the page's types say the same."""

import re
from pathlib import Path
from types import UnionType
from typing import Union, get_args, get_origin, get_type_hints, is_typeddict

import pytest

from mediation_server.domain.people import Permission, Role, Side
from mediation_server.domain.session import ChecklistItem
from mediation_server.domain.signals import Signal
from mediation_server.media.engine import Source
from mediation_server.rooms import shapes
from mediation_server.rooms.quality import Level
from mediation_server.rooms.state import Place
from signaling.messages import MESSAGES, DeviceReport
from signaling.server import HANDLERS
from tests.signaling.test_server import eventually

ROOT = Path(__file__).parents[2]
PROTOCOL = (ROOT / "signaling/PROTOCOL.md").read_text("utf-8")
TYPES = (ROOT / "web/types/protocol.d.ts").read_text("utf-8")
SHAPES = {
    "Person": shapes.PersonView,
    "Given": shapes.SignalView,
    "Stretch": shapes.StretchView,
    "Waiting": shapes.WaitingView,
    "RoomView": shapes.RoomView,
    "ChatLine": shapes.ChatLineView,
    "OfferMessage": shapes.OfferMessage,
    "QualityMessage": shapes.QualityMessage,
    "MissedCard": shapes.MissedCard,
    "MissedMessage": shapes.MissedMessage,
    "RepeatMessage": shapes.RepeatMessage,
    "CaptionMessage": shapes.CaptionMessage,
}
NESTED = {
    "session": shapes.SessionView,
    "matter": shapes.MatterView,
    "you": shapes.YouView,
    "audience": shapes.AudienceView,
    "captions": shapes.CaptionsView,
    "recording": shapes.RecordingView,
    "caucus": shapes.CaucusView,
    "suspended": shapes.SuspendedView,
    "locked": shapes.LockView,
}


def table(heading):
    """The rows of the table under a heading, as (event, payload)."""
    section = PROTOCOL.split(f"## {heading}\n")[1].split("\n## ")[0]
    return {
        cells[0].strip("` "): cells[1].strip()
        for row in section.splitlines()
        if row.startswith("| `") and (cells := re.split(r"(?<!\\)\|", row)[1:-1])
    }


def braced(text, start):
    """The text inside the braces that open at or after `start`."""
    begin = text.index("{", start)
    depth = 0
    for place in range(begin, len(text)):
        depth += {"{": 1, "}": -1}.get(text[place], 0)
        if depth == 0:
            return text[begin + 1 : place]
    raise AssertionError(text[start : start + 40])


def names_in(body):
    """Names of the fields directly inside a braced body, with `?` when optional."""
    flat = body
    while (smaller := re.sub(r"\{[^{}]*\}", "", flat)) != flat:
        flat = smaller
    flat = re.sub(r"<[^<>]*>", "", re.sub(r"/\*.*?\*/", "", flat))
    return {name.rstrip("?"): name.endswith("?") for name in re.findall(r"(\w+\??):", flat)}


def interface(name):
    return braced(TYPES, TYPES.index(f"export interface {name} "))


def document_names(payload):
    return [each.rstrip("?") for each in re.findall(r"(\w+\??)", re.sub(r":[^,}]*", "", braced(payload, 0)))]


def test_every_event_of_the_document_has_a_model_and_a_handler():
    events = set(table("From the browser"))
    assert events == set(MESSAGES)
    assert events == {*HANDLERS, "enter", "hello"}


@pytest.mark.parametrize("event", sorted(MESSAGES))
def test_the_payload_has_the_same_fields_everywhere(event):
    fields = MESSAGES[event].model_fields
    payload = table("From the browser")[event].split("}`")[0] + "}"
    payload = payload.replace("{mid: ", "").replace('"screen"}', '"screen"')
    assert document_names(payload) == [*fields], event
    body = interface("ClientEvents")
    mine = body[body.index(f"  {event}: ") :].split("\n")[0]
    typed = {} if "Record<string, never>" in mine else names_in(braced(mine, 0))
    assert typed == {name: not field.is_required() for name, field in fields.items()}


def test_the_server_says_what_the_document_lists_and_nothing_else():
    said = set()
    for path in [*ROOT.glob("mediation_server/**/*.py"), *ROOT.glob("signaling/*.py")]:
        said |= set(re.findall(r"\.(?:emit|tell|dismiss)\([^)\"]*?\"(\w+)\"", path.read_text("utf-8")))
    assert said == set(table("From the server"))
    assert said == set(names_in(interface("ServerEvents")))


def test_the_page_hands_on_whatever_the_server_says():
    listened = re.search(r'"([a-z_ ]+)"\.split\(', (ROOT / "web/static/js/signaling.js").read_text("utf-8")).group(1)
    assert set(listened.split()) == set(names_in(interface("ServerEvents")))


@pytest.mark.parametrize("name", sorted(SHAPES))
def test_a_shape_has_the_same_fields_on_both_sides(name):
    assert [*SHAPES[name].__annotations__] == [*names_in(interface(name))]


@pytest.mark.parametrize("name", ["RoomView", "Person", "Waiting", "ChatLine"])
def test_the_document_shows_the_same_fields(name):
    block = PROTOCOL.split("```")[1]
    shown = block[re.search(rf"^{name} +\{{", block, re.MULTILINE).start() :]
    found = re.findall(r"^  (\w+):", braced(shown, 0), re.MULTILINE) if name == "RoomView" else None
    if found is None:
        flat = re.sub(r"\{[^{}]*\}", "", braced(shown, 0))
        found = [each.rstrip("?") for each in re.findall(r"(\w+\??)(?=[:,\s]|$)", re.sub(r":[^,}]*", "", flat))]
    assert found == [*SHAPES[name].__annotations__]


@pytest.mark.parametrize("name", sorted(NESTED))
def test_a_nested_shape_has_the_same_fields_on_both_sides(name):
    body = interface("RoomView")
    start = re.search(rf"^ +{name}: ", body, re.MULTILINE).start()
    assert [*NESTED[name].__annotations__] == [*names_in(braced(body, start))]


@pytest.mark.parametrize(
    ("name", "members"),
    [
        ("Role", Role),
        ("Side", Side),
        ("Place", Place),
        ("Source", Source),
        ("QualityLevel", Level),
        ("ChecklistItem", ChecklistItem),
        ("Permission", Permission),
        ("Signal", Signal),
    ],
)
def test_enumerations_have_the_same_members(name, members):
    declared = TYPES.split(f"export type {name} =")[1].split(";")[0]
    assert set(re.findall(r'"(\w+)"', declared)) == {each.value for each in members}


def test_the_device_report_is_the_pages():
    assert set(names_in(interface("DeviceReport"))) == set(DeviceReport.model_fields)


def unlike(value, kind, path=""):
    """Where a value differs from a typed dictionary, in depth."""
    options = get_args(kind) if get_origin(kind) in (Union, UnionType) else (kind,)
    if value is None:
        return [] if type(None) in options else [f"{path}: none"]
    kind = next(each for each in options if each is not type(None))
    if get_origin(kind) is list:
        return [fault for item in value for fault in unlike(item, get_args(kind)[0], f"{path}[]")]
    if not is_typeddict(kind):
        return [] if not isinstance(kind, type) or type(value) is kind else [f"{path}: {type(value).__name__}"]
    hints = get_type_hints(kind)
    faults = [f"{path}.{name}" for name in hints.keys() ^ value.keys()]
    return faults + [
        fault for name in hints.keys() & value for fault in unlike(value[name], hints[name], f"{path}.{name}")
    ]


async def test_what_is_really_sent_has_the_promised_shape(server):
    mediator, zhou, lin = await server.live()
    await mediator.ask("open_caucus", {"side": "applicant", "minutes": 5})
    await eventually(lambda: zhou.view["place"] == "caucus")
    await zhou.ask("chat", {"text": "一句", "caucus": zhou.view["caucus"]["since"]})
    await eventually(lambda: zhou.told("chat"))
    await lin.ask("signal", {"signal": "ready", "up": True})
    await eventually(lambda: any(each["signals"] for each in lin.view["people"]))
    for browser in (mediator, zhou, lin):
        for event, shape in (("room", shapes.RoomView), ("offer", shapes.OfferMessage), ("chat", shapes.ChatLineView)):
            for payload in browser.told(event):
                assert unlike(payload, shape) == []
    assert lin.view["caucus"]["mine"] is False
    assert lin.told("chat") == []
