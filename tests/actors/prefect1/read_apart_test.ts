/** Pages of which one row makes the answer unreadable: how the others come through, and with how many requests. @module */

import assert from "node:assert/strict";
import fc from "fast-check";
import { type PageWish, readClaimPages } from "../../../actors/prefect1/claim_pages.ts";
import { faultText, readApart } from "../../../actors/prefect1/read_apart.ts";
import { type AnswerFault, FailureError } from "../../../schemas/failure/failure.ts";
import { NO_DOUBT } from "../../../schemas/flow_run/flow_run.ts";
import { type FakePrefect, fakePrefect, scheduledRun } from "../../support/fake_prefect1.ts";
import { testAgent } from "../../support/prefect1_agent.ts";
import { spoiling, SPOILS } from "../../support/spoiled_answers.ts";

const FAULT: AnswerFault = { kind: "tooLong", mostBytes: 10 };
const unreadable = () => new FailureError({ tag: "unavailable", status: 200, message: "no", fault: FAULT });

const idsOf = (count: number) => Array.from({ length: count }, (_, at) => `r${String(at).padStart(3, "0")}`);

/** Rows of which some cannot be read, and a count of what was asked. */
function rows(bad: ReadonlySet<string>) {
  const asked = { requests: 0 };
  const deps = {
    read: (ids: readonly string[]) => {
      asked.requests++;
      return ids.some((id) => bad.has(id)) ? Promise.reject(unreadable()) : Promise.resolve(ids);
    },
    glance: (id: string) => {
      asked.requests++;
      return Promise.resolve({ id });
    },
  };
  return { asked, deps };
}

Deno.test("read apart: given any rows at fault, when read, then all others come and the requests grow with the logarithm", () =>
  fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 200 }),
      fc.array(fc.nat(199), { maxLength: 4 }),
      async (count, at) => {
        const ids = idsOf(count);
        const bad = new Set(at.flatMap((one) => ids[one] ?? []));
        const { asked, deps } = rows(bad);

        const got = await readApart(ids, deps);

        assert.deepEqual([...got.rows].sort(), ids.filter((id) => !bad.has(id)));
        assert.deepEqual(got.unreadable.map(({ id }) => id).sort(), [...bad].sort());
        const most = 1 + bad.size * (2 * Math.ceil(Math.log2(count)) + 4);
        assert.ok(asked.requests <= most, `${asked.requests} requests for ${bad.size} of ${count}`);
      },
    ),
  ));

Deno.test("read apart: given an API whose every answer is unreadable, when read, then it is given up soon and nobody is at fault", async () => {
  let requests = 0;
  const fail = () => {
    requests++;
    return Promise.reject(unreadable());
  };

  await assert.rejects(readApart(idsOf(200), { read: fail, glance: fail }), unreadable());

  assert.ok(requests <= 12, `${requests} requests`);
});

Deno.test("read apart: given an answer that was damaged once, when read, then nobody is at fault", async () => {
  let requests = 0;
  const read = (ids: readonly string[]) =>
    requests++ === 0 ? Promise.reject(unreadable()) : Promise.resolve(ids);

  const got = await readApart(["r1"], { read, glance: () => assert.fail("not needed") });

  assert.deepEqual(got, { rows: ["r1"], unreadable: [] });
});

/** Claimed runs in pages, of which some cannot be read; `together`: how many rows an answer has room for. */
function pages(count: number, bad: ReadonlySet<string>, together = Infinity) {
  const asked = { requests: 0 };
  const ask = ({ after, limit, fields }: PageWish) => {
    asked.requests++;
    const found = idsOf(count).filter((id) => after === null || id > after).slice(0, limit);
    const isBad = found.length > together || found.some((id) => bad.has(id));
    return fields === "whole" && isBad
      ? Promise.reject(unreadable())
      : Promise.resolve(found.map((id) => ({ id })));
  };
  return { asked, ask };
}

Deno.test("claim pages: given any rows at fault, when searched, then all others come and the requests grow with the logarithm", () =>
  fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 450 }),
      fc.array(fc.nat(449), { maxLength: 4 }),
      async (count, at) => {
        const ids = idsOf(count);
        const bad = new Set(at.flatMap((one) => ids[one] ?? []));
        const { asked, ask } = pages(count, bad);

        const got = await readClaimPages(ask);

        assert.deepEqual(got.rows, ids.filter((id) => !bad.has(id)).map((id) => ({ id })));
        assert.deepEqual(got.unreadable.map(({ row }) => row), [...bad].sort().map((id) => ({ id })));
        const most = 1 + Math.ceil(count / 200) + bad.size * 20;
        assert.ok(asked.requests <= most, `${asked.requests} requests for ${bad.size} of ${count}`);
      },
    ),
  ));

