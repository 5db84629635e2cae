/** The running agent over its own wiring: a Prefect API and an ECS in memory, on a clock that the test moves. */

import assert from "node:assert/strict";
import { Secret } from "../../schemas/secrets/secret.ts";
import { refused, taskArn } from "../support/fake_ecs.ts";
import { errors } from "../support/fake_prefect1.ts";
import { dueRun, outputOf, RUN, startAgent } from "../support/agent/running_agent.ts";

Deno.test("program: given a due run, when polled once, then one task is started for it and the agent ends in good order", async () => {
  const agent = startAgent({ runs: [dueRun()] });

  const { failure, abandoned, launched } = await outputOf(agent);

  const started = agent.ecs.asked.filter(([operation]) => operation === "RunTask").map(([, request]) =>
    request
  );
  assert.deepEqual({ failure, abandoned, launched }, { failure: null, abandoned: [], launched: 1 });
  assert.equal(started.length, 1);
  assert.ok(started[0] instanceof Object && "startedBy" in started[0]);
  assert.equal(started[0].startedBy, RUN);
  assert.equal(agent.prefect.runs.get(RUN)?.state.type, "Submitted");
  assert.ok(agent.prefect.logs.some(({ message }) => String(message).includes(taskArn(1))));
});

Deno.test("program: given an empty queue, when polled twice, then it is asked twice and nothing is started", async () => {
  const agent = startAgent({ maxPolls: 2 });

  const { launched } = await outputOf(agent);

  assert.equal(launched, 0);
  assert.equal(agent.prefect.of("get_runs_in_queue").length, 2);
  assert.deepEqual(agent.ecs.asked, []);
});

Deno.test("program: given a run whose launch ECS refuses for good, when it fails, then the run is Failed and its end is told once", async () => {
  const agent = startAgent({ runs: [dueRun()] });
  agent.ecs.failNext("RunTask", refused("RunTask", "InvalidParameterException", "Network is wrong"));

  const { ended, launched } = await outputOf(agent);

  assert.equal(agent.prefect.runs.get(RUN)?.state.type, "Failed");
  assert.deepEqual([launched, ended.failed], [0, 1]);
  assert.deepEqual(agent.ended.map(({ runId, outcome, failure }) => [runId, outcome, failure?.tag]), [
    [RUN, "failed", "refused"],
  ]);
});

Deno.test("program: given an API that is away, when started, then the log says that it is tried again, and it goes on once the API answers", async () => {
  const agent = startAgent({ maxPolls: 3 });
  agent.prefect.faults.set("register_agent", ["drop", "drop"]);

  const { failure } = await outputOf(agent);

  const waits = agent.logged.filter((line) => line.endsWith("; trying again"));
  assert.equal(failure, null);
  assert.deepEqual(waits.map((line) => line.split(" ")[0]), ["WARNING", "WARNING"]);
  assert.equal(agent.prefect.of("register_agent").length, 3);
});

Deno.test("program: given an API that stays away, when as many starts failed as polls are allowed, then the agent ends with that failure", async () => {
  const agent = startAgent({ maxPolls: 2 });
  agent.prefect.faults.set("register_agent", ["drop", "drop"]);

  const { failure } = await outputOf(agent);

  assert.equal(failure?.tag, "timedOut");
  assert.deepEqual(agent.prefect.of("get_runs_in_queue"), []);
});

Deno.test("program: given a default network that cannot be read at first, when started, then nothing is registered before it is read", async () => {
  const agent = startAgent({ lostReads: 1, maxPolls: 2 });
  await agent.clock.advance(0);
  const before = agent.prefect.ops();

  const { failure } = await outputOf(agent);

  assert.deepEqual([before, failure], [[], null]);
  assert.ok(agent.logged.includes("WARNING EC2 is away; trying again"), agent.logged.join("\n"));
  assert.equal(agent.prefect.of("register_agent").length, 1);
});

Deno.test("program: given a key that the API refuses, when started, then the agent ends with that failure and never polls", async () => {
  const agent = startAgent();
  agent.prefect.faults.set("register_agent", [errors("Unauthenticated", "UNAUTHENTICATED")]);

  const { failure } = await outputOf(agent);

  assert.equal(failure?.tag, "unauthorized");
  assert.deepEqual(agent.prefect.of("get_runs_in_queue"), []);
});

