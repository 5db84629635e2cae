/** The fake dialect passes the suite of orchestrators, as a newcomer would. @module */

import { fakeDialect, type FakeDue } from "./fake_dialect.ts";
import { testOrchestrator } from "../test_orchestrator.ts";

testOrchestrator<FakeDue>("fake", () => {
  const api = fakeDialect();
  return Promise.resolve({
    first: api.process("one"),
    replica: api.process("two"),
    schedule: () => {
      const id = crypto.randomUUID();
      api.schedule(id);
      return Promise.resolve(id);
    },
    report: (id, state) => Promise.resolve(api.report(id, state)),
    logged: (id) => Promise.resolve(api.runs.get(id)?.logged ?? []),
    pass: () => Promise.resolve(),
    close: () => Promise.resolve(),
  });
});
