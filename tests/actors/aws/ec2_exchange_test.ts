/** EC2 is asked as the SDK's own client of EC2 asks, and its answers are read alike. @module */

import assert from "node:assert/strict";
import {
  DescribeSubnetsCommand,
  DescribeVpcsCommand,
  EC2Client,
  type EC2ClientConfig,
} from "@aws-sdk/client-ec2";
import { makeEc2Exchange } from "../../../actors/aws/ec2_exchange.ts";
import { makeAwsHttpHandler } from "../../../actors/aws/http_handler.ts";
import type { HttpRequest } from "../../../actors/http/http.ts";

const SIGNAL = new AbortController().signal;

interface Answer {
  readonly status?: number;
  readonly body: string;
}

/** A network that gives the answers in order, the last one again and again. */
function network(answers: readonly Answer[]) {
  const sent: HttpRequest[] = [];
  const handler = makeAwsHttpHandler({
    timeoutMs: 1000,
    maxBytes: 100_000,
    http: (request) => {
      const { status = 200, body } = answers[Math.min(sent.length, answers.length - 1)] ?? { body: "" };
      sent.push(request);
      return Promise.resolve({ status, headers: {}, body: new TextEncoder().encode(body) });
    },
  });
  return { sent, handler };
}

type Config =
  & Pick<
    EC2ClientConfig,
    "region" | "endpoint" | "maxAttempts"
  >
  & { readonly useFipsEndpoint?: boolean; readonly useDualstackEndpoint?: boolean };

function configOf(requestHandler: ReturnType<typeof network>["handler"], config: Config) {
  return {
    region: "eu-west-1",
    credentials: { accessKeyId: "AKIAEXAMPLE", secretAccessKey: "secret" },
    maxAttempts: 1,
    // The other modes ask the instance's metadata for the region.
    defaultsMode: "standard",
    ...config,
    requestHandler,
  } as const;
}

/** What both send and tell, in the parts that must not differ. */
interface Told {
  readonly url: string | undefined;
  readonly body: string;
  readonly scope: string | undefined;
  readonly times: number;
  readonly answer: unknown;
}

function toldBy(sent: readonly HttpRequest[], answer: unknown): Told {
  const [first] = sent;
  return {
    url: first?.url,
    // The order of members means nothing.
    body: String(first?.body ?? "").split("&").sort().join("&"),
    scope: /Credential=[^/]+\/\d+\/([^,]+)/.exec(first?.headers["authorization"] ?? "")?.[1],
    times: sent.length,
    answer,
  };
}

/** The error that the SDK throws, in what failures are read from. */
function errorOf(thrown: unknown): unknown {
  assert.ok(thrown instanceof Error);
  const { name, message } = thrown;
  const status = "$metadata" in thrown && thrown.$metadata instanceof Object &&
      "httpStatusCode" in thrown.$metadata
    ? thrown.$metadata.httpStatusCode
    : null;
  return { name, message, status, fault: "$fault" in thrown ? thrown.$fault : null };
}

const FILTERS = [{ Name: "isDefault", Values: ["true", "a & b/ü"] }];

const REQUESTS = {
  "a filter of VPCs": ["DescribeVpcs", { Filters: FILTERS }],
  "ids of VPCs": ["DescribeVpcs", { VpcIds: ["vpc-1", "vpc-2"] }],
  "no member at all": ["DescribeVpcs", {}],
  "an empty filter": ["DescribeVpcs", { Filters: [] }],
  "a filter of subnets": ["DescribeSubnets", { Filters: [{ Name: "vpc-id", Values: ["vpc-1"] }] }],
  "a next page": ["DescribeSubnets", { Filters: FILTERS, NextToken: "t=1+2/3" }],
} as const;

type Request = (typeof REQUESTS)[keyof typeof REQUESTS];

/** Asks both ways. */
async function bothWays(
  [operation, request]: Request,
  answers: readonly Answer[],
  config: Config = {},
): Promise<{ readonly ours: Told; readonly theirs: Told }> {
  const own = network(answers);
  const exchange = await makeEc2Exchange(configOf(own.handler, config));
  const ours = await exchange.send(operation, request, SIGNAL).then(pickedOf, errorOf);
  exchange.destroy();
  const other = network(answers);
  const client = new EC2Client(configOf(other.handler, config));
  const mutable = structuredClone<object>(request);
  const theirs =
    await (operation === "DescribeVpcs"
      ? client.send(new DescribeVpcsCommand(mutable))
      : client.send(new DescribeSubnetsCommand(mutable))).then((answer) => pickedOf({ ...answer }), errorOf);
  client.destroy();
  return { ours: toldBy(own.sent, ours), theirs: toldBy(other.sent, theirs) };
}

/** The members that are read of an answer. */
function pickedOf({ Vpcs, Subnets, NextToken }: Readonly<Record<string, unknown>>): unknown {
  const ids = (given: unknown, member: string) =>
    Array.isArray(given) ? given.map((one) => one[member]) : given;
  return { Vpcs: ids(Vpcs, "VpcId"), Subnets: ids(Subnets, "SubnetId"), NextToken };
}

const xml = (operation: string, inner: string) =>
  `<?xml version="1.0" encoding="UTF-8"?><${operation}Response xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">` +
  `<requestId>1</requestId>${inner}</${operation}Response>`;

