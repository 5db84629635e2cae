/**
 * Pictures of the page at the widths and in the colours it is made for, kept below `tests/output/` to be looked at; what
 * can be measured of them is.
 *
 * @module
 */

import assert from "node:assert/strict";
import { chromiumPath, startChromium } from "./chromium.ts";
import { assertFits, assertLegible, SIZES } from "./looks.ts";
import { startFakeInspector } from "./fake_inspector.ts";
import { REFUSED, SMOOTH, type Story } from "./fake_story.ts";

const FLOWS = ["nightly-orders", "customer-sync", "forecast", "cleanup", "invoice-export"];
const NAMES = ["brisk-otter", "quiet-heron", "amber-fox", "stoic-mole", "lucid-crane", "sturdy-lynx"];
const REASON =
  "Registering the task definition was refused: Fargate does not offer 300 CPU units with 1000 MiB; accepted are 256, 512, 1024, 2048, 4096";

function stories(now: number): readonly Story[] {
  return Array.from({ length: 60 }, (_, i): Story => {
    const failed = i % 11 === 3;
    const states = failed ? REFUSED : SMOOTH.slice(0, 1 + (i * 5) % SMOOTH.length);
    return {
      id: `5d0c3f7a-8f1e-4c55-9a7e-${String(i).padStart(12, "0")}`,
      name: `${NAMES[i % NAMES.length]}-${i}`,
      flow: FLOWS[i % FLOWS.length] ?? "",
      startedMs: now - 90_000 - i * 7000,
      states,
      ...(failed ? { failure: REASON } : {}),
    };
  });
}

const OVERVIEW = (now: number) => ({
  limiters: [
    {
      name: "runTask",
      description: "starting and stopping tasks",
      waiting: 42,
      ratePerS: 14.5,
      slowed: true,
    },
    { name: "register", description: "registering definitions", waiting: 0, ratePerS: 1, slowed: false },
    {
      name: "describe",
      description: "reading tasks and definitions",
      waiting: 3,
      ratePerS: 20,
      slowed: false,
    },
  ],
  errors: [3, 14, 25].map((i, at) => ({
    n: 9 - at,
    atMs: now - 4000 - at * 61_000,
    runId: `5d0c3f7a-8f1e-4c55-9a7e-${String(i).padStart(12, "0")}`,
    name: `${NAMES[i % NAMES.length]}-${i}`,
    state: "ensuringTaskDefinition",
    failure: { tag: "rejected", message: REASON },
  })),
});

Deno.test({
  name:
    "looks: given both widths and both themes, when every view is opened, then it fits, is legible and has its picture",
  ignore: chromiumPath() === null,
  async fn() {
    const now = Date.now();
    await using server = startFakeInspector({ stories: stories(now), overview: OVERVIEW(now) });
    await using browser = await startChromium();
    const { tab } = browser;
    const failed = `${server.url}#/run/5d0c3f7a-8f1e-4c55-9a7e-000000000003`;
    for (const theme of ["light", "dark"] as const) {
      for (const size of SIZES) {
        await tab.dark(theme);
        await tab.resize(size);
        const suffix = `${size.width}_${theme}`;
        await tab.goto("about:blank#x");
        await tab.goto(server.url);
        await tab.until("document.querySelectorAll('.run').length > 5", "the table");
        await tab.press("j");
        await tab.press("j");
        await assertFits(tab, `overview_${suffix}`);
        await assertLegible(tab, `overview_${suffix}`);
        await tab.screenshot(`overview_${suffix}`);
        await tab.goto(failed);
        await tab.until("document.querySelector('.node.active')", "the chart");
        await assertFits(tab, `run_${suffix}`);
        await assertLegible(tab, `run_${suffix}`);
        await tab.screenshot(`run_${suffix}`);
        await tab.goto(`${failed}?step=3`);
        await tab.until("document.querySelector('[data-step=\"3\"].current')", "step 3");
        await tab.screenshot(`step_${suffix}`);
        await tab.evaluate("scrollTo(0, 900)");
        await tab.screenshot(`step_lower_${suffix}`);
        await tab.press("?");
        await tab.screenshot(`help_${suffix}`);
        await tab.press("Escape");
        await tab.press("a");
        await tab.until("document.querySelector('[data-state=polling].active')", "the agent's chart");
        await assertFits(tab, `agent_${suffix}`);
        await assertLegible(tab, `agent_${suffix}`);
        await tab.screenshot(`agent_${suffix}`);
      }
    }
    assert.deepEqual(browser.tab.faults, []);
  },
});
