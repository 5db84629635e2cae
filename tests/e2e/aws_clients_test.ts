/** The AWS clients over real HTTP, with no more permissions than the agent has. @module */

import { makeRedactor } from "../../schemas/secrets/redact.ts";
import assert from "node:assert/strict";
import { type AwsClientOptions, type AwsClients, makeAwsClients } from "../../actors/ecs/clients.ts";
import { makeHttp } from "../../actors/http/http.ts";
import { FailureError } from "../../schemas/failure/failure.ts";
import { Secret } from "../../schemas/secrets/secret.ts";
import { type Loopback, operationOf, type Seen, startLoopback, type Told } from "../support/loopback.ts";

const SIGNAL = new AbortController().signal;
const TASK = "arn:aws:ecs:eu-west-1:123456789012:task/prod/0123456789abcdef0123456789abcdef";
const DEFINITION = "arn:aws:ecs:eu-west-1:123456789012:task-definition/prefect-etl:7";

const ENV = {
  AWS_ACCESS_KEY_ID: "AKIAENVIRONMENT00000",
  AWS_SECRET_ACCESS_KEY: "environment-secret",
  AWS_DEFAULT_REGION: "eu-west-1",
  HOME: "/nowhere",
};

function awsTest(name: string, fn: () => Promise<void>): void {
  const permissions = {
    net: ["127.0.0.1"],
    env: true,
    read: true,
    write: true,
    sys: ["osRelease", "homedir"],
    run: false,
    ffi: false,
  } as const;
  Deno.test({
    name,
    permissions: { ...permissions, sys: [...permissions.sys], net: [...permissions.net] },
    fn,
  });
}

async function withAws(
  answer: (request: Seen) => Told | Promise<Told>,
  use: (aws: AwsClients, server: Loopback) => Promise<void>,
  { env = ENV, ...more }: Partial<AwsClientOptions> = {},
): Promise<void> {
  await using server = startLoopback(answer);
  const http = makeHttp({ env: {}, readFile: () => "", caVariables: [] });
  const clock = { now: () => Date.UTC(2023, 0, 2) };
  const aws = await makeAwsClients({
    env: { AWS_ENDPOINT_URL: server.url, ...env },
    http: http.call,
    clock,
    redact: makeRedactor(),
    ...more,
  });
  try {
    await use(aws, server);
  } finally {
    aws.close();
    http.close();
  }
}

const failureOf = async (work: Promise<unknown>) => {
  const error = await work.then(() => null, (thrown: unknown) => thrown);
  assert.ok(error instanceof FailureError, `expected a failure, got ${error}`);
  return error.failure;
};

const refusal = (code: string, message: string, more: Record<string, unknown> = {}): Told => ({
  status: 400,
  headers: { "content-type": "application/x-amz-json-1.1" },
  body: { __type: `com.amazonaws.ecs#${code}`, message, ...more },
});

awsTest(
  "RunTask: given a plain request, when it is sent, then the wire shows it signed and the task comes back",
  async () => {
    const answer = {
      tasks: [{ taskArn: TASK, lastStatus: "PROVISIONING", startedBy: "run-1" }],
      failures: [],
    };
    const request = {
      taskDefinition: DEFINITION,
      cluster: "prod",
      clientToken: "t".repeat(64),
      overrides: { containerOverrides: [{ name: "flow", environment: [{ name: "A", value: "ü" }] }] },
    };

    await withAws(() => ({ body: answer }), async (aws, { seen }) => {
      const { tasks, failures } = await aws.ecs.runTask(request, SIGNAL);

      assert.deepEqual(failures, []);
      assert.deepEqual(tasks, [{
        arn: TASK,
        lastStatus: "PROVISIONING",
        desiredStatus: "",
        startedBy: "run-1",
        flowRunId: null,
        stopCode: null,
        stoppedReason: null,
        containers: [],
      }]);
      const [sent] = seen;
      assert.ok(sent);
      assert.deepEqual(JSON.parse(sent.body), request);
      assert.equal(operationOf(sent), "RunTask");
      assert.match(
        sent.headers.get("authorization") ?? "",
        /Credential=AKIAENVIRONMENT00000\/\d+\/eu-west-1\/ecs\//,
      );
    });
  },
);

