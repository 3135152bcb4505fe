"""What a page does with its socket when its server answers again; run in Node, with a socket of the test."""

import asyncio
import json
import re
import shutil

import pytest

from web.render import TEMPLATE_DIR

SCRIPT = """
const done = [];
const socket = {
  io: { on() {}, engine: { transport: { readyState: STATE } } },
  on() {}, connect() { done.push("connect"); return this; }, disconnect() { done.push("disconnect"); return this; },
};
globalThis.io = () => socket;
globalThis.Knocking = class { constructor(answered) { globalThis.answered = answered; } };
const { Signaling } = await import("data:text/javascript," + encodeURIComponent(SOURCE));
new Signaling();
globalThis.answered();
console.log(JSON.stringify(done));
"""


async def after_an_answer(state):
    source = (TEMPLATE_DIR.parent / "static" / "js" / "signaling.js").read_text("utf-8")
    alone = re.sub(r"^import .*$", "", source, flags=re.MULTILINE)
    script = SCRIPT.replace("STATE", json.dumps(state)).replace("SOURCE", json.dumps(alone))
    node = await asyncio.create_subprocess_exec(
        shutil.which("node") or "node", "--input-type=module", "-e", script, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await node.communicate()
    return json.loads(out)


@pytest.mark.parametrize(
    ("state", "does"), [("open", []), ("opening", ["disconnect", "connect"]), ("closed", ["disconnect", "connect"])]
)
async def test_a_socket_that_stands_is_not_cut_off_because_the_server_answers(state, does):
    assert await after_an_answer(state) == does
