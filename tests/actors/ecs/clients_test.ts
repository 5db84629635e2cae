/** Where the AWS clients send their requests, as whom, and how often. @module */

import { makeRedactor } from "../../../schemas/secrets/redact.ts";
import assert from "node:assert/strict";
import { type AwsClientOptions, type AwsClients, makeAwsClients } from "../../../actors/ecs/clients.ts";
import type { HttpRequest } from "../../../actors/http/http.ts";
import { FailureError, toFailure } from "../../../schemas/failure/failure.ts";
import { Secret } from "../../../schemas/secrets/secret.ts";

const SIGNAL = new AbortController().signal;
const NOW = Date.UTC(2026, 0, 2, 3, 4, 5);

const ENV = {
  HOME: "/nowhere",
  AWS_DEFAULT_REGION: "eu-west-1",
  AWS_ACCESS_KEY_ID: "AKIAENVIRONMENT00000",
  AWS_SECRET_ACCESS_KEY: "environment-secret",
};

/** What the network answers. */
interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Clients over a network that gives one answer, while `use` asks them. @returns what was sent */
async function sentBy(
  use: (aws: AwsClients) => Promise<unknown>,
  options: Partial<AwsClientOptions> = {},
  { status = 200, headers = {}, body = "{}" }: Answer = {},
): Promise<readonly HttpRequest[]> {
  const sent: HttpRequest[] = [];
  const aws = await makeAwsClients({
    env: ENV,
    http: (request) => {
      sent.push(request);
      return Promise.resolve({ status, headers, body: new TextEncoder().encode(body) });
    },
    clock: { now: () => NOW },
    redact: makeRedactor(),
    maxAttempts: 1,
    ...options,
  });
  await use(aws);
  aws.close();
  return sent;
}

const describe = (aws: AwsClients) => aws.ecs.describeTasks("prod", ["task-1"], SIGNAL);
const placesOf = (sent: readonly HttpRequest[]) =>
  sent.map(({ url }) => new URL(url)).map((url) => url.origin);
const headerOf = (sent: readonly HttpRequest[], name: string) => sent[0]?.headers[name] ?? "";

for (
  const [what, options, region] of [
    ["AWS_DEFAULT_REGION", {}, "eu-west-1"],
    [
      "AWS_DEFAULT_REGION and another AWS_REGION",
      { env: { ...ENV, AWS_REGION: "us-west-2" } },
      "eu-west-1",
    ],
    [
      "AWS_REGION alone",
      { env: { ...ENV, AWS_DEFAULT_REGION: "", AWS_REGION: "us-west-2" } },
      "us-west-2",
    ],
    [
      "AWS_DEFAULT_REGION with a carriage return",
      { env: { ...ENV, AWS_DEFAULT_REGION: "us-west-2\r" } },
      "us-west-2",
    ],
    ["a region of the command line", { region: "ap-south-1" }, "ap-south-1"],
  ] as const
) {
  Deno.test(`aws clients: given ${what}, when ECS is asked, then it is asked in ${region}`, async () => {
    let made = "";
    const sent = await sentBy((aws) => {
      made = aws.region;
      return describe(aws);
    }, options);

    assert.equal(made, region);
    assert.deepEqual(placesOf(sent), [`https://ecs.${region}.amazonaws.com`]);
    assert.match(headerOf(sent, "authorization"), new RegExp(`/${region}/ecs/aws4_request`));
  });
}

Deno.test("aws clients: given no region anywhere, when made, then the failure says what to set", async () => {
  const env = { ...ENV, AWS_DEFAULT_REGION: "" };

  const failure = await sentBy(describe, { env }).then(() => null, toFailure);

  assert.equal(failure?.tag, "credentials");
  assert.match(
    failure?.message ?? "",
    /^Cannot tell the AWS region: set AWS_DEFAULT_REGION .* profile default/,
  );
});

