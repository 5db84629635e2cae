import assert from "node:assert/strict";
import type { HttpAnswer } from "../../../actors/http/http.ts";
import { makeReadSource, type ReadSourceDeps } from "../../../actors/ecs/read_source.ts";
import { absolutePath } from "../../../schemas/options/typed_path.ts";
import { FailureError } from "../../../schemas/failure/failure.ts";
import type { Source } from "../../../schemas/plan/source.ts";
import { arnOf, fakeEcs, refused } from "../../support/fake_ecs.ts";
import { DEFAULT_NETWORK, definitionSource, regionSource, vpcSource } from "../../../schemas/ecs/source.ts";
import { fileSource, httpSource, s3Source } from "../../../schemas/templates/place_source.ts";

const SIGNAL = new AbortController().signal;

function read(source: Source, deps: Partial<ReadSourceDeps> = {}) {
  const answer = { status: 200, headers: {}, body: new TextEncoder().encode("cpu: 256\n") };
  return makeReadSource({
    aws: {
      ecs: fakeEcs([{ family: "fam", revision: 3 }]).calls,
      readS3Object: () => Promise.resolve({ found: true, bytes: new TextEncoder().encode("from s3") }),
      readDefaultSubnets: () => Promise.resolve(["subnet-b", "subnet-a"]),

      readVpcNetwork: (vpcId: string | null) =>
        Promise.resolve({ vpcId: vpcId ?? "vpc-default", subnets: ["subnet-a"] }),
    },
    http: () => Promise.resolve(answer),
    readFile: (path) => Promise.resolve(new TextEncoder().encode(`text of ${path}`)),
    locate: (typed) => absolutePath(typed, { folder: "/typed/here", home: "/home/me" }),
    ...deps,
  })(source, SIGNAL);
}

async function failureOf(work: Promise<unknown>) {
  const error = await work.then(() => null, (thrown: unknown) => thrown);
  assert.ok(error instanceof FailureError, `expected a failure, got ${error}`);
  return error.failure;
}

const page = (status: number): Partial<ReadSourceDeps> => ({
  http: (): Promise<HttpAnswer> => Promise.resolve({ status, headers: {}, body: new Uint8Array() }),
});

Deno.test("readSource: given a file, when read, then its text; a leading ~ is the home folder", async () => {
  const plain = await read(fileSource("/etc/t.yaml"));
  const home = await read(fileSource("~/t.yaml"));
  const tilde = await read(fileSource("~other/t.yaml"));
  const relative = await read(fileSource("../t.yaml"));

  assert.deepEqual(plain, { kind: "text", text: "text of /etc/t.yaml" });
  assert.deepEqual(home, { kind: "text", text: "text of /home/me/t.yaml" });
  assert.deepEqual(tilde, { kind: "text", text: "text of /typed/here/~other/t.yaml" });
  assert.deepEqual(relative, { kind: "text", text: "text of /typed/t.yaml" });
});

Deno.test("readSource: given a file that is not there, when read, then absence is a reading", async () => {
  const readFile = () => Promise.reject(new Deno.errors.NotFound("no such file"));

  const reading = await read(fileSource("/x.yaml"), { readFile });

  assert.deepEqual(reading, { kind: "absent", message: "there is no file /x.yaml" });
});

Deno.test("readSource: given a folder or a forbidden file, when read, then the reading says which path and why", async () => {
  const table = [[new Deno.errors.IsADirectory(""), "it is a folder"], [
    new Deno.errors.PermissionDenied(""),
    "this process may not read it",
  ]] as const;
  for (const [error, reason] of table) {
    const reading = await read(fileSource("x.yaml"), { readFile: () => Promise.reject(error) });

    assert.deepEqual(reading, { kind: "absent", message: `Cannot read /typed/here/x.yaml: ${reason}` });
  }
});

Deno.test("readSource: given an S3 object, when it is there or not, then text or absence", async () => {
  const source = s3Source("b", "k");
  const asked: unknown[] = [];
  const aws = {
    ecs: fakeEcs().calls,
    readDefaultSubnets: () => Promise.resolve([]),

    readVpcNetwork: (vpcId: string | null) =>
      Promise.resolve({ vpcId: vpcId ?? "vpc-default", subnets: ["subnet-a"] }),
    readS3Object: (place: unknown) => {
      asked.push(place);
      return Promise.resolve({ found: false, message: "NoSuchKey" } as const);
    },
  };

  const there = await read(source);
  const absent = await read(source, { aws });

  assert.deepEqual(there, { kind: "text", text: "from s3" });
  assert.deepEqual(absent, { kind: "absent", message: "NoSuchKey" });
  assert.deepEqual(asked, [{ bucket: "b", key: "k" }]);
});

Deno.test("Q-HTTP-STATUS: given an address, when the status is not 2xx, then the answer is no template", async () => {
  const source = httpSource("https://me:secret@host/t.yaml?sig=abc");

  const text = await read(source);
  const refusedPage = await failureOf(read(source, page(404)));
  const broken = await failureOf(read(source, page(500)));
  const busy = await failureOf(read(source, page(503)));

  assert.deepEqual(text, { kind: "text", text: "cpu: 256\n" });
  assert.deepEqual(refusedPage, {
    tag: "configuration",
    field: "https://host/t.yaml",
    message: "Cannot read https://host/t.yaml: the server answered with HTTP status 404",
  });
  assert.equal(broken.tag, "configuration");
  assert.equal(busy.tag, "unavailable");
});

Deno.test("readSource: given a task definition, when described, then its ARN, revision and roles", async () => {
  const reading = await read(definitionSource("fam:3"));

  assert.deepEqual(reading, {
    kind: "json",
    value: {
      taskDefinitionArn: arnOf("fam", 3),
      family: "fam",
      revision: 3,
      status: "ACTIVE",
      taskRoleArn: null,
      executionRoleArn: null,
      networkMode: null,
      requiresCompatibilities: [],
      containerDefinitions: [],
    },
  });
});

Deno.test("readSource: given a VPC by its id, and the region, when read, then subnets and region, and why a VPC is absent", async () => {
  const there = await read(vpcSource("vpc-2", null));
  const region = await read(regionSource(null));

  assert.deepEqual(there, { kind: "json", value: { vpcId: "vpc-2", subnets: ["subnet-a"] } });
  assert.deepEqual(region, { kind: "json", value: { region: "(region)" } });
});

Deno.test("readSource: given a task definition that is not there, when described, then AWS's own refusal, with what to check", async () => {
  const failure = await failureOf(read(definitionSource("none")));

  const plain = refused("DescribeTaskDefinition", "ClientException", "Unable to describe task definition.");
  assert.deepEqual({ ...failure, message: plain.message }, plain);
  assert.ok(failure.message.startsWith(`${plain.message} Allow ecs:DescribeTaskDefinition`), failure.message);
});

Deno.test("readSource: given the default network, when read, then its subnets in order", async () => {
  const reading = await read(DEFAULT_NETWORK);

  assert.deepEqual(reading, { kind: "json", value: { subnets: ["subnet-b", "subnet-a"] } });
});
