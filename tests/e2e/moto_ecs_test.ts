/**
 * The `ecs` flavour with moto in the place of ECS, EC2 and S3.
 *
 * @module
 */

import assert from "node:assert/strict";
import { DescribeTaskDefinitionCommand } from "@aws-sdk/client-ecs";
import { motoTest } from "./support/moto_site.ts";
import { ecsRun } from "../../sandbox/demo/flows.ts";
import { createProject, createRun, readRun, registerFlow } from "./support/prefect_runs.ts";

const TEMPLATE = `
networkMode: awsvpc
cpu: 512
memory: 1024
containerDefinitions:
  - name: flow
    environment:
      - {name: FROM, value: template}
  - {name: sidecar, image: "test/sidecar:1"}
`;

const LOCAL = {
  type: "Local",
  directory: "/flows",
  flows: {},
  path: "/flows/load.py",
  __version__: "0.15.13",
};

motoTest(
  "moto, ecs: given a template in S3 and no network, when two runs of a flow are due, then one definition and a task each",
  async ({ ask, ecs, put, defaultSubnets, withAgent, taskOf }) => {
    await put("templates/flow.yaml", TEMPLATE);
    const project = await createProject(ask, "moto");
    const runConfig = ecsRun({ image: "test/image:2", memory: "2048", env: { FROM: "run", MORE: "1" } });
    const flow = await registerFlow(ask, project, { name: "Nightly load", storage: LOCAL, runConfig });
    const first = await createRun(ask, flow);
    let second = "";

    const words = [
      "ecs",
      "start",
      "--cluster",
      "flows",
      "--task-definition",
      "s3://config/templates/flow.yaml",
    ];
    const output = await withAgent(words, async () => {
      await taskOf("flows", first);
      second = await createRun(ask, flow);
      await taskOf("flows", second);
    });

    const tasks = [await taskOf("flows", first), await taskOf("flows", second)];
    for (const [index, runId] of [first, second].entries()) {
      const task = tasks[index];
      const container = task?.overrides?.containerOverrides?.find(({ name }) => name === "flow");
      const environment = Object.fromEntries((container?.environment ?? []).map((e) => [e.name, e.value]));
      assert.equal(task?.startedBy, runId);
      assert.equal(task?.launchType, "FARGATE");
      assert.match(task?.clusterArn ?? "", /:cluster\/flows$/);
      assert.equal(task?.overrides?.memory, "2048");
      assert.deepEqual(container?.command, ["/bin/sh", "-c", "prefect execute flow-run"]);
      assert.equal(environment["FROM"], "run");
      assert.equal(environment["MORE"], "1");
      assert.equal(environment["PREFECT__CONTEXT__FLOW_RUN_ID"], runId);
      const subnet = task?.attachments?.[0]?.details?.find(({ name }) => name === "subnetId")?.value ?? "";
      assert.ok((await defaultSubnets()).includes(subnet), `${subnet} is a default subnet`);
      assert.equal((await readRun(ask, runId)).state, "Submitted");
    }
    assert.equal(
      tasks[0]?.taskDefinitionArn,
      tasks[1]?.taskDefinitionArn,
      "the second run registers nothing",
    );
    const { taskDefinition, tags = [] } = await ecs.send(
      new DescribeTaskDefinitionCommand({ taskDefinition: tasks[0]?.taskDefinitionArn, include: ["TAGS"] }),
    );
    assert.match(taskDefinition?.family ?? "", /^prefect-nightly-load-/);
    assert.equal(taskDefinition?.revision, 1);
    assert.equal(taskDefinition?.containerDefinitions?.[0]?.image, "test/image:2");
    assert.equal(taskDefinition?.containerDefinitions?.[1]?.image, "test/sidecar:1");
    assert.ok(tags.some(({ key }) => key === "prefect-agent:digest"));
    assert.doesNotMatch(output, /ERROR/);
  },
);
