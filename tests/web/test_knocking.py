"""How a page whose line is lost finds out that the server is there again; run in Node, with timers of the test."""

import asyncio
import json
import shutil

import pytest

from web.render import TEMPLATE_DIR

SCRIPT = """
const { Knocking } = await import("data:text/javascript," + encodeURIComponent(SOURCE));
const delays = [], waiting = [];
globalThis.setTimeout = (then, ms) => { delays.push(ms); waiting.push(then); return 0; };
globalThis.fetch = async () => { if (!THERE) throw new TypeError("nobody"); };
let answered = 0;
new Knocking(() => { answered += 1; }).start();
for (let round = 0; round < 2; round += 1) {
  waiting.shift()();
  await new Promise((done) => setImmediate(done));
}
console.log(JSON.stringify({ delays, answered }));
process.exit(0);
"""


async def knocked(*, there):
    source = (TEMPLATE_DIR.parent / "static" / "js" / "knocking.js").read_text("utf-8")
    script = SCRIPT.replace("SOURCE", json.dumps(source)).replace("THERE", json.dumps(there))
    node = await asyncio.create_subprocess_exec(
        shutil.which("node") or "node", "--input-type=module", "-e", script, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await node.communicate()
    return json.loads(out)


@pytest.mark.parametrize(("there", "waits"), [(False, [400, 400, 400]), (True, [400, 4000, 4000])])
async def test_once_the_server_answers_the_socket_is_given_time_to_connect(there, waits):
    assert await knocked(there=there) == {"delays": waits, "answered": 2 if there else 0}
