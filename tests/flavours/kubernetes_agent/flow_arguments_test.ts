/** What stands before the flow's arguments decides their form. */

import assert from "node:assert/strict";
import { flowArguments, replacedArguments } from "../../../flavours/kubernetes_agent/flow_arguments.ts";

const COMMAND = "prefect execute flow-run";
const ONE_TEXT = [COMMAND];
const WORDS = ["prefect", "execute", "flow-run"];

const ROWS: readonly (readonly [command: readonly string[] | undefined, args: readonly string[]])[] = [
  [undefined, WORDS],
  [[], WORDS],
  [["/bin/sh", "-c"], ONE_TEXT],
  [["bash", "-lc"], ONE_TEXT],
  [["/usr/bin/env", "bash", "-ec"], ONE_TEXT],
  [["tini", "--", "sh", "-c"], ONE_TEXT],
  [["bash", "-o", "pipefail", "-c"], ONE_TEXT],
  [["busybox", "ash", "-xc"], ONE_TEXT],
  [["/bin/sh", "-c", 'init; exec "$@"', "sh"], WORDS],
  [["sh", "-c", "exec $0", "-c"], WORDS],
  [["python", "-c"], WORDS],
  [["tini", "-g", "--"], WORDS],
  [["sh"], WORDS],
  [["sh", "-l"], WORDS],
  [["sh", "--norc"], WORDS],
];

for (const [command, args] of ROWS) {
  Deno.test(`flow arguments: given the command ${JSON.stringify(command)}, when the flow's are put behind it, then they are ${args.length === 1 ? "one text" : "words"}`, () => {
    assert.deepEqual(flowArguments(command === undefined ? {} : { command }, COMMAND), args);
  });
}

Deno.test("flow arguments: given arguments of the template, when they are replaced, then one line shows the form that works; the same ones are not spoken of", () => {
  assert.match(replacedArguments({ args: ["python", "run.py"] }, WORDS) ?? "", /exec "\$@|exec \\"\$@/);
  assert.equal(replacedArguments({ args: WORDS }, WORDS), undefined);
  assert.equal(replacedArguments({}, WORDS), undefined);
  assert.equal(replacedArguments({ args: [] }, WORDS), undefined);
});
