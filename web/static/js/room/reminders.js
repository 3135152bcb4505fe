/** What becomes due by the clock alone. Pure but for remembering what was said already. */

/** @typedef {import("../../../types/room").RoomView} RoomView */

/** The mediator promised the waiting side to be back: rung once for each promise when its time has come. */
export class Promises {
  #rung = "";

  /** @param {RoomView} view @param {number} now server clock, ms @returns {boolean} */
  isDue(view, now) {
    const { caucus } = view;
    if (!caucus?.mine || !caucus.until || !view.you.permissions.includes("caucus")) return false;
    const promise = `${caucus.since} ${caucus.until}`;
    if (this.#rung === promise || Date.parse(caucus.until) > now) return false;
    this.#rung = promise;
    return true;
  }
}
