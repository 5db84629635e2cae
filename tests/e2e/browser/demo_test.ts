/**
 * The page on the real thing: the demo's agent serves it, its runs appear, move and end.
 *
 * @module
 */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { SANDBOX_PERMISSIONS, startProcess, until } from "../support/process.ts";
import { chromiumPath, startChromium, type Tab } from "./chromium.ts";

const ROOT = new URL("../../../", import.meta.url);

interface Demo extends AsyncDisposable {
  readonly url: string;
}

/** Starts `demo` and reads the address that it prints. */
async function startDemo(): Promise<Demo> {
  const main = fileURLToPath(new URL("main.ts", ROOT));
  const { output, signal, exited } = startProcess(
    Deno.execPath(),
    ["run", ...SANDBOX_PERMISSIONS, main, "demo"],
    { ...Deno.env.toObject(), NO_COLOR: "1" },
  );
  const url = await until(() => /(http:\/\/127\.0\.0\.1:\d+\/\S*)\s/.exec(output())?.[1], output);
  return {
    url,
    [Symbol.asyncDispose]: async () => {
      signal("SIGTERM");
      await exited;
    },
  };
}

/** The agent starts after the address is printed. */
async function arrive(tab: Tab, url: string): Promise<void> {
  const end = Date.now() + 30_000;
  for (;;) {
    const answer = await fetch(url).catch(() => null);
    await answer?.body?.cancel();
    if (answer?.ok === true) return await tab.goto(url);
    assert.ok(Date.now() < end, "The agent of the demo never served its page");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Keeps every state that a row was seen in, by run. */
const OBSERVE = `(() => {
  globalThis.seen = {};
  const look = () => {
    for (const row of document.querySelectorAll(".run")) {
      const states = globalThis.seen[row.id] ??= [];
      const state = row.querySelector(".badge").lastChild.textContent;
      if (states.at(-1) !== state) states.push(state);
    }
  };
  look();
  new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true });
})()`;
const ACTIVE = "document.querySelector('[data-active=\"true\"]')?.dataset.state";

/** Walks back through all steps of the run that is shown. @returns the states lit, the last one first */
async function walkBack(tab: Tab): Promise<readonly string[]> {
  const lit: string[] = [];
  const steps = await tab.evaluate<number>("document.querySelectorAll('.step[data-step]').length");
  for (let n = steps - 1; n >= 0; n -= 1) {
    await tab.until(`document.querySelector('.step.current')?.dataset.step === "${n}"`, `step ${n}`);
    lit.push(await tab.evaluate<string>(ACTIVE));
    await tab.press("ArrowLeft");
  }
  return lit;
}

Deno.test({
  name:
    "demo: given its agent's page, when the demo plays, then runs appear, move and end, and a failed one gives its reason and can be walked back",
  ignore: chromiumPath() === null,
  async fn() {
    await using demo = await startDemo();
    await using browser = await startChromium();
    const { tab } = browser;
    await tab.resize({ width: 1280, height: 800 });
    await arrive(tab, demo.url);

    await tab.evaluate(OBSERVE);
    await tab.until("document.querySelectorAll('.run').length > 0", "a run");
    await tab.until(
      "Object.values(seen).some((states) => states.at(-1) === 'Success')",
      "a run that has ended",
    );
    await tab.screenshot("demo_overview");
    const seen = await tab.evaluate<Readonly<Record<string, readonly string[]>>>("seen");
    // The task of these never fits: they fail after some tries, shortly before the demo ends.
    await tab.evaluate(
      "[...document.querySelectorAll('.run a')].find((a) => a.innerText === 'too large 2').click()",
    );
    await tab.until(`${ACTIVE} === "failed"`, "the end of the failed run");
    await tab.screenshot("demo_failed");
    const reason = await tab.evaluate<string>("document.querySelector('.reason.bad').innerText");
    const lit = await walkBack(tab);
    await tab.screenshot("demo_first_step");

    assert.ok(
      Object.values(seen).some((states) => states.length > 1 && states.at(-1) === "Success"),
      `no run was seen moving to its end: ${JSON.stringify(seen)}`,
    );
    assert.match(reason, /RESOURCE:MEMORY/);
    assert.equal(lit[0], "failed");
    for (const state of ["reporting", "runningTask", "planning", "claiming"]) {
      assert.ok(lit.includes(state), `${state} was never lit, only ${lit}`);
    }
    // The demo may end first, and then the page finds its agent gone.
    assert.deepEqual(tab.faults.filter((fault) => !fault.includes("/ws")), []);
    assert.ok(
      tab.requests.every((url) => /^(wss?|https?):\/\/127\.0\.0\.1:|^(data|about|chrome):/.test(url)),
    );
  },
});