const VPCS = xml(
  "DescribeVpcs",
  "<vpcSet><item><vpcId>vpc-1</vpcId><isDefault>true</isDefault><tagSet><item><key>a</key></item></tagSet></item>" +
    "<item><vpcId>vpc-2</vpcId></item></vpcSet>",
);

for (const [what, request] of Object.entries(REQUESTS)) {
  Deno.test(`ec2 exchange: given ${what}, when it is sent, then as the SDK's client of EC2 sends it`, async () => {
    const { ours, theirs } = await bothWays(request, [{ body: xml(request[0], "") }]);

    assert.deepEqual(ours, theirs);
    assert.equal(ours.scope, "eu-west-1/ec2/aws4_request");
  });
}

const SUBNETS = REQUESTS["a filter of subnets"];
const SUBNET = "<item><subnetId>subnet-1</subnetId><vpcId>vpc-1</vpcId></item>";

for (
  const [what, request, body] of [
    ["VPCs", REQUESTS["ids of VPCs"], VPCS],
    ["no VPCs", REQUESTS["ids of VPCs"], xml("DescribeVpcs", "<vpcSet/>")],
    ["one subnet", SUBNETS, xml("DescribeSubnets", `<subnetSet>${SUBNET}</subnetSet>`)],
    [
      "subnets and another page",
      SUBNETS,
      xml("DescribeSubnets", `<nextToken>t&amp;1</nextToken><subnetSet>${SUBNET}${SUBNET}</subnetSet>`),
    ],
    ["a page for people", SUBNETS, "<html><body>Sign in</body></html>"],
    ["half an answer", SUBNETS, VPCS.slice(0, 150)],
    ["nothing", SUBNETS, ""],
  ] as const
) {
  Deno.test(`ec2 exchange: given an answer with ${what}, when it is read, then as the SDK's client of EC2 reads it`, async () => {
    const { ours, theirs } = await bothWays(request, [{ body }]);

    assert.deepEqual(ours, theirs);
  });
}

const refusal = (code: string) =>
  `<?xml version="1.0"?><Response><Errors><Error><Code>${code}</Code><Message>Because of ${code}</Message></Error>` +
  "</Errors><RequestID>1</RequestID></Response>";

for (
  const [status, body, times] of [
    [400, refusal("InvalidVpcID.NotFound"), 1],
    [403, refusal("UnauthorizedOperation"), 1],
    [401, refusal("AuthFailure"), 1],
    [404, "", 1],
    [500, refusal("InternalError"), 2],
    [503, refusal("RequestLimitExceeded"), 2],
    [503, refusal("Unavailable"), 2],
    [502, "<html><body>Bad gateway</body></html>", 2],
    [400, refusal("RequestExpired"), 1],
  ] as const
) {
  Deno.test(`ec2 exchange: given status ${status} with ${body.slice(0, 80)}, when it is told, then as the SDK's client of EC2 tells it, after ${times} sendings`, async () => {
    const { ours, theirs } = await bothWays(SUBNETS, [{ status, body }], { maxAttempts: 2 });

    assert.deepEqual(ours, theirs);
    assert.equal(ours.times, times);
  });
}

Deno.test("ec2 exchange: given a throttled request, when it is sent again, then its answer is the second one", async () => {
  const answers = [{ status: 503, body: refusal("RequestLimitExceeded") }, { body: VPCS }];

  const { ours, theirs } = await bothWays(REQUESTS["ids of VPCs"], answers, { maxAttempts: 2 });

  assert.deepEqual(ours, theirs);
  assert.equal(ours.times, 2);
});

const REGIONS = [
  "us-east-1",
  "eu-west-1",
  "us-gov-west-1",
  "cn-north-1",
  "us-iso-east-1",
  "eusc-de-east-1",
  "mars-1",
];

const KINDS = [[false, false], [true, false], [false, true], [true, true]] as const;

for (const region of REGIONS) {
  for (const [useFipsEndpoint, useDualstackEndpoint] of KINDS) {
    Deno.test(`ec2 exchange: given ${region}, FIPS ${useFipsEndpoint} and dual stack ${useDualstackEndpoint}, when it is asked, then where the SDK's client of EC2 asks`, async () => {
      const config = { region, useFipsEndpoint, useDualstackEndpoint };

      const { ours, theirs } = await bothWays(SUBNETS, [{ body: xml("DescribeSubnets", "") }], config);

      assert.deepEqual(ours, theirs);
    });
  }
}

for (
  const [what, config] of [
    ["an endpoint", {}],
    ["one with a path", { endpoint: "https://proxy.example/aws/ec2" }],
    ["one and FIPS", { useFipsEndpoint: true }],
    ["one and dual stack", { useDualstackEndpoint: true }],
  ] as const
) {
  Deno.test(`ec2 exchange: given ${what}, when it is asked, then where the SDK's client of EC2 asks`, async () => {
    const endpoint = "http://127.0.0.1:4566";

    const { ours, theirs } = await bothWays(
      SUBNETS,
      [{ body: xml("DescribeSubnets", "") }],
      { endpoint, ...config },
    );

    assert.deepEqual(ours, theirs);
  });
}
