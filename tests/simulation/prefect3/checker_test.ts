/**
 * Each rule of the checker of Prefect 3, on a history that breaks it and on one that does not.
 *
 * @module
 */

import assert from "node:assert/strict";
import { clientToken } from "../../../schemas/flow_run/client_token.ts";
import { check3 } from "../../../simulation/prefect3/checker.ts";
import { type Scenario3, scenario3Of } from "../../../simulation/prefect3/scenario.ts";
import { CALM } from "../../../simulation/world/scenario.ts";
import type { Entry, Fact } from "../../../simulation/world/history.ts";

const RUN = "00000000-0000-4000-8000-000000000001";
const OTHER = "00000000-0000-4000-8000-000000000002";
const THIRD = "00000000-0000-4000-8000-000000000003";

const BASE = scenario3Of(1);

/** A calm world of two workers and three runs of one deployment. */
function calm(limit: number | null = null): Scenario3 {
  const due = { dueMs: 0, deployment: 0, durationMs: 1, fate: "success", actions: [] } as const;
  return {
    ...BASE,
    ...{ network: { ...CALM, aim: ["set_state"] }, outages: [], stops: [], foreign: 0, release: "3.9" },
    crash: { rate: 0, most: 0, downMs: 0 },
    ecs: { ...BASE.ecs, throttle: [], limitShare: 1, emptyAnswer: 0 },
    sockets: { channel: "up", breaks: [], away: [] },
    agents: ["one", "two"].map((name) => ({ name, cluster: "default", startMs: 0 })),
    deployments: [{ id: "d", limit, strategy: "ENQUEUE" }],
    due: [{ ...due, id: RUN }, { ...due, id: OTHER }, { ...due, id: THIRD }],
  };
}

const STATE = { what: "state", run: RUN, expected: null, message: "", claim: null, sentMs: 0 } as const;

/** A state that somebody sets. */
function state(
  to: string,
  author: "agent" | "run" | "person" | "server" | "foreign",
  more: object = {},
): Fact {
  const agent = author === "agent" ? "a1#1" : null;
  return { ...STATE, to, author, agent, from: "", version: 1, name: to, right: "r1", ...more } as Fact;
}

function task(number: number, attempt: number, claim = "r1"): Fact {
  const token = clientToken({ runId: RUN, claim, attempt });
  return { what: "task", task: `t${number}`, run: RUN, cluster: "default", token, agent: "a1#1", sentMs: 0 };
}

function status(number: number, to: string, isStopping = false): Fact {
  return { what: "status", task: `t${number}`, status: to, isStopping, why: "" };
}

const NAMED: Fact = { what: "named", run: RUN, task: "t1", agent: "a1#1", sentMs: 0 };
const DUE = state("SCHEDULED", "server");
const CLAIMED = state("PENDING", "agent", { version: 2 });
const LAUNCHED = [DUE, CLAIMED, task(1, 1), NAMED, status(1, "RUNNING")];

/** Rules that facts break, one fact each second. */
function broken(facts: readonly Fact[], scenario = calm(), isSettled = true): readonly string[] {
  const history: readonly Entry[] = facts.map((fact, at) => ({ ...fact, atMs: at * 1000 }));
  return check3({ scenario, history, isSettled }).map(({ rule }) => rule);
}

const BEGUN = state("RUNNING", "run", { version: 3 });
const READ_END: Fact = {
  what: "read",
  agent: "a1#1",
  run: RUN,
  type: "COMPLETED",
  version: 4,
  executedMs: 0,
};
const COMPLETED = state("COMPLETED", "run", { version: 4, from: "RUNNING" });

