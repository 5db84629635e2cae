import assert from "node:assert/strict";
import type { JsonObject } from "../../../../schemas/json/json.ts";
import { mapping } from "../../../../schemas/json/shape.ts";
import { planWith, refusalWith } from "../../../support/prefect3/plan_golden.ts";

const WANTED = { subnets: ["subnet-c"], securityGroups: ["sg-1"], assignPublicIp: "DISABLED" };

const FORMS: readonly (readonly [string, JsonObject])[] = [
  ["as the variable has it", WANTED],
  ["wrapped as in RunTask", { awsvpcConfiguration: WANTED }],
  ["in CloudFormation's spelling", {
    AwsvpcConfiguration: { Subnets: ["subnet-c"], SecurityGroups: ["sg-1"], AssignPublicIp: "DISABLED" },
  }],
  ["in Terraform's spelling", { subnets: ["subnet-c"], security_groups: ["sg-1"], assign_public_ip: false }],
  ["with texts in place of lists", {
    subnets: "subnet-c",
    securityGroups: "sg-1",
    assignPublicIp: "disabled",
  }],
];

for (const [what, network_configuration] of FORMS) {
  Deno.test(`network: given a network configuration ${what}, when a run is planned, then RunTask has it as AWS does`, () => {
    const { runTask } = planWith({ deployment: { vpc_id: "vpc-2", network_configuration } });

    assert.deepEqual(runTask.networkConfiguration, { awsvpcConfiguration: WANTED });
  });

  Deno.test(`network: given one in the template's request ${what}, when a run is planned, then it is sent without a look at VPCs`, () => {
    const { runTask } = planWith({
      configuration: {
        task_run_request: { launchType: "FARGATE", networkConfiguration: network_configuration },
      },
      aws: { vpcs: [], subnets: [] },
    });

    assert.deepEqual(runTask.networkConfiguration, { awsvpcConfiguration: WANTED });
  });
}

Deno.test("network: given a misspelt member, when a run is planned, then it is named with the name that was meant", () => {
  const message = refusalWith({
    deployment: { vpc_id: "vpc-2", network_configuration: { ...WANTED, securityGroupIds: ["sg-1"] } },
  });

  assert.match(message, /awsvpcConfiguration\.securityGroupIds is unknown; did you mean securityGroups/);
});

Deno.test("network: given subnets of another VPC, when a run is planned, then the first of them is named", () => {
  const message = refusalWith({
    deployment: { vpc_id: "vpc-2", network_configuration: { subnets: ["subnet-c", "subnet-a"] } },
  });

  assert.match(message, /network_configuration\.subnets.*vpc-2.*subnet-a/);
});

Deno.test("network: given a definition in mode bridge, when a run is planned, then no network is asked for", () => {
  const { runTask } = planWith({
    deployment: { launch_type: "EC2" },
    aws: { vpcs: [], subnets: [] },
  });

  assert.equal(runTask.networkConfiguration, undefined);
});

Deno.test("network: given no default VPC, when a run is planned, then it is told to name one", () => {
  assert.match(refusalWith({ aws: { vpcs: [] } }), /vpc_id.*the default VPC cannot be used/);
});

Deno.test("network: given neither VPC nor network, when a run is planned, then all subnets of the default VPC are used", () => {
  const { runTask } = planWith({});

  assert.deepEqual(mapping(runTask.networkConfiguration).awsvpcConfiguration, {
    subnets: ["subnet-a", "subnet-b"],
    assignPublicIp: "ENABLED",
  });
});
