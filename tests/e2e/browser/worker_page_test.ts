/**
 * What the page shows of a worker, told by a fake server: where a run comes from, and how often each request was made.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { CallCount } from "../../../inspector/protocol/protocol.ts";
import type { Tab } from "./chromium.ts";
import { SMOOTH, type Story } from "./fake_story.ts";
import { assertFits } from "./looks.ts";
import { scene } from "./scene.ts";

const LONG = `nightly-${"orders-".repeat(40)}`;

const run: Story = {
  id: "w",
  name: "brisk-heron",
  flow: "orders",
  startedMs: Date.now() - 60_000,
  states: SMOOTH.slice(0, 8),
  origin: [
    { name: "Work pool", value: "ecs-pool" },
    { name: "Work queue", value: "urgent <b>" },
    { name: "Deployment", value: LONG },
  ],
};

function calls(
  ...counts: readonly (readonly [service: string, operation: string, count: number, failed: number])[]
): CallCount[] {
  return counts.map(([service, operation, count, failed]) => ({ service, operation, count, failed }));
}

const FIRST = calls(
  ["prefect", "POST /flow_runs/{id}/set_state", 1200, 0],
  ["prefect", "POST /work_pools/{name}/get_scheduled_flow_runs", 31, 2],
  ["ECS", "RunTask", 7, 0],
);

/** Names and values of a list of facts. */
async function factsIn(tab: Tab, selector: string): Promise<readonly string[]> {
  return await tab.evaluate(`(() => {
    const texts = (tag) => [...document.querySelectorAll(${
    JSON.stringify(selector)
  } + " " + tag)].map((one) => one.textContent);
    const values = texts("dd");
    return texts("dt").map((name, at) => name + ": " + values[at]);
  })()`);
}

const PANEL =
  "[...document.querySelectorAll('.side-column details')].find((one) => one.innerText.startsWith('Calls'))";

/** How many counts of calls reach beyond the text of their panel. */
const OVERHANG = `(() => {
  const { right } = ${PANEL}.querySelector(".panel-body").getBoundingClientRect();
  return [...document.querySelectorAll(".calls dd")].filter((one) => one.getBoundingClientRect().right > right + 0.5).length;
})()`;

scene(
  "given a run of a worker, when it is opened, then pool, queue and deployment stand in its head as they are written, in a narrow window, too",
  { stories: [run] },
  async ({ tab }) => {
    await tab.click("#run-w a");
    await tab.until("document.querySelector('.run-facts')", "the head of the run");
    const wide = await factsIn(tab, ".run-facts");
    await assertFits(tab, "a run with a long deployment, wide");
    await tab.resize({ width: 390, height: 844 });
    const narrow = await factsIn(tab, ".run-facts");
    await assertFits(tab, "a run with a long deployment, narrow");

    assert.deepEqual(wide.slice(0, 4), [
      "Flow: orders",
      "Work pool: ecs-pool",
      "Work queue: urgent <b>",
      `Deployment: ${LONG}`,
    ]);
    assert.deepEqual(narrow, wide);
    assert.deepEqual(tab.faults, []);
  },
);

scene(
  "given a run of an agent of Prefect 1, when it is opened, then its head names no pool",
  { stories: [{ ...run, origin: [] }] },
  async ({ tab }) => {
    await tab.click("#run-w a");
    await tab.until("document.querySelector('.run-facts')", "the head of the run");

    const names = (await factsIn(tab, ".run-facts")).map((fact) => fact.split(":")[0]);

    assert.deepEqual(names, ["Flow", "Run", "Adopted", "Attempt", "Task"]);
  },
);

scene(
  "given calls, when the panel is opened and more are told, then it stays open and shows each kind of call with its count and what failed",
  { stories: [run], overview: { calls: FIRST } },
  async ({ tab, server }) => {
    await tab.until(`${PANEL} !== undefined`, "the panel");
    const [isOpen, told] = await tab.evaluate<[boolean, string]>(
      `[${PANEL}.open, ${PANEL}.querySelector(".aside").textContent]`,
    );
    await tab.evaluate(`${PANEL}.querySelector("summary").click()`);
    await tab.until("document.querySelector('.calls')?.checkVisibility()", "the calls");
    const before = await factsIn(tab, ".calls");
    for (const width of [1280, 390]) {
      await tab.resize({ width, height: 844 });
      await assertFits(tab, `the calls in ${width} pixels`);
      assert.equal(await tab.evaluate(OVERHANG), 0, `numbers reach out of the panel in ${width} pixels`);
    }
    server.tell([], {
      calls: calls(["prefect", "POST /flow_runs/{id}/set_state", 1201, 1], ["ECS", "StopTask", 1, 0]),
    });
    await tab.until("document.querySelector('.calls').innerText.includes('StopTask')", "the new calls");
    const after = await factsIn(tab, ".calls");

    assert.deepEqual([isOpen, told.replace(/\D/g, "")], [false, "1238"]);
    assert.deepEqual(before.map((fact) => fact.replace(/(\d)\D(\d{3})/, "$1$2")), [
      "prefect POST /flow_runs/{id}/set_state: 1200",
      "prefect POST /work_pools/{name}/get_scheduled_flow_runs: 31, 2 failed",
      "ECS RunTask: 7",
    ]);
    assert.deepEqual(after.map((fact) => fact.replace(/(\d)\D(\d{3})/, "$1$2")), [
      "prefect POST /flow_runs/{id}/set_state: 1201, 1 failed",
      "ECS StopTask: 1",
    ]);
    assert.deepEqual(tab.faults, []);
  },
);

scene(
  "given no calls, as of a recording of an older version, then there is no panel of them",
  { stories: [run] },
  async ({ tab }) => {
    await tab.until("document.querySelector('.side-column details')", "the side panels");

    assert.equal(await tab.evaluate(`${PANEL} === undefined`), true);
  },
);
