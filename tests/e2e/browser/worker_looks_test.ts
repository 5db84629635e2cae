/**
 * Pictures of the page of a worker with Prefect 3 runs: the overview, a run that completed, one that was cancelled, one that was
 * suspended and resumed, and one that could not be placed. The runs are those of the demo, and no Python is needed.
 *
 * @module
 */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { SANDBOX_PERMISSIONS, startProcess, until } from "../support/process.ts";
import { chromiumPath, startChromium, type Tab } from "./chromium.ts";
import { assertFits, assertLegible, SIZES } from "./looks.ts";

const MAIN = fileURLToPath(new URL("../../../main.ts", import.meta.url));

/** Runs whose pages are looked at, and what each of them must say. */
const RUNS: readonly (readonly [name: string, picture: string, says: RegExp])[] = [
  ["hello 1", "completed", /Completed/],
  ["endless 1", "cancelled", /Cancelled/],
  ["patient 1", "suspended", /patient 1/],
  ["too large 1", "unplaced", /RESOURCE:MEMORY/],
];

async function look(tab: Tab, picture: string): Promise<void> {
  await assertFits(tab, picture);
  await assertLegible(tab, picture);
  await tab.screenshot(picture);
}

/** Addresses of the pages of all runs, by name: a wide list shows them all. */
async function addresses(tab: Tab, page: string): Promise<Readonly<Record<string, string>>> {
  await tab.resize({ width: 1280, height: 1600 });
  await tab.goto(page);
  await tab.until("document.querySelectorAll('.run').length >= 20", "all runs");
  return await tab.evaluate(
    "Object.fromEntries([...document.querySelectorAll('.run a')].map((a) => [a.innerText, a.href]))",
  );
}

async function open(tab: Tab, address: string, what: string): Promise<void> {
  await tab.goto("about:blank#x");
  await tab.goto(address);
  await tab.until("document.querySelector('.node.active')", `the chart of ${what}`);
}

async function lookAtAll(tab: Tab, page: string): Promise<void> {
  const of = await addresses(tab, page);
  for (const theme of ["light", "dark"] as const) {
    for (const size of SIZES) {
      await tab.dark(theme);
      await tab.resize(size);
      const suffix = `${size.width}_${theme}`;
      await tab.goto("about:blank#x");
      await tab.goto(page);
      await tab.until("document.querySelectorAll('.run').length >= 5", "all runs");
      await look(tab, `worker_overview_${suffix}`);
      for (const [name, picture, says] of RUNS) {
        await open(tab, of[name] ?? assert.fail(name), name);
        await look(tab, `worker_${picture}_${suffix}`);
        assert.match(await tab.evaluate<string>("document.body.innerText"), says, `${name}, ${suffix}`);
      }
    }
  }
}

Deno.test({
  name:
    "looks of a worker: given the demo's Prefect 3 runs, when overview and runs are opened in both widths and both themes, then each fits, is legible and has its picture",
  ignore: chromiumPath() === null,
  async fn() {
    const words = ["run", ...SANDBOX_PERMISSIONS, MAIN, "demo", "--flavour", "worker", "--stay"];
    const { output, signal, exited } = startProcess(Deno.execPath(), words, {
      ...Deno.env.toObject(),
      NO_COLOR: "1",
    });
    try {
      const page = await until(
        () => /The page stays at (\S+) until/.exec(output())?.[1],
        () => output().slice(-3000),
        90_000,
      );
      await using browser = await startChromium();
      await lookAtAll(browser.tab, page);

      assert.deepEqual(browser.tab.faults, []);
    } finally {
      signal("SIGTERM");
      await exited;
    }
  },
});
