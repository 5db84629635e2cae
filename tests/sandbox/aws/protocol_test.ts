import assert from "node:assert/strict";
import { createContainerOutput } from "../../../sandbox/containers/container_output.ts";
import { answerWire, nameOf, regionOf } from "../../../sandbox/aws/protocol.ts";
import type { WireRequest } from "../../../sandbox/aws/wire.ts";
import { at, DEFINITION, localAccount } from "../support/local_account.ts";

const ECS = "AmazonEC2ContainerServiceV20141113.";
const SIGNED =
  "AWS4-HMAC-SHA256 Credential=AKID/20260131/ap-south-1/ecs/aws4_request, SignedHeaders=host, Signature=0";

function wire(more: Partial<WireRequest>): WireRequest {
  return {
    target: "",
    authorization: SIGNED,
    contentType: "application/x-amz-json-1.1",
    body: "{}",
    requestId: "request-1",
    ...more,
  };
}

function account() {
  const { world } = localAccount();
  return { world, output: createContainerOutput() };
}

function answer(request: Partial<WireRequest>, parts = account()) {
  const reply = answerWire(parts, wire(request));
  return reply.kind === "answered" ? reply : assert.fail("no answer");
}

function jsonAnswer(request: Partial<WireRequest>, parts = account()) {
  const { status, body } = answer(request, parts);
  return { status, body: JSON.parse(body) };
}

Deno.test("protocol: given a signature, then its region is that of the ARNs", () => {
  const { body } = jsonAnswer({ target: `${ECS}ListClusters` });

  assert.deepEqual(body.clusterArns, ["arn:aws:ecs:ap-south-1:123456789012:cluster/default"]);
  assert.equal(regionOf(""), "us-east-1");
});

Deno.test("protocol: given null members, then they count as absent, at any depth", () => {
  const container = { ...DEFINITION.containerDefinitions[0], entryPoint: null, environment: [null] };
  const request = { ...DEFINITION, tags: null, executionRoleArn: null, containerDefinitions: [container] };

  const { status, body } = jsonAnswer({
    target: `${ECS}RegisterTaskDefinition`,
    body: JSON.stringify(request),
  });

  assert.equal(status, 200);
  assert.deepEqual(at(body, "taskDefinition", "containerDefinitions", 0, "environment"), []);
});

for (const body of ["{", "[]", '"text"', "\u0000"]) {
  Deno.test(`protocol: given the body ${JSON.stringify(body)}, then it is refused as such`, () => {
    const refused = jsonAnswer({ target: `${ECS}ListClusters`, body });

    assert.equal(refused.status, 400);
    assert.equal(refused.body.__type, "SerializationException");
  });
}

Deno.test("protocol: given an unknown operation or service, then it is refused and named", () => {
  for (const target of [`${ECS}Nope`, "Nope.RunTask", ""]) {
    const refused = jsonAnswer({ target });

    assert.deepEqual([refused.status, refused.body.__type], [400, "UnknownOperationException"]);
  }
});

Deno.test("protocol: given forms, then EC2 and STS are told apart", () => {
  const contentType = "application/x-www-form-urlencoded; charset=utf-8";
  const names = ["GetCallerIdentity", "AssumeRole", "DescribeVpcs"].map((action) =>
    nameOf(wire({ contentType, body: `Action=${action}` })).service
  );

  assert.deepEqual(names, ["sts", "sts", "ec2"]);
});

function query(form: Record<string, string>): string {
  const contentType = "application/x-www-form-urlencoded";
  return answer({ contentType, body: new URLSearchParams(form).toString() }).body;
}

Deno.test("protocol: given filters of EC2, then only what fits is answered", () => {
  const subnets = (name: string, value: string) =>
    query({ Action: "DescribeSubnets", "Filter.1.Name": name, "Filter.1.Value.1": value }).match(
      /<subnetId>/g,
    )?.length ?? 0;

  assert.equal(subnets("vpc-id", "vpc-0a1b2c3d4e5f60718"), 2);
  assert.equal(subnets("vpc-id", "vpc-other"), 0);
  assert.equal(subnets("availability-zone", "ap-south-1b"), 1);
  assert.equal(subnets("no-such-filter", "x"), 0);
  assert.match(query({ Action: "Nope" }), /<Code>InvalidAction<\/Code>/);
  assert.match(query({ Action: "GetCallerIdentity" }), /<Account>123456789012<\/Account>/);
});

Deno.test("protocol: given a role that is to be assumed, then it is refused and named, as text", () => {
  const contentType = "application/x-www-form-urlencoded";
  const body = new URLSearchParams({ Action: "AssumeRole", RoleArn: "arn:aws:iam::1:role/<gone>" })
    .toString();

  const refused = answer({ contentType, body });

  assert.equal(refused.status, 403);
  assert.match(refused.body, /<Code>AccessDenied<\/Code>/);
  assert.match(refused.body, /sts:AssumeRole on resource: arn:aws:iam::1:role\/&lt;gone&gt;</);
});

Deno.test("protocol: given tags, then the tagging API finds ACTIVE definitions by all of them", () => {
  const parts = account();
  const send = (target: string, body: unknown) =>
    jsonAnswer({ target, body: JSON.stringify(body) }, parts).body;
  const register = (...tags: readonly (readonly [string, string])[]) =>
    send(`${ECS}RegisterTaskDefinition`, {
      ...DEFINITION,
      tags: tags.map(([key, value]) => ({ key, value })),
    });
  register(["flow", "a"], ["version", "1"]);
  register(["flow", "a"], ["version", "2"]);
  register(["flow", "b"], ["version", "2"]);
  register(["flow", "a"], ["version", "2"]);
  send(`${ECS}DeregisterTaskDefinition`, { taskDefinition: "flow:4" });

  const found = send("ResourceGroupsTaggingAPI_20170126.GetResources", {
    TagFilters: [{ Key: "flow", Values: ["a"] }, { Key: "version", Values: ["2", "3"] }],
    ResourceTypeFilters: ["ecs:task-definition"],
  });

  assert.equal(found.PaginationToken, "");
  assert.deepEqual(found.ResourceTagMappingList, [{
    ResourceARN: "arn:aws:ecs:ap-south-1:123456789012:task-definition/flow:2",
    Tags: [{ Key: "flow", Value: "a" }, { Key: "version", Value: "2" }],
  }]);
});

Deno.test("protocol: given what a container printed, then GetLogEvents reads it, the newest lines by default", () => {
  const parts = account();
  for (const text of ["one", "two", "three"]) parts.output.add("flow/task-1", { at: 5, text });
  const read = (more: object) =>
    jsonAnswer(
      { target: "Logs_20140328.GetLogEvents", body: JSON.stringify({ logGroupName: "g", ...more }) },
      parts,
    );

  const events = read({ logStreamName: "ecs/flow/task-1", limit: 2 }).body.events;
  const unknown = read({ logStreamName: "ecs/flow/task-2" });

  assert.deepEqual(events.map((event: { message: string }) => event.message), ["two", "three"]);
  assert.equal(unknown.body.__type, "ResourceNotFoundException");
});
