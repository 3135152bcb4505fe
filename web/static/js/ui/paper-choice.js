/** Which item shall be shown: one list, each with its side, number and pages. Knows no sockets. */
import { t } from "../i18n.js";
import { showable } from "../room/papers.js";
import { roleName } from "../room/rules.js";
import { offer } from "./dialogs.js";
import { ROLE_OF_SIDE } from "./paper.js";

/** @typedef {import("../../../types/room").RoomView} RoomView */

/** @param {RoomView} view @param {(document: string) => unknown} show */
export async function choosePaper(view, show) {
  const found = await showable(view.you.participant);
  const words = found.length > 0 ? "room.paper.choose_text" : "room.paper.nothing";
  offer(
    t("room.paper.choose"),
    t(view.caucus?.mine ? `${words}_caucus` : words),
    found.map((each) => ({
      icon: each.kept ? "lock" : "evidence",
      label: each.title,
      effect: t("room.paper.line", {
        side: t(`role.${roleName(ROLE_OF_SIDE[each.side], view.session.matter.track)}`),
        n: each.number ?? 0,
        pages: t("materials.pages", { n: each.pages }),
      }),
      run: () => show(each.document),
    })),
  );
}
