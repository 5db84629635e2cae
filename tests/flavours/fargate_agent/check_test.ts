/** What AWS would refuse of every run is refused at start, by its path and without its value. @module */

import assert from "node:assert/strict";
import { checkPlan } from "../../../actors/ecs/check_plan.ts";
import { checkSamples } from "../../../agent/prepare_options.ts";
import { fargateFlavour } from "../../../flavours/fargate_agent/flavour.ts";
import { parseFargateOptions } from "../../../flavours/fargate_agent/options.ts";
import { someSettings } from "../../support/settings.ts";

function check(pairs: Readonly<Record<string, string>>): void {
  const options = parseFargateOptions({ pairs: Object.entries(pairs), values: {}, env: {} }, someSettings());
  checkSamples(fargateFlavour.samples(options), checkPlan);
}

const REFUSED: readonly (readonly [pairs: Readonly<Record<string, string>>, field: string])[] = [
  [
    { networkConfiguration: "{'awsvpcConfiguration': {}}" },
    "networkConfiguration.awsvpcConfiguration.subnets",
  ],
  [{ networkConfiguration: "{'awsvpcConfiguration': {'subnets': 's3cret'}}" }, "networkConfiguration"],
  [{ networkConfiguration: "{'vpc': 's3cret'}" }, "networkConfiguration.vpc"],
  [{ placementConstraints: "['s3cret']" }, "placementConstraints"],
  [{ placementStrategy: "[{'kind': 's3cret'}]" }, "placementStrategy"],
  [{ volumes: "[{'name': 5}]" }, "volumes"],
  [{ proxyConfiguration: "{'type': 'APPMESH'}" }, "proxyConfiguration.containerName"],
  [{ inferenceAccelerators: "[{'deviceName': 's3cret'}]" }, "inferenceAccelerators"],
  [{ containerDefinitions: "[{'secrets': [{'name': 'S'}]}]" }, "secrets"],
  [{ containerDefinitions: "[{'logConfiguration': {'options': {}}}]" }, "logDriver"],
  [{ containerDefinitions: "[{'mountPoints': [{'readOnly': 's3cret'}]}]" }, "readOnly"],
];

for (const [pairs, field] of REFUSED) {
  Deno.test(`fargate check: given ${JSON.stringify(pairs)}, when started, then ${field} is named`, () => {
    assert.throws(() => check(pairs), (thrown: Error) => {
      assert.match(
        thrown.message,
        /^Cannot use the options as given: AWS would refuse (RegisterTaskDefinition|RunTask): /,
      );
      assert.ok(thrown.message.includes(field), thrown.message);
      assert.doesNotMatch(thrown.message, /s3cret/);
      return true;
    });
  });
}

const TAKEN: readonly Readonly<Record<string, string>>[] = [
  {},
  { launch_type: "" },
  { launch_type: "ec2", networkMode: "bridge", volumes: "[]" },
  { cpu: "256", memory: "0.5 GB", count: "3", cluster: "prod", enableECSManagedTags: "true" },
  { networkConfiguration: '{"awsvpcConfiguration": {"subnets": ["a"], "assignPublicIp": "ENABLED"}}' },
  { containerDefinitions: "[{'secrets': [{'name': 'S', 'valueFrom': 'arn'}], 'mountPoints': []}]" },
  { placementConstraints: "({'type': 'distinctInstance'},)", tags: "[{'key': 'a', 'value': 'b'}]" },
];

for (const pairs of TAKEN) {
  Deno.test(`fargate check: given ${JSON.stringify(pairs)}, when started, then nothing is refused`, () => {
    assert.doesNotThrow(() => check(pairs));
  });
}

Deno.test("fargate check: given one fault in both requests, when refused, then it is named once, and others with it", () => {
  assert.throws(
    () => check({ placementConstraints: "[{'kind': 1}]", networkConfiguration: "{'vpc': 1}" }),
    ({ message }: Error) =>
      message.split("placementConstraints[0].kind").length === 2 &&
      /RegisterTaskDefinition: placementConstraints.*; RunTask: networkConfiguration\.vpc/.test(message),
  );
});
