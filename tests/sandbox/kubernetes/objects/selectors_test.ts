import assert from "node:assert/strict";
import { Refusal } from "../../../../sandbox/kubernetes/objects/refusal.ts";
import { fieldSelector, labelSelector } from "../../../../sandbox/kubernetes/objects/selectors.ts";
import type { JsonObject } from "../../../../schemas/json/json.ts";

const labelled = (labels: JsonObject): JsonObject => ({ metadata: { labels } });
const OBJECT = labelled({ app: "flows", "prefect.io/identifier": "1", tier: "" });

const LABELS: readonly (readonly [selector: string, fits: boolean])[] = [
  ["", true],
  ["app", true],
  ["app=flows", true],
  ["app==flows", true],
  ["app = flows , prefect.io/identifier", true],
  ["app=other", false],
  ["app!=other", true],
  ["nothing!=other", true],
  ["app!=flows", false],
  ["tier=", true],
  ["app=", false],
  ["!app", false],
  ["!nothing", true],
  ["app in (a, flows)", true],
  ["app in (a,b)", false],
  ["app notin (a,b)", true],
  ["nothing notin (a)", true],
  ["app notin (flows)", false],
  ["app in (flows),prefect.io/identifier notin (2,3)", true],
];

for (const [selector, fits] of LABELS) {
  Deno.test(`label selector: given '${selector}', then the object is ${fits ? "selected" : "left out"}`, () => {
    assert.equal(labelSelector(selector)(OBJECT), fits);
  });
}

for (const selector of ["app in", "app=a=b", "a b", "(a)"]) {
  Deno.test(`label selector: given '${selector}', then it is refused as BadRequest`, () => {
    assert.throws(() => labelSelector(selector), (thrown) => {
      assert.ok(thrown instanceof Refusal);
      assert.equal(thrown.status, 400);
      return true;
    });
  });
}

const POD = {
  metadata: { name: "a", namespace: "flows" },
  spec: { nodeName: "sandbox" },
  status: { phase: "Pending" },
};

const FIELDS: readonly (readonly [selector: string, plural: string, object: JsonObject, fits: boolean])[] = [
  ["", "pods", POD, true],
  ["metadata.name=a,metadata.namespace=flows", "pods", POD, true],
  ["metadata.name!=a", "pods", POD, false],
  ["status.phase==Pending", "pods", POD, true],
  ["spec.nodeName=", "pods", POD, false],
  ["status.successful=0", "jobs", {}, true],
  ["status.successful=1", "jobs", { status: { succeeded: 1 } }, true],
  ["involvedObject.name=a,type!=Normal", "events", { involvedObject: { name: "a" }, type: "Warning" }, true],
  ["involvedObject.name=b", "events", { involvedObject: { name: "a" } }, false],
];

for (const [selector, plural, object, fits] of FIELDS) {
  Deno.test(`field selector: given '${selector}' of ${plural}, then it is ${fits ? "selected" : "left out"}`, () => {
    assert.equal(fieldSelector(selector, plural)(object), fits);
  });
}

for (const selector of ["spec.color=red", "nonsense", "involvedObject.name=a"]) {
  Deno.test(`field selector: given '${selector}' of jobs, then it is refused as BadRequest`, () => {
    assert.throws(() => fieldSelector(selector, "jobs"), (thrown) => {
      assert.ok(thrown instanceof Refusal);
      assert.equal(thrown.reason, "BadRequest");
      return true;
    });
  });
}
