/** Who is who in a review, in words; knows the one fact of the page it needs: whether the matter came after filing. */

/** @import { Lane } from "../../../types/review" */

import { language, t } from "../i18n.js";

const filed = document.querySelector("[data-filed=yes]") !== null;
/** @type {Record<string, string>} */
const NAMED_AFTER_FILING = { applicant: "plaintiff", respondent: "defendant" };
const SIDES = { applicant: "side-a", respondent: "side-b", third: "side-c", neutral: "side-n" };

/** @param {Lane} lane */
export const nameOf = (lane) => (language === "en" && lane.name_en) || lane.name;

/** @param {Lane} lane */
export const sideOf = (lane) => SIDES[lane.side];

/** @param {Lane} lane */
export const roleOf = (lane) => t(`role.${(filed && NAMED_AFTER_FILING[lane.role]) || lane.role}`);

/** @param {Lane} lane */
export function glyphOf(lane) {
  return t(`glyph.${filed && lane.role === "applicant" ? "plaintiff" : lane.role}`);
}
