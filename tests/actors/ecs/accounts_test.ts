import assert from "node:assert/strict";
import fc from "fast-check";
import { makeAccounts, type OpenAccount } from "../../../actors/ecs/accounts.ts";
import type { Platform } from "../../../schemas/contracts/platform.ts";
import type { AccountPlan } from "../../../schemas/ecs/account/account_plan.ts";
import type { LaunchPlan } from "../../../schemas/ecs/launch_plan.ts";
import { type Failure, FailureError } from "../../../schemas/failure/failure.ts";
import { fakeClock } from "../../support/clock.ts";
import { SOME_PLAN } from "../../support/launch_plan.ts";

const SIGNAL = new AbortController().signal;
const DENIED: Failure = { tag: "credentials", message: "the token has expired" };

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
      if (bad.has(name)) return Promise.reject(new FailureError(DENIED));
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
  const clock = fakeClock();
  const logged: string[] = [];
  const bad = new Set<string>();
  const accounts = makeAccounts({
    clock,
    log: (level, line) => void logged.push(`${level} ${line}`),
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
  return { accounts, calls, opened, closed, clock, logged, bad };
}

const launchOf = (plan: LaunchPlan) => ({
  runId: "run",
  plan,
  definition: "fam:1",
  token: "token",
  nextToken: () => Promise.resolve(null),
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

const HOUR = 3_600_000;

Deno.test("accounts: given one that nobody has used for an hour, when time goes on, then it is closed, and opened again when it is needed", async () => {
  const { accounts, clock, opened, closed } = world();
  await accounts.platform.run(launchOf(planIn("a")), SIGNAL);
  await clock.advance(HOUR - 60_000);
  const before = [...closed];

  await clock.advance(120_000);
  const after = [...closed];
  await accounts.platform.run(launchOf(planIn("a")), SIGNAL);

  assert.deepEqual([before, after, opened], [[], ["a"], ["a", "a"]]);
});

Deno.test("accounts: given one whose tasks are looked at, when a day passes, then it stays open, and the other is closed", async () => {
  const { accounts, clock, closed } = world();
  for (const key of ["a", "b"]) await accounts.platform.run(launchOf(planIn(key)), SIGNAL);
  const ref = { id: "1", place: accounts.platform.place(planIn("a"), "run") };

  for (let hour = 0; hour < 24; hour += 0.5) {
    await clock.advance(HOUR / 2);
    await accounts.platform.look([ref], SIGNAL);
  }

  assert.deepEqual(closed, ["b"]);
});

Deno.test("accounts: given work that lasts for more than an hour, when time goes on, then its account is closed only after it", async () => {
  const { accounts, clock, closed } = world();
  const { promise, resolve } = Promise.withResolvers<void>();
  const platform = (one: AccountPlan) => ({
    ensure: () => promise.then(() => ({ name: one.key, registered: false, releaseId: null })),
  });
  const slow = makeAccounts({
    clock,
    log: () => undefined,
    own: { platform: accounts.platform, read: accounts.read },
    open: (one) =>
      Promise.resolve({
        platform: platform(one) as unknown as Platform<LaunchPlan>,
        read: accounts.read,
        close: () => void closed.push(one.key),
      }),
  });
  const working = slow.platform.ensure({ runId: "run", plan: planIn("a") }, SIGNAL);
  await clock.advance(2 * HOUR);
  const during = [...closed];

  resolve();
  await working;
  await clock.advance(2 * HOUR);

  assert.deepEqual([during, closed], [[], ["a"]]);
  assert.equal(clock.pending(), 0);
});

Deno.test("accounts: given some that are open, when all are closed, then no timer is left", async () => {
  const { accounts, clock, closed } = world();
  for (const key of ["a", "b"]) await accounts.platform.run(launchOf(planIn(key)), SIGNAL);

  accounts.close();

  assert.deepEqual([closed.toSorted(), clock.pending(), accounts.count()], [["a", "b"], 0, 0]);
});

Deno.test("accounts: given any accounts that refuse, when tasks of all are looked at together, then exactly those of the others are seen", async () => {
  const keys = ["own", "a", "b", "c"] as const;
  await fc.assert(
    fc.asyncProperty(fc.subarray([...keys]), async (refusing) => {
      const { accounts: { platform }, bad } = world();
      const refs = keys.map((key) => ({
        id: key,
        place: platform.place(planIn(key === "own" ? null : key), "run"),
      }));
      for (const key of refusing) bad.add(key);

      const seen = await platform.look(refs, SIGNAL);

      assert.deepEqual([...seen.keys()], keys.filter((key) => !refusing.includes(key)));
    }),
  );
});

Deno.test("accounts: given one that goes on refusing, when its tasks are looked at, then one line names where its credentials are stated", async () => {
  const { accounts: { platform }, clock, logged, bad } = world();
  const ref = { id: "1", place: platform.place(planIn("a"), "run") };
  bad.add("a");

  for (let look = 0; look < 5; look++) {
    await platform.look([ref], SIGNAL);
    await clock.advance(5000);
  }

  assert.equal(logged.length, 1);
  assert.match(logged[0] ?? "", /^WARNING Cannot look at the tasks .*block aws-credentials\/a.* expired/);
});