awsTest(
  "RunTask: given refusals, when they arrive, then each has its failure and the sentence of the Python SDK",
  async () => {
    const said = "An error occurred (CODE) when calling the RunTask operation: TEXT";
    const table: readonly [Told, Record<string, unknown>][] = [
      [refusal("ClusterNotFoundException", "Cluster not found."), {
        tag: "refused",
        service: "ECS",
        code: "ClusterNotFoundException",
        message: said.replace("CODE", "ClusterNotFoundException").replace("TEXT", "Cluster not found."),
      }],
      [refusal("ThrottlingException", "Rate exceeded"), { tag: "throttled" }],
      [refusal("InvalidParameterException", "Launch: Rate exceeded (ErrorCode: Throttling)"), {
        tag: "throttled",
      }],
      [refusal("ClientException", "Too many concurrent attempts to create a new revision"), {
        tag: "throttled",
      }],
      [refusal("ConflictException", "Token used", { resourceIds: [TASK] }), {
        tag: "conflict",
        taskIds: [TASK],
      }],
      [{ ...refusal("ServerException", "Sorry"), status: 500 }, {
        tag: "unknownOutcome",
        message: said.replace("CODE", "ServerException").replace("TEXT", "Sorry"),
      }],
      [{ status: 502, body: "<html>Bad Gateway</html>", headers: { "content-type": "text/html" } }, {
        tag: "unknownOutcome",
      }],
      [{ status: 200, body: "<html>Log in first</html>", headers: { "content-type": "text/html" } }, {
        tag: "unknownOutcome",
      }],
    ];
    for (const [told, expected] of table) {
      await withAws(() => told, async (aws, { seen }) => {
        const failure = await failureOf(aws.ecs.runTask({ taskDefinition: "fam" }, SIGNAL));

        assert.deepEqual({ ...failure, ...expected }, failure);
        assert.equal(seen.length, 1, "ECS calls are tried once");
      });
    }
  },
);

awsTest("RunTask: given no answer within the time, when it ends, then the outcome is unknown", async () => {
  const never = Promise.withResolvers<Told>();
  await withAws(() => never.promise, async (aws) => {
    const failure = await failureOf(aws.ecs.runTask({ taskDefinition: "fam" }, SIGNAL));

    assert.equal(failure.tag, "unknownOutcome");
    assert.match(failure.message, /No answer .* within 0\.2 s; whether RunTask was carried out is not known/);
    never.resolve({ body: {} });
  }, { timeoutMs: 200 });
});

awsTest(
  "RunTask: given a malformed request, when it is sent, then nothing leaves and no value is told",
  async () => {
    const request = {
      taskDefinition: "fam",
      overrides: { containerOverrides: [{ environment: [{ name: "PORT", value: 8080 }] }] },
    };
    await withAws(() => ({ body: {} }), async (aws, { seen }) => {
      const failure = await failureOf(aws.ecs.runTask(request, SIGNAL));

      assert.equal(failure.tag, "badFlowRun");
      assert.match(
        failure.message,
        /overrides\.containerOverrides\[0\]\.environment\[0\] \(PORT\)\.value must be text, not a number/,
      );
      assert.doesNotMatch(failure.message, /8080/);
      assert.equal(seen.length, 0);
    });
  },
);

awsTest(
  "DescribeTaskDefinition: given one that exists and one that does not, when asked, then a definition and null",
  async () => {
    const answer = (request: Seen): Told =>
      request.body.includes("prefect-etl")
        ? {
          body: {
            taskDefinition: {
              taskDefinitionArn: DEFINITION,
              family: "prefect-etl",
              revision: 7,
              status: "ACTIVE",
            },
            tags: [{ key: "PrefectFlowId", value: "a1b2c3d4" }],
          },
        }
        : refusal(
          "ClientException",
          request.body.includes("gone")
            ? "The specified task definition does not exist."
            : "Unable to describe task definition.",
        );
    await withAws(answer, async (aws, { seen }) => {
      const found = await aws.ecs.describeTaskDefinition("prefect-etl", SIGNAL);
      const absent = await aws.ecs.describeTaskDefinition("other", SIGNAL);
      const gone = await aws.ecs.describeTaskDefinition("gone", SIGNAL);

      assert.deepEqual(found, {
        arn: DEFINITION,
        family: "prefect-etl",
        revision: 7,
        status: "ACTIVE",
        taskRoleArn: null,
        executionRoleArn: null,
        networkMode: null,
        requiresCompatibilities: [],
        containers: [],
        tags: { PrefectFlowId: "a1b2c3d4" },
        document: { taskDefinitionArn: DEFINITION, family: "prefect-etl", revision: 7, status: "ACTIVE" },
      });
      assert.equal(absent, null);
      assert.equal(gone, null);
      assert.deepEqual(JSON.parse(seen[0]?.body ?? ""), { taskDefinition: "prefect-etl", include: ["TAGS"] });
    });
  },
);

