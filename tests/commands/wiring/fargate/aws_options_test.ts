import assert from "node:assert/strict";
import { awsOptionsOf } from "../../../../commands/wiring/fargate/aws_options.ts";
import { parseBotocoreConfig } from "../../../../flavours/fargate_agent/botocore_config.ts";
import { Secret } from "../../../../schemas/secrets/secret.ts";

Deno.test("awsOptionsOf: given nothing, when made, then the SDK decides everything", () => {
  assert.deepEqual(awsOptionsOf({ credentials: null, regionName: null }), {});
});

Deno.test("awsOptionsOf: given all, when made, then each reaches the clients and secrets stay hidden", () => {
  const credentials = {
    accessKeyId: new Secret("AKIAFAKE"),
    secretAccessKey: new Secret("FAKE-SECRET"),
    sessionToken: null,
  };
  const botocoreConfig = parseBotocoreConfig({
    kind: "str",
    value: "{'read_timeout': 5, 'retries': {'max_attempts': 1}, 'use_fips_endpoint': False}",
  });

  const options = awsOptionsOf({ credentials, regionName: "eu-west-1", botocoreConfig });

  assert.deepEqual({ ...options, credentials: null }, {
    region: "eu-west-1",
    timeoutMs: 5000,
    maxAttempts: 2,
    useFipsEndpoint: false,
    credentials: null,
  });
  assert.equal(options.credentials?.accessKeyId, "AKIAFAKE");
  assert.doesNotMatch(JSON.stringify(options), /FAKE-SECRET/);
});
