"""What the demo says in the terminal when it is ready: a link and a QR code for each role."""

from __future__ import annotations

import io
from collections.abc import Mapping
from enum import StrEnum

import segno
from rich.columns import Columns
from rich.console import Console
from rich.panel import Panel
from rich.text import Text

__all__ = ["ROLE_NAMES", "Shown", "print_welcome"]

ROLE_NAMES = {
    "mediator": "调解员 Mediator",
    "applicant": "申请人 Applicant",
    "respondent": "被申请人 Respondent",
    "judge": "法官 Judge",
}


class Shown(StrEnum):
    """What a start says when it is ready."""

    NOTHING = "nothing"
    WELCOME = "welcome"
    AS_JSON = "as_json"


def print_welcome(console: Console, url: str, roles: Mapping[str, str], passwords: Mapping[str, str]) -> None:
    """Print where the demo runs and how each role comes in; passwords only when they were made just now."""
    console.print()
    console.print(
        Text("平  在线调解室", style="bold red"), Text("  Court mediation, running at ", style="dim"), url, sep=""
    )
    console.print("每人打开自己的链接，或用手机扫码。 Each person opens their own link or scans the code.")
    if url.startswith("http://"):  # a phone gets no camera without encryption, and cannot reach the loopback
        console.print("手机参加 To join by phone: make demo ARGS=--tls", style="dim")
    console.print()
    console.print(Columns([_card(role, link) for role, link in roles.items()], padding=(0, 1)))
    for role, link in roles.items():  # whole on a line of its own, so that it can be copied
        console.print(Text(f"{ROLE_NAMES[role]}  "), Text(link, style=f"link {link}"), soft_wrap=True, sep="")
    if passwords:
        console.print("\n账号（只显示这一次） Accounts (shown this once):")
        for login, password in passwords.items():
            console.print(f"  {login:12} {password}", highlight=False)
    console.print(f"\n模拟短信 Mock SMS: {url}/demo/outbox\n模拟法院 Mock court: {url}/demo/court")
    console.print("停止请按 Ctrl-C。 Stop with Ctrl-C.\n")


def _card(role: str, link: str) -> Panel:
    picture = io.StringIO()
    segno.make_qr(link, error="l").terminal(out=picture, compact=True, border=1)
    return Panel(Text.from_ansi(picture.getvalue()), title=ROLE_NAMES[role], expand=False)
