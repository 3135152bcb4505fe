/** Why a microphone or camera is not there, and what to do about it. Knows the catalogue, not the page. */
import { t } from "../i18n.js";

/** @typedef {import("../../../types/room").DeviceFault} DeviceFault */

/**
 * @param {"microphone" | "camera"} source @param {DeviceFault} fault
 * @returns {{title: string, text: string}}
 */
export function faultWords(source, fault) {
  const device = t(`room.device.${source}`);
  return {
    title: t(`room.fault.${fault}`, { device }),
    text: t(`room.fault.${fault}_${platform()}`, { device }),
  };
}

/** @returns {"phone" | "desktop"} whose settings the advice speaks of */
const platform = () =>
  /Android|iPhone|iPad|HarmonyOS|MicroMessenger/i.test(navigator.userAgent) ? "phone" : "desktop";
