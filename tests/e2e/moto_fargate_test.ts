/**
 * The `fargate` flavour with moto in the place of ECS, S3 and the tagging API.
 *
 * @module
 */

import assert from "node:assert/strict";
import { DescribeTaskDefinitionCommand, ListTaskDefinitionsCommand } from "@aws-sdk/client-ecs";
import { motoTest } from "./support/moto_site.ts";
import { createProject, createRun, registerFlow } from "./support/prefect_runs.ts";

motoTest(
  "moto, fargate: given revisions and arguments in S3, when two runs of a flow are due, then the second reuses the revision",
  async ({ ask, ecs, put, defaultSubnets, withAgent, taskOf }) => {
    const [subnet = ""] = await defaultSubnets();
    const project = await createProject(ask, "moto");
    const flow = await registerFlow(ask, project, { name: "Nightly load" });
    const other = await registerFlow(ask, project, { name: "Nightly load 2" });
    const external = { cpu: "512", memory: "2048", tags: [{ key: "team", value: "data" }] };
    await put(`arguments/nightly-load/${flow.slice(0, 8)}.json`, JSON.stringify(external));
    const first = await createRun(ask, flow);
    let second = "";
    let third = "";

    const words = [
      "fargate",
      "start",
      "enable_task_revisions=True",
      "use_external_kwargs=True",
      "external_kwargs_s3_bucket=config",
      "external_kwargs_s3_key=arguments",
      "cluster=flows",
      "cpu=256",
      "memory=512",
      `networkConfiguration={'awsvpcConfiguration': {'subnets': ['${subnet}'], 'assignPublicIp': 'ENABLED'}}`,
    ];
    const output = await withAgent(words, async () => {
      await taskOf("flows", first);
      second = await createRun(ask, flow);
      await taskOf("flows", second);
    });
    // An agent that remembers nothing finds the revision by its tags.
    await withAgent(words, async () => {
      third = await createRun(ask, flow);
      const stranger = await createRun(ask, other);
      await taskOf("flows", third);
      await taskOf("flows", stranger);
    });

    const tasks = await Promise.all([first, second, third].map((runId) => taskOf("flows", runId)));
    assert.deepEqual(tasks.map((task) => task.startedBy), [first, second, third]);
    assert.equal(new Set(tasks.map((task) => task.taskDefinitionArn)).size, 1, "one revision for all three");
    for (const [index, task] of tasks.entries()) {
      const [container] = task.overrides?.containerOverrides ?? [];
      const environment = Object.fromEntries((container?.environment ?? []).map((e) => [e.name, e.value]));
      assert.equal(environment["PREFECT__CONTEXT__FLOW_RUN_ID"], [first, second, third][index]);
      assert.ok(task.tags?.some(({ key, value }) => key === "team" && value === "data"));
    }
    const { taskDefinition, tags = [] } = await ecs.send(
      new DescribeTaskDefinitionCommand({ taskDefinition: tasks[0]?.taskDefinitionArn, include: ["TAGS"] }),
    );
    assert.equal(taskDefinition?.family, "nightly-load");
    assert.equal(taskDefinition?.revision, 1);
    assert.deepEqual([taskDefinition?.cpu, taskDefinition?.memory], ["512", "2048"]);
    assert.equal(taskDefinition?.containerDefinitions?.[0]?.image, "test/flow:1");
    assert.deepEqual(Object.fromEntries(tags.map(({ key, value }) => [key, value])), {
      team: "data",
      PrefectFlowId: flow.slice(0, 8),
      PrefectFlowVersion: "1",
    });
    const { taskDefinitionArns = [] } = await ecs.send(new ListTaskDefinitionsCommand({}));
    assert.deepEqual(taskDefinitionArns.map((arn) => arn.split("/")[1]), [
      "nightly-load:1",
      "nightly-load-2:1",
    ]);
    assert.doesNotMatch(output, /ERROR/);
  },
);
