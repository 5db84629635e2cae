import assert from "node:assert/strict";
import { makeListTasks } from "../../../actors/ecs/list_tasks.ts";
import type { EcsCalls, Task } from "../../../actors/ecs/calls.ts";
import type { TasksOfRun } from "../../../schemas/contracts/platform.ts";
import { type Failure, FailureError, toFailure } from "../../../schemas/failure/failure.ts";
import { fakeClock } from "../../support/clock.ts";
import { refused, task, taskArn } from "../../support/fake_ecs.ts";
import { placeIn } from "../../support/watched_world.ts";

const SIGNAL = new AbortController().signal;

/** Lists tasks in a world where ListTasks finds all of them for every run. */
function world(tasks: readonly Task[], { denied }: { readonly denied?: Failure } = {}) {
  const described: (readonly string[])[] = [];
  const ecs: Pick<EcsCalls, "listTasks" | "describeTasks"> = {
    listTasks: () => Promise.resolve(tasks.map(({ arn }) => arn)),
    describeTasks: (_, arns) => {
      described.push(arns);
      if (denied !== undefined) return Promise.reject(new FailureError(denied));
      return Promise.resolve({
        tasks: tasks.filter((one) => arns.includes(one.arn) && one.lastStatus !== ""),
        failures: [],
      });
    },
  };
  const list = makeListTasks({ ecs, clock: fakeClock() });
  const of = (runId: string, taskId: string | null = null): TasksOfRun => ({
    runId,
    taskId,
    place: placeIn(null),
  });
  return { described, list: (runId: string, taskId?: string) => list(of(runId, taskId), SIGNAL) };
}

const OWN = task(taskArn(1), { startedBy: "run-1", flowRunId: "run-1" });
const FOREIGN = task(taskArn(2), { startedBy: "run-1", flowRunId: "run-2" });
const NOBODYS = task(taskArn(3), { startedBy: "run-1" });

Deno.test("list: given tasks that were started with the run's id, when listed, then only those that execute it are its", async () => {
  const { list } = world([FOREIGN, NOBODYS, OWN]);

  assert.deepEqual(await list("run-1"), { outcome: "listed", ids: [OWN.arn] });
});

Deno.test("list: given a task that is known to be the run's, when listed, then it is its without a further look", async () => {
  const { list, described } = world([NOBODYS]);

  assert.deepEqual(await list("run-1", NOBODYS.arn), { outcome: "listed", ids: [NOBODYS.arn] });
  assert.deepEqual(described, []);
});

Deno.test("list: given a listed task that ECS does not show yet, when listed, then it is to be asked again", async () => {
  const { list } = world([OWN, task(taskArn(4), { lastStatus: "" })]);

  const failure = await list("run-1").then(() => null, toFailure);

  assert.ok(failure?.tag === "timedOut" && failure.message.includes(taskArn(4)));
});

Deno.test("list: given tasks may not be described, when listed, then that is the answer, as whose they are is not known", async () => {
  const denied = refused("DescribeTasks", "AccessDeniedException", "not authorized");
  const { list } = world([OWN], { denied });

  assert.deepEqual(await list("run-1"), { outcome: "denied", failure: denied });
});

Deno.test("list: given the tasks of many runs, when listed together, then they are looked at together", async () => {
  const runs = Array.from({ length: 150 }, (_, n) => `run-${n}`);
  const { list, described } = world([OWN]);

  await Promise.all(runs.map((runId) => list(runId)));

  assert.ok(described.length <= 4, `${described.length} requests`);
});

Deno.test("list: given a look that is not answered, when another run is listed later, then it has its answer after 3 s", async () => {
  const clock = fakeClock();
  const asked: (readonly string[])[] = [];
  const list = makeListTasks({
    ecs: {
      listTasks: (_cluster, startedBy) => Promise.resolve([startedBy === "run-1" ? OWN.arn : FOREIGN.arn]),
      describeTasks: (_, arns) => {
        asked.push(arns);
        return arns.includes(OWN.arn)
          ? new Promise(() => undefined)
          : Promise.resolve({ tasks: [FOREIGN], failures: [] });
      },
    },
    clock,
  });
  const of = (runId: string): TasksOfRun => ({ runId, taskId: null, place: placeIn(null) });
  const silent = list(of("run-1"), SIGNAL);
  await clock.advance(1);

  const other = list(of("run-2"), SIGNAL);
  await clock.advance(3000);

  assert.deepEqual(await other, { outcome: "listed", ids: [FOREIGN.arn] });
  assert.deepEqual(asked, [[OWN.arn], [FOREIGN.arn]]);
  void silent;
});