Deno.test("aws clients: given a profile that does not exist, when made, then the failure names it", async () => {
  const env = { ...ENV, AWS_PROFILE: "production" };

  const failure = await sentBy(describe, { env }).then(() => null, toFailure);

  assert.equal(failure?.tag, "credentials");
  assert.match(failure?.message ?? "", /production/);
});

const OWN = "http://ecs.example:1234";
for (
  const [what, variables, place] of [
    ["AWS_ENDPOINT_URL", { AWS_ENDPOINT_URL: OWN }, OWN],
    [
      "AWS_ENDPOINT_URL_ECS and AWS_ENDPOINT_URL",
      { AWS_ENDPOINT_URL_ECS: OWN, AWS_ENDPOINT_URL: "http://other.example" },
      OWN,
    ],
    ["an endpoint of another service", { AWS_ENDPOINT_URL_S3: OWN }, "https://ecs.eu-west-1.amazonaws.com"],
    [
      "endpoints that are to be ignored",
      { AWS_ENDPOINT_URL: OWN, AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "TRUE" },
      "https://ecs.eu-west-1.amazonaws.com",
    ],
  ] as const
) {
  Deno.test(`aws clients: given ${what}, when ECS is asked, then at ${place}`, async () => {
    const sent = await sentBy(describe, { env: { ...ENV, ...variables } });

    assert.deepEqual(placesOf(sent), [place]);
  });
}

for (
  const [kind, options, place] of [
    ["FIPS", { useFipsEndpoint: true }, "https://ecs-fips.eu-west-1.amazonaws.com"],
    ["dual stack", { useDualstackEndpoint: true }, "https://ecs.eu-west-1.api.aws"],
  ] as const
) {
  Deno.test(`aws clients: given ${kind} endpoints, when ECS is asked, then at ${place}`, async () => {
    assert.deepEqual(placesOf(await sentBy(describe, options)), [place]);
  });
}

