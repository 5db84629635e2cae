/**
 * What `aws_credentials` of a run says about endpoint and certificates holds for its calls, against real servers on loopback.
 *
 * @module
 */

import assert from "node:assert/strict";
import { openAccount } from "../../../commands/wiring/ecs/open_account.ts";
import { openHttp } from "../../../commands/wiring/open_http.ts";
import { locateFrom } from "../../../commands/wiring/locate.ts";
import { accountOf } from "../../../flavours/ecs_worker/values/credentials.ts";
import { toFailure } from "../../../schemas/failure/failure.ts";
import type { JsonObject } from "../../../schemas/json/json.ts";
import { makeRedactor } from "../../../schemas/secrets/redact.ts";

const SIGNAL = new AbortController().signal;
const fileOf = (name: string) => new URL(`../tls/${name}`, import.meta.url).pathname;
const TLS = {
  cert: Deno.readTextFileSync(fileOf("loopback.pem")),
  key: Deno.readTextFileSync(fileOf("loopback_key.pem")),
};
const ENV = { HOME: "/nowhere", AWS_DEFAULT_REGION: "eu-west-1", AWS_ENDPOINT_URL_ECS: "http://127.0.0.1:1" };

/** One request as the server saw it. */
interface Seen {
  readonly target: string;
  readonly authorization: string;
  /** Tells connections apart. */
  readonly port: number;
}

/** Stands in for ECS while `use` runs; answers come in this order, then 200. */
async function serving(
  { tls, statuses = [] }: { readonly tls: boolean; readonly statuses?: readonly number[] },
  use: (endpoint: string, seen: readonly Seen[]) => Promise<void>,
): Promise<void> {
  const seen: Seen[] = [];
  const options = { hostname: "127.0.0.1", port: 0, onListen: () => undefined, ...(tls ? TLS : {}) };
  const server = Deno.serve(options, (request, { remoteAddr }) => {
    const target = request.headers.get("x-amz-target") ?? "";
    const authorization = request.headers.get("authorization") ?? "";
    seen.push({ target, authorization, port: remoteAddr.port });
    const status = statuses[seen.length - 1] ?? 200;
    const body = status === 200
      ? { tasks: [], failures: [] }
      : { __type: "ServerException", message: "busy" };
    return new Response(JSON.stringify(body), { status });
  });
  try {
    await use(`${tls ? "https" : "http"}://localhost:${server.addr.port}`, seen);
  } finally {
    await server.shutdown();
  }
}

/** The account of a block with these client parameters, while `use` asks it. */
async function asking<T>(
  parameters: JsonObject,
  use: (describe: () => Promise<unknown>) => Promise<T>,
): Promise<T> {
  const block = {
    aws_access_key_id: "AKIABLOCK",
    aws_secret_access_key: "block-secret",
    region_name: "us-west-2",
    aws_client_parameters: parameters,
  };
  const { account } = accountOf({ id: "run-1" }, block, "block aws-credentials/test");
  assert.ok(account);
  const http = openHttp({ env: {}, locate: locateFrom({}) });
  const aws = await openAccount(account, {
    env: ENV,
    call: http.call,
    clock: { now: Date.now, after: () => () => undefined },
    log: () => undefined,
    redact: makeRedactor(),
    aws: {},
  });
  try {
    return await use(() => aws.ecs.describeTasks("prod", ["task-1"], SIGNAL));
  } finally {
    aws.close();
    http.close();
  }
}

Deno.test("aws account: given an endpoint in the block, when ECS is asked, then there, signed with the block's keys and region", async () => {
  await serving({ tls: false }, async (endpoint, seen) => {
    await asking({ endpoint_url: endpoint }, (describe) => describe());

    assert.equal(seen.length, 1);
    assert.match(seen[0]?.target ?? "", /DescribeTasks$/);
    assert.match(seen[0]?.authorization ?? "", /Credential=AKIABLOCK\/\d+\/us-west-2\/ecs\//);
  });
});

const AUTHORITY = fileOf("authority.pem");

for (
  const [what, parameters, isTrusted] of [
    ["nothing about certificates", {}, false],
    ["verify: true", { verify: true }, false],
    ["verify: false", { verify: false }, true],
    ["verify: false as text", { verify: "false" }, true],
    ["verify_cert_path", { verify_cert_path: AUTHORITY }, true],
    ["a path in verify", { verify: AUTHORITY }, true],
    ["verify: false and another file", { verify: false, verify_cert_path: "/nowhere.pem" }, true],
  ] as const
) {
  Deno.test(`aws account: given ${what}, when a server with a certificate of its own is asked, then it is ${isTrusted ? "" : "not "}trusted`, async () => {
    await serving({ tls: true }, async (endpoint, seen) => {
      const ask = (describe: () => Promise<unknown>) => describe().then(() => null, toFailure);

      const failure = await asking({ endpoint_url: endpoint, ...parameters }, ask);

      assert.equal(failure === null, isTrusted, failure?.message ?? "");
      assert.equal(seen.length, isTrusted ? 1 : 0);
      if (failure !== null) assert.match(failure.message, /certificate/i);
    });
  });
}

Deno.test("aws account: given a file of certificates that is not there, when it is opened, then the failure names file and member", async () => {
  const failure = await asking({ verify_cert_path: "/nowhere.pem" }, (describe) => describe()).then(
    () => null,
    toFailure,
  );

  assert.equal(failure?.tag, "credentials");
  assert.match(failure.message, /\/nowhere\.pem \(verify_cert_path\)/);
});

Deno.test("aws account: given a connection that was answered with 503, when ECS is asked again, then it is not used again; others are", async () => {
  await serving({ tls: true, statuses: [200, 200, 503, 200] }, async (endpoint, seen) => {
    await asking({ endpoint_url: endpoint, verify: false }, async (describe) => {
      for (let nth = 0; nth < 5; nth++) await describe().catch(() => undefined);
    });

    const [first, second, third, fourth, fifth] = seen.map(({ port }) => port);
    assert.deepEqual([second, third], [first, first]);
    assert.notEqual(fourth, third);
    assert.equal(fifth, fourth);
  });
});
