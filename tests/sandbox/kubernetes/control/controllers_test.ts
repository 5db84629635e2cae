import assert from "node:assert/strict";
import { held, jobOf, JOBS, localCluster, nameOf, phaseOf, PODS } from "../../support/local_cluster.ts";
import { mapping, mappings } from "../../../../schemas/json/shape.ts";

/** Long enough for every step that has no timer of its own. */
const MOMENT = 500;

Deno.test("cluster: given a Job, then its pod runs its container with variables and name, and both end well", async () => {
  using on = localCluster();
  await on.ask(
    "POST",
    JOBS,
    jobOf("a", {}, { containers: [{ name: "flow", image: "x:1", env: [{ name: "A", value: "1" }] }] }),
  );
  await on.clock.advance(MOMENT);

  const [puppet] = on.puppets;
  const running = on.pod();
  puppet?.exit(0);
  await on.clock.advance(MOMENT);

  assert.equal(phaseOf(running), "Running");
  assert.deepEqual(puppet?.start.environment, { HOSTNAME: nameOf(running), A: "1" });
  assert.match(nameOf(running), /^a-[a-z0-9]{5}$/);
  assert.equal(phaseOf(on.pod()), "Succeeded");
  const job = await on.ask("GET", `${JOBS}/a`);
  assert.deepEqual(held(job), ["Complete"]);
  assert.equal(mapping(job["status"])["succeeded"], 1);
  assert.deepEqual(on.told("a").map((line) => line.split(":")[0]), ["SuccessfulCreate", "Completed"]);
});

Deno.test("cluster: given a container that fails and a limit of 1, then a second pod follows after 10 s, and the Job fails with it", async () => {
  using on = localCluster();
  await on.ask("POST", JOBS, jobOf("a", { backoffLimit: 1 }));
  await on.clock.advance(MOMENT);
  on.puppets[0]?.exit(3);
  await on.clock.advance(9000);
  assert.equal(on.puppets.length, 1);

  await on.clock.advance(2000);
  on.puppets[1]?.exit(3);
  await on.clock.advance(MOMENT);

  const job = await on.ask("GET", `${JOBS}/a`);
  assert.deepEqual(held(job), ["FailureTarget", "Failed"]);
  assert.equal(mapping(job["status"])["failed"], 2);
  const pods = mappings((await on.ask("GET", PODS))["items"]);
  assert.deepEqual(pods.map(phaseOf), ["Failed", "Failed"]);
  const [status] = mappings(mapping(pods[0]?.["status"])["containerStatuses"]);
  assert.equal(mapping(mapping(status?.["state"])["terminated"])["exitCode"], 3);
  assert.match(on.told("a").at(-1) ?? "", /^BackoffLimitExceeded: /);
});

Deno.test("cluster: given a pod that is deleted while it runs, then it counts as failed", async () => {
  using on = localCluster();
  await on.ask("POST", JOBS, jobOf("a", { backoffLimit: 0 }));
  await on.clock.advance(MOMENT);

  await on.ask("DELETE", `${PODS}/${nameOf(on.pod())}`);
  await on.clock.advance(MOMENT);
  on.puppets[0]?.exit(143);
  await on.clock.advance(MOMENT);

  const job = await on.ask("GET", `${JOBS}/a`);
  assert.deepEqual(on.puppets[0]?.signals, ["SIGTERM"]);
  assert.equal(mapping(job["status"])["failed"], 1);
  assert.deepEqual(held(job), ["FailureTarget", "Failed"]);
});

Deno.test("cluster: given a pod that ends in the moment in which it is deleted, then it is gone", async () => {
  using on = localCluster();
  await on.ask("POST", JOBS, jobOf("a"));
  await on.clock.advance(MOMENT);

  await on.ask("DELETE", `${PODS}/${nameOf(on.pod())}`);
  on.puppets[0]?.exit(0);
  await on.clock.advance(MOMENT);

  assert.deepEqual(on.cluster.store.all("pods"), []);
  assert.deepEqual(held(await on.ask("GET", `${JOBS}/a`)), ["Complete"]);
});

Deno.test("cluster: given a Job that no node takes, then its pod waits with a reason, and runs once there is room", async () => {
  using on = localCluster();
  const asking = (cpu: string) => ({
    containers: [{ name: "flow", image: "x:1", resources: { requests: { cpu } } }],
  });
  await on.ask("POST", JOBS, jobOf("first", {}, asking("6")));
  await on.clock.advance(MOMENT);
  await on.ask("POST", JOBS, jobOf("second", {}, asking("6")));
  await on.clock.advance(MOMENT);
  const pods = () => on.cluster.store.all("pods");
  const second = pods().find((pod) => nameOf(pod).startsWith("second")) ?? assert.fail();

  assert.equal(phaseOf(second), "Pending");
  const [condition] = mappings(mapping(second["status"])["conditions"]);
  assert.deepEqual([condition?.["type"], condition?.["status"], condition?.["reason"]], [
    "PodScheduled",
    "False",
    "Unschedulable",
  ]);
  assert.deepEqual(on.told(nameOf(second)).map((line) => line.split(".")[0]), [
    "FailedScheduling: 0/1 nodes are available: 1 Insufficient cpu",
  ]);
  on.puppets[0]?.exit(0);
  await on.clock.advance(MOMENT);
  assert.equal(on.puppets.length, 2);
  assert.equal(phaseOf(pods().find((pod) => nameOf(pod) === nameOf(second)) ?? {}), "Running");
});