Deno.test("aws clients: given keys of the command line, when ECS is asked, then they sign, not those of the environment", async () => {
  const credentials = {
    accessKeyId: "AKIAOPTION0000000000",
    secretAccessKey: new Secret("option-secret"),
    sessionToken: new Secret("option-session"),
  };

  const sent = await sentBy(describe, { credentials });

  assert.match(headerOf(sent, "authorization"), /Credential=AKIAOPTION0000000000\/20260102\//);
  assert.equal(headerOf(sent, "x-amz-security-token"), "option-session");
});

Deno.test("aws clients: given a user agent and an application id, when ECS is asked, then both stand at the end", async () => {
  const sent = await sentBy(describe, { userAgent: "flows/7", userAgentAppId: "team" });

  assert.match(headerOf(sent, "user-agent"), / app\/team flows\/7$/);
});

Deno.test("aws clients: given a server error of ECS, when asked, then it is asked once, whatever the attempts of other services", async () => {
  const failures: unknown[] = [];

  const sent = await sentBy(
    async (aws) => failures.push(await describe(aws).then(() => null, toFailure)),
    { maxAttempts: 5 },
    { status: 500 },
  );

  assert.equal(sent.length, 1);
  assert.deepEqual(failures.map((failure) => failure instanceof Object && "tag" in failure && failure.tag), [
    "unavailable",
  ]);
});

Deno.test("aws clients: given an answer with its request id, when it is there, then the listener gets the id", async () => {
  const ids: string[] = [];

  await sentBy(
    describe,
    { onAnswer: (id) => void ids.push(id) },
    { headers: { "x-amzn-requestid": "request-1" } },
  );

  assert.deepEqual(ids, ["request-1"]);
});

Deno.test("aws clients: given log streams of two regions, when read, then each is read in its own, the agent's where none is named", async () => {
  const place = { container: "flow", group: "/flows", stream: "flow/1" };

  const sent = await sentBy(
    async (aws) => {
      for (const region of [null, "us-west-2", "us-west-2"]) {
        assert.deepEqual(await aws.readLogTail({ ...place, region }, 5, SIGNAL), ["last"]);
      }
    },
    {},
    { body: JSON.stringify({ events: [{ message: "last" }] }) },
  );

  assert.deepEqual(placesOf(sent), [
    "https://logs.eu-west-1.amazonaws.com",
    "https://logs.us-west-2.amazonaws.com",
    "https://logs.us-west-2.amazonaws.com",
  ]);
});

for (
  const [what, variables, url] of [
    ["S3 of AWS", {}, "https://templates.s3.eu-west-1.amazonaws.com/flow.json"],
    [
      "an S3 of its own",
      { AWS_ENDPOINT_URL_S3: "http://s3.example" },
      "http://s3.example/templates/flow.json",
    ],
  ] as const
) {
  Deno.test(`aws clients: given ${what}, when an object is read, then the bucket stands where that server expects it`, async () => {
    const sent = await sentBy(
      (aws) => aws.readS3Object({ bucket: "templates", key: "flow.json" }, SIGNAL),
      { env: { ...ENV, ...variables } },
      { body: "text" },
    );

    assert.deepEqual(sent.map(({ url }) => url.split("?")[0]), [url]);
  });
}

Deno.test("aws clients: given keys in the environment, when credentials are checked, then nothing is sent", async () => {
  assert.deepEqual(await sentBy((aws) => aws.checkCredentials()), []);
});

Deno.test("aws clients: given no credentials anywhere, when they are checked, then the failure says so", async () => {
  const env = { HOME: "/nowhere", AWS_DEFAULT_REGION: "eu-west-1", AWS_EC2_METADATA_DISABLED: "true" };
  const failures: unknown[] = [];

  await sentBy(
    async (aws) => failures.push(await aws.checkCredentials().catch((thrown) => thrown)),
    { env },
  );

  const [failure] = failures;
  assert.ok(failure instanceof FailureError);
  assert.equal(failure.failure.tag, "credentials");
});

const ROLE = { arn: "arn:aws:iam::123456789012:role/flows", parameters: {} };

/** Every operation that the agent asks AWS for, by its name. */
const OPERATIONS: Readonly<Record<string, (aws: AwsClients) => Promise<unknown>>> = {
  DescribeTasks: describe,
  ListTasks: ({ ecs }) => ecs.listTasks(null, "run-1", SIGNAL),
  DescribeTaskDefinition: ({ ecs }) => ecs.describeTaskDefinition("flow", SIGNAL),
  RegisterTaskDefinition: ({ ecs }) =>
    ecs.registerTaskDefinition({ family: "flow", containerDefinitions: [] }, SIGNAL),
  DeregisterTaskDefinition: ({ ecs }) => ecs.deregisterTaskDefinition("flow:1", SIGNAL),
  StopTask: ({ ecs }) => ecs.stopTask(null, "task-1", "why", SIGNAL),
  RunTask: ({ ecs }) => ecs.runTask({ taskDefinition: "flow:1" }, SIGNAL),
  GetResources: ({ ecs }) => ecs.findDefinitionsByTag({ a: "b" }, SIGNAL),
  DescribeVpcs: ({ readVpcNetwork }) => readVpcNetwork("vpc-1", SIGNAL),
  DescribeSubnets: ({ readDefaultSubnets }) => readDefaultSubnets(SIGNAL),
  GetObject: ({ readS3Object }) => readS3Object({ bucket: "b", key: "k" }, SIGNAL),
  GetLogEvents: ({ readLogTail }) =>
    readLogTail({ container: "flow", group: "g", stream: "s", region: null }, 5, SIGNAL),
  GetQueueUrl: ({ queue }) => queue.find("events", SIGNAL),
  ReceiveMessage: ({ queue }) => queue.receive("https://sqs.eu-west-1.amazonaws.com/1/events", SIGNAL),
};

for (const [operation, ask] of Object.entries(OPERATIONS)) {
  const bound = operation === "RunTask" ? 60_000 : 30_000;
  Deno.test(`aws clients: given no bound of the user's, when ${operation} is sent, then it is given up after ${bound} ms`, async () => {
    // What the answer means does not matter here.
    const sent = await sentBy((aws) => ask(aws).catch(() => undefined));

    assert.ok(sent.length > 0);
    assert.deepEqual([...new Set(sent.map(({ timeoutMs }) => timeoutMs))], [bound]);
  });

  Deno.test(`aws clients: given a bound of the user's, when ${operation} is sent, then that one holds`, async () => {
    const sent = await sentBy((aws) => ask(aws).catch(() => undefined), { timeoutMs: 7000 });

    assert.deepEqual([...new Set(sent.map(({ timeoutMs }) => timeoutMs))], [7000]);
  });
}

Deno.test("aws clients: given a role, when it is assumed, then that is given up after 30 s", async () => {
  const sent = await sentBy((aws) => describe(aws).catch(() => undefined), { role: ROLE });

  assert.deepEqual(sent.map(({ url, timeoutMs }) => [new URL(url).hostname, timeoutMs]), [
    ["sts.eu-west-1.amazonaws.com", 30_000],
  ]);
});

for (
  const [what, queueRegion, region] of [["none", undefined, "eu-west-1"], [
    "one",
    "us-west-2",
    "us-west-2",
  ]] as const
) {
  Deno.test(`aws clients: given ${what} of its own, when the queue of events is looked for, then in ${region}, and tasks as before`, async () => {
    const options = queueRegion === undefined ? {} : { queueRegion };

    const sent = await sentBy(async (aws) => {
      await aws.queue.find("events", SIGNAL);
      await describe(aws);
    }, options);

    assert.deepEqual(placesOf(sent), [
      `https://sqs.${region}.amazonaws.com`,
      "https://ecs.eu-west-1.amazonaws.com",
    ]);
    assert.match(headerOf(sent, "authorization"), new RegExp(`/${region}/sqs/aws4_request`));
  });
}

Deno.test("aws clients: given a role, when hours pass, then its credentials are renewed before they end, and every call is signed with ones that hold", async () => {
  const MINUTE = 60_000;
  const clock = { ms: NOW };
  const ends = new Map<string, number>();
  const signed: string[] = [];
  const http = ({ url, headers }: HttpRequest) => {
    if (!new URL(url).hostname.startsWith("sts.")) {
      const id = /Credential=(\w+)\//.exec(headers["authorization"] ?? "")?.[1] ?? "";
      signed.push(id);
      assert.ok((ends.get(id) ?? 0) > clock.ms, `${id} has ended`);
      return Promise.resolve({ status: 200, headers: {}, body: new TextEncoder().encode("{}") });
    }
    const id = `ROLEKEY${ends.size + 1}`;
    ends.set(id, clock.ms + 15 * MINUTE);
    const expiration = new Date(clock.ms + 15 * MINUTE).toISOString();
    const credentials = `<AccessKeyId>${id}</AccessKeyId><SecretAccessKey>s</SecretAccessKey>` +
      `<SessionToken>t</SessionToken><Expiration>${expiration}</Expiration>`;
    const body = `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult>` +
      `<Credentials>${credentials}</Credentials></AssumeRoleResult></AssumeRoleResponse>`;
    return Promise.resolve({
      status: 200,
      headers: { "content-type": "text/xml" },
      body: new TextEncoder().encode(body),
    });
  };

  await sentBy(async (aws) => {
    for (; clock.ms < NOW + 60 * MINUTE; clock.ms += MINUTE) await describe(aws);
  }, { role: ROLE, http, clock: { now: () => clock.ms } });

  assert.equal(signed.length, 60);
  assert.equal(new Set(signed).size, ends.size);
  assert.equal(ends.size, 6, "one for each ten of fifteen minutes");
});
