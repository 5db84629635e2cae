import assert from "node:assert/strict";
import {
  type BotocoreSettings,
  noBotocoreConfig,
  parseBotocoreConfig,
} from "../../../flavours/fargate_agent/botocore_config.ts";
import { FailureError } from "../../../schemas/failure/failure.ts";

const parse = (value: string): BotocoreSettings => parseBotocoreConfig({ kind: "str", value });

const MAPPED: readonly (readonly [string, Partial<BotocoreSettings>])[] = [
  ["{}", {}],
  ["None", {}],
  ["{'read_timeout': 2.5}", { requestTimeoutMs: 2500 }],
  [`{"read_timeout": 30, "use_fips_endpoint": true}`, { requestTimeoutMs: 30_000, useFipsEndpoint: true }],
  ["{'retries': {'max_attempts': 0}}", { maxAttempts: 1 }],
  ["{'retries': {'max_attempts': 4}}", { maxAttempts: 5 }],
  ["{'retries': {'total_max_attempts': 4, 'max_attempts': 9}}", { maxAttempts: 4 }],
  ["{'retries': {'mode': 'adaptive'}}", { retryMode: "adaptive" }],
  ["{'retries': {'mode': 'legacy'}}", { retryMode: "standard" }],
  ["{'region_name': 'eu-west-1'}", { regionName: "eu-west-1" }],
  ["{'user_agent_extra': 'x/1', 'user_agent_appid': 'team'}", {
    userAgentExtra: "x/1",
    userAgentAppId: "team",
  }],
  ["{'use_dualstack_endpoint': False}", { useDualstackEndpoint: false }],
  ["{'tcp_keepalive': True, 'proxies': {'https': 'p'}}", { unsupported: ["tcp_keepalive", "proxies"] }],
];

for (const [text, expected] of MAPPED) {
  Deno.test(`botocore_config: given ${text}, when parsed, then it is mapped`, () => {
    assert.deepEqual(parse(text), { ...noBotocoreConfig, ...expected });
  });
}

const REFUSED: readonly (readonly [string, RegExp])[] = [
  ["5", /expected an object of botocore options/],
  ["not a literal", /expected an object/],
  ["{'reed_timeout': 5}", /unknown option reed_timeout; understood are .*read_timeout/],
  ["{'read_timeout': 0}", /read_timeout must be >0/],
  ["{'read_timeout': 'hush'}", /read_timeout must be number/],
  ["{'retries': {'max_attempts': -1}}", /retries\.max_attempts must be >=0/],
  ["{'retries': {'mode': 'hush'}}", /retries\.mode must be /],
  ["{'retries': {'tries': 1}}", /retries\.tries must be never/],
];

for (const [text, expected] of REFUSED) {
  Deno.test(`botocore_config: given ${text}, when parsed, then it is refused and no value quoted`, () => {
    assert.throws(() => parse(text), (thrown) => {
      assert.ok(thrown instanceof FailureError && thrown.failure.tag === "configuration");
      assert.equal(thrown.failure.field, "botocore_config");
      assert.match(thrown.message, expected);
      assert.doesNotMatch(thrown.message, /hush/);
      return true;
    });
  });
}
