/** Attempts after refused placements whose number and waits the user states. @module */

import assert from "node:assert/strict";
import type { EcsCalls } from "../../actors/ecs/calls.ts";
import { FailureError } from "../../schemas/failure/failure.ts";
import { defaultLaunchPolicy } from "../../schemas/flow_run/launch_policy.ts";
import { withAttempts } from "../../schemas/flow_run/with_attempts.ts";
import { dueRun, startAgent } from "../support/agent/running_agent.ts";

/** An agent whose RunTask is answered so, and when each was sent, in seconds after the first. */
function launching(most: number, delayMs: number, answer: (nth: number) => ReturnType<EcsCalls["runTask"]>) {
  const sent: { readonly atMs: number; readonly token: unknown }[] = [];
  const agent = startAgent({
    runs: [dueRun()],
    policy: withAttempts(defaultLaunchPolicy, { most, delayMs, jitterMs: 0, mostDelayMs: null }),
    throughEcs: (calls): EcsCalls => ({
      ...calls,
      runTask: (request) => {
        sent.push({ atMs: agent.clock.now(), token: request["clientToken"] });
        return answer(sent.length);
      },
    }),
  });
  const apartMs = () => sent.slice(1).map(({ atMs }, at) => atMs - (sent[at]?.atMs ?? 0));
  return { agent, sent, apartMs };
}

const REFUSED = () => Promise.resolve({ tasks: [], failures: [{ reason: "RESOURCE:MEMORY" }] });

for (const [most, delayMs] of [[1, 1000], [2, 0], [6, 20_000], [12, 1000]] as const) {
  Deno.test(`placement: given ${most} attempts that are ${delayMs} ms apart, when each is refused, then as many are sent, with a token each, and the run has failed`, async () => {
    const { agent, sent, apartMs } = launching(most, delayMs, REFUSED);

    await agent.clock.advance(300_000);
    await agent.program;

    assert.equal(sent.length, most);
    assert.equal(new Set(sent.map(({ token }) => token)).size, most);
    // The claim is confirmed before each, with requests that are gathered for some milliseconds.
    for (const ms of apartMs()) assert.ok(ms >= delayMs && ms <= delayMs + 10, `${ms} ms`);
  });
}

Deno.test("placement: given throttling between refused attempts, when it has passed, then it counted against no attempt", async () => {
  const throttled = new FailureError({ tag: "throttled", retryAfterMs: 500, message: "Rate exceeded" });
  const { agent, sent } = launching(3, 5000, (nth) => nth % 2 === 0 ? Promise.reject(throttled) : REFUSED());

  await agent.clock.advance(120_000);
  await agent.program;

  assert.equal(new Set(sent.map(({ token }) => token)).size, 3);
});
