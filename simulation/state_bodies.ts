/**
 * The states in what an agent and the Prefect API send each other.
 *
 * @module
 */

import type { HttpAnswer, HttpCall } from "../actors/http/http.ts";
import { isJsonObject, type Json, type JsonObject } from "../schemas/json/json.ts";

/** How states are changed on their way. */
export interface StateChanges {
  /** What the agent sends, for the API. */
  readonly sent: (state: JsonObject) => JsonObject;
  /** What the API answers, for the agent. */
  readonly received: (state: JsonObject) => JsonObject;
}

/** HTTP to the Prefect API on which every state that has a context is changed. */
export function changingStates(call: HttpCall, { sent, received }: StateChanges): HttpCall {
  return async (request) => {
    const answer = await call({ ...request, body: requestWith(String(request.body), sent) });
    return answerWith(answer, received);
  };
}

/** The states that a mutation sets are in its variables, which travel as JSON text. */
function requestWith(body: string, change: StateChanges["sent"]): string {
  const request: Json = JSON.parse(body);
  if (!isJsonObject(request) || typeof request.variables !== "string") return body;
  const variables = eachState(JSON.parse(request.variables), change);
  return JSON.stringify({ ...request, variables: JSON.stringify(variables) });
}

function answerWith(answer: HttpAnswer, change: StateChanges["received"]): HttpAnswer {
  const text = new TextDecoder().decode(answer.body);
  if (!text.includes('"context"')) return answer;
  return { ...answer, body: new TextEncoder().encode(JSON.stringify(eachState(JSON.parse(text), change))) };
}

/** Changes every object with a context, wherever it stands. */
function eachState(value: Json, change: (state: JsonObject) => JsonObject): Json {
  if (Array.isArray(value)) return value.map((one: Json) => eachState(one, change));
  if (!isJsonObject(value)) return value;
  const inner = Object.fromEntries(
    Object.entries(value).map(([name, one]) => [name, one === undefined ? one : eachState(one, change)]),
  );
  return isJsonObject(value.context) ? change(inner) : inner;
}
