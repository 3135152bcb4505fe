"""The forms that stand on a page, as a person finds them: where each goes, its fields, and what is in them now."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

__all__ = ["FilledField", "PageForm", "forms_of"]


@dataclass
class FilledField:
    """One field; `kind` is that of the control: text, tel, date, select, textarea, radio, checkbox, hidden."""

    name: str
    kind: str
    value: str = ""
    values: list[str] = field(default_factory=list)  # what can be chosen
    wrong: bool = False  # it stands beside a message that says so
    described: list[str] = field(default_factory=list)  # the ids its description and its group's name
    linked: bool = False  # one of them is a message that says what is wrong with it, and it is marked as wrong

    @property
    def typed(self) -> bool:
        """Whether a person writes in it."""
        return self.kind not in ("select", "radio", "checkbox", "hidden", "file", "submit")


@dataclass
class PageForm:
    """One form that changes something."""

    action: str
    fields: dict[str, FilledField] = field(default_factory=dict)

    def filled(self, **changes: str) -> dict[str, str]:
        """What a browser sends when only these fields were changed."""
        sent = {each.name: each.value for each in self.fields.values() if each.value or each.typed}
        return {**sent, **changes}


_VOID = ("input", "br", "img", "meta", "link", "hr", "wbr", "source", "use", "path")
_MARK, _MESSAGE = "field--error", "field__error"
_TOLD = "-error"  # a group of choices that something is told of looks as marked as a field (field.css)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self._open: list[tuple[str, bool, list[str]]] = []
        self.messages: set[str] = set()
        self.forms: list[PageForm] = []
        self._form: PageForm | None = None
        self._inside: FilledField | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = {key: value or "" for key, value in attrs}
        if tag not in _VOID:
            told = known.get("aria-describedby", "").split() if tag == "fieldset" else []
            marked = _MARK in known.get("class", "") or any(each.endswith(_TOLD) for each in told)
            self._open.append((tag, marked, told))
        if _MESSAGE in known.get("class", "").split():
            self.messages.add(known.get("id", ""))
        if tag == "form":
            self._form = PageForm(known.get("action", "")) if known.get("method") == "post" else None
            self.forms += [self._form] if self._form else []
        elif self._form is not None and tag in ("input", "textarea", "select"):
            self._control(tag, known, "checked" in dict(attrs))
        elif tag == "option" and self._inside is not None:
            self._inside.values.append(known.get("value", ""))
            if "selected" in dict(attrs):
                self._inside.value = known.get("value", "")

    def _control(self, tag: str, known: dict[str, str], checked: bool) -> None:
        assert self._form is not None
        name = known.get("name")
        if not name:
            return
        kind = known.get("type", "text") if tag == "input" else tag
        there = self._form.fields.setdefault(name, FilledField(name, kind))
        there.wrong = there.wrong or any(wrong for _, wrong, _ in self._open)
        grouped = [each for _, _, told in self._open for each in told]
        own = known.get("aria-describedby", "").split() if known.get("aria-invalid") == "true" else []
        there.described += grouped + own
        if kind in ("radio", "checkbox"):
            there.values.append(known.get("value", "on"))
            there.value = known.get("value", "on") if checked else there.value
        elif tag == "input":
            there.value = known.get("value", "")
        self._inside = there if tag in ("textarea", "select") else None

    def handle_data(self, data: str) -> None:
        if self._inside is not None and self._inside.kind == "textarea":
            self._inside.value += data

    def handle_endtag(self, tag: str) -> None:
        while self._open and tag not in _VOID and self._open.pop()[0] != tag:
            pass
        if tag in ("textarea", "select"):
            self._inside = None
        elif tag == "form":
            self._form = None


def forms_of(html: str) -> list[PageForm]:
    """Every form of a page that is sent with POST, in their order."""
    reader = _Reader()
    reader.feed(html)
    for form in reader.forms:
        for each in form.fields.values():
            each.linked = not reader.messages.isdisjoint(each.described)
            each.value = re.sub(r"^\n", "", each.value) if each.kind == "textarea" else each.value
    return reader.forms