awsTest(
  "F-S3-ANY-ERROR: given an object, a missing one and a refusal, when read, then text, absence and a failure",
  async () => {
    const xml = (code: string, status: number): Told => ({
      status,
      headers: { "content-type": "application/xml" },
      body: `<?xml version="1.0"?><Error><Code>${code}</Code><Message>Sorry</Message></Error>`,
    });
    const answer = ({ url }: Seen): Told => {
      if (url.pathname.endsWith("there.yaml")) return { body: "family: früh\n" };
      return url.pathname.endsWith("absent.yaml") ? xml("NoSuchKey", 404) : xml("AccessDenied", 403);
    };
    await withAws(answer, async (aws, { seen }) => {
      const there = await aws.readS3Object({ bucket: "templates", key: "a b/there.yaml" }, SIGNAL);
      const absent = await aws.readS3Object({ bucket: "templates", key: "absent.yaml" }, SIGNAL);
      const denied = await failureOf(aws.readS3Object({ bucket: "templates", key: "denied.yaml" }, SIGNAL));

      assert.deepEqual(there, { found: true, bytes: new TextEncoder().encode("family: früh\n") });
      assert.equal(absent.found, false);
      assert.equal(
        denied.message,
        "An error occurred (AccessDenied) when calling the GetObject operation: Sorry",
      );
      assert.equal(seen[0]?.url.pathname, "/templates/a%20b/there.yaml");
    });
  },
);

awsTest(
  "default network: given VPCs and pages of subnets, when read, then all ids in order; none is a failure",
  async () => {
    const form = (request: Seen) => new URLSearchParams(request.body);
    const xml = (name: string, inner: string): Told => ({
      headers: { "content-type": "text/xml" },
      body: `<${name} xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">${inner}</${name}>`,
    });
    const page = (id: string, token: string) =>
      xml(
        "DescribeSubnetsResponse",
        `<subnetSet><item><subnetId>${id}</subnetId></item></subnetSet>${token}`,
      );
    const answer = (request: Seen): Told => {
      const sent = form(request);
      if (sent.get("Action") === "DescribeVpcs") {
        return xml("DescribeVpcsResponse", "<vpcSet><item><vpcId>vpc-1</vpcId></item></vpcSet>");
      }
      return sent.get("NextToken") === null
        ? page("subnet-2", "<nextToken>more</nextToken>")
        : page("subnet-1", "");
    };
    await withAws(answer, async (aws, { seen }) => {
      const subnets = await aws.readDefaultSubnets(SIGNAL);

      assert.deepEqual(subnets, ["subnet-2", "subnet-1"]);
      assert.equal(form(seen[0] as Seen).get("Filter.1.Name"), "isDefault");
      assert.equal(form(seen[1] as Seen).get("Filter.1.Value.1"), "vpc-1");
    });
    await withAws(() => xml("DescribeVpcsResponse", "<vpcSet/>"), async (aws) => {
      const failure = await failureOf(aws.readDefaultSubnets(SIGNAL));

      assert.equal(
        failure.message,
        "Failed to infer default networkConfiguration, please explicitly configure using `--run-task-kwargs`",
      );
    });
  },
);

awsTest(
  "VPC: given its id, when read, then its subnets; one that EC2 does not know is absent with EC2's own code",
  async () => {
    const form = (request: Seen) => new URLSearchParams(request.body);
    const xml = (name: string, inner: string): Told => ({
      headers: { "content-type": "text/xml" },
      body: `<${name} xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">${inner}</${name}>`,
    });
    const answer = (request: Seen): Told =>
      form(request).get("Action") === "DescribeVpcs"
        ? xml("DescribeVpcsResponse", "<vpcSet><item><vpcId>vpc-2</vpcId></item></vpcSet>")
        : xml("DescribeSubnetsResponse", "<subnetSet><item><subnetId>subnet-c</subnetId></item></subnetSet>");
    await withAws(answer, async (aws, { seen }) => {
      const network = await aws.readVpcNetwork("vpc-2", SIGNAL);

      assert.deepEqual(network, { vpcId: "vpc-2", subnets: ["subnet-c"] });
      assert.equal(form(seen[0] as Seen).get("VpcId.1"), "vpc-2");
    });
    const refusal: Told = {
      status: 400,
      headers: { "content-type": "text/xml" },
      body: "<Response><Errors><Error><Code>InvalidVpcID.NotFound</Code>" +
        "<Message>The vpc ID 'vpc-9' does not exist</Message></Error></Errors></Response>",
    };
    await withAws(() => refusal, async (aws) => {
      const network = await aws.readVpcNetwork("vpc-9", SIGNAL);

      assert.ok("absent" in network);
      assert.match(network.absent, /InvalidVpcID\.NotFound/);
    });
    await withAws(() => xml("DescribeVpcsResponse", "<vpcSet/>"), async (aws) => {
      const networks = [await aws.readVpcNetwork("vpc-9", SIGNAL), await aws.readVpcNetwork(null, SIGNAL)];

      assert.ok(networks.every((network) => "absent" in network));
    });
  },
);

