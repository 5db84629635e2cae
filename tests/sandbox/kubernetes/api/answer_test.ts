import assert from "node:assert/strict";
import { EVENTS, jobOf, JOBS, localCluster, nameOf, PODS } from "../../support/local_cluster.ts";
import { isJsonObject, type JsonObject } from "../../../../schemas/json/json.ts";
import { listItems, mapping, mappings } from "../../../../schemas/json/shape.ts";

const SECRETS = "/api/v1/namespaces/default/secrets";

Deno.test("cluster API: given no token or a wrong one, then 401 with a Status, whatever is asked", async () => {
  using on = localCluster();

  for (const authorization of ["", "Bearer wrong", "Basic x"]) {
    for (const path of ["/version", "/healthz", JOBS]) {
      const response = await on.send("GET", path, { headers: { authorization } });
      const status = await response.json();
      assert.deepEqual([response.status, status.kind, status.reason], [401, "Status", "Unauthorized"]);
    }
  }
  assert.equal(on.cluster.store.all("jobs").length, 0);
});

Deno.test("cluster API: given what kubectl asks first, then versions, groups and kinds are named", async () => {
  using on = localCluster();

  const groups = mappings((await on.ask("GET", "/apis"))["groups"]).map(({ name }) => name);
  const batch = await on.ask("GET", "/apis/batch/v1");
  const core = mappings((await on.ask("GET", "/api/v1"))["resources"]);

  assert.equal((await on.ask("GET", "/version"))["minor"], "30");
  assert.deepEqual((await on.ask("GET", "/api"))["versions"], ["v1"]);
  assert.deepEqual(groups, ["apps", "batch", "rbac.authorization.k8s.io"]);
  assert.equal((await on.ask("GET", "/apis/batch"))["name"], "batch");
  assert.equal(batch["groupVersion"], "batch/v1");
  assert.deepEqual(mappings(batch["resources"]).map(({ name, kind }) => [name, kind]), [["jobs", "Job"]]);
  assert.ok(core.some(({ name, namespaced }) => name === "nodes" && namespaced === false));
  assert.deepEqual(core.find(({ name }) => name === "pods")?.["shortNames"], ["po"]);
  assert.equal(await (await on.send("GET", "/readyz")).text(), "ok");
});

for (
  const path of [
    "/apis/nothing/v1",
    "/apis/batch/v1/namespaces/default/cronjobs",
    "/openapi/v3",
    "/api/v1/namespaces/default/nodes",
  ]
) {
  Deno.test(`cluster API: given ${path}, then 404 with a Status`, async () => {
    using on = localCluster();

    assert.equal((await on.refused("GET", path))["reason"], "NotFound");
  });
}

Deno.test("cluster API: given a Job that is made, then it has all that the server adds, and a second one is refused by 409", async () => {
  using on = localCluster();

  const made = await on.ask("POST", JOBS, jobOf("a"));
  const status = await on.refused("POST", JOBS, jobOf("a"));

  const { uid, creationTimestamp, namespace, generation } = mapping(made["metadata"]);
  assert.match(String(uid), /^[0-9a-f-]{36}$/);
  assert.deepEqual([creationTimestamp, namespace, generation], ["2023-01-02T03:04:05Z", "default", 1]);
  assert.deepEqual([made["apiVersion"], made["kind"]], ["batch/v1", "Job"]);
  const { backoffLimit, selector, template } = mapping(made["spec"]);
  assert.equal(backoffLimit, 6);
  assert.deepEqual(mapping(selector)["matchLabels"], { "batch.kubernetes.io/controller-uid": uid });
  assert.deepEqual(mapping(mapping(template)["metadata"])["labels"], {
    app: "flows",
    "batch.kubernetes.io/controller-uid": uid,
    "batch.kubernetes.io/job-name": "a",
    "controller-uid": uid,
    "job-name": "a",
  });
  assert.deepEqual(status, {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    message: 'jobs.batch "a" already exists',
    reason: "AlreadyExists",
    details: { name: "a", group: "batch", kind: "jobs" },
    code: 409,
  });
});

