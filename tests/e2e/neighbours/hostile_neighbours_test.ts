/**
 * Hostile runs of every class among good ones, due at once, on the agent's process: the good ones go on, the hostile ones are
 * refused with a sentence each, memory stays small, and nothing is given away.
 *
 * @module
 */

import assert from "node:assert/strict";
import { assertNonePlanted } from "../secrets/planted_secrets.ts";
import { dueRun, FAULTY_TEMPLATE, hostileRuns, PLANTED_DEFINITION, runId } from "./hostile_runs.ts";
import { HOSTILE_YAML, openTrap, serveTemplates } from "./hostile_texts.ts";
import { play } from "./neighbour_world.ts";

const GOOD = 200;

/** What the good runs may take beside hostile ones: so many times what they take alone, or this. */
const MOST = { times: 3, ms: 10_000, MB: 300 } as const;

const GOOD_TEMPLATE = "networkMode: bridge\ncontainerDefinitions: [{name: flow, image: good}]\n";
const HOSTS = ["localhost", ...Array.from({ length: 6 }, (_, at) => `127.0.0.${at + 2}`)];

/** Every fourth of them names a template. */
function goodRuns(templates: number) {
  return Array.from({ length: GOOD }, (_, at) => {
    const path = `http://localhost:${templates}/text/good`;
    const run_config = { type: "ECSRun", ...(at % 4 === 0 ? { task_definition_path: path } : {}) };
    return dueRun(runId(1, at), { run_config });
  });
}

/** Those of both lists in turn, spread evenly, hostile ones first. */
function mixed<One>(good: readonly One[], hostile: readonly One[]): readonly One[] {
  const each = good.length / hostile.length;
  return hostile.flatMap((
    one,
    at,
  ) => [one, ...good.slice(Math.round(at * each), Math.round((at + 1) * each))]);
}

async function withFolder<Result>(use: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/secret.yaml`, FAULTY_TEMPLATE);
    await Deno.writeTextFile(`${folder}/sparse`, "");
    await Deno.truncate(`${folder}/sparse`, 5_000_000_000);
    await new Deno.Command("mkfifo", { args: [`${folder}/fifo`] }).output();
    return await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function assertPrintable(output: string, where: string): void {
  const unfit =
    // deno-lint-ignore no-control-regex -- none of these may reach a terminal
    /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/;
  assert.doesNotMatch(output, unfit, where);
}

Deno.test("neighbours: given hostile runs of every class among 200 good ones, when all are due at once, then the good ones are launched in time and the hostile ones are Failed with a sentence each", () =>
  withFolder(async (folder) => {
    await using trap = openTrap();
    await using proxy = openTrap();
    await using templates = serveTemplates(
      new Map([
        ...Object.entries(HOSTILE_YAML),
        ["good", GOOD_TEMPLATE],
        ["faulty", FAULTY_TEMPLATE],
        ["planted", JSON.stringify(PLANTED_DEFINITION)],
      ]),
    );
    const start = { templates: templates.port, hosts: HOSTS, proxy: proxy.port };
    const hostile = hostileRuns({ templates: templates.port, trap: trap.port, folder });
    const good = goodRuns(templates.port);
    const ids = new Set(good.map(({ id }) => id));
    assert.ok(hostile.length >= 60, `${hostile.length} hostile runs`);

    const huge = new Set(hostile.flatMap(({ what, run }) => what === "70 MB" ? [run.id] : []));
    const alone = await play({ all: good, good: ids, huge }, start);
    const beside = await play({
      all: mixed(goodRuns(templates.port), hostile.map(({ run }) => run)),
      good: ids,
      huge,
    }, start);

    for (const { what, run, says } of hostile) {
      const state = beside.states.get(run.id);
      assert.equal(state?.type, "Failed", what);
      assert.match(String(state?.message), says, what);
      assertPrintable(String(state?.message), what);
    }
    const most = Math.max(MOST.times * alone.launchedMs, MOST.ms);
    assert.ok(
      beside.launchedMs <= most,
      `the last good run took ${beside.launchedMs} ms, alone ${alone.launchedMs}`,
    );
    assert.ok(beside.peakMB < MOST.MB, `${beside.peakMB} MB, alone ${alone.peakMB}`);
    for (const { launches, exitCode } of [alone, beside]) {
      const launched = launches.filter((id) => ids.has(id));
      assert.equal(launched.length, GOOD, "one request for each good run");
      assert.equal(new Set(launched).size, GOOD);
      assert.equal(exitCode, 0);
    }
    assert.deepEqual([trap.connections(), proxy.connections()], [0, 0], "refused addresses are not asked");
    for (const [where, output] of Object.entries(beside.outputs)) assertNonePlanted(output, where);
    assertPrintable(beside.outputs["the log"] ?? "", "the log");
    assert.doesNotMatch(
      beside.outputs["the log"] ?? "",
      /^\[2023-01-02\] ERROR/m,
      "a line that a run forged",
    );
  }));