awsTest(
  "EC2: given a refusal, when the network is read, then code, operation and text are told",
  async () => {
    const body =
      "<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>You are not authorized</Message>" +
      "</Error></Errors><RequestID>1</RequestID></Response>";
    await withAws(() => ({ status: 403, headers: { "content-type": "text/xml" }, body }), async (aws) => {
      const failure = await failureOf(aws.readDefaultSubnets(SIGNAL));

      assert.equal(
        failure.message,
        "An error occurred (UnauthorizedOperation) when calling the DescribeVpcs operation: You are not authorized",
      );
    });
  },
);

awsTest("F-TAG-PAGING: given two pages, when searched, then the hits of both", async () => {
  const answer = (request: Seen): Told =>
    JSON.parse(request.body).PaginationToken === "next"
      ? { body: { ResourceTagMappingList: [{ ResourceARN: `${DEFINITION}1` }], PaginationToken: "" } }
      : { body: { ResourceTagMappingList: [{ ResourceARN: DEFINITION }], PaginationToken: "next" } };
  await withAws(answer, async (aws, { seen }) => {
    const hits = await aws.ecs.findDefinitionsByTag({ PrefectFlowId: "a1b2c3d4" }, SIGNAL);

    assert.deepEqual(hits, [DEFINITION, `${DEFINITION}1`]);
    assert.deepEqual(JSON.parse(seen[0]?.body ?? ""), {
      TagFilters: [{ Key: "PrefectFlowId", Values: ["a1b2c3d4"] }],
      ResourceTypeFilters: ["ecs:task-definition"],
    });
  });
});

awsTest(
  "credentials: given keys by option, when a call is signed, then they win over the environment",
  async () => {
    const credentials = {
      accessKeyId: "AKIAOPTION0000000000",
      secretAccessKey: new Secret("option-secret"),
      sessionToken: new Secret("option-token"),
    };
    await withAws(() => ({ body: { taskArns: [] } }), async (aws, { seen }) => {
      await aws.ecs.listTasks("prod", "run-1", SIGNAL);

      assert.match(
        seen[0]?.headers.get("authorization") ?? "",
        /Credential=AKIAOPTION0000000000\/.*\/us-east-2\//,
      );
      assert.equal(seen[0]?.headers.get("x-amz-security-token"), "option-token");
    }, { credentials, region: "us-east-2" });
  },
);

awsTest(
  "user agent: given what botocore_config names, when a call is made, then it is in the header",
  async () => {
    await withAws(() => ({ body: { taskArns: [] } }), async (aws, { seen }) => {
      await aws.ecs.listTasks(null, "run-1", SIGNAL);

      const agent = seen[0]?.headers.get("user-agent") ?? "";
      assert.match(agent, /team-a/);
      assert.match(agent, /app\/etl/);
    }, { userAgent: "team-a", userAgentAppId: "etl", retryMode: "adaptive", useDualstackEndpoint: false });
  },
);

const STS_ANSWER = `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult>
<AssumedRoleUser><Arn>arn:aws:sts::123456789012:assumed-role/agent/s</Arn><AssumedRoleId>A:s</AssumedRoleId></AssumedRoleUser>
<Credentials><AccessKeyId>ASIAROLE000000000000</AccessKeyId><SecretAccessKey>role-secret</SecretAccessKey>
<SessionToken>role-token</SessionToken><Expiration>2033-01-01T00:00:00Z</Expiration></Credentials>
</AssumeRoleResult></AssumeRoleResponse>`;

