/**
 * Pictures of the page of a worker with Prefect 3 runs: the overview with its calls, a run that completed, one that was
 * cancelled, one that is suspended, one that was and was resumed, and one that could not be placed. The runs are those of the
 * demo and one more, and no Python is needed.
 *
 * @module
 */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { basicOf, restClient } from "../../../sandbox/demo/prefect3/rest.ts";
import { mapping } from "../../../schemas/json/shape.ts";
import { SANDBOX_PERMISSIONS, startProcess, until } from "../support/process.ts";
import { chromiumPath, startChromium, type Tab } from "./chromium.ts";
import { assertFits, assertLegible, SIZES } from "./looks.ts";

const MAIN = fileURLToPath(new URL("../../../main.ts", import.meta.url));

/** Runs whose pages are looked at, and what each of them must say. */
const RUNS: readonly (readonly [name: string, picture: string, says: RegExp])[] = [
  ["hello 1", "completed", /Completed/],
  ["endless 1", "cancelled", /Cancelled/],
  ["sleepy 1", "suspended", /Work pool\s+demo\s+Work queue\s+default\s+Deployment\s+demo/],
  ["patient 1", "resumed", /Completed/],
  ["too large 1", "unplaced", /RESOURCE:MEMORY/],
];

/** Starts one more run, which is suspended and which nobody resumes. @param printed by the demo @returns once its task is over */
async function suspendOne(printed: () => string, page: string): Promise<void> {
  const url = /The API stays at (\S+)/.exec(printed())?.[1] ?? assert.fail(printed());
  const folder = /deno task sandbox --data (\S+)/.exec(printed())?.[1] ?? assert.fail(printed());
  const variables = await Deno.readTextFile(`${folder}/environment.sh`);
  const key = /PREFECT_API_AUTH_STRING=(\S+)/.exec(variables)?.[1] ?? assert.fail(variables);
  const ask = restClient(url, { authorization: basicOf(key) });
  const { id: deployment } = mapping(await ask("GET", "/deployments/name/etl/demo"));
  const values = { name: "sleepy 1", parameters: { seconds: 0, outcome: "suspend" } };
  const { id } = mapping(await ask("POST", `/deployments/${deployment}/create_flow_run`, values));
  const detail = new URL(`/api/runs/${id}${new URL(page).search}`, page);
  const outcome = async () => {
    const answer = await fetch(detail);
    return answer.ok ? (await answer.json()).row.outcome : await answer.body?.cancel();
  };
  await until(async () => await outcome() === "completed" || undefined, printed);
  assert.equal(mapping(await ask("GET", `/flow_runs/${id}`))["state_name"], "Suspended");
}

async function look(tab: Tab, picture: string): Promise<void> {
  await assertFits(tab, picture);
  await assertLegible(tab, picture);
  await tab.screenshot(picture);
}

/** The panel of calls, opened. */
async function lookAtCalls(tab: Tab, suffix: string): Promise<void> {
  const panel =
    "[...document.querySelectorAll('.side-column details')].find((one) => one.innerText.startsWith('Calls'))";
  await tab.evaluate(`${panel}.querySelector("summary").click()`);
  await tab.until("document.querySelector('.calls')?.checkVisibility()", "the calls");
  await tab.evaluate("document.querySelector('.calls').scrollIntoView()");
  await look(tab, `worker_calls_${suffix}`);
  const text = await tab.evaluate<string>("document.querySelector('.calls').innerText");
  for (const call of ["POST /flow_runs/{id}/set_state", "POST /deployments/filter", "ECS RunTask"]) {
    assert.ok(text.includes(call), `${call} in ${text}`);
  }
}

/** Addresses of the pages of all runs, by name: a wide list shows them all. */
async function addresses(tab: Tab, page: string): Promise<Readonly<Record<string, string>>> {
  await tab.resize({ width: 1280, height: 1600 });
  await tab.goto(page);
  await tab.until("document.querySelectorAll('.run').length >= 21", "all runs");
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
      await lookAtCalls(tab, suffix);
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
      await suspendOne(output, page);
      await using browser = await startChromium();
      await lookAtAll(browser.tab, page);

      assert.deepEqual(browser.tab.faults, []);
    } finally {
      signal("SIGTERM");
      await exited;
    }
  },
});
