/**
 * The inspector's page in a real browser, told by a fake server: what a person does with it and what must be seen.
 *
 * @module
 */

import assert from "node:assert/strict";
import { chromiumPath } from "./chromium.ts";
import { chartLayouts } from "./fake_inspector.ts";
import { scene } from "./scene.ts";
import { REFUSED, SMOOTH, type Story } from "./fake_story.ts";

const REASON = "Fargate does not offer 300 CPU units with 1000 MiB";
const NOW = Date.now() - 60_000;

const story = (id: string, states: readonly string[], more: Partial<Story> = {}): Story => ({
  id,
  name: `run-${id}`,
  flow: "orders",
  startedMs: NOW,
  states,
  ...more,
});

const STATE_OF = (id: string): string =>
  `document.querySelector('#run-${id} .cell-state .badge')?.innerText.replace(/^\\W+/, "")`;
const ACTIVE = "document.querySelector('[data-active=\"true\"]')?.dataset.state";

scene(
  "given a live agent, when runs appear, move and end, then the table and the counts follow without a reload",
  { stories: [] },
  async ({ server, tab }) => {
    await tab.until("document.body.innerText.includes('No flow runs yet')", "the empty state");
    server.tell([story("a", SMOOTH.slice(0, 2))]);
    await tab.until(`${STATE_OF("a")} === "claiming"`, "run a, claiming");
    server.tell([story("a", SMOOTH.slice(0, 8)), story("b", SMOOTH.slice(0, 1))]);
    await tab.until(
      `${STATE_OF("a")} === "watching" && ${STATE_OF("b")} === "waiting for start"`,
      "both runs",
    );
    server.tell([story("a", SMOOTH)]);
    await tab.until(`${STATE_OF("a")} === "Success"`, "run a, completed");

    const counts = await tab.evaluate<string>(
      "document.querySelector('.counts').innerText.replace(/\\s+/g, ' ')",
    );

    assert.match(counts, /Under way 1 .*waiting for start 1 .*Ended 1 .*Success 1/);
    assert.deepEqual(tab.faults, []);
  },
);

scene(
  "given a failed run, when it is opened, then its reason stands above everything and at the call that met it",
  { stories: [story("f", REFUSED, { failure: REASON })] },
  async ({ tab, server }) => {
    await tab.click("#run-f a");
    await tab.until("document.querySelector('.reason.bad')", "the reason");

    const reason = await tab.evaluate<string>("document.querySelector('.reason.bad').innerText");
    const call = await tab.evaluate<string>(
      "document.querySelector('[data-step=\"3\"] .call-failure').innerText",
    );
    const request = await tab.evaluate<string>(
      "document.querySelector('[data-step=\"3\"] .request').innerText",
    );

    assert.match(reason, new RegExp(`failed.*rejected.*${REASON}`, "s"));
    assert.match(call, new RegExp(REASON));
    assert.match(request, /AWS request\s+6e0c2b9a-51f7-4a0e-9d3c-000000000003/);
    assert.equal(await tab.evaluate("location.href"), `${server.url}#/run/f`);
    assert.deepEqual(tab.faults, []);
  },
);

scene(
  "given a run with a history, when it is stepped through, then the chart lights each state and marks the way so far",
  { stories: [story("f", REFUSED, { failure: REASON })] },
  async ({ tab, server }) => {
    await tab.goto(`${server.url}#/run/f?step=0`);
    for (const [n, state] of REFUSED.slice(1).entries()) {
      await tab.until(`${ACTIVE} === ${JSON.stringify(state)}`, `${state} at step ${n}`);
      const taken = await tab.evaluate<string[]>(
        "[...document.querySelectorAll('.edge.taken, .edge.just')].map((edge) => edge.dataset.edge).sort()",
      );
      const walked = REFUSED.slice(1, n + 2).map((to, i) => `${REFUSED[i]}>${to}`);
      assert.deepEqual(taken, [...new Set(walked)].sort(), `edges at step ${n}`);
      assert.equal(await tab.evaluate("document.querySelectorAll('[data-active=\"true\"]').length"), 1);
      assert.equal(
        await tab.evaluate("new URLSearchParams(location.hash.split('?')[1]).get('step')"),
        String(n),
      );
      await tab.press("ArrowRight");
    }

    await tab.press("Home");
    await tab.until(`${ACTIVE} === "claiming"`, "the first step");
    await tab.press("End");
    await tab.until(`${ACTIVE} === "failed" && location.hash === "#/run/f"`, "the present");
    await tab.press("ArrowLeft");
    await tab.until(`${ACTIVE} === "reporting"`, "one step back");
    assert.deepEqual(tab.faults, []);
  },
);

