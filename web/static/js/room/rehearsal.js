/**
 * A sitting of nobody, as most of them begin: drawn once behind the letter, so that the first real one is drawn by code
 * that has run and changes little. Knows no DOM, and nothing of any sitting.
 */

/** @typedef {import("../../../types/room").RoomView} RoomView */
/** @typedef {import("../../../types/room").Person} Person */

/** @returns {RoomView} two people, a recording, and nothing else going on */
export function rehearsal() {
  const now = new Date().toISOString();
  const you = { participant: "you", name: "", role: /** @type {const} */ ("applicant") };
  const them = { participant: "them", name: "", role: /** @type {const} */ ("mediator") };
  return {
    version: 0,
    session: {
      id: "",
      kind: "joint",
      state: "live",
      starts_at: now,
      started_at: now,
      matter: { title: "", case_no: null, cause: "", period_end: null, track: "prefiling_delegated" },
    },
    you: {
      ...you,
      side: "applicant",
      permissions: [],
      place: "main",
      microphone_locked: false,
      camera_locked: false,
      hand_at: null,
    },
    place: "main",
    people: [
      person({ ...them, side: "neutral", presider: true, camera: true }),
      person({ ...you, you: true }),
    ],
    waiting: [],
    audience: { people: [""], recorder: true, captions: false },
    recording: { state: "on", since_ms: 0, reason: null, ask: false },
    caucus: null,
    document: null,
    captions: null,
    ledger: [],
    suspended: null,
    recalled: null,
    locked: null,
    checklist: null,
    missing: null,
    safety: false,
    server_time: now,
  };
}

/** @param {Partial<Person> & Pick<Person, "participant" | "name" | "role">} known @returns {Person} */
function person(known) {
  return {
    side: "applicant",
    you: false,
    presider: false,
    connected: true,
    disconnected_at: null,
    verified: true,
    microphone: true,
    camera: false,
    screen: false,
    microphone_locked: false,
    camera_locked: false,
    hand_at: null,
    with_other_side: false,
    again: false,
    signals: [],
    ...known,
  };
}
