import assert from "node:assert/strict";
import { makeAccounts, type OpenAccount } from "../../../actors/ecs/accounts.ts";
import type { Platform } from "../../../schemas/contracts/platform.ts";
import type { AccountPlan } from "../../../schemas/ecs/account/account_plan.ts";
import type { LaunchPlan } from "../../../schemas/ecs/launch_plan.ts";
import { FailureError } from "../../../schemas/failure/failure.ts";
import { SOME_PLAN } from "../../support/launch_plan.ts";

const SIGNAL = new AbortController().signal;

function account(key: string): AccountPlan {
  const none = { region: null, keys: null, profile: null, role: null, endpoint: null, verify: true } as const;
  return { key, from: `block aws-credentials/${key}`, ...none };
}

function planIn(key: string | null): LaunchPlan {
  return key === null ? SOME_PLAN : { ...SOME_PLAN, account: account(key) };
}

/** Accounts whose calls are noted as `<account>: <call>`. */
function world(open?: (one: AccountPlan) => Promise<OpenAccount>) {
  const calls: string[] = [];
  const opened: string[] = [];
  const closed: string[] = [];
  const platformOf = (name: string) => ({
    place: () => ({ canList: true, label: "Task", detail: { cluster: "prod" } }),
    zone: () => "cluster prod",
    waitsFor: () => null,
    left: () => void calls.push(`${name}: left`),
    ensure: () => {
      calls.push(`${name}: ensure`);
      return Promise.resolve({ name: "fam:1", registered: false, releaseId: null });
    },
    run: () => {
      calls.push(`${name}: run`);
      return Promise.resolve({ id: "task", adopted: false });
    },
    look: (tasks: readonly { readonly id: string }[]) => {
      calls.push(`${name}: look ${tasks.map(({ id }) => id).join(" ")}`);
      return Promise.resolve(new Map(tasks.map(({ id }) => [id, { phase: "missing" }] as const)));
    },
    list: () => {
      calls.push(`${name}: list`);
      return Promise.resolve({ outcome: "listed", ids: [] });
    },
    stop: () => {
      calls.push(`${name}: stop`);
      return Promise.resolve();
    },
    // What accounts do not ask for is left out.
  } as unknown as Platform<LaunchPlan>);
  const read = (name: string) => () => {
    calls.push(`${name}: read`);
    return Promise.resolve({ kind: "json", value: {} } as const);
  };
  const accounts = makeAccounts({
    own: { platform: platformOf("own"), read: read("own") },
    open: open ?? ((one) => {
      opened.push(one.key);
      return Promise.resolve({
        platform: platformOf(one.key),
        read: read(one.key),
        close: () => void closed.push(one.key),
      });
    }),
  });
  return { accounts, calls, opened, closed };
}

const launchOf = (plan: LaunchPlan) => ({
  runId: "run",
  plan,
  definition: "fam:1",
  token: "token",
  nextToken: null,
  learnt: { refusals: 0, wasReclaimed: false },
  confirm: () => Promise.resolve(),
});

Deno.test("accounts: given runs of two accounts and of none, when they are launched, then each goes through its own, opened once", async () => {
  const { accounts: { platform }, calls, opened } = world();
  for (const key of ["a", null, "b", "a"]) await platform.run(launchOf(planIn(key)), SIGNAL);

  assert.deepEqual(calls, ["a: run", "own: run", "b: run", "a: run"]);
  assert.deepEqual(opened, ["a", "b"]);
});

Deno.test("accounts: given tasks of several accounts, when they are followed, then each is seen with its own credentials", async () => {
  const { accounts: { platform }, calls } = world();
  const places = new Map<string | null, ReturnType<typeof platform.place>>();
  for (const key of ["a", "b", null]) {
    const plan = planIn(key);
    await platform.ensure({ runId: "run", plan }, SIGNAL);
    places.set(key, platform.place(plan, "run"));
  }
  calls.length = 0;
  const ref = (key: string | null, id: string) => ({ id, place: places.get(key) ?? assert.fail() });

  const seen = await platform.look([ref("a", "1"), ref(null, "2"), ref("b", "3"), ref("a", "4")], SIGNAL);
  await platform.stop(ref("b", "3"), { runId: "run", reason: "cancel" }, SIGNAL);
  await platform.list({ runId: "run", taskId: null, place: ref("a", "").place }, SIGNAL);

  assert.deepEqual(calls.toSorted(), ["a: list", "a: look 1 4", "b: look 3", "b: stop", "own: look 2"]);
  assert.deepEqual([...seen.keys()].toSorted(), ["1", "2", "3", "4"]);
  const zones = ["a", "b", null].map((key) =>
    platform.zone({ runId: "run", taskId: null, place: ref(key, "").place })
  );
  assert.equal(new Set(zones).size, 3);
  assert.doesNotMatch(JSON.stringify([...places.values()]), /secret/i);
});

Deno.test("accounts: given credentials that cannot be resolved, when a run is launched, then the message names where they are stated, and others go on", async () => {
  const refused = () =>
    Promise.reject(new FailureError({ tag: "credentials", message: "there is no profile prefect" }));
  const { accounts: { platform }, calls } = world(refused);

  await assert.rejects(
    platform.run(launchOf(planIn("a")), SIGNAL),
    /block aws-credentials\/a: there is no profile prefect.*task role/,
  );
  await platform.run(launchOf(planIn(null)), SIGNAL);
  assert.deepEqual(calls, ["own: run"]);
});

Deno.test("accounts: given 150 accounts, when each launches, then at most 100 stay open", async () => {
  const { accounts, closed } = world();
  for (let at = 0; at < 150; at++) await accounts.platform.run(launchOf(planIn(`account-${at}`)), SIGNAL);

  assert.ok(accounts.count() <= 100);
  assert.equal(closed.length, 50);
});
