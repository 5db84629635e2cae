/** Nothing is repeated in silence: each stage of a running agent, given answers that stay bad, on a clock that the test moves. */

import assert from "node:assert/strict";
import type { EcsCalls } from "../../actors/ecs/calls.ts";
import { refusedCall, toAwsFailure, unreadableAnswer } from "../../actors/aws/failure.ts";
import type { HttpCall } from "../../actors/http/http.ts";
import { FailureError } from "../../schemas/failure/failure.ts";
import { answer, type FakeRun, scheduledRun } from "../support/fake_prefect1.ts";
import { type Agent, dueRun, type Given, RUN, startAgent } from "../support/agent/running_agent.ts";

/** How ECS answers a call for good. */
type Bad = (operation: string) => FailureError;

const write = (operation: string) => ({ service: "ECS", operation, kind: "write" }) as const;
const coded = (code: string, text: string, status: number): Bad => (operation) =>
  refusedCall({ code, text, status, resourceIds: [] }, write(operation));

/** Answers that leave open what has happened. */
const OPEN: Readonly<Record<string, Bad>> = {
  "HTML 500": (operation) => unreadableAnswer(500, write(operation), true),
  "HTML 502": (operation) => unreadableAnswer(502, write(operation), true),
  "ServerException": coded("ServerException", "Service Unavailable. Please try again later.", 500),
  "a reset": (operation) =>
    toAwsFailure(
      new FailureError({ tag: "unreachable", message: "Cannot reach ECS: reset" }),
      write(operation),
    ),
};

/** Answers of something that is not AWS: nothing was carried out. */
const REFUSED: Readonly<Record<string, Bad>> = {
  "501": coded("Unknown", "UnknownError", 501),
  "501 InternalFailure": coded(
    "InternalFailure",
    "API for service 'ecs' not yet implemented or pro feature",
    501,
  ),
  "HTML 403": (operation) => unreadableAnswer(403, write(operation), true),
};

/** ECS that answers one operation badly, for good. */
function through(
  operation: "RunTask" | "RegisterTaskDefinition",
  bad: Bad,
): NonNullable<Given["throughEcs"]> {
  return (calls): EcsCalls => ({
    ...calls,
    ...(operation === "RunTask"
      ? { runTask: () => Promise.reject(bad(operation)) }
      : { registerTaskDefinition: () => Promise.reject(bad(operation)) }),
  });
}

const UNTIL_TOLD_MS = 15_000;

/** What the agent's log and the run's log say so far that is worth a look. */
function told({ logged, prefect }: Agent) {
  const own = prefect.logs.map(({ message }) => String(message));
  return {
    agent: logged.filter((line) => /^WARNING Cannot /.test(line)),
    run: own.filter((line) => /^Cannot .* this flow run yet/.test(line)),
  };
}

async function ended(agent: Agent): Promise<void> {
  agent.stop$.next({ type: "stop.forced" });
  await agent.clock.advance(1000);
  await agent.program;
}

for (
  const [operation, verb, goesOn] of [
    ["RunTask", "start the task of", /not given up .* a task may have been started/],
    [
      "RegisterTaskDefinition",
      "find or register the task definition of",
      /given up after 90 s \(--definition-deadline\)/,
    ],
  ] as const
) {
  for (const [name, bad] of Object.entries(OPEN)) {
    Deno.test(`silence: given ${operation} answered with ${name} for good, when 15 s have passed, then both logs say so once, and then ever less often`, async () => {
      const agent = startAgent({ runs: [dueRun()], maxPolls: null, throughEcs: through(operation, bad) });

      await agent.clock.advance(UNTIL_TOLD_MS);
      const early = told(agent);
      await agent.clock.advance(60_000);
      const later = told(agent);
      await ended(agent);

      assert.equal(early.agent.length, 1, agent.logged.join("\n"));
      assert.ok(early.agent[0]?.includes(`Cannot ${verb} flow run ${RUN} for `), early.agent[0]);
      assert.equal(early.run.length, 1);
      const line = early.run[0] ?? "";
      assert.ok(line.includes(`Cannot ${verb} this flow run yet, tried `), line);
      assert.ok(line.includes(bad(operation).message.replace(/\.$/, "")), line);
      assert.match(line, /the next try is (in [\d.]+ s|under way)\. /);
      assert.match(line, goesOn);
      assert.match(line, /Check .*(proxies|health)/);
      assert.deepEqual([later.agent.length, later.run.length], [2, 2]);
    });
  }

  for (const [name, bad] of Object.entries(REFUSED)) {
    Deno.test(`silence: given ${operation} answered with ${name}, when some seconds have passed, then the run is Failed with that text`, async () => {
      const agent = startAgent({ runs: [dueRun()], maxPolls: null, throughEcs: through(operation, bad) });

      await agent.clock.advance(UNTIL_TOLD_MS);
      const state = agent.prefect.runs.get(RUN)?.state;
      await ended(agent);

      assert.equal(state?.type, "Failed", agent.logged.join("\n"));
      assert.ok(String(state?.message).includes("AWS_ENDPOINT_URL"), String(state?.message));
    });
  }
}

