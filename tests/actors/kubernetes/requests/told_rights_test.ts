import assert from "node:assert/strict";
import type { KubeResource } from "../../../../actors/kubernetes/requests/calls.ts";
import { pacedCalls } from "../../../../actors/kubernetes/requests/paced_calls.ts";
import { tellRights } from "../../../../actors/kubernetes/requests/told_rights.ts";
import { makeRights } from "../../../../actors/kubernetes/watching/rights.ts";
import { toFailure } from "../../../../schemas/failure/failure.ts";
import { refusalOf } from "../../../../schemas/kubernetes/objects/status.ts";
import { fakeClock } from "../../../support/clock.ts";
import { fakeKube } from "../../../support/kubernetes/fake_kube.ts";
import { pythonJob, RUN } from "../../../support/kubernetes/world.ts";

/** Verb and resource of each right that the agent uses, with the group as the warning names it. */
const RIGHTS = [
  ["create", "jobs", "group batch"],
  ["get", "jobs", "group batch"],
  ["delete", "jobs", "group batch"],
  ["list", "jobs", "group batch"],
  ["list", "pods", "the core group"],
  ["list", "events", "the core group"],
  ["watch", "jobs", "group batch"],
  ["watch", "pods", "the core group"],
  ["watch", "events", "the core group"],
  ["get", "pods/log", "the core group"],
] as const;

function setUp() {
  const clock = fakeClock();
  const kube = fakeKube(clock);
  const logged: string[] = [];
  const stop = new AbortController();
  const rights = makeRights("flows", (level, text) => void logged.push(`${level} ${text}`));
  const { calls, createJob } = tellRights(pacedCalls(kube.calls, { clock, onTurn: () => undefined }), rights);
  const { signal } = stop;
  const name = { namespace: "flows", name: "a" };
  let made = 0;
  const use = async (verb: string, resource: string) => {
    const query = { resource: resourceOf(resource), namespace: "flows", labelSelector: null };
    const job = pythonJob(`job-${made++}`, RUN);
    const confirmed = { waiter: RUN, confirm: () => Promise.resolve() };
    const hearing = { onOpen: () => undefined, onLine: () => undefined };
    const call = {
      "create jobs": () => createJob(confirmed, "flows", job, { isQuiet: false }, signal),
      "get jobs": () => calls.readJob(name, signal),
      "delete jobs": () => calls.deleteJob(name, "", signal),
      list: () => calls.list({ ...query, limit: 9, next: null }, signal),
      watch: () => calls.watch({ ...query, version: "1", timeoutS: 9 }, hearing, signal),
      "get pods/log": () => calls.readLog({ ...name, container: "c" }, 1, signal),
    };
    const key = verb === "list" || verb === "watch" ? verb : `${verb} ${resource}`;
    const answer = Object.entries(call).find(([known]) => known === key)?.[1]().catch(toFailure);
    // A watch lasts, the others wait for their turns.
    await clock.advance(1000);
    if (verb !== "watch") await answer;
  };
  const refuse = (verb: string, resource: string, message: string) => {
    const request = { verb, resource, group: "", namespace: "flows", isRead: true };
    const body = { reason: "Forbidden", message };
    kube.fail(`${verb} ${resource}`, refusalOf({ status: 403, body, retryAfterMs: null }, request));
  };
  return { logged, use, refuse, stop };
}

function resourceOf(text: string): KubeResource {
  return text === "pods" || text === "events" ? text : "jobs";
}

const said = (verb: string, resource: string) =>
  `${resource} is forbidden: User "system:serviceaccount:flows:x" cannot ${verb} resource "${resource}" in the namespace`;

Deno.test("rights: given every right missing, when each is used three times, then each has one warning with verb, resource, group, namespace and the option that grants it", async () => {
  const { logged, use, refuse, stop } = setUp();
  for (let n = 0; n < 3; n++) {
    for (const [verb, resource] of RIGHTS) {
      refuse(verb, resource, said(verb, resource));
      await use(verb, resource);
    }
  }
  stop.abort();

  assert.equal(logged.length, RIGHTS.length);
  for (const [verb, resource, group] of RIGHTS) {
    const lines = logged.filter((line) => line.includes(`may not ${verb} ${resource} (${group})`));
    assert.equal(lines.length, 1, `${verb} ${resource}: ${logged.join("\n")}`);
    assert.match(
      lines[0] ?? "",
      /^WARNING .* in namespace flows; without it .*install --rbac --namespace flows/,
    );
  }
});

for (const [verb, resource] of RIGHTS) {
  Deno.test(`rights: given the right to ${verb} ${resource} that was granted meanwhile, when it is taken away again, then that is told again`, async () => {
    const { logged, use, refuse, stop } = setUp();
    refuse(verb, resource, said(verb, resource));
    await use(verb, resource);
    await use(verb, resource);
    refuse(verb, resource, said(verb, resource));
    await use(verb, resource);
    stop.abort();

    assert.equal(logged.length, 2);
  });
}

Deno.test("rights: given a quota or a policy against a creation, when it is refused, then no right is called missing", async () => {
  const { logged, use, refuse, stop } = setUp();
  for (
    const message of [
      'jobs.batch "x" is forbidden: exceeded quota: flows',
      "admission webhook denied the request",
    ]
  ) {
    refuse("create", "jobs", message);
    await use("create", "jobs");
  }
  stop.abort();

  assert.deepEqual(logged, []);
});
