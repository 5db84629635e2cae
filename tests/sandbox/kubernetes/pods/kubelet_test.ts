import assert from "node:assert/strict";
import {
  jobOf,
  JOBS,
  type LocalCluster,
  localCluster,
  nameOf,
  phaseOf,
} from "../../support/local_cluster.ts";
import type { JsonObject } from "../../../../schemas/json/json.ts";
import { mapping, mappings } from "../../../../schemas/json/shape.ts";

const MOMENT = 500;

async function started(on: LocalCluster, pod: JsonObject): Promise<void> {
  await on.ask("POST", JOBS, jobOf("a", { backoffLimit: 6 }, pod));
  await on.clock.advance(MOMENT);
}

/** State of a container of the only pod. */
function stateOf(on: LocalCluster, name = "flow"): JsonObject {
  const { initContainerStatuses, containerStatuses } = mapping(on.pod()["status"]);
  const status = [...mappings(initContainerStatuses), ...mappings(containerStatuses)].find((one) =>
    one["name"] === name
  );
  return mapping(status?.["state"]);
}

function waiting(on: LocalCluster, name = "flow"): readonly unknown[] {
  const { reason, message } = mapping(stateOf(on, name)["waiting"]);
  return [reason, message];
}

const NO_IMAGE = { refuses: (image: string) => image === "gone:1" ? "nobody has it" : null };
const GONE = { containers: [{ name: "flow", image: "gone:1" }] };

Deno.test("kubelet: given an image that cannot be run, then ErrImagePull, a back-off after a second, and both are told", async () => {
  using on = localCluster(NO_IMAGE);
  await started(on, GONE);
  const first = waiting(on);

  await on.clock.advance(2000);

  assert.deepEqual(first, ["ErrImagePull", 'failed to pull image "gone:1": nobody has it']);
  assert.equal(waiting(on)[0], "ImagePullBackOff");
  assert.equal(phaseOf(on.pod()), "Pending");
  assert.deepEqual(on.told(nameOf(on.pod())), [
    'Failed: Failed to pull image "gone:1": nobody has it',
    'BackOff: Back-off pulling image "gone:1"',
  ]);
  assert.equal(on.puppets.length, 0);
});

Deno.test("kubelet: given such an image that must not be pulled, then ErrImageNeverPull", async () => {
  using on = localCluster(NO_IMAGE);

  await started(on, { containers: [{ name: "flow", image: "gone:1", imagePullPolicy: "Never" }] });

  assert.equal(waiting(on)[0], "ErrImageNeverPull");
});

Deno.test("kubelet: given a Secret that is not there, then the container waits for it, and starts once it is", async () => {
  using on = localCluster();
  const env = [{ name: "KEY", valueFrom: { secretKeyRef: { name: "prefect", key: "key" } } }];
  await started(on, { containers: [{ name: "flow", image: "x:1", env }] });
  const before = waiting(on);

  await on.ask("POST", "/api/v1/namespaces/default/secrets", {
    metadata: { name: "prefect" },
    data: { key: btoa("k") },
  });
  await on.clock.advance(3000);

  assert.deepEqual(before, ["CreateContainerConfigError", 'secret "prefect" not found']);
  assert.equal(on.puppets[0]?.start.environment["KEY"], "k");
  assert.equal(phaseOf(on.pod()), "Running");
});

Deno.test("kubelet: given a command that cannot be started, then the pod has failed with what the system said", async () => {
  using on = localCluster({ broken: () => true });

  await started(on, {});

  const { exitCode, reason, message } = mapping(stateOf(on)["terminated"]);
  assert.deepEqual([exitCode, reason, message], [128, "StartError", "no such command"]);
  assert.equal(phaseOf(on.pod()), "Failed");
});

Deno.test("kubelet: given a container that mounts a volume, then it does not start and says that there are none", async () => {
  using on = localCluster();

  await started(on, {
    volumes: [{ name: "data", emptyDir: {} }],
    containers: [{ name: "flow", image: "x:1", volumeMounts: [{ name: "data", mountPath: "/d" }] }],
  });

  assert.equal(on.puppets.length, 0);
  assert.equal(waiting(on)[0], "CreateContainerError");
  assert.match(
    on.told(nameOf(on.pod())).join(),
    /FailedMount: .*"data" : pods of the sandbox .* have no volumes/,
  );
});

Deno.test("kubelet: given init containers, then each runs after the one before, and the others after the last", async () => {
  using on = localCluster();
  await started(on, { initContainers: [{ name: "one", image: "x:1" }, { name: "two", image: "x:1" }] });
  const names = () => on.puppets.map(({ start }) => start.name);

  const first = names();
  on.puppets[0]?.exit(0);
  await on.clock.advance(MOMENT);
  const second = names();
  on.puppets[1]?.exit(0);
  await on.clock.advance(MOMENT);

  assert.deepEqual([first, second, names()], [["one"], ["one", "two"], ["one", "two", "flow"]]);
  assert.equal(phaseOf(on.pod()), "Running");
});

Deno.test("kubelet: given an init container that fails, then the pod has failed and the others never start", async () => {
  using on = localCluster();
  await started(on, { initContainers: [{ name: "one", image: "x:1" }] });

  on.puppets[0]?.exit(1);
  await on.clock.advance(MOMENT);

  assert.equal(phaseOf(on.pod()), "Failed");
  assert.equal(on.puppets.length, 1);
});

Deno.test("kubelet: given a container that is restarted in place, then at once, and after a pause the next time", async () => {
  using on = localCluster();
  await started(on, { restartPolicy: "OnFailure" });
  on.puppets[0]?.exit(1);
  await on.clock.advance(MOMENT);
  assert.equal(on.puppets.length, 2);

  on.puppets[1]?.exit(1);
  await on.clock.advance(9000);
  const during = waiting(on);
  await on.clock.advance(2000);

  assert.equal(during[0], "CrashLoopBackOff");
  assert.equal(on.puppets.length, 3);
  const [status] = mappings(mapping(on.pod()["status"])["containerStatuses"]);
  assert.equal(status?.["restartCount"], 2);
  assert.equal(mapping(mapping(status?.["lastState"])["terminated"])["exitCode"], 1);
});

Deno.test("kubelet: given a side container that runs on, then the pod goes on after the flow's has ended", async () => {
  using on = localCluster();
  await started(on, { containers: [{ name: "flow", image: "x:1" }, { name: "side", image: "x:1" }] });

  on.puppets[0]?.exit(0);
  await on.clock.advance(MOMENT);
  const during = phaseOf(on.pod());
  on.puppets[1]?.exit(0);
  await on.clock.advance(MOMENT);

  assert.deepEqual([during, phaseOf(on.pod())], ["Running", "Succeeded"]);
});

Deno.test("kubelet: given a pod deleted with no time to end, then it is gone and its container killed", async () => {
  using on = localCluster();
  await started(on, {});

  await on.ask("DELETE", `/api/v1/namespaces/default/pods/${nameOf(on.pod())}?gracePeriodSeconds=0`);
  await on.clock.advance(MOMENT);

  assert.deepEqual(on.puppets[0]?.signals, ["SIGKILL"]);
});

Deno.test("kubelet: given a pod deleted while it waits, then it is gone at once", async () => {
  using on = localCluster(NO_IMAGE);
  await started(on, GONE);

  await on.ask("DELETE", `${JOBS}/a`, { propagationPolicy: "Foreground" });
  await on.clock.advance(MOMENT);

  assert.deepEqual([on.cluster.store.all("pods"), on.cluster.store.all("jobs")], [[], []]);
});