for (const [name, bad] of Object.entries(OPEN)) {
  Deno.test(`silence: given RegisterTaskDefinition answered with ${name} for good, when its deadline has passed, then the run is Failed with why`, async () => {
    const agent = startAgent({
      runs: [dueRun()],
      maxPolls: null,
      throughEcs: through("RegisterTaskDefinition", bad),
    });

    await agent.clock.advance(110_000);
    const state = agent.prefect.runs.get(RUN)?.state;
    await ended(agent);

    assert.equal(state?.type, "Failed");
    assert.match(String(state?.message), /given up after 90 s of trying \(--definition-deadline\)/);
  });

  Deno.test(`silence: given RunTask answered with ${name} for ten minutes, then the run is neither Failed nor launched twice`, async () => {
    const agent = startAgent({ runs: [dueRun()], maxPolls: null, throughEcs: through("RunTask", bad) });

    await agent.clock.advance(600_000);
    const state = agent.prefect.runs.get(RUN)?.state;
    const lines = told(agent);
    await ended(agent);

    assert.equal(state?.type, "Submitted");
    // After 10 s, then after another 60, 120, 240 s.
    assert.deepEqual([lines.agent.length, lines.run.length], [4, 4]);
  });
}

/** How the Prefect API answers for good. */
const AWAY: Readonly<Record<string, () => ReturnType<HttpCall>>> = {
  "HTML 500": () => Promise.resolve(answer(500, "<html>sorry</html>")),
  "HTML 502": () => Promise.resolve(answer(502, "<html>Bad Gateway</html>")),
  "501": () => Promise.resolve(answer(501, "{}")),
  "a reset": () =>
    Promise.reject(new FailureError({ tag: "unreachable", message: "Cannot reach the API: reset" })),
};

for (const [name, away] of Object.entries(AWAY)) {
  Deno.test(`silence: given claims that the API answers with ${name} for good, when 15 s have passed, then the log says so, and the run is given back in time`, async () => {
    const agent = startAgent({
      runs: [dueRun()],
      maxPolls: null,
      throughApi: (call) => (request) =>
        /set_flow_run_states/.test(String(request.body)) ? away() : call(request),
    });

    await agent.clock.advance(UNTIL_TOLD_MS);
    const early = told(agent);
    await agent.clock.advance(90_000);
    await ended(agent);

    assert.equal(early.agent.length, 1, agent.logged.join("\n"));
    assert.match(early.agent[0] ?? "", /Cannot claim flow run .* given back after 90 s \(--claim-deadline\)/);
    assert.deepEqual(early.run, [], "a run that is not claimed has no line of ours");
    assert.ok(agent.ended.some(({ runId, outcome }) => runId === RUN && outcome === "released"));
  });

  Deno.test(`silence: given an end that the API answers with ${name} for good, when 15 s have passed, then the log says so`, async () => {
    let isAway = false;
    const agent = startAgent({
      runs: [dueRun()],
      maxPolls: null,
      throughEcs: (calls) => ({
        ...calls,
        runTask: () => {
          isAway = true;
          return Promise.reject(coded("InvalidParameterException", "no", 400)("RunTask"));
        },
      }),
      throughApi: (call) => (request) =>
        isAway && !/get_runs_in_queue/.test(String(request.body)) ? away() : call(request),
    });

    await agent.clock.advance(2 * UNTIL_TOLD_MS);
    const { agent: lines } = told(agent);
    await ended(agent);

    assert.ok(
      lines.some((line) => /Cannot (tell the API about|confirm the claim on) flow run/.test(line)),
      agent.logged.join("\n"),
    );
  });
}

for (const [name, bad] of Object.entries(OPEN)) {
  Deno.test(`silence: given a cancelled run whose StopTask is answered with ${name} for good, when 15 s of trying have passed, then both logs say so`, async () => {
    const agent = startAgent({
      runs: [dueRun()],
      maxPolls: null,
      throughEcs: (calls) => ({ ...calls, stopTask: () => Promise.reject(bad("StopTask")) }),
    });
    await agent.clock.advance(3000);
    const run = agent.prefect.runs.get(RUN);
    assert.ok(run?.state.type === "Submitted");
    Object.assign(run, { state: { type: "Cancelling" }, version: run.version + 1 });

    agent.channel.push({ type: "cancel.requested", runId: RUN });
    // The run may end by itself for 30 s; that is no try.
    await agent.clock.advance(30_000 + UNTIL_TOLD_MS);
    const { agent: lines, run: own } = told(agent);
    await ended(agent);

    assert.equal(lines.length, 1, agent.logged.join("\n"));
    assert.match(lines[0] ?? "", /Cannot stop the task of flow run .* its task may still be running/);
    assert.equal(own.length, 1);
  });
}