const HISTORIES: readonly (readonly [string, readonly Fact[], readonly string[], Scenario3?])[] = [
  ["one launch", [...LAUNCHED, BEGUN, status(1, "STOPPED"), COMPLETED], []],
  ["two live tasks of one right", [...LAUNCHED, task(2, 2), { ...NAMED, task: "t2" }], ["twice"]],
  ["a second task after the flow has begun", [...LAUNCHED, BEGUN, status(1, "STOPPED"), task(2, 2), {
    ...NAMED,
    task: "t2",
  }], [
    "again",
  ]],
  ["a second task after one that did not come up", [...LAUNCHED, status(1, "STOPPED"), task(2, 2), {
    ...NAMED,
    task: "t2",
  }], []],
  ["a task without a claim", [DUE, task(1, 1), NAMED], ["unclaimed"]],
  [
    "a name over an end that was known",
    [...LAUNCHED, BEGUN, status(1, "STOPPED"), COMPLETED, READ_END, {
      ...state("PENDING", "agent", { version: 5, name: "Submitting", sentMs: 99_000 }),
    }, state("COMPLETED", "agent", { version: 6 })],
    ["overwritten"],
  ],
  [
    "an end that was taken back",
    [...LAUNCHED, BEGUN, COMPLETED, status(1, "STOPPED"), state("CRASHED", "agent", { version: 5 })],
    ["undone"],
  ],
  ...(["COMPLETED", "FAILED"] as const).map((end) =>
    [
      `an end, set to ${end} over the one of a claim that came late and found no slot`,
      [
        ...LAUNCHED,
        BEGUN,
        COMPLETED,
        status(1, "STOPPED"),
        state("CANCELLED", "agent", { version: 5 }),
        { ...READ_END, type: "CANCELLED", version: 5 },
        state(end, "agent", { version: 6, sentMs: 99_000 }),
      ],
      end === "COMPLETED" ? [] : ["overwritten", "undone"],
    ] as const
  ),
  [
    "the flow's own end, set again while its task ends",
    [
      ...LAUNCHED,
      BEGUN,
      COMPLETED,
      state("PENDING", "agent", { version: 5 }),
      state("COMPLETED", "agent", { version: 6 }),
      status(1, "STOPPED"),
    ],
    [],
  ],
  [
    "another end than the flow's own, set while its task ends",
    [
      ...LAUNCHED,
      BEGUN,
      COMPLETED,
      state("PENDING", "agent", { version: 5 }),
      state("CRASHED", "agent", { version: 6 }),
      status(1, "STOPPED"),
    ],
    ["endedAlive", "undone"],
  ],
  ["an end although its task lives", [...LAUNCHED, state("CRASHED", "agent", { version: 3 })], [
    "endedAlive",
  ]],
  ...(["CANCELLED", "CRASHED"] as const).map((end) =>
    [
      `an end that was sent as ${end} before its task was made`,
      [
        DUE,
        CLAIMED,
        task(1, 1),
        NAMED,
        status(1, "PENDING"),
        state(end, "agent", { version: 3, sentMs: 1500 }),
      ],
      end === "CANCELLED" ? [] : ["endedAlive"],
    ] as const
  ),
  [
    "an end that was sent as CANCELLED although its task lives",
    [...LAUNCHED, state("CANCELLED", "agent", { version: 3, sentMs: 4500 })],
    ["endedAlive"],
  ],
  [
    "a stop before the grace",
    [
      ...LAUNCHED,
      BEGUN,
      state("CANCELLING", "person", { version: 4, from: "RUNNING" }),
      {
        ...{ what: "stop", task: "t1", agent: "a1#1", reason: "" },
      },
      status(1, "STOPPED"),
      state("CANCELLED", "agent", { version: 5 }),
    ],
    ["noGrace"],
  ],
  [
    "the id of an earlier launch",
    [
      ...LAUNCHED,
      status(1, "STOPPED"),
      state("SCHEDULED", "person", { right: "r2", version: 3 }),
      state("PENDING", "agent", { right: "r2", version: 4 }),
      { ...NAMED, sentMs: 99_000 },
    ],
    ["stale"],
  ],
  [
    "more runs at a time than the limit",
    [
      DUE,
      CLAIMED,
      state("SCHEDULED", "server", { run: OTHER }),
      state("PENDING", "agent", { run: OTHER, version: 2 }),
    ],
    ["limit"],
    calm(1),
  ],
  [
    "a run that is cancelled in the queue, which holds no slot",
    [
      DUE,
      CLAIMED,
      state("SCHEDULED", "server", { run: OTHER }),
      state("CANCELLING", "person", { run: OTHER, version: 2, from: "SCHEDULED" }),
    ],
    [],
    calm(1),
  ],
  [
    "a claim more than the server gives back twice after a lease has ended",
    [
      DUE,
      CLAIMED,
      { what: "fault", kind: "leaseEnded", text: RUN },
      state("SCHEDULED", "server", { run: OTHER }),
      state("PENDING", "agent", { run: OTHER, version: 2 }),
      state("SCHEDULED", "server", { run: THIRD }),
      state("PENDING", "agent", { run: THIRD, version: 2 }),
    ],
    ["limit"],
    calm(1),
  ],
  [
    "a claim of another worker that lives",
    [
      { what: "agent", agent: "a1#1", happened: "started" },
      { what: "agent", agent: "a2#1", happened: "started" },
      DUE,
      CLAIMED,
      state("PENDING", "agent", { agent: "a2#1", version: 3, name: "Submitting" }),
    ],
    ["living"],
    { ...calm(), network: { ...CALM } },
  ],
  [
    "a task of which the API was not told",
    [DUE, CLAIMED, task(1, 1), ...Array.from({ length: 70 }, () => READ_END), status(1, "STOPPED")],
    ["idless"],
  ],
  [
    "a launch of a run that the stock worker has",
    [DUE, state("PENDING", "foreign", { version: 2 }), READ_END, task(1, 1), NAMED],
    ["foreign", "unclaimed"],
  ],
  ...(["COMPLETED", "CRASHED"] as const).map((end) =>
    [
      `an end of a run that the stock worker had completed, set to ${end} over a claim that came late`,
      [
        DUE,
        state("PENDING", "foreign", { version: 2 }),
        state("COMPLETED", "foreign", { version: 3 }),
        state("PENDING", "agent", { version: 4 }),
        { ...READ_END, type: "PENDING" },
        state(end, "agent", { version: 5, sentMs: 99_000 }),
      ],
      end === "COMPLETED" ? [] : ["foreign", "undone"],
    ] as const
  ),
  [
    "a claim over the end of a run that the stock worker had completed",
    [
      DUE,
      state("PENDING", "foreign", { version: 2 }),
      state("COMPLETED", "foreign", { version: 3 }),
      state("PENDING", "agent", { version: 4 }),
    ],
    ["undone"],
  ],
];

for (const [what, facts, rules, scenario] of HISTORIES) {
  Deno.test(`checker of Prefect 3: given ${what}, when checked, then ${rules.join(", ") || "nothing"} is broken`, () => {
    assert.deepEqual(broken(facts, scenario), rules);
  });
}

Deno.test("checker of Prefect 3: given runs that are not over in the end, when checked, then each says how it was left", () => {
  const facts = [
    DUE,
    state("SCHEDULED", "server", { run: OTHER }),
    state("PENDING", "agent", { run: OTHER }),
  ];

  assert.deepEqual(broken(facts, calm(), false), ["never", "silent"]);
});