Deno.test("program: given a request to stop, when nothing is being launched, then the agent ends and polls no more", async () => {
  const agent = startAgent({ maxPolls: null });
  await agent.clock.advance(30_000);
  const polls = agent.prefect.of("get_runs_in_queue").length;

  agent.stop$.next({ type: "stop.requested" });
  const { failure, abandoned } = await outputOf(agent);
  await agent.clock.advance(60_000);

  assert.deepEqual([failure, abandoned], [null, []]);
  assert.ok(polls > 0);
  assert.equal(agent.prefect.of("get_runs_in_queue").length, polls);
  assert.equal(agent.stop$.observed, false);
});

Deno.test("program: given a launch that hangs, when stop is requested and the grace is over, then its run is left for the next agent", async () => {
  const agent = startAgent({ runs: [dueRun()], maxPolls: null });
  agent.ecs.failNext("RunTask", { tag: "throttled", retryAfterMs: 60_000, message: "Rate exceeded" });
  await agent.clock.advance(3000);

  agent.stop$.next({ type: "stop.requested" });
  agent.stop$.next({ type: "stop.forced" });
  const { abandoned, launched } = await outputOf(agent);

  assert.deepEqual([abandoned, launched], [[RUN], 0]);
  assert.equal(agent.prefect.runs.get(RUN)?.state.type, "Submitted");
});

Deno.test("program: given a key without a tenant, when a run is launched, then its task gets the tenant that the API names", async () => {
  const credential = { kind: "key", key: new Secret("s3cret-key"), tenantId: null } as const;
  const agent = startAgent({ runs: [dueRun()], settings: { credential } });

  await outputOf(agent);

  const requests = agent.ecs.asked.map(([, request]) => JSON.stringify(request));
  assert.ok(requests.some((text) => text.includes('"value":"tenant-of-key"')), requests.join("\n"));
});

Deno.test("program: given an API that pushes, when it pokes an idle agent, then the next poll is at once", async () => {
  const agent = startAgent({ maxPolls: null });
  await agent.clock.advance(60_000);
  const before = agent.prefect.of("get_runs_in_queue").length;

  agent.channel.push({ type: "poke" });
  await agent.clock.advance(0);

  assert.equal(agent.prefect.of("get_runs_in_queue").length, before + 1);
  agent.stop$.next({ type: "stop.requested" });
  await outputOf(agent);
});

Deno.test("program: given an API that pushes, when it wants a launched run cancelled, then that is not left to the next look", async () => {
  const agent = startAgent({ runs: [dueRun()], maxPolls: null });
  await agent.clock.advance(3000);
  const run = agent.prefect.runs.get(RUN);
  assert.ok(run?.state.type === "Submitted");
  Object.assign(run, { state: { type: "Cancelling" }, version: run.version + 1 });
  const before = agent.prefect.of("flow_run").length;

  agent.channel.push({ type: "cancel.requested", runId: RUN });
  await agent.clock.advance(10);

  assert.equal(agent.prefect.of("flow_run").length, before + 1);
  agent.stop$.next({ type: "stop.forced" });
  await outputOf(agent);
});

Deno.test("program: given an API that pushes, when the agent has ended, then it no longer listens", async () => {
  const agent = startAgent();
  assert.equal(agent.channel.isOpen, true);

  await outputOf(agent);

  assert.equal(agent.channel.isOpen, false);
});

Deno.test("program: given a limit of one and a run that has ended, when its task still lives, then the next run is launched once the task is gone", async () => {
  const other = RUN.replace(/1$/, "2");
  const ended = new Set<string>();
  const agent = startAgent({
    runs: [dueRun(), dueRun(other)],
    maxPolls: null,
    maxTasks: 1,
    throughEcs: (calls) => ({
      ...calls,
      describeTasks: async (...asked) => {
        const found = await calls.describeTasks(...asked);
        const lastStatus = (arn: string) => ended.has(arn) ? "STOPPED" : "RUNNING";
        return { ...found, tasks: found.tasks.map((one) => ({ ...one, lastStatus: lastStatus(one.arn) })) };
      },
    }),
  });
  const launches = () => agent.ecs.operations().filter((operation) => operation === "RunTask").length;
  await agent.clock.advance(10_000);
  const [first = ""] = [RUN, other].filter((id) => agent.prefect.runs.get(id)?.state.type === "Submitted");
  const run = agent.prefect.runs.get(first);
  assert.ok(run);

  Object.assign(run, { state: { type: "Success" }, version: run.version + 1 });
  await agent.clock.advance(120_000);
  const whileItLives = launches();
  ended.add(taskArn(1));
  await agent.clock.advance(20_000);

  assert.deepEqual([whileItLives, launches()], [1, 2]);
  agent.stop$.next({ type: "stop.forced" });
  await outputOf(agent);
});