Deno.test("claim pages: given answers with room for 30 rows, when 450 are searched, then all come in pages of about that size", async () => {
  const { asked, ask } = pages(450, new Set(), 30);

  const got = await readClaimPages(ask);

  assert.equal(got.rows.length, 450);
  assert.equal(got.unreadable.length, 0);
  assert.ok(asked.requests <= 40, `${asked.requests} requests`);
});

Deno.test("claim pages: given an API whose every answer is unreadable, when searched, then it is given up soon", async () => {
  let requests = 0;
  const fail = () => {
    requests++;
    return Promise.reject(unreadable());
  };

  await assert.rejects(readClaimPages(fail), unreadable());

  assert.ok(requests <= 13, `${requests} requests`);
});

for (const spoil of SPOILS) {
  Deno.test(`poll: given a run that makes its page ${spoil.name}, when polled, then the others come and it says why`, async () => {
    const api = fakePrefect(Array.from({ length: 25 }, (_, at) => scheduledRun(`run-${at}`)));
    const agent = testAgent(spoiling(api.call, ["run-17"], spoil));

    const page = await agent.during(agent.orchestrator.poll(new Set(), agent.signal));

    assert.equal(page.runs.length, 24);
    assert.deepEqual(page.malformed.map(({ id, version }) => [id, version]), [["run-17", "1"]]);
    assert.match(page.malformed[0]?.message ?? "", /^Cannot read flow run run-17 /);
    assert.match(page.malformed[0]?.message ?? "", spoil.says);
    assert.ok(api.of("flow_run").length <= 14, `${api.of("flow_run").length} requests`);
  });

  Deno.test(`fail: given a run whose state makes its answer ${spoil.name}, when failed, then it is Failed at the version that is seen`, async () => {
    const api = fakePrefect([scheduledRun("run-1", 4)]);
    const agent = testAgent(spoiling(api.call, ["run-1"], spoil));
    const failure = { tag: "badFlowRun", field: "flow_run", message: "no" } as const;

    const run = { id: "run-1", version: "4", claim: null, held: false };
    await agent.during(agent.orchestrator.fail(run, failure, agent.signal), 5000);

    assert.equal(api.runs.get("run-1")?.state.type, "Failed");
  });

  Deno.test(`read: given one of many runs that makes its answer ${spoil.name}, when read back, then the others have their claims and its type is known`, async () => {
    const api = claimed(12);
    const agent = testAgent(spoiling(api.call, ["run-05"], spoil));

    const ids = [...api.runs.keys()];
    const states = await agent.during(agent.orchestrator.read(ids, agent.signal));

    const known = new Map(states.map((state) => [state.id, state]));
    assert.equal(known.size, 12);
    assert.equal(known.get("run-04")?.marker?.claim, "v1");
    const { type, claimed: isClaimed, marker } = known.get("run-05") ?? {};
    // It must not count as another agent's.
    assert.deepEqual([type, isClaimed, marker], ["Submitted", false, null]);
  });

  Deno.test(`findClaims: given a claimed run whose config makes its page ${spoil.name}, when searched, then the others are found and it is refused`, async () => {
    const api = claimed(12);
    const agent = testAgent(spoiling(api.call, ["config-of-run-07"], spoil));
    const owner = { agent: "agent", scope: "r/c" };

    const found = await agent.during(agent.orchestrator.findClaims(owner, agent.signal));

    assert.equal(found.length, 12);
    const refused = found.filter(({ doubt }) => doubt.refused !== null);
    assert.deepEqual(refused.map(({ header, claim }) => [header.id, claim.key]), [["run-07", "v1"]]);
    assert.match(refused[0]?.doubt.refused ?? "", spoil.says);
    assert.deepEqual(found[0]?.doubt, { ...NO_DOUBT, canNote: true });
  });
}

/** Runs that an earlier process of this agent has claimed. */
function claimed(count: number): FakePrefect {
  const marker = { agent: "agent", region: "r", cluster: "c", claim: "v1", by: "an earlier process" };
  return fakePrefect(
    Array.from({ length: count }, (_, at) => {
      const id = `run-${String(at).padStart(2, "0")}`;
      const run = scheduledRun(id, 2);
      const state = { type: "Submitted", context: { "prefect-agent": marker } };
      return { ...run, state, row: { ...run.row, run_config: { type: "ECSRun", note: `config-of-${id}` } } };
    }),
  );
}

Deno.test("a fault: given a byte that is not known, when told, then no number is invented", () => {
  assert.match(faultText({ kind: "notJson", atByte: null }), /^the answer with it alone is not JSON; /);
});
