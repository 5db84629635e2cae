/** What holds in every case, however hostile. @module */

import { isJsonObject, type JsonObject } from "../../../schemas/json/json.ts";
import { type Case, type History, SECRETS } from "./hostile_agent.ts";

/** Longest text of a message, in characters. */
export const MAX_MESSAGE = 10_000;

// deno-lint-ignore no-control-regex -- these must not reach a terminal
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/;

/** What is wrong with a text that a person will read; empty when nothing is. */
export function textFaults(text: string, where: string, longest = MAX_MESSAGE + 500): readonly string[] {
  const secret = SECRETS.find((one) => text.includes(one));
  return [
    ...(secret === undefined ? [] : [`${where} shows the secret ${secret}: ${cut(text)}`]),
    ...(text.length > longest ? [`${where} has ${text.length} characters: ${cut(text)}`] : []),
    ...(CONTROL.test(text) ? [`${where} holds control characters: ${JSON.stringify(cut(text))}`] : []),
    ...(/\[object \w+\]|: undefined\b/.test(text) ? [`${where} shows a value of no text: ${cut(text)}`] : []),
    ...(/\b(TypeError|RangeError|SyntaxError|ReferenceError|Maximum call stack)\b|\n\s+at .+:\d+/.test(text)
      ? [`${where} shows a fault of the program: ${cut(text)}`]
      : []),
  ];
}

/** Everything that must hold after a case. */
export function faultsOf(history: History, given: Case): readonly string[] {
  const { lines, ended, prefect, isDone, polls } = history;
  const unexplained = ended.flatMap(({ runId, outcome, failure }) => {
    if (outcome !== "failed") return [];
    if (failure === null || failure.message.trim() === "") return [`run ${runId} failed without a message`];
    const faults = textFaults(failure.message, `failure of ${runId}`);
    return failure.tag === "unexpected" ? [...faults, `unexpected: ${cut(failure.message)}`] : faults;
  });
  return [
    ...(isDone ? [] : [`the agent still runs after an hour; last: ${cut(lines.at(-1) ?? "")}`]),
    ...(polls > given.maxPolls * 8 ? [`${polls} polls instead of ${given.maxPolls}`] : []),
    ...lines.flatMap((line) => textFaults(line, "log line")),
    ...lines.flatMap((line) => line.includes("\n") ? [`log line of two lines: ${cut(line)}`] : []),
    ...unexplained,
    ...prefect.logs.flatMap((one) => textFaults(String(one.message), "run log")),
    ...[...prefect.runs.values()].flatMap(({ state }) => stateFaults(state)),
    ...(given.apiRate === 0 ? settledFaults(history) : []),
    ...pollution(),
  ];
}

/** With an API that keeps its word every due run is launched or ended by the time the agent is gone. */
function settledFaults({ prefect, polls, lines }: History): readonly string[] {
  if (polls === 0) return []; // it did not start: AWS told it nothing about the network
  const open = [...prefect.runs.values()].filter(({ state, version }) =>
    isJsonObject(state) && state.type === "Scheduled" && Number.isInteger(version)
  );
  return open.map(({ id }) =>
    `run ${id} is left Scheduled: ${cut(lines.filter((l) => l.includes(id)).join("\n"))}`
  );
}

function stateFaults(state: unknown): readonly string[] {
  if (!isJsonObject(state) || (state as JsonObject).type !== "Failed") return [];
  const message = String(state.message);
  return message === "" ? ["Failed without a message"] : textFaults(message, "Failed message");
}

/** Members that no object should have. */
export function pollution(): readonly string[] {
  const found = Object.keys(Object.prototype);
  return found.length === 0 && !("polluted" in {}) ? [] : [`prototypes were polluted: ${found.join(", ")}`];
}

function cut(text: string): string {
  return text.length <= 600 ? text : `${text.slice(0, 600)}… (${text.length})`;
}
