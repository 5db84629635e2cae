/**
 * 10 000 runs, of which many move ten times a second: the page must stay usable. Prints what was measured.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { RunRow } from "../../../inspector/protocol/protocol.ts";
import { chromiumPath, startChromium, type Tab } from "./chromium.ts";
import { type FakeInspector, startFakeInspector } from "./fake_inspector.ts";
import { rowOf, SMOOTH } from "./fake_story.ts";

const RUNS = 10_000;
const CHANGED_PER_UPDATE = 300;
const UPDATES = 50;
const EVERY_MS = 100;

function row(i: number, states: readonly string[]): RunRow {
  return rowOf({
    id: `load-${String(i).padStart(5, "0")}`,
    name: `run ${i}`,
    flow: `flow-${i % 40}`,
    startedMs: Date.now() - 600_000 + i,
    states,
  });
}

/** Notes the length of every frame, and for the row on top how long after it was sent it could be seen. */
const MEASURE = `(() => {
  const kept = { frames: [], delays: [] };
  globalThis.kept = kept;
  let last = performance.now();
  const frame = (now) => { kept.frames.push(now - last); last = now; requestAnimationFrame(frame); };
  requestAnimationFrame(frame);
  let seen = "";
  new MutationObserver(() => {
    const sent = /sent (\\d+)/.exec(document.querySelector(".run-list").innerText)?.[1] ?? "";
    if (sent !== "" && sent !== seen) { seen = sent; kept.delays.push(Date.now() - Number(sent)); }
  }).observe(document.body, { subtree: true, childList: true, characterData: true });
})()`;

interface Kept {
  readonly frames: readonly number[];
  readonly delays: readonly number[];
}

function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return Math.round((sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0) * 10) / 10;
}

/** Moves runs for a while; the newest of them says when it was sent. */
async function pour(server: FakeInspector): Promise<void> {
  for (let update = 0; update < UPDATES; update += 1) {
    const rows = Array.from({ length: CHANGED_PER_UPDATE }, (_, i) => {
      return row((update * 977 + i * 31) % RUNS, SMOOTH.slice(0, 1 + (update + i) % SMOOTH.length));
    });
    const newest = {
      ...row(RUNS, SMOOTH.slice(0, 2)),
      sinceMs: Date.now() + 60_000,
      name: `sent ${Date.now()}`,
    };
    server.tellRows([...rows, newest]);
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
  }
}

async function timed(tab: Tab, act: () => Promise<void>, seen: string): Promise<number> {
  const began = performance.now();
  await act();
  await tab.until(seen, seen);
  return Math.round(performance.now() - began);
}

Deno.test({
  name:
    "load: given 10 000 runs of which 3 000 a second move, when one works with the page, then it stays responsive",
  ignore: chromiumPath() === null,
  async fn() {
    const rows = Array.from({ length: RUNS }, (_, i) => row(i, SMOOTH.slice(0, 1 + i % SMOOTH.length)));
    await using server = startFakeInspector({ stories: [], rows });
    await using browser = await startChromium();
    const { tab } = browser;
    await tab.resize({ width: 1280, height: 800 });
    const firstMs = await timed(
      tab,
      () => tab.goto(server.url),
      "document.body.innerText.includes('10,000 runs')",
    );

    await tab.evaluate(MEASURE);
    const poured = pour(server);
    await tab.press("/");
    const filterMs = await timed(
      tab,
      () => tab.type("flow-7"),
      "document.querySelector('.found').innerText.startsWith('250 of')",
    );
    const clearMs = await timed(
      tab,
      () => tab.press("Escape"),
      "!document.querySelector('.found').innerText.includes('of')",
    );
    await tab.evaluate("document.activeElement.blur()");
    const endMs = await timed(tab, () => tab.press("End"), "document.querySelector('.run.selected')");
    const rowsDrawn = await tab.evaluate<number>("document.querySelectorAll('.run').length");
    await tab.press("Home");
    await poured;
    const { frames, delays } = await tab.evaluate<Kept>("kept");

    const text = [
      `NOTE 10 000 runs, ${
        CHANGED_PER_UPDATE * 1000 / EVERY_MS
      } row changes/s: first table after ${firstMs} ms`,
      `NOTE frames: median ${quantile(frames, 0.5)} ms, 95 % within ${quantile(frames, 0.95)} ms, longest ${
        quantile(frames, 1)
      } ms`,
      `NOTE from sent to seen: median ${quantile(delays, 0.5)} ms, 95 % within ${
        quantile(delays, 0.95)
      } ms, ${delays.length} of ${UPDATES} seen`,
      `NOTE filter ${filterMs} ms, clear ${clearMs} ms, jump to the end ${endMs} ms, ${rowsDrawn} rows drawn`,
    ].join("\n");
    await Deno.stdout.write(new TextEncoder().encode(`${text}\n`));
    assert.ok(rowsDrawn < 80, `${rowsDrawn} rows exist at once`);
    assert.ok(quantile(frames, 0.5) <= 50, "half of the frames take longer than 50 ms");
    assert.ok(quantile(delays, 0.5) <= 500, "half of the updates are seen later than after 500 ms");
    assert.ok(Math.max(filterMs, clearMs, endMs) < 3000, "the page does not answer within 3 s");
    assert.deepEqual(tab.faults, []);
  },
});