Deno.test("cluster API: given a name to be made, then it ends in five letters and digits", async () => {
  using on = localCluster();
  const { metadata, ...job } = jobOf("a");

  const made = await on.ask("POST", JOBS, {
    ...job,
    metadata: { ...mapping(metadata), name: undefined, generateName: "run-" },
  });

  assert.match(nameOf(made), /^run-[a-z0-9]{5}$/);
});

const INVALID: readonly (readonly [what: string, job: JsonObject, message: RegExp])[] = [
  [
    "no container",
    jobOf("a", {}, { containers: [] }),
    /^Job\.batch "a" is invalid: spec\.template\.spec\.containers must be/,
  ],
  ["no image", jobOf("a", {}, { containers: [{ name: "x" }] }), /containers\[0\]\.image must be/],
  [
    "a policy that Jobs have not",
    jobOf("a", {}, { restartPolicy: "Always" }),
    /restartPolicy must be Never or OnFailure, not "Always"/,
  ],
  [
    "a wrong amount",
    jobOf("a", {}, { containers: [{ name: "x", image: "x:1", resources: { requests: { cpu: "much" } } }] }),
    /requests\.cpu must be a quantity/,
  ],
  ["a number below 0", jobOf("a", { backoffLimit: -1 }), /spec\.backoffLimit must be a whole number/],
  [
    "a number that is too large",
    jobOf("a", { completions: 2 ** 31 }),
    /spec\.completions must be a whole number of 0 or more, not 2147483648/,
  ],
  [
    "annotations that are too large",
    { ...jobOf("a"), metadata: { name: "a", annotations: { x: "y".repeat(256 * 1024) } } },
    /metadata\.annotations must be at most 262144 bytes long/,
  ],
  ["a wrong name", jobOf("A_b"), /metadata\.name must be/],
  [
    "a name that no label holds",
    jobOf("a".repeat(64)),
    /metadata\.name must be at most 63 characters long, not 64/,
  ],
  [
    "a wrong label",
    { ...jobOf("a"), metadata: { name: "a", labels: { app: "a b" } } },
    /metadata\.labels\.app must be up to 63/,
  ],
];

for (const [what, job, message] of INVALID) {
  Deno.test(`cluster API: given a Job with ${what}, then it is refused by 422 that names the member`, async () => {
    using on = localCluster();

    const status = await on.refused("POST", JOBS, job);

    assert.deepEqual([status["code"], status["reason"]], [422, "Invalid"]);
    assert.match(String(status["message"]), message);
    assert.ok(mappings(mapping(status["details"])["causes"]).length > 0);
    assert.equal(on.cluster.store.all("jobs").length, 0);
  });
}

const BAD: readonly (readonly [what: string, body: string | JsonObject, reason: string])[] = [
  ["no JSON", "{", "BadRequest"],
  ["a list", "[]", "BadRequest"],
  ["another kind", { ...jobOf("a"), kind: "Pod", apiVersion: "v1" }, "BadRequest"],
  ["another namespace", { ...jobOf("a"), metadata: { name: "a", namespace: "other" } }, "BadRequest"],
  ["JSON that nests too deeply", `${"[".repeat(300)}${"]".repeat(300)}`, "BadRequest"],
];

for (const [what, body, reason] of BAD) {
  Deno.test(`cluster API: given ${what} as a body, then it is refused`, async () => {
    using on = localCluster();

    const response = await on.send("POST", JOBS, { body });

    assert.equal((await response.json()).reason, reason);
  });
}

Deno.test("cluster API: given a body of another type, one that is too large, or a method that there is not, then each is refused", async () => {
  using on = localCluster();
  const protobuf = { "content-type": "application/vnd.kubernetes.protobuf" };

  const statuses = [
    await on.send("POST", JOBS, { body: "x", headers: protobuf }),
    await on.send("POST", JOBS, { body: "x".repeat(3 * 1024 * 1024 + 1) }),
    await on.send("PUT", JOBS, { body: "{}" }),
  ].map(({ status }) => status);

  assert.deepEqual(statuses, [415, 413, 405]);
});

