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
Math.random = () => CHANCE;
globalThis.fetch = async () => { if (!THERE) throw new TypeError("nobody"); };
let answered = 0;
new Knocking(() => { answered += 1; }).start();
for (let round = 0; round < ROUNDS; round += 1) {
  waiting.shift()();
  await new Promise((done) => setImmediate(done));
}
console.log(JSON.stringify({ delays, answered }));
process.exit(0);
"""


async def knocked(*, there, rounds=4, chance=0.5):
    source = (TEMPLATE_DIR.parent / "static" / "js" / "knocking.js").read_text("utf-8")
    values = {"SOURCE": source, "THERE": there, "ROUNDS": rounds, "CHANCE": chance}
    script = SCRIPT
    for name, value in values.items():
        script = script.replace(name, json.dumps(value), 1)
    node = await asyncio.create_subprocess_exec(
        shutil.which("node") or "node", "--input-type=module", "-e", script, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await node.communicate()
    return json.loads(out)


async def test_once_the_server_answers_the_socket_is_given_time_to_connect_and_ever_more_of_it():
    assert await knocked(there=True) == {"delays": [250, 4000, 8000, 16_000, 16_000], "answered": 4}


async def test_a_server_that_stays_away_is_knocked_for_soon_at_first_and_then_ever_less_often():
    gone = await knocked(there=False, rounds=37)
    assert gone == {"delays": [250] * 32 + [500, 1000, 2000, 4000, 4000, 4000], "answered": 0}


@pytest.mark.parametrize(("chance", "first"), [(0, 187.5), (1, 312.5)])
async def test_pages_that_lost_their_server_together_do_not_knock_together(chance, first):
    assert (await knocked(there=False, chance=chance))["delays"] == [first] * 5
