import assert from "node:assert/strict";
import { clusterOfScope, scopeText } from "../../../schemas/ecs/scope.ts";

const CLUSTERS: readonly (readonly [cluster: string, found: string | null])[] = [
  ["default", "default"],
  ["arn:aws:ecs:us-east-1:123456789012:cluster/prod", "arn:aws:ecs:us-east-1:123456789012:cluster/prod"],
  ["", null],
];
for (const [cluster, found] of CLUSTERS) {
  Deno.test(`clusterOfScope: given the cluster "${cluster}", when its scope is read back, then it is ${found}`, () => {
    assert.equal(clusterOfScope(scopeText({ region: "us-east-1", cluster })), found);
  });
}