Deno.test("cluster API: given a namespace that is not there, then it must be made first; it has an account and goes with all in it", async () => {
  using on = localCluster();
  const jobs = "/apis/batch/v1/namespaces/flows/jobs";

  assert.match(
    String((await on.refused("POST", jobs, jobOf("a")))["message"]),
    /namespaces "flows" not found/,
  );
  await on.ask("POST", "/api/v1/namespaces", { metadata: { name: "flows" } });
  await on.ask("POST", jobs, jobOf("a"));
  await on.clock.advance(500);
  const accounts = mappings((await on.ask("GET", "/api/v1/namespaces/flows/serviceaccounts"))["items"]);
  assert.deepEqual(accounts.map(nameOf), ["default"]);

  await on.ask("DELETE", "/api/v1/namespaces/flows");
  on.puppets[0]?.exit(143);
  await on.clock.advance(500);
  assert.equal((await on.refused("GET", `${jobs}/a`))["reason"], "NotFound");
  assert.deepEqual(on.cluster.store.all("pods"), []);
});

Deno.test("cluster API: given lists by label, field, page and of all namespaces, then each has what was asked for", async () => {
  using on = localCluster();
  for (const name of ["a", "b", "c"]) {
    await on.ask("POST", SECRETS, { metadata: { name, labels: name === "b" ? { team: "x" } : {} } });
  }
  const names = async (path: string) => mappings((await on.ask("GET", path))["items"]).map(nameOf);

  const first = await on.ask("GET", `${SECRETS}?limit=2`);
  const next = String(mapping(first["metadata"])["continue"]);

  assert.deepEqual(await names(`${SECRETS}?labelSelector=team`), ["b"]);
  assert.deepEqual(await names(`${SECRETS}?labelSelector=${encodeURIComponent("team!=x")}`), ["a", "c"]);
  assert.deepEqual(await names(`${SECRETS}?fieldSelector=metadata.name%3Dc`), ["c"]);
  assert.deepEqual(await names("/api/v1/secrets"), ["a", "b", "c"]);
  assert.deepEqual(mappings(first["items"]).map(nameOf), ["a", "b"]);
  assert.deepEqual(await names(`${SECRETS}?limit=2&continue=${encodeURIComponent(next)}`), ["c"]);
  assert.deepEqual([first["kind"], first["apiVersion"]], ["SecretList", "v1"]);
  const [item] = listItems(first["items"]);
  assert.equal(isJsonObject(item) && "kind" in item, false);
});

Deno.test("cluster API: given kubectl's wish for a table, then the Jobs come as rows", async () => {
  using on = localCluster();
  await on.ask("POST", JOBS, jobOf("a"));
  await on.clock.advance(65_000);

  const accept = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";
  const table = await (await on.send("GET", JOBS, { headers: { accept } })).json();

  assert.deepEqual(mappings(table.columnDefinitions).map(({ name }) => name), [
    "Name",
    "Status",
    "Completions",
    "Duration",
    "Age",
  ]);
  assert.deepEqual(table.rows[0].cells, ["a", "Running", "0/1", "65s", "65s"]);
  assert.equal(nameOf(table.rows[0].object), "a");
});

Deno.test("cluster API: given preconditions that do not hold, then nothing is deleted; given a dry run, neither", async () => {
  using on = localCluster();
  await on.ask("POST", JOBS, jobOf("a"));

  const status = await on.refused("DELETE", `${JOBS}/a`, { preconditions: { uid: "other" } });
  await on.ask("DELETE", `${JOBS}/a?dryRun=All`);
  await on.ask("DELETE", `${JOBS}/a`, { dryRun: ["All"] });
  await on.ask("DELETE", JOBS, { dryRun: ["All"] });
  await on.ask("DELETE", `${JOBS}?dryRun=All`);

  assert.deepEqual([status["code"], status["reason"]], [409, "Conflict"]);
  assert.equal(on.cluster.store.all("jobs").length, 1);
  await on.ask("POST", `${JOBS}?dryRun=All`, jobOf("b"));
  assert.equal(on.cluster.store.all("jobs").length, 1);
});

