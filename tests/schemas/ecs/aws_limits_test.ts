import assert from "node:assert/strict";
import {
  AWS_BUCKETS,
  DOCUMENTED_LIMITS,
  NO_LIMITS,
  parseAwsLimits,
} from "../../../schemas/ecs/aws_limits.ts";
import { FailureError } from "../../../schemas/failure/failure.ts";

Deno.test("AWS limits: given the two tables, when compared with the buckets, then each has a row for each", () => {
  const buckets = Object.keys(AWS_BUCKETS).sort();

  assert.deepEqual(Object.keys(DOCUMENTED_LIMITS).sort(), buckets);
  assert.deepEqual(Object.keys(NO_LIMITS).sort(), buckets);
});

Deno.test("parseAwsLimits: given some buckets, when parsed, then the others stay as documented", () => {
  const limits = parseAwsLimits(
    { clusterModify: { burst: 200, refillPerS: 80 }, tagSearch: null },
    "limits.json",
  );

  assert.deepEqual(limits, {
    ...DOCUMENTED_LIMITS,
    clusterModify: { burst: 200, refillPerS: 80 },
    tagSearch: null,
  });
});

Deno.test("parseAwsLimits: given a wrong table, when parsed, then the message names file, place and what is accepted", () => {
  const wrong: readonly (readonly [unknown, RegExp])[] = [
    [{ runTask: { burst: 1, refillPerS: 1 } }, /limits\.json: runTask is not/],
    [{ clusterModify: { burst: 0, refillPerS: 1 } }, /clusterModify\.burst is not/],
    [{ clusterModify: { burst: 10, refillPerS: 0 } }, /clusterModify\.refillPerS is not/],
    [{ clusterModify: 40 }, /clusterModify is not/],
    [[], /the file is not/],
    [null, /the file is not/],
  ];
  for (const [value, message] of wrong) {
    assert.throws(() => parseAwsLimits(value, "limits.json"), (error: unknown) => {
      assert.ok(error instanceof FailureError && error.failure.tag === "configuration");
      assert.match(error.message, message);
      assert.match(error.message, /each of definitionModify, .* is null or \{burst: 1 or more/);
      return true;
    });
  }
});
