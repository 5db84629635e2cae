/**
 * What can be measured of a picture of the page: nothing is too wide, nothing too pale.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Tab } from "./chromium.ts";

/** Nothing reaches beyond the window, so that nobody has to scroll sideways. */
export async function assertFits(tab: Tab, what: string): Promise<void> {
  const [inner, content] = await tab.evaluate<[number, number]>(
    "[innerWidth, document.documentElement.scrollWidth]",
  );
  assert.ok(content <= inner, `${what} is ${content} pixels wide in a window of ${inner}`);
}

/** Every text in sight whose contrast to its ground is below 4.5 : 1; steps that are yet to come are dimmed on purpose. */
const PALE = `(() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (color) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const over = (top, under) => top.map((c, i) => i === 3 ? 255 : (c * top[3] + under[i] * (255 - top[3])) / 255);
  const ground = (element) => {
    const layers = [];
    for (let at = element; at !== null; at = at.parentElement) layers.push(rgba(getComputedStyle(at).backgroundColor));
    return layers.reverse().reduce((under, top) => over(top, under), [255, 255, 255, 255]);
  };
  const light = (color) => {
    const [r, g, b] = color.slice(0, 3).map((c) => c / 255).map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const pale = [];
  for (const element of document.querySelectorAll("body *:not(svg, svg *, :disabled, .later, .later *, script)")) {
    const text = [...element.childNodes].filter((node) => node.nodeType === 3).map((node) => node.data).join("").trim();
    if (text === "" || !element.checkVisibility()) continue;
    const under = ground(element);
    const [a, b] = [light(over(rgba(getComputedStyle(element).color), under)), light(under)];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) pale.push(text.slice(0, 30) + " " + ratio.toFixed(2));
  }
  return [...new Set(pale)];
})()`;

/** Every text can be read. */
export async function assertLegible(tab: Tab, what: string): Promise<void> {
  assert.deepEqual(await tab.evaluate<string[]>(PALE), [], `texts of ${what} that are too pale`);
}

/** A wide window, and a narrow one. */
export const SIZES = [{ width: 1280, height: 800 }, { width: 390, height: 844 }];
