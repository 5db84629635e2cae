/**
 * A recorded world as lines that a person can read.
 *
 * @module
 */

import type { Entry } from "./world/history.ts";

/** One line for each fact, with the time in seconds since the world began. */
export function timeline(
  { history, startMs, scenario }: {
    readonly history: readonly Entry[];
    readonly startMs: number;
    readonly scenario: object;
  },
): readonly string[] {
  return [
    JSON.stringify(scenario, null, 1),
    ...history.map((entry) => `${((entry.atMs - startMs) / 1000).toFixed(3).padStart(9)}  ${textOf(entry)}`),
  ];
}

const shortRun = (id: string) => `run …${id.slice(-2)}`;
const shortTask = (arn: string) => `task …${arn.slice(-2)}`;
const shortDefinition = (arn: string) => arn.slice(arn.lastIndexOf("/") + 1);

function textOf(entry: Entry): string {
  switch (entry.what) {
    case "agent":
      return `${entry.agent} ${entry.happened}`;
    case "fault":
      return `!! ${entry.kind} ${entry.text}`;
    case "net":
    case "log":
      return `${entry.agent}    ${entry.text}`;
    case "state":
      return `${shortRun(entry.run)} ${entry.from} -> ${entry.to} ${entry.name ?? ""} v${entry.version} by ${
        entry.agent ?? entry.author
      }` +
        ` (expected ${entry.expected}) ${entry.claim?.claim ?? ""} ${entry.message}`;
    case "claimed":
      return `${shortRun(entry.run)} claimed by ${entry.agent} ${entry.claim.claim}`;
    case "read":
      return `${entry.agent} read ${shortRun(entry.run)}: ${entry.type} v${entry.version}`;
    case "task":
      return `${shortTask(entry.task)} created for ${shortRun(entry.run)} by ${entry.agent} token ${
        entry.token.slice(0, 8)
      }`;
    case "refused":
      return `placement refused for ${shortRun(entry.run)} token ${entry.token.slice(0, 8)}: ${entry.reason}`;
    case "status":
      return `${shortTask(entry.task)} ${entry.status} ${entry.why}`;
    case "stop":
      return `${shortTask(entry.task)} StopTask by ${entry.agent}: ${entry.reason}`;
    case "registered":
      return `${
        shortDefinition(entry.definition)
      } registered by ${entry.agent}, the same for ${entry.alreadyMs} ms`;
    case "deregistered":
      return `${shortDefinition(entry.definition)} deregistered`;
    case "named":
      return `${shortRun(entry.run)} has ${shortTask(entry.task)}, says ${entry.agent}`;
    case "job":
      return `${shortTask(entry.task)} ${entry.happened} ${entry.agent ?? ""}`;
    case "trouble":
      return `${shortTask(entry.task)} ${entry.text ?? "is over its trouble"}`;
    case "left":
      return `${entry.agent} is done with ${shortRun(entry.run)}`;
  }
}
