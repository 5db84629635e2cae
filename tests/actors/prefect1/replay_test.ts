/** Recorded agents replayed: given the recorded answers, the requests are the recorded ones. @module */

import assert from "node:assert/strict";
import type { HttpCall, HttpRequest } from "../../../actors/http/http.ts";
import { FailureError } from "../../../schemas/failure/failure.ts";
import type { FlowRun } from "../../../schemas/prefect1/flow_run.ts";
import { stateVersion } from "../../../schemas/prefect1/state_version.ts";
import { answer } from "../../support/fake_prefect1.ts";
import { claimOn, type TestAgent, testAgent } from "../../support/prefect1_agent.ts";
import { type Exchange, type Life, recordedLives } from "../../support/prefect1_recording.ts";

/** Answers from the recording and compares what is asked with it. */
function recordedCall(life: Life) {
  let at = 0;
  const problems: unknown[] = [];
  const call: HttpCall = (request) => {
    const doc = JSON.parse(String(request.body));
    const op = /\{\s*(\w+)/.exec(String(doc.query))?.[1];
    // Reading a run back before it is set to Failed is ours, the recorded agent writes blindly. An API that cannot say what
    // the state is leaves the version of the poll.
    if (op === "flow_run" && !doc.query.includes("_or:")) {
      return Promise.resolve(answer(200, { data: null, errors: [{ message: "not recorded" }] }));
    }
    const wanted = life.exchanges[at++];
    try {
      assert.ok(wanted !== undefined, `nothing is recorded after ${op}`);
      assert.equal(op, wanted.operation[0]);
      compare(request, doc, wanted);
      return respond(wanted.response);
    } catch (problem) {
      // The agent lives on after a failed request; the test must not.
      problems.push(problem);
      return Promise.reject(problem);
    }
  };
  return { call, problems, next: (): Exchange | undefined => life.exchanges[at] };
}

function respond({ status, body }: Exchange["response"]) {
  if (status === null) {
    return Promise.reject(new FailureError({ tag: "unreachable", message: "connection dropped" }));
  }
  return Promise.resolve(answer(status, body ?? ""));
}

function compare(request: HttpRequest, doc: { query: string; variables: string }, wanted: Exchange): void {
  const ours = Object.entries(request.headers).filter(([name]) => /^(X-PREFECT|Authorization)/.test(name));
  const theirs = Object.entries(wanted.request.headers).filter(([name]) =>
    /^(X-PREFECT|Authorization)/.test(name)
  );
  assert.deepEqual(Object.fromEntries(ours), Object.fromEntries(theirs), `headers of n=${wanted.n}`);
  assert.equal(typeof doc.variables, "string");
  assert.deepEqual(essential(JSON.parse(doc.variables)), essential(wanted.request.variables_decoded));
}

/** What must be the same: moments, markers, dumps of nested states and the type of agent are free. */
// deno-lint-ignore no-explicit-any -- recorded JSON, of many shapes
function essential(variables: any): unknown {
  if (variables === null) return null;
  const { before, type: _type, states, ...rest } = variables.input;
  return {
    ...rest,
    ...(before === undefined ? {} : { before: "some time" }),
    ...(states && { states: states.map(plain) }),
  };
}

// deno-lint-ignore no-explicit-any -- likewise
function plain({ state, ...rest }: any): unknown {
  const nested = state.state && { type: state.state.type, start_time: state.state.start_time };
  return { ...rest, type: state.type, message: state.message, version: rest.version, nested };
}

/** Does what the recorded agent did next, until the recording is over. */
async function relive(agent: TestAgent, next: () => Exchange | undefined): Promise<void> {
  const { orchestrator, signal, during } = agent;
  await during(orchestrator.start(signal)).catch(() => undefined);
  const adopted = new Map<string, FlowRun>();
  for (let now = next(); now !== undefined; now = next()) {
    const input = now.request.variables_decoded?.input;
    if (now.operation[0] === "get_runs_in_queue") {
      const page = await during(orchestrator.poll(new Set(adopted.keys()), signal), 20_000).catch(() => null);
      for (const { run } of page?.runs ?? []) adopted.set(run.id, run);
    } else if (now.operation[0] === "write_run_logs") {
      const [{ flow_run_id: id, level, message }] = input.logs;
      const seen = adopted.get(id);
      const version = seen === undefined ? null : stateVersion(seen.version);
      const run = { id, version, claim: null, held: false };
      const failure = { tag: "unexpected", message } as const;
      const told: Promise<unknown> = level === "ERROR"
        ? orchestrator.fail(run, failure, signal)
        : orchestrator.log(id, level, message, signal);
      await during(told).catch(() => undefined);
      adopted.delete(id);
    } else {
      const [run] = [...adopted.values()].filter((one) =>
        JSON.stringify(input).includes(one.id) || one.stateType === "Running"
      );
      assert.ok(run !== undefined, `n=${now.n} is about no adopted run`);
      const result = await during(orchestrator.claim(run, claimOn(run), signal)).catch(() => null);
      if (result?.outcome === "lost") adopted.delete(run.id);
    }
    assert.notEqual(next(), now, `nothing was asked at n=${now.n}`);
  }
}

for (const life of recordedLives()) {
  Deno.test(`prefect1: given the recorded answers of ${life.id}, when the agent acts, then its requests are the recorded ones`, async () => {
    const recorded = recordedCall(life);
    const agent = testAgent(recorded.call, {
      settings: life.settings,
      coreVersion: "0.15.13",
      agentType: "FargateAgent",
    });

    await relive(agent, recorded.next);

    assert.deepEqual(recorded.problems, []);
    assert.equal(recorded.next(), undefined);
  });
}
