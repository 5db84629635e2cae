import assert from "node:assert/strict";
import { AGENT_VERSION } from "../../../schemas/observability/version.ts";

Deno.test("AGENT_VERSION: given deno.json, when compared, then both say the same", () => {
  const config = JSON.parse(Deno.readTextFileSync(new URL("../../../deno.json", import.meta.url)));

  assert.equal(AGENT_VERSION, config.version);
});