Deno.test("cluster: given a service account that is not there, then the Job says so, and makes its pod once it is", async () => {
  using on = localCluster();
  await on.ask("POST", JOBS, jobOf("a", {}, { serviceAccountName: "etl" }));
  await on.clock.advance(20_000);

  assert.deepEqual(on.told("a"), [
    'FailedCreate: Error creating: pods "a-" is forbidden: error looking up service account default/etl: ' +
    'serviceaccount "etl" not found',
  ]);
  await on.ask("POST", "/api/v1/namespaces/default/serviceaccounts", { metadata: { name: "etl" } });
  await on.clock.advance(MOMENT);
  assert.equal(mapping(on.pod()["spec"])["serviceAccountName"], "etl");
});

Deno.test("cluster: given a Job deleted in the foreground, then its pod is asked to end, and the Job stays until it has", async () => {
  using on = localCluster();
  await on.ask("POST", JOBS, jobOf("a"));
  await on.clock.advance(MOMENT);

  const marked = await on.ask("DELETE", `${JOBS}/a`, { propagationPolicy: "Foreground" });
  await on.clock.advance(MOMENT);
  const during = await on.ask("GET", `${JOBS}/a`);
  on.puppets[0]?.exit(143);
  await on.clock.advance(MOMENT);

  assert.notEqual(mapping(marked["metadata"])["deletionTimestamp"], undefined);
  assert.deepEqual(mapping(during["metadata"])["finalizers"], ["foregroundDeletion"]);
  assert.deepEqual(on.puppets[0]?.signals, ["SIGTERM"]);
  assert.deepEqual(on.cluster.store.all("pods"), []);
  assert.equal((await on.refused("GET", `${JOBS}/a`))["reason"], "NotFound");
  assert.equal(on.puppets.length, 1);
});

Deno.test("cluster: given a pod that does not end when asked, then it is killed after its time", async () => {
  using on = localCluster();
  await on.ask("POST", JOBS, jobOf("a", {}, { terminationGracePeriodSeconds: 5 }));
  await on.clock.advance(MOMENT);

  await on.ask("DELETE", `${JOBS}/a`, { propagationPolicy: "Background" });
  await on.clock.advance(4000);
  assert.deepEqual(on.puppets[0]?.signals, ["SIGTERM"]);
  await on.clock.advance(2000);

  assert.deepEqual(on.puppets[0]?.signals, ["SIGTERM", "SIGKILL"]);
});

Deno.test("cluster: given a Job deleted without a word about its pods, then they stay and run on, without an owner", async () => {
  using on = localCluster();
  await on.ask("POST", JOBS, jobOf("a"));
  await on.clock.advance(MOMENT);

  await on.ask("DELETE", `${JOBS}/a`);
  await on.clock.advance(60_000);

  assert.equal(phaseOf(on.pod()), "Running");
  assert.deepEqual(mapping(on.pod()["metadata"])["ownerReferences"], []);
  assert.deepEqual(on.puppets[0]?.signals, []);
});

Deno.test("cluster: given a Job with a time to live, then it and its pod go once it is over", async () => {
  using on = localCluster();
  await on.ask("POST", JOBS, jobOf("a", { ttlSecondsAfterFinished: 30 }));
  await on.clock.advance(MOMENT);
  on.puppets[0]?.exit(0);
  await on.clock.advance(20_000);
  assert.equal(on.cluster.store.all("jobs").length, 1);

  await on.clock.advance(20_000);

  assert.deepEqual([on.cluster.store.all("jobs"), on.cluster.store.all("pods")], [[], []]);
});

Deno.test("cluster: given a deadline, then the pod is ended and the Job fails for it", async () => {
  using on = localCluster();
  await on.ask("POST", JOBS, jobOf("a", { activeDeadlineSeconds: 20 }));
  await on.clock.advance(21_000);
  on.puppets[0]?.exit(143);
  await on.clock.advance(MOMENT);

  const job = await on.ask("GET", `${JOBS}/a`);
  assert.deepEqual(on.puppets[0]?.signals, ["SIGTERM"]);
  const failed = mappings(mapping(job["status"])["conditions"]).find(({ type }) => type === "Failed");
  assert.equal(failed?.["reason"], "DeadlineExceeded");
});

Deno.test("cluster: given a suspended Job that is resumed by a patch, then its pod is made then", async () => {
  using on = localCluster();
  await on.ask("POST", JOBS, jobOf("a", { suspend: true }));
  await on.clock.advance(5000);
  assert.equal(on.puppets.length, 0);

  await on.send("PATCH", `${JOBS}/a`, {
    body: { spec: { suspend: false } },
    headers: { "content-type": "application/merge-patch+json" },
  });
  await on.clock.advance(MOMENT);

  assert.equal(on.puppets.length, 1);
});

Deno.test("cluster: given it is closed, then what runs is killed and nothing waits any more", async () => {
  const on = localCluster();
  await on.ask("POST", JOBS, jobOf("a", { activeDeadlineSeconds: 600, backoffLimit: 3 }));
  await on.clock.advance(MOMENT);

  on[Symbol.dispose]();

  assert.deepEqual(on.puppets[0]?.signals, ["SIGKILL"]);
  assert.equal(on.clock.pending(), 0);
});
