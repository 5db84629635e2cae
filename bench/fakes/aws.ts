/**
 * An ECS that accepts tasks, as slow as asked, with the network that a worker looks up.
 *
 * @module
 */

import { AwsError } from "../../sandbox/ecs/error.ts";
import { answerQuery } from "../../sandbox/aws/aws_query.ts";
import {
  type BucketName,
  bucketOf,
  createLimiter,
  type Draw,
  fargateDraws,
  type Limiter,
} from "../../sandbox/ecs/limits.ts";
import { type Args, count, type FakeOptions, type ForeignLoad, list, runIn, sleep } from "./shared.ts";

/** Where the fakes' account is. */
const REGION = "us-east-1";

/** Everything that a call draws; tasks of FARGATE_SPOT are launched by a strategy. */
function drawsOf(operation: string, params: Args): readonly (BucketName | Draw)[] {
  const bucket = bucketOf(operation);
  if (bucket === undefined) return [];
  if (operation !== "RunTask") return [bucket];
  const isSpot = JSON.stringify(params.capacityProviderStrategy ?? "").includes("FARGATE_SPOT");
  const placement = isSpot
    ? { launchType: "FARGATE", capacityProvider: "FARGATE_SPOT" }
    : { launchType: String(params.launchType), capacityProvider: null };
  return [bucket, ...fargateDraws(placement, 1)];
}

/** The account of the fakes. */
export class FakeAws {
  readonly #o: FakeOptions;
  readonly #tasks = new Map<string, number>();
  readonly #tokens = new Map<string, string>();
  /** What RunTask was given, by ARN: DescribeTasks shows it. */
  readonly #started = new Map<string, Args>();
  readonly #definitions = new Map<string, { arn: string; body: Args }[]>();
  readonly #calls: Record<string, number> = {};
  readonly #accepted: number[] = [];
  readonly #limiter: Limiter;
  readonly #onStarted: (run: string) => void;
  #throttled = 0;
  #releasedMs = 0;

  /** @param onStarted told of each run whose task began, where tasks begin */
  constructor(options: FakeOptions, onStarted: (run: string) => void) {
    this.#o = options;
    this.#onStarted = onStarted;
    this.#limiter = createLimiter(options.limited ? "documented" : "none", { now: () => performance.now() });
  }