Deno.test("silence: given tasks that cannot be looked at, when they are followed, then the log says so", async () => {
  const agent = startAgent({
    runs: [dueRun()],
    maxPolls: null,
    throughEcs: (calls) => ({
      ...calls,
      describeTasks: () =>
        Promise.reject(unreadableAnswer(502, { ...write("DescribeTasks"), kind: "read" }, true)),
    }),
  });

  await agent.clock.advance(3000 + UNTIL_TOLD_MS);
  const { agent: lines } = told(agent);
  await ended(agent);

  assert.equal(lines.length, 1, agent.logged.join("\n"));
  assert.match(lines[0] ?? "", /Cannot look at the tasks of cluster default for .* 502 is not one of AWS/);
});

for (const [name, away] of Object.entries(AWAY)) {
  Deno.test(`silence: given reads of followed runs that the API answers with ${name}, when they go on, then the log says so`, async () => {
    let isAway = false;
    const agent = startAgent({
      runs: [dueRun()],
      maxPolls: null,
      throughApi: (call) => (request) => isAway ? away() : call(request),
    });
    await agent.clock.advance(3000);
    isAway = true;

    await agent.clock.advance(2 * UNTIL_TOLD_MS);
    const { agent: lines } = told(agent);
    await ended(agent);

    assert.ok(
      lines.some((line) => /Cannot read the flow runs that are followed for/.test(line)),
      agent.logged.join("\n"),
    );
  });
}

Deno.test("silence: given RunTask that is never answered, when 15 s have passed, then both logs say that there is no answer", async () => {
  const agent = startAgent({
    runs: [dueRun()],
    maxPolls: null,
    throughEcs: (calls) => ({ ...calls, runTask: () => new Promise(() => undefined) }),
  });

  await agent.clock.advance(UNTIL_TOLD_MS);
  const early = told(agent);
  await ended(agent);

  assert.equal(early.agent.length, 1, agent.logged.join("\n"));
  assert.match(early.agent[0] ?? "", /there is no answer yet; the first try goes on/);
  assert.match(early.run[0] ?? "", /there is no answer yet/);
});

Deno.test("silence: given 50 runs that fail with texts of their own, when 15 s have passed, then the agent's log has one line for all", async () => {
  const ids = Array.from(
    { length: 50 },
    (_, at) => `00000000-0000-4000-8000-${String(at).padStart(12, "0")}`,
  );
  let calls = 0;
  const agent = startAgent({
    runs: ids.map(dueRun),
    maxPolls: null,
    throughEcs: (all) => ({
      ...all,
      runTask: () => Promise.reject(coded("ServerException", `request ${calls++} failed`, 500)("RunTask")),
    }),
  });

  await agent.clock.advance(UNTIL_TOLD_MS);
  const { agent: lines, run } = told(agent);
  await ended(agent);

  assert.equal(lines.length, 1, lines.join("\n"));
  assert.match(
    lines[0] ?? "",
    /Cannot start the task of \d+ flow runs for .*, the first of them with \d+ tries: /,
  );
  assert.ok(run.length > 1 && run.length <= 50);
});

Deno.test("silence: given a run that begins without trouble, when a minute has passed, then nothing is told", async () => {
  const agent = startAgent({
    runs: [dueRun(), scheduledRun("later", 1, "2030-01-01T00:00:00+00:00")],
    maxPolls: null,
  });

  await agent.clock.advance(60_000);
  const { agent: lines, run } = told(agent);
  await ended(agent);

  assert.deepEqual([lines, run], [[], []]);
});

const OTHER = "00000000-0000-4000-8000-000000000002";

/** The same run of another flow, which needs another definition. */
function otherFlow(run: FakeRun): FakeRun {
  const storage = { type: "Docker", image_name: "others", image_tag: "1", registry_url: "registry.example" };
  const flow = {
    id: "f2",
    name: "Other",
    version: 1,
    environment: null,
    storage,
    core_version: "1.4.1",
  };
  return { ...run, row: { ...run.row, flow } };
}

/** ECS that never answers the first call of an operation, and answers all others. */
function silentOnce(operation: keyof EcsCalls): NonNullable<Given["throughEcs"]> {
  return (calls): EcsCalls => {
    let isFirst = true;
    const silent = (...given: readonly unknown[]): Promise<never> | null => {
      if (!isFirst) return null;
      isFirst = false;
      const signal = given.find((one) => one instanceof AbortSignal);
      return new Promise((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason)));
    };
    const call = calls[operation] as (...given: readonly unknown[]) => Promise<never>;
    return { ...calls, [operation]: (...given: readonly unknown[]) => silent(...given) ?? call(...given) };
  };
}

for (const operation of ["registerTaskDefinition", "runTask"] as const) {
  Deno.test(`silence: given ${operation} that is not answered once, when another run is due, then it is launched within 2 s, and the first is told in its log within 15 s`, async () => {
    const runs = [dueRun(), otherFlow(dueRun(OTHER))];
    const agent = startAgent({ runs, maxPolls: null, throughEcs: silentOnce(operation) });

    await agent.clock.advance(2000);
    const launched = agent.ecs.operations().filter((one) => one === "RunTask").length;
    await agent.clock.advance(UNTIL_TOLD_MS);
    const lines = told(agent);
    await ended(agent);

    assert.equal(launched, 1);
    assert.equal(lines.run.length, 1);
    assert.match(lines.run[0] ?? "", /there is no answer yet/);
  });
}
