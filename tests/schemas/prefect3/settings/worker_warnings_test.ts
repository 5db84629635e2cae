import assert from "node:assert/strict";
import { workerNotes } from "../../../../schemas/prefect3/settings/worker_warnings.ts";

const PACKAGES = "EXTRA_PIP_PACKAGES has no effect: this program is no Python and installs no packages";
const POLICY = "--install-policy has no effect: this program installs no packages";

/** What is given that a Python worker would install packages for, and the lines about it. */
const GIVEN: readonly (readonly [
  env: Readonly<Record<string, string>>,
  values: Readonly<Record<string, string>>,
  lines: readonly string[],
])[] = [
  [{}, {}, []],
  [{ EXTRA_PIP_PACKAGES: "" }, {}, []],
  [{ EXTRA_PIP_PACKAGES: "  " }, {}, []],
  [{ EXTRA_PIP_PACKAGES: "prefect-docker s3fs==2026.1" }, {}, [PACKAGES]],
  [{}, { "install-policy": "always" }, [POLICY]],
  [{ EXTRA_PIP_PACKAGES: "prefect-docker" }, { "install-policy": "never" }, [PACKAGES, POLICY]],
];

for (const [env, values, lines] of GIVEN) {
  Deno.test(`notes of a worker: given ${JSON.stringify({ ...env, ...values })}, then ${lines.length} line(s) say what has no effect`, () => {
    assert.deepEqual(workerNotes({ env, values }), lines);
  });
}
