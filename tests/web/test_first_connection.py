"""What the conversation with the server does before it has begun; run in Node, with a socket and timers of the test."""

import asyncio
import json
import shutil

import pytest

from web.render import TEMPLATE_DIR

SIGNALING = """
const delays = [], waiting = [], did = [], hears = {};
globalThis.setTimeout = (then, ms) => { delays.push(ms); waiting.push(then); return 0; };
globalThis.fetch = async () => undefined;
globalThis.socket = {
  connected: false,
  active: true,
  on: (name, then) => { hears[name] = then; },
  io: { on: () => undefined },
  connect: () => { did.push("connect"); return socket; },
  disconnect: () => { did.push("disconnect"); return socket; },
};
const { Signaling } = await import(URL);
const signaling = new Signaling();
OPEN;
const asked = did.splice(0);
for (let round = 0; round < 3; round += 1) {
  waiting.shift()?.();
  await new Promise((done) => setImmediate(done));
}
console.log(JSON.stringify({ asked, delays, did }));
process.exit(0);
"""


async def opened(tmp_path, how):
    """What a page does whose first connection is neither made nor refused, while the server answers knocks."""
    js, vendor = tmp_path / "js", tmp_path / "vendor"
    js.mkdir()
    vendor.mkdir()
    for name in ("signaling.js", "knocking.js"):
        source = (TEMPLATE_DIR.parent / "static" / "js" / name).read_text("utf-8")
        (js / name).write_text(source, "utf-8")
    (vendor / "socket.io.esm.min.js").write_text("export const io = () => globalThis.socket;", "utf-8")
    (tmp_path / "package.json").write_text('{"type": "module"}', "utf-8")
    script = SIGNALING.replace("URL", json.dumps((js / "signaling.js").as_uri())).replace("OPEN", how)
    node = await asyncio.create_subprocess_exec(
        shutil.which("node") or "node", "--input-type=module", "-e", script, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await node.communicate()
    return json.loads(out)


@pytest.mark.parametrize("how", ['signaling.knock("link")', 'signaling.connect("seat")'])
async def test_a_first_connection_into_nothing_is_begun_anew_like_every_other(tmp_path, how):
    found = await opened(tmp_path, how)
    assert found["asked"][-1] == "connect"
    assert found["delays"] == [4000, 8000, 16_000, 16_000]
    assert found["did"] == ["disconnect", "connect"] * 3


REFUSED = 'signaling.connect("seat"); socket.active = false; hears.connect_error({ data: { code: "CODE" } })'


@pytest.mark.parametrize(("code", "delays"), [("seat_invalid", [4000]), ("too_many", [4000, 2000, 4000])])
async def test_whoever_is_refused_knocks_no_more_and_asks_again_only_where_that_may_help(tmp_path, code, delays):
    found = await opened(tmp_path, REFUSED.replace("CODE", code))
    assert found["delays"][: len(delays)] == delays
    assert found["did"].count("disconnect") == (0 if code == "seat_invalid" else 1)