scene(
  "given a deep link to a step, when it is opened, then chart, context and what followed are those of that step",
  { stories: [story("s", SMOOTH)] },
  async ({ tab, server }) => {
    await tab.goto(`${server.url}#/run/s?step=2`);
    await tab.until(`${ACTIVE} === "ensuringTaskDefinition"`, "the state of step 2");

    const now = await tab.evaluate<string>("document.querySelector('.now').innerText");
    const context = await tab.evaluate<string>("document.querySelector('.tree').textContent");

    assert.match(now, /At step 2.*ensuring task definition.*ensureTaskDefinition done.*running task/s);
    assert.match(context, /state ensuringTaskDefinition/);
    assert.match(context, /PREFECT__CLOUD__API_KEY hidden/);
    assert.deepEqual(tab.faults, []);
  },
);

scene(
  "given a run that is watched, when it moves on, then the present moves with it and a step looked at stays",
  { stories: [story("m", SMOOTH.slice(0, 3))] },
  async ({ tab, server }) => {
    await tab.goto(`${server.url}#/run/m`);
    await tab.until(`${ACTIVE} === "planning"`, "planning");
    server.tell([story("m", SMOOTH.slice(0, 5))]);
    await tab.until(`${ACTIVE} === "runningTask"`, "the next state");
    const next = await tab.evaluate<string>("document.querySelector('.next').innerText");
    await tab.press("ArrowLeft");
    await tab.until(`${ACTIVE} === "ensuringTaskDefinition"`, "one step back");
    server.tell([story("m", SMOOTH)]);
    await tab.until("document.querySelectorAll('.step').length === 8", "the whole timeline");

    assert.equal(await tab.evaluate(ACTIVE), "ensuringTaskDefinition");
    assert.match(next, /runTask done.*releasing task definition/s);
    assert.deepEqual(tab.faults, []);
  },
);

scene(
  "given the keyboard alone, when runs are filtered, chosen, opened and left, then every key does what the help says",
  {
    stories: ["a", "b", "c"].map((id, i) => story(id, SMOOTH.slice(0, 2 + i), { startedMs: NOW - i * 1000 })),
  },
  async ({ tab }) => {
    await tab.until("document.querySelectorAll('.run').length === 3", "the runs");
    await tab.press("?");
    await tab.until("document.querySelector('dialog[open]')", "the help");
    await tab.press("Escape");
    await tab.until("!document.querySelector('dialog[open]')", "the help gone");
    await tab.press("j");
    await tab.press("j");
    await tab.press("k");
    await tab.until("document.querySelector('.run.selected')?.id === 'run-a'", "the first run chosen");
    await tab.press("/");
    await tab.type("run-c planning");
    await tab.until("document.querySelectorAll('.run').length === 0", "no match for words that do not meet");
    await tab.press("Escape");
    await tab.type("RUN-C");
    await tab.until("document.querySelectorAll('.run').length === 1", "one match");
    assert.equal(await tab.evaluate("location.hash"), "#/?q=RUN-C");
    await tab.press("Enter");
    await tab.press("j");
    await tab.press("Enter");
    await tab.until("location.hash === '#/run/c' && document.querySelector('.run-page')", "the run");
    await tab.press("Escape");
    await tab.until("document.querySelector('.runs')", "the overview");
    assert.deepEqual(tab.faults, []);
  },
);

