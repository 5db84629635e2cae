import assert from "node:assert/strict";
import { runPrefect3Flow } from "../../../../sandbox/demo/prefect3/runtime.ts";
import type { Rest } from "../../../../sandbox/demo/prefect3/rest.ts";
import type { JsonObject } from "../../../../schemas/json/json.ts";
import { type Prefect3World, prefect3World, withDeployment } from "../../support/prefect3_world.ts";

/** Runs a flow against the API of the sandbox, in memory. */
async function play(
  world: Prefect3World,
  id: string,
  during: () => Promise<unknown> = () => Promise.resolve(),
) {
  const printed: string[] = [];
  const ask: Rest = async (method, path, body) => {
    const answer = await world.ask(method, path, body);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status}`);
    return answer.body;
  };
  const write = (line: string) => void printed.push(line);
  let code: number | null = null;
  const done = runPrefect3Flow({ ask, flowRunId: id, clock: world.clock, write }).then((ended) =>
    code = ended
  );
  for (let step = 0; step < 100 && code === null; step += 1) {
    await world.clock.advance(100);
    if (step === 10) await during();
  }
  await done;
  return { code, printed };
}

async function claimed(world: Prefect3World, parameters: JsonObject) {
  const { run, propose } = await withDeployment(world);
  const { id } = await run({ parameters });
  await propose(id, { type: "PENDING" });
  const names = async () => {
    const { body } = await world.ask("GET", `/flow_run_states/?flow_run_id=${id}`);
    return (body as JsonObject[]).map(({ name }) => name);
  };
  return { id, propose, names };
}

Deno.test("built-in image for a worker: given a claimed run, when it is executed, then it runs, logs and completes", async () => {
  const world = prefect3World();
  const { id, names } = await claimed(world, { seconds: 0.4 });

  const { code } = await play(world, id);
  const { body: logs } = await world.ask("POST", "/logs/filter", { logs: { flow_run_id: { any_: [id] } } });

  assert.equal(code, 0);
  assert.deepEqual(await names(), ["Scheduled", "Pending", "Running", "Completed"]);
  assert.equal((logs as unknown[]).length, 2);
});

Deno.test("built-in image for a worker: given a flow that fails, then its state is Failed and the process ends with 0", async () => {
  const world = prefect3World();
  const { id, names } = await claimed(world, { outcome: "fail" });

  const { code } = await play(world, id);

  assert.equal(code, 0);
  assert.equal((await names()).at(-1), "Failed");
});

Deno.test("built-in image for a worker: given a run that is cancelled while it works, then it sets Cancelled by itself", async () => {
  const world = prefect3World();
  const { id, names, propose } = await claimed(world, { seconds: 60 });

  const { code } = await play(world, id, () => propose(id, { type: "CANCELLING" }));

  assert.equal(code, 0);
  assert.deepEqual((await names()).slice(2), ["Running", "Cancelling", "Cancelled"]);
});

Deno.test("built-in image for a worker: given a flow that suspends, when it is executed again after it was resumed, then it completes", async () => {
  const world = prefect3World();
  const { id, names, propose } = await claimed(world, { outcome: "suspend" });

  await play(world, id);
  const first = await names();
  await world.ask("POST", `/flow_runs/${id}/resume`, {});
  await propose(id, { type: "PENDING" });
  await play(world, id);

  assert.deepEqual(first, ["Scheduled", "Pending", "Running", "Suspended"]);
  assert.deepEqual((await names()).slice(4), ["Resuming", "Pending", "Running", "Completed"]);
});

Deno.test("built-in image for a worker: given a run that has ended, then nothing is set", async () => {
  const world = prefect3World();
  const { id, names, propose } = await claimed(world, {});
  await propose(id, { type: "CANCELLED" });

  const { code } = await play(world, id);

  assert.equal(code, 0);
  assert.equal((await names()).length, 3);
});