Deno.test("cluster API: given a collection that is deleted by label, then only what is selected goes", async () => {
  using on = localCluster();
  for (const name of ["a", "b"]) await on.ask("POST", SECRETS, { metadata: { name, labels: { name } } });

  await on.ask("DELETE", `${SECRETS}?labelSelector=name%3Da`);

  assert.deepEqual(on.cluster.store.all("secrets").map(nameOf), ["b"]);
});

Deno.test("cluster API: given an update of an older version, then 409; given the newest, then it is stored and its own members stay", async () => {
  using on = localCluster();
  const made = await on.ask("POST", SECRETS, { metadata: { name: "a" }, data: { x: "1" } });
  const newer = await on.ask("PUT", `${SECRETS}/a`, { ...made, data: { x: "2" } });

  const status = await on.refused("PUT", `${SECRETS}/a`, { ...made, data: { x: "3" } });

  assert.equal(status["reason"], "Conflict");
  assert.deepEqual(newer["data"], { x: "2" });
  assert.equal(mapping(newer["metadata"])["uid"], mapping(made["metadata"])["uid"]);
});

Deno.test("cluster API: given a Secret in clear, then it is kept in base 64 beside the rest, when made and when changed", async () => {
  using on = localCluster();
  const made = await on.ask("POST", SECRETS, {
    metadata: { name: "a" },
    data: { x: btoa("1") },
    stringData: { y: "é" },
  });

  await on.ask("PUT", `${SECRETS}/a`, { ...made, stringData: { x: "2" } });

  const { data, stringData } = await on.ask("GET", `${SECRETS}/a`);
  assert.deepEqual(made["data"], { x: "MQ==", y: "w6k=" });
  assert.deepEqual([data, stringData], [{ x: "Mg==", y: "w6k=" }, undefined]);
});

Deno.test("cluster API: given the status as a path of its own, then only the status changes, and an update leaves it", async () => {
  using on = localCluster();
  await on.ask("POST", SECRETS, { metadata: { name: "a" }, data: { x: "1" } });
  const headers = { "content-type": "application/merge-patch+json" };

  await on.send("PATCH", `${SECRETS}/a/status`, {
    body: { status: { ok: true }, data: { x: "2" } },
    headers,
  });
  await on.send("PATCH", `${SECRETS}/a`, { body: { status: { ok: false }, data: { x: "3" } }, headers });

  const { data, status } = await on.ask("GET", `${SECRETS}/a`);
  assert.deepEqual([data, status], [{ x: "3" }, { ok: true }]);
});

Deno.test("cluster API: given server-side apply of what is not there, then it is made, and changed the next time", async () => {
  using on = localCluster();
  const headers = { "content-type": "application/apply-patch+yaml" };
  const apply = (data: JsonObject) =>
    on.send("PATCH", `${SECRETS}/a?fieldManager=me`, { body: { metadata: { name: "a" }, data }, headers });

  const first = await apply({ x: "1" });
  const second = await apply({ y: "2" });

  assert.deepEqual([first.status, second.status], [201, 200]);
  assert.deepEqual((await on.ask("GET", `${SECRETS}/a`))["data"], { x: "1", y: "2" });
});

Deno.test("cluster API: given requests, then each is counted with the labels of the object that it names", async () => {
  using on = localCluster();
  await on.ask("POST", JOBS, {
    ...jobOf("a"),
    metadata: { name: "a", labels: { "prefect.io/flow_run_id": "run-1" } },
  });
  await on.refused("POST", JOBS, jobOf("a"));
  await on.ask("DELETE", `${JOBS}/a`);
  await on.ask("GET", EVENTS);
  await on.refused("GET", `${PODS}/x/log`);

  assert.deepEqual(on.requests.map(({ operation, status }) => `${operation} ${status}`), [
    "create jobs 201",
    "create jobs 409",
    "delete jobs 200",
    "list events 200",
    "get pods/log 404",
  ]);
  assert.match(on.requests[2]?.body ?? "", /run-1/);
  assert.ok(on.requests.every(({ service }) => service === "kubernetes"));
});