  /** What was seen so far. */
  stats() {
    return {
      platformCalls: this.#calls,
      throttled: this.#throttled,
      acceptedMs: this.#accepted,
      twice: [...this.#tasks.values()].filter((n) => n > 1).length,
      launched: this.#tasks.size,
      deleted: 0,
    };
  }

  /** The runs are due from now on. */
  release(): void {
    this.#releasedMs = performance.now();
    if (this.#o.foreign !== null) this.#beginForeign(this.#o.foreign);
  }

  /** One call of ECS, or of what is asked beside it. */
  async answer(request: Request): Promise<Response> {
    const target = request.headers.get("x-amz-target");
    if (target === null) return await this.#query(request);
    const operation = target.split(".").at(-1) ?? "?";
    const params: Args = await request.json();
    await sleep(this.#o.awsMs / 2 + Math.random() * this.#o.awsJitterMs);
    const answer = this.#admit(operation, params) ? this.#ecs(operation, params) : this.#throttle();
    count(this.#calls, operation);
    await sleep(this.#o.awsMs / 2);
    return answer;
  }

  #admit(operation: string, params: Args): boolean {
    try {
      for (const draw of drawsOf(operation, params)) this.#limiter.take(draw, REGION);
      return true;
    } catch (thrown) {
      if (thrown instanceof AwsError) return false;
      throw thrown;
    }
  }

  #throttle(): Response {
    this.#throttled++;
    return Response.json({ __type: "ThrottlingException", message: "Rate exceeded" }, { status: 400 });
  }

  /** Somebody else starts Fargate tasks. */
  #beginForeign({ perS, fromS, untilS }: ForeignLoad): void {
    const request = { launchType: "FARGATE" };
    setTimeout(() => {
      const id = setInterval(() => this.#admit("RunTask", request), 1000 / perS);
      setTimeout(() => clearInterval(id), 1000 * (untilS - fromS));
    }, 1000 * fromS);
  }

  async #query(request: Request): Promise<Response> {
    const form = new URLSearchParams(await request.text());
    count(this.#calls, form.get("Action") ?? "?");
    await sleep(this.#o.awsMs);
    const { status, xml } = answerQuery({ form, region: REGION, requestId: "bench" });
    return new Response(xml, { status, headers: { "content-type": "text/xml" } });
  }

  #ecs(operation: string, params: Args): Response {
    if (operation === "DescribeTaskDefinition") {
      const found = this.#definition(String(params.taskDefinition));
      if (found !== undefined) {
        return Response.json({ taskDefinition: describe(found), tags: found.body.tags ?? [] });
      }
      return Response.json({ __type: "ClientException", message: "Unable to describe task definition." }, {
        status: 400,
      });
    }
    if (operation === "RegisterTaskDefinition") {
      const family = String(params.family);
      const revisions = this.#definitions.get(family) ?? [];
      const arn = `arn:aws:ecs:us-east-1:123456789012:task-definition/${family}:${revisions.length + 1}`;
      const made = { arn, body: params };
      this.#definitions.set(family, [...revisions, made]);
      return Response.json({ taskDefinition: describe(made), tags: params.tags ?? [] });
    }
    if (operation === "RunTask") return this.#runTask(params);
    if (operation === "DeregisterTaskDefinition") return Response.json({ taskDefinition: {} });
    if (operation === "DescribeTasks") {
      return Response.json({ tasks: list(params.tasks).map((arn) => this.#running(arn)), failures: [] });
    }
    if (operation === "GetQueueUrl") {
      return Response.json({ __type: "com.amazonaws.sqs#QueueDoesNotExist", message: "no such queue" }, {
        status: 400,
      });
    }
    if (operation === "ListTasks") return Response.json({ taskArns: [] });
    return Response.json({ __type: "UnsupportedFeatureException", message: operation }, { status: 400 });
  }

  #definition(name: string) {
    const byFamily = this.#definitions.get(name)?.at(-1);
    return byFamily ?? [...this.#definitions.values()].flat().find(({ arn }) => arn === name);
  }

  /** A task as large as AWS shows one on Fargate. */
  #running(arn: unknown): Args {
    const id = String(arn).split("/").at(-1) ?? "";
    const given = this.#started.get(String(arn)) ?? {};
    return {
      ...given,
      ...RUNNING_TASK,
      taskArn: arn,
      taskDefinitionArn: given.taskDefinition,
      attachments: [{ ...RUNNING_TASK.attachments[0], id }],
      containers: [{ ...RUNNING_TASK.containers[0], taskArn: arn, runtimeId: id }],
    };
  }

  #runTask(params: Args): Response {
    const token = String(params.clientToken);
    const known = this.#tokens.get(token);
    const arn = known ??
      `arn:aws:ecs:us-east-1:123456789012:task/default/${
        (this.#tokens.size + 1).toString(16).padStart(32, "0")
      }`;
    if (known === undefined) {
      this.#tokens.set(token, arn);
      const run = runIn(JSON.stringify(params.overrides)) ?? "?";
      this.#tasks.set(run, (this.#tasks.get(run) ?? 0) + 1);
      this.#accepted.push(performance.now() - this.#releasedMs);
      this.#started.set(arn, {
        taskDefinition: params.taskDefinition,
        overrides: params.overrides,
        startedBy: run,
      });
      if (this.#o.startsAfterMs !== null) setTimeout(() => this.#onStarted(run), this.#o.startsAfterMs);
    }
    const task = {
      taskArn: arn,
      clusterArn: RUNNING_TASK.clusterArn,
      taskDefinitionArn: params.taskDefinition,
      lastStatus: "PROVISIONING",
      desiredStatus: "RUNNING",
      startedBy: params.startedBy,
      containers: [],
    };
    return Response.json({ tasks: [task], failures: [] });
  }
}

const ADDRESS = "10.0.1.17";

/** @see "DescribeTasks", sample of a Fargate task */
const RUNNING_TASK = {
  attachments: [{
    type: "ElasticNetworkInterface",
    status: "ATTACHED",
    details: [
      { name: "subnetId", value: "subnet-0f2b6a1d4c3e5f789" },
      { name: "networkInterfaceId", value: "eni-0a1b2c3d4e5f67890" },
      { name: "macAddress", value: "0e:9c:6b:2e:a1:47" },
      { name: "privateDnsName", value: "ip-10-0-1-17.ec2.internal" },
      { name: "privateIPv4Address", value: ADDRESS },
    ],
  }],
  attributes: [{ name: "ecs.cpu-architecture", value: "x86_64" }],
  availabilityZone: "us-east-1b",
  clusterArn: "arn:aws:ecs:us-east-1:123456789012:cluster/default",
  connectivity: "CONNECTED",
  connectivityAt: 1_700_000_000.123,
  containers: [{
    containerArn: "arn:aws:ecs:us-east-1:123456789012:container/default/4df26bb4-f057-467b-a079-961675296e64",
    name: "flow",
    image: "123456789012.dkr.ecr.us-east-1.amazonaws.com/flows:latest",
    imageDigest: "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    lastStatus: "RUNNING",
    networkBindings: [],
    networkInterfaces: [{ attachmentId: "a1", privateIpv4Address: ADDRESS }],
    healthStatus: "UNKNOWN",
    cpu: "0",
  }],
  cpu: "256",
  createdAt: 1_700_000_000.123,
  desiredStatus: "RUNNING",
  enableExecuteCommand: false,
  ephemeralStorage: { sizeInGiB: 20 },
  group: "family:prefect",
  healthStatus: "UNKNOWN",
  lastStatus: "RUNNING",
  launchType: "FARGATE",
  memory: "512",
  platformFamily: "Linux",
  platformVersion: "1.4.0",
  pullStartedAt: 1_700_000_010.123,
  pullStoppedAt: 1_700_000_020.123,
  startedAt: 1_700_000_030.123,
  tags: [],
  version: 3,
} as const;

function describe({ arn, body }: { arn: string; body: Args }): Args {
  return { ...body, taskDefinitionArn: arn, revision: Number(arn.split(":").at(-1)), status: "ACTIVE" };
}
