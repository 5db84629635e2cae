import assert from "node:assert/strict";
import { cleaned, definitionTags, taskTags } from "../../../../flavours/ecs_worker/requests/tags.ts";
import { mappings } from "../../../../schemas/json/shape.ts";
import { planWith } from "../../../support/prefect3/plan_golden.ts";

const OWN = 11;

for (let count = 0; count <= 80; count += 5) {
  Deno.test(`tags: given ${count} labels, when a run is planned, then the worker's own come first, at most 50 are sent, and one line names the rest`, () => {
    const labels = Object.fromEntries(Array.from({ length: count }, (_, at) => [`label-${at}`, "v"]));

    const { runTask, hints = [] } = planWith({ deployment: { labels } });

    const keys = mappings(runTask.tags).map(({ key }) => String(key));
    assert.equal(keys.length, Math.min(50, OWN + count));
    assert.ok(keys.slice(0, OWN).every((key) => key.startsWith("prefect.io/")));
    assert.deepEqual(keys.slice(OWN), Object.keys(labels).slice(0, 50 - OWN));
    const told = hints.filter(({ text }) => text.startsWith("Left out"));
    assert.equal(told.length, count > 50 - OWN ? 1 : 0);
    if (count > 50 - OWN) assert.match(told[0]?.text ?? "", /label-39/);
  });
}

Deno.test("tags: given a definition that is deregistered afterwards, when there are too many labels, then a place is kept for its tag", () => {
  const labels = Object.fromEntries(Array.from({ length: 60 }, (_, at) => [`label-${at}`, "v"]));

  const { runTask, deregisterTag } = planWith({
    deployment: { labels, auto_deregister_task_definition: true },
  });

  assert.equal(mappings(runTask.tags).length, 49);
  assert.deepEqual(deregisterTag, { key: "prefect.io/degregister-task-definition", value: "true" });
});

Deno.test("tags: given reserved, doubled and empty names and long values, when they are cleaned, then what AWS refuses is left out and named once", () => {
  const { tags, hints } = taskTags({
    labels: {
      "prefect.io/flow-run-name": "é".repeat(5),
      "aws:team": "x",
      "AWS:Other": "x",
      "a b": "1",
      "a  b": "2",
      "日本": "3",
      ["k".repeat(200)]: "v".repeat(300),
    },
    tags: [{ key: "stated", value: "yes" }, { key: "a b", value: "hidden" }, { value: "no key" }],
    kept: 0,
  });

  assert.deepEqual(tags.map(({ key, value }) => ({ key, value })), [
    { key: "prefect.io/flow-run-name", value: "" },
    { key: "stated", value: "yes" },
    { key: "a-b", value: "1" },
    { key: "k".repeat(128), value: "v".repeat(256) },
  ]);
  assert.equal(hints.length, 1);
  assert.match(
    hints[0]?.text ?? "",
    /^Left out 4 of the labels of the task: aws:team, AWS:Other, a-b, one without/,
  );
});

Deno.test("tags: given labels that hold values, when some are left out, then no value is told", () => {
  const { hints } = taskTags({ labels: { "aws:x": "s3cr3t" }, tags: undefined, kept: 0 });

  assert.ok(!JSON.stringify(hints).includes("s3cr3t"));
});

Deno.test("tags: given more tags of a definition than AWS takes, when they are bounded, then their texts stay and the rest is named", () => {
  const tags = Array.from({ length: 60 }, (_, at) => ({ key: `Kosten Stelle ${at}`, value: "ü x" }));

  const { tags: sent, hints } = definitionTags([{ key: "aws:x", value: "y" }, ...tags], 1);

  assert.equal(sent.length, 49);
  assert.deepEqual([sent[0]?.key, sent[0]?.value], ["Kosten Stelle 0", "ü x"]);
  assert.match(
    hints[0]?.text ?? "",
    /^Left out 12 of the tags of the task definition: aws:x, Kosten-Stelle-49/,
  );
});

const TEXTS: readonly (readonly [string, string])[] = [
  ["Run #1 — über (final)!", "Run-1-ber-final"],
  ["it's 1,000 & more", "it-s-1000-more"],
  ["a&amp;b &#65;", "a-b-A"],
  ["--x--", "x"],
  ["team/a=b+c@d.e:f_g", "team/a=b+c@d.e:f_g"],
  ["ＡＢ", "AB"],
  ["!!!", ""],
];

for (const [given, wanted] of TEXTS) {
  Deno.test(`tags: given the text ${given}, when it is cleaned, then it is ${wanted}`, () => {
    assert.equal(cleaned(given), wanted);
  });
}
