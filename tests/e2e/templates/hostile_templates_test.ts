/** Runs that name templates which never end, never come, or are not theirs to read, beside a plain one. @module */

import assert from "node:assert/strict";
import { withFaultWorld } from "../support/fault_world.ts";
import { readRun } from "../support/prefect_runs.ts";
import { until } from "../support/process.ts";

const HANGING = 120;

/** Paths that are refused at once, and what the run's state tells of them. */
const REFUSED: readonly (readonly [string, RegExp])[] = [
  ["/dev/zero", /there is no regular file of this name that the agent may read/],
  ["file:///dev/urandom", /there is no regular file of this name/],
  ["/nowhere/at/all.yaml", /there is no regular file of this name/],
  ["http://127.0.0.2:1/x", /it leads to a loopback address/],
  ["http://0/x", /it leads to an unspecified address/],
  ["http://[::ffff:169.254.169.254]/latest/", /it leads to a link-local address/],
];

/** A server on loopback that takes requests and never answers. */
function silentServer() {
  const asked: string[] = [];
  const { promise: over, resolve: end } = Promise.withResolvers<void>();
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => undefined },
    async ({ url }) => {
      asked.push(url);
      await over;
      return new Response("late");
    },
  );
  return {
    asked,
    url: `http://127.0.0.1:${server.addr.port}`,
    [Symbol.asyncDispose]: async () => {
      end();
      await server.shutdown();
    },
  };
}

Deno.test("templates: given 120 runs whose templates never come and some that are refused, when a plain run is due after them, then it is launched while they wait", async () => {
  await withFaultWorld(async ({ ask, schedule, start, tasks }) => {
    await using silent = silentServer();
    for (let run = 0; run < HANGING; run++) {
      await schedule({ runConfig: { task_definition_path: `${silent.url}/${run}` } });
    }
    const refused = await Promise.all(
      REFUSED.map(([path]) => schedule({ runConfig: { task_definition_path: path } })),
    );
    const agent = start([]);
    await until(() => Promise.resolve(silent.asked.length === 2 || undefined), agent.output);

    const plain = await schedule({ runConfig: { task_definition_path: null } });
    await until(async () => (await tasks()).length === 1 || undefined, agent.output);
    const askedUntilThen = silent.asked.length;
    for (const [index, id] of refused.entries()) {
      const seen = await until(async () => {
        const run = await readRun(ask, id);
        return run.state === "Failed" ? run : undefined;
      }, agent.output);

      assert.match(JSON.stringify(seen), REFUSED[index]?.[1] ?? /never/);
    }

    assert.ok(askedUntilThen < HANGING, `${askedUntilThen} of them were asked`);
    assert.ok(["Submitted", "Running", "Success"].includes((await readRun(ask, plain)).state));
  });
});
