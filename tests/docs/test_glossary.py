import importlib
import inspect
import json
import pkgutil
import re
from enum import Enum

import pytest

import mediation_server.domain
from mediation_server.domain import consent_texts
from tests.docs.pages import ROOT

PAGE = (ROOT / "docs/glossary.md").read_text(encoding="utf-8")
WORDS, VALUES = PAGE.split("## Values")
CHINESE = re.compile(r"[\u4e00-\u9fff]")

# The catalogue keys under which a screen shows the values of an enumeration.
SHOWN = {
    "MaterialState": "materials.state.{}",
    "MaterialKind": "materials.kind.{}",
    "FileState": "materials.filestate.{}",
    "CaseRole": "caserole.{}",
    "Channel": "channel.{}",
    "ConsentItem": "consent.{}.title",
    "Decline": "decline.{}",
    "GapReason": "gap.{}",
    "Ground": "ground.{}",
    "InvitationState": "invite.state_{}",
    "EventKind": "event.{}",
    "MatterState": "matterstate.{}",
    "MatterOutcome": "matteroutcome.{}",
    "OrganisationKind": "orgkind.{}",
    "Outcome": "outcome.{}",
    "Purpose": "purpose.{}",
    "RecordingState": "recordingstate.{}",
    "RelationKind": "relation.{}",
    "HoldCause": "holdcause.{}",
    "RetentionClass": "retentionclass.{}",
    "Role": "role.{}",
    "RosterStatus": "rosterstatus.{}",
    "Signal": "room.signal.{}",
    "SessionKind": "sessionkind.{}",
    "Lapse": "lapse.{}",
    "SessionState": "sessionstate.{}",
    "Speciality": "speciality.{}",
    "Standing": "choice.{}",
    "SyncState": "sync.{}",
    "Tongue": "tongue.{}",
    "Track": "track.{}",
    "Unfit": "unfit.{}",
}


def enumerations():
    package = mediation_server.domain
    for found in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        module = importlib.import_module(found.name)
        for name, kind in inspect.getmembers(module, inspect.isclass):
            if issubclass(kind, Enum) and kind.__module__ == found.name and not name.startswith("_"):
                yield kind


ENUMERATIONS = list(enumerations())


def rows(text):
    return [
        [cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("| `")
    ]


def section(kind):
    found = re.search(rf"### `{kind.__name__}` .*?(?=\n### |\Z)", VALUES, re.DOTALL)
    assert found, f"{kind.__name__} is not in the glossary"
    return rows(found.group(0))


def catalogue(language):
    texts = consent_texts.catalogue(language)
    for path in (ROOT / "web/locale" / language).glob("*.json"):
        texts |= json.loads(path.read_text(encoding="utf-8"))
    return texts


def test_there_are_enumerations_to_look_for():
    assert len(ENUMERATIONS) > 15


@pytest.mark.parametrize("kind", ENUMERATIONS, ids=lambda kind: kind.__name__)
def test_every_value_of_the_domain_has_its_words(kind):
    listed = section(kind)
    assert [value for value, _, _ in listed] == [f"`{each.value}`" for each in kind]
    for _, chinese, english in listed:
        assert CHINESE.search(chinese)
        assert english
        assert not CHINESE.search(english)


def test_nothing_is_listed_that_the_domain_does_not_know():
    headings = re.findall(r"### `(\w+)`", VALUES)
    assert sorted(headings) == sorted(kind.__name__ for kind in ENUMERATIONS)


@pytest.mark.parametrize(
    "kind", [kind for kind in ENUMERATIONS if kind.__name__ in SHOWN], ids=lambda kind: kind.__name__
)
def test_screens_show_these_words(kind):
    chinese, english = catalogue("zh"), catalogue("en")
    shown = 0
    for value, zh, en in section(kind):
        key = SHOWN[kind.__name__].format(value.strip("`"))
        if key in chinese:
            assert (chinese[key], english[key]) == (zh, en), key
            shown += 1
    assert shown


@pytest.mark.parametrize("row", rows(WORDS), ids=lambda row: row[0].rsplit(".", 1)[-1])
def test_every_type_named_exists_and_has_its_words(row):
    dotted, chinese, english, meaning = row
    module, name = dotted.strip("`").rsplit(".", 1)
    assert inspect.isclass(getattr(importlib.import_module(module), name))
    assert CHINESE.search(chinese)
    assert english
    assert meaning
