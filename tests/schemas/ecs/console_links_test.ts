/** Links into the AWS console. @module */

import assert from "node:assert/strict";
import { consoleLinks } from "../../../schemas/ecs/console_links.ts";

const ID = "0123456789abcdef0123456789abcdef";

for (
  const [partition, region, host] of [
    ["aws", "eu-central-1", "eu-central-1.console.aws.amazon.com"],
    ["aws-cn", "cn-north-1", "cn-north-1.console.amazonaws.cn"],
    ["aws-us-gov", "us-gov-west-1", "us-gov-west-1.console.amazonaws-us-gov.com"],
  ] as const
) {
  Deno.test(`console links: given a task in the partition ${partition}, when linked, then task and log stream are on its console`, () => {
    const page = `https://${host}/ecs/v2/clusters/my_cluster/tasks/${ID}`;

    assert.deepEqual(consoleLinks(`arn:${partition}:ecs:${region}:123456789012:task/my_cluster/${ID}`), [
      { label: "ECS task", url: `${page}/configuration?region=${region}` },
      { label: "Log stream", url: `${page}/logs?region=${region}` },
    ]);
  });
}

for (
  const [name, arn] of [
    ["the short form, which names no cluster", `arn:aws:ecs:us-east-1:123456789012:task/${ID}`],
    ["a partition without a known console", `arn:aws-iso:ecs:us-iso-east-1:123456789012:task/c/${ID}`],
    ["another kind of thing", "arn:aws:ecs:us-east-1:123456789012:cluster/c"],
    ["no ARN", "task-1"],
  ] as const
) {
  Deno.test(`console links: given ${name}, when linked, then there is no link`, () => {
    assert.deepEqual(consoleLinks(arn), []);
  });
}