async function withFiles(
  files: Readonly<Record<string, string>>,
  use: (env: Record<string, string>) => Promise<void>,
): Promise<void> {
  const home = await Deno.makeTempDir();
  try {
    for (const [name, text] of Object.entries(files)) await Deno.writeTextFile(`${home}/${name}`, text);
    await use({
      AWS_CONFIG_FILE: `${home}/config`,
      AWS_SHARED_CREDENTIALS_FILE: `${home}/credentials`,
      HOME: home,
    });
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

awsTest(
  "credentials: given a profile with a role, when a call is made, then the role is assumed through the same endpoint",
  async () => {
    const config =
      "[profile prod]\nrole_arn = arn:aws:iam::123456789012:role/agent\nsource_profile = base\n" +
      "region = ap-south-1\n";
    const credentials =
      "[base]\naws_access_key_id = AKIABASE000000000000\naws_secret_access_key = base-secret\n";
    const answer = (request: Seen): Told =>
      request.body.includes("Action=AssumeRole")
        ? { headers: { "content-type": "text/xml" }, body: STS_ANSWER }
        : { body: { taskArns: [] } };
    await withFiles({ config, credentials }, (env) =>
      withAws(answer, async (aws, { seen, url }) => {
        Deno.env.set("AWS_ENDPOINT_URL_STS", url);
        await aws.ecs.listTasks(null, "run-1", SIGNAL).finally(() => Deno.env.delete("AWS_ENDPOINT_URL_STS"));
        await aws.ecs.listTasks(null, "run-2", SIGNAL);

        assert.equal(aws.region, "ap-south-1");
        assert.equal(seen.length, 3, "the role is assumed once");
        assert.match(seen[0]?.headers.get("authorization") ?? "", /Credential=AKIABASE000000000000\//);
        assert.match(seen[1]?.headers.get("authorization") ?? "", /Credential=ASIAROLE000000000000\//);
        assert.equal(seen[2]?.headers.get("x-amz-security-token"), "role-token");
      }, { env: { ...env, AWS_PROFILE: "prod" } }));
  },
);

awsTest(
  "credentials: given a profile that starts a program, when a call is made, then the message names the profile and a way out",
  async () => {
    const config =
      "[profile prod]\nregion = eu-west-1\nrole_arn = arn:aws:iam::1:role/a\nsource_profile = vault\n" +
      "[profile vault]\ncredential_process = /usr/bin/get-secret --password hunter2\n";
    await withFiles({ config }, (env) =>
      withAws(() => ({ body: {} }), async (aws, { seen }) => {
        const failure = await failureOf(aws.ecs.runTask({ taskDefinition: "fam" }, SIGNAL));

        assert.equal(failure.tag, "credentials");
        assert.match(failure.message, /profile vault: its credential_process .* use SSO, a role or keys/);
        assert.doesNotMatch(failure.message, /hunter2/);
        assert.equal(seen.length, 0);
      }, { env: { ...env, AWS_PROFILE: "prod" } }));
  },
);

awsTest("credentials: given a container address, when a call is made, then its task role signs", async () => {
  const answer = ({ url, headers }: Seen): Told =>
    url.pathname === "/creds"
      ? {
        headers: { "content-type": "application/json" },
        body: {
          AccessKeyId: headers.get("authorization") === "pod-token" ? "ASIATASK000000000000" : "wrong",
          SecretAccessKey: "task-secret",
          Token: "task-token",
          Expiration: "2033-01-01T00:00:00Z",
        },
      }
      : { body: { taskArns: [] } };
  await using container = startLoopback(answer);
  const env = {
    AWS_REGION: "eu-west-1",
    HOME: "/nowhere",
    AWS_CONTAINER_CREDENTIALS_FULL_URI: `${container.url}/creds`,
    AWS_CONTAINER_AUTHORIZATION_TOKEN: "pod-token",
  };
  await withAws(answer, async (aws, { seen }) => {
    await aws.checkCredentials();
    await aws.ecs.listTasks(null, "run-1", SIGNAL);

    assert.equal(container.seen.length, 1);
    assert.match(seen[0]?.headers.get("authorization") ?? "", /Credential=ASIATASK000000000000\//);
  }, { env });
});

awsTest(
  "credentials: given none anywhere, when they are checked, then the message says what to set",
  async () => {
    const env = { AWS_REGION: "eu-west-1", HOME: "/nowhere", AWS_EC2_METADATA_DISABLED: "true" };
    await withAws(() => ({ body: {} }), async (aws) => {
      const failure = await failureOf(aws.checkCredentials());

      assert.equal(failure.tag, "credentials");
      assert.match(failure.message, /AWS_ACCESS_KEY_ID .* AWS_PROFILE, or give the agent a task role/);
    }, { env });
  },
);

awsTest("region: given none, when clients are made, then the message says where to set it", async () => {
  const made = withAws(() => ({ body: {} }), () => Promise.resolve(), { env: { HOME: "/nowhere" } });

  const failure = await failureOf(made);

  assert.equal(failure.tag, "credentials");
  assert.match(failure.message, /AWS_DEFAULT_REGION .* REGION_NAME/);
});
