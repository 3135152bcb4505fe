"""What a page sends upwards on a line that becomes narrow; run in Node, with figures and a clock of the test."""

import asyncio
import json
import shutil

from web.render import TEMPLATE_DIR

MEDIA = TEMPLATE_DIR.parent / "static" / "js" / "media"
SCRIPT = """
const BASE = FROM;
const [{ Width }, { Twice }, { ENCODINGS, useful }] = await Promise.all(
  ["width", "twice", "encodings"].map((name) => import(`${BASE}/${name}.js`)),
);
let now = 0, bps, nackCount = 0;
globalThis.performance = { now: () => now };
const looks = [];
globalThis.setInterval = (look) => looks.push(look);
const voice = {
  getStats: async () => new Map([
    ["pair", { type: "candidate-pair", availableOutgoingBitrate: bps }],
    ["voice", { type: "outbound-rtp", nackCount }],
  ]),
};
const width = new Width(voice), twice = new Twice(voice, width), seen = [];
for (const [at, kbit, asked = 0] of LOOKS) {
  now = at * 1000;
  bps = kbit && kbit * 1000;
  nackCount += asked;
  for (const look of looks) {
    look();
    await new Promise((done) => setImmediate(done));
  }
  const sent = useful(ENCODINGS.camera, LINES, { level: null, width: width.state });
  seen.push([width.state, sent.filter(({ active }) => active).map(({ rid }) => rid).join(""), twice.needed]);
}
console.log(JSON.stringify(seen));
"""
ALL, SMALLEST, NOTHING = ["wide", "qhf", True], ["narrow", "q", False], ["full", "", False]
AGAIN = ["wide", "qhf", False]  # there is room for the pictures, not for two voices yet


async def sent(tmp_path, *looks, lines=720):
    """State, encodings and whether the voice goes twice, after each look at (seconds, kbit/s[, asked again])."""
    for name in ("width", "twice", "encodings"):
        (tmp_path / f"{name}.js").write_text((MEDIA / f"{name}.js").read_text("utf-8"), "utf-8")
    (tmp_path / "package.json").write_text('{"type": "module"}', "utf-8")
    script = SCRIPT
    for name, value in {"FROM": tmp_path.as_uri(), "LOOKS": looks, "LINES": lines}.items():
        script = script.replace(name, json.dumps(value))
    node = await asyncio.create_subprocess_exec(
        shutil.which("node") or "node", "--input-type=module", "-e", script, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await node.communicate()
    return json.loads(out)


async def test_on_a_line_that_becomes_narrow_nothing_but_one_voice_goes_first_and_then_the_smallest_picture(tmp_path):
    looks = [(40, 2000), (40.25, 150), (41.5, 120), (41.75, 120), (44, 300), (45, 200), (46.75, 229), (47, 240)]
    assert await sent(tmp_path, *looks) == [ALL, NOTHING, NOTHING, *[SMALLEST] * 4, AGAIN]


async def test_what_is_wide_only_for_a_moment_is_tried_ever_more_rarely(tmp_path):
    looks, at = [], 40
    for hold in (5, 10, 20, 40, 40):
        narrow = at + 1.75
        looks += [(at, 100), (narrow, 100), (narrow + hold - 0.25, 300), (narrow + hold, 300)]
        at = narrow + hold + 1
    looks += [(at + 60, 100), (at + 62, 100), (at + 67, 300)]
    assert await sent(tmp_path, *looks) == [*[NOTHING, SMALLEST, SMALLEST, AGAIN] * 5, NOTHING, SMALLEST, AGAIN]


async def test_a_narrow_line_that_goes_on_losing_whatever_is_sent_carries_the_voice_twice(tmp_path):
    before = [(40, 2000), (41, 100, 9), (41.5, 100, 9), (42, 100, 9), (42.5, 100, 9)]
    queue = await sent(tmp_path, *before, (43, 100, 9), (43.5, 100, 9), *[(44 + at, 100) for at in range(20)])
    assert not any(twice for _, _, twice in queue[1:]), "what was lost in front of the line is over with it"
    weather = await sent(tmp_path, *before, *[(43 + at / 2, 100, 1) for at in range(20)])
    assert [twice for _, _, twice in weather[5:9]] == [False, False, False, True]
    assert all(twice for _, _, twice in weather[9:])


async def test_a_browser_that_does_not_say_how_wide_its_line_is_sends_everything(tmp_path):
    assert await sent(tmp_path, (1, None), (2, 0), (3, None)) == [ALL] * 3


async def test_the_smallest_encoding_that_shows_a_face_is_the_one_that_is_left(tmp_path):
    looks = [(40, 2000), (41, 100), (43, 100)]
    assert [each[1] for each in await sent(tmp_path, *looks, lines=360)] == ["hf", "", "h"]
    assert [each[1] for each in await sent(tmp_path, *looks, lines=100)] == ["f", "", "f"]