scene(
  "given states that are switched on and a column that is sorted by, when the address is opened again, then it shows the same",
  { stories: [story("a", SMOOTH), story("b", REFUSED), story("c", SMOOTH.slice(0, 2)), story("d", REFUSED)] },
  async ({ tab, server }) => {
    await tab.click(".count.tone-bad");
    await tab.until("document.querySelectorAll('.run').length === 2", "failed runs only");
    await tab.click(".cell-name button");
    await tab.click(".cell-name button");
    const hash = await tab.evaluate<string>("location.hash");
    await tab.goto("about:blank#left");
    await tab.goto(server.url + hash);
    await tab.until("document.querySelectorAll('.run').length === 2", "the same rows");

    const ids = await tab.evaluate("[...document.querySelectorAll('.run')].map((row) => row.id)");

    assert.equal(hash, "#/?states=Failed&sort=-name");
    assert.deepEqual(ids, ["run-d", "run-b"]);
    assert.equal(await tab.evaluate("document.querySelector('.cell-name').ariaSort"), "descending");
    assert.deepEqual(tab.faults, []);
  },
);

scene(
  "given a connection that is lost, when the agent comes back, then the page says so meanwhile and mends itself",
  { stories: [story("a", SMOOTH.slice(0, 2))] },
  async ({ tab, server }) => {
    await tab.until(`${STATE_OF("a")} === "claiming"`, "run a");
    server.turn("off");
    await tab.until("document.querySelector('.notice')?.innerText.includes('Connection lost')", "the notice");
    assert.equal(await tab.evaluate(STATE_OF("a")), "claiming", "what was known stays in sight");
    server.turn("on");
    server.tell([story("a", SMOOTH)]);
    await tab.click(".notice button");
    await tab.until(`!document.querySelector('.notice') && ${STATE_OF("a")} === "Success"`, "the present");
  },
);

scene(
  "given a recording that was cut off, when it is opened, then the page says so and its clock stands still",
  {
    source: "recording",
    note: "The recording was cut off in the middle of line 41",
    stories: [story("a", SMOOTH.slice(0, 3))],
  },
  async ({ tab }) => {
    await tab.until("document.querySelector('.notice')?.innerText.includes('line 41')", "the note");
    await tab.until("document.querySelector('#run-a')", "the run");
    const since = "document.querySelector('#run-a .cell-since').innerText";
    const before = await tab.evaluate(since);
    await tab.evaluate("new Promise((resolve) => setTimeout(resolve, 2100))");

    assert.equal(await tab.evaluate(since), before);
    assert.equal(await tab.evaluate("document.querySelector('.source').innerText"), "recording");
    assert.deepEqual(tab.faults, []);
  },
);

scene(
  "given a run that nobody knows, when its link is opened, then the page says so and offers a way on",
  { stories: [] },
  async ({ tab, server }) => {
    await tab.goto(`${server.url}#/run/gone`);
    await tab.until("document.body.innerText.includes('Nothing is known of this run')", "the message");

    assert.equal(await tab.evaluate("document.querySelector('.empty a').getAttribute('href')"), "#/?q=gone");
    assert.deepEqual(tab.faults, []);
  },
);

scene(
  "given every state of the chart, when a run is in it, then exactly that state is lit",
  { stories: [] },
  async ({ tab, server }) => {
    const [chart] = chartLayouts;
    const states = chart?.nodes.map(({ id }) => id) ?? [];
    await tab.goto(`${server.url}#/run/x`);
    for (const state of states) {
      server.tell([story("x", ["waitingForStart", state])]);
      await tab.until(`${ACTIVE} === ${JSON.stringify(state)}`, state);
      assert.equal(
        await tab.evaluate("document.querySelectorAll('[data-active=\"true\"]').length"),
        1,
        state,
      );
    }
    assert.ok(states.length > 15);
  },
);

if (chromiumPath() === null) {
  await Deno.stdout.write(new TextEncoder().encode("SKIP browser tests: no Chromium here (set CHROMIUM)\n"));
}
