/**
 * The failure of a launch whose definition comes from a file that the run names: what AWS answers may quote that file, so
 * the words of the file are left out of it.
 *
 * @module
 */

import type { Failure, PlacementFailure } from "../../failure/failure.ts";
import { isJsonObject, type Json } from "../../json/json.ts";
import type { DefinitionPlan, LaunchPlan } from "../launch_plan.ts";
import type { UnplacedText } from "../placement_reasons.ts";
import { launchAdvice } from "./explain_launch.ts";

/** What {@link discreetFailure} needs. */
export interface DiscreetDeps {
  /** What was to be started: `flow run f00dcafe…`. */
  readonly what: string;
  readonly unplacedText: UnplacedText;
  /** The names of members of AWS's requests that a text holds. */
  readonly namesIn: (text: string) => readonly string[];
}

/** The sentence of each refusal, with what may stand before it. @see refusalMessage in actors/aws/failure.ts */
const REFUSAL = /^(.*?An error occurred) \((.*?)\) when calling the (\w+) operation: (.*)$/s;

/** Codes as AWS has them. */
const CODE = /^[A-Za-z][\w.:#-]{0,99}$/;

/** Shorter words of a file tell nothing, and would blank parts of other words. */
const SHORTEST = 3;

/** Stands for each word of the file. */
const BLANK = "…";

/** The failure without the words of the file, and with its advice. Others are unchanged. */
export function discreetFailure(
  failure: Failure,
  { runTask, definition }: Pick<LaunchPlan, "runTask" | "definition">,
  deps: DiscreetDeps,
): Failure {
  const blank = makeBlank(definition, deps);
  const message = discreetMessage(failure, blank, deps);
  if (message === null) return failure;
  const advice = launchAdvice(failure, { definition: { how: "existing", name: "" }, runTask });
  const told = { message: advice === "" ? message : `${message}. ${advice}` };
  if (failure.tag === "refused") return { ...failure, ...told, code: shownCode(failure.code) };
  return failure.tag === "notPlaced"
    ? { ...failure, ...told, failures: failure.failures.map((one) => shown(one, blank)) }
    : { ...failure, ...told };
}

/** Null: the message quotes nothing of AWS. */
function discreetMessage(
  failure: Failure,
  blank: Blank,
  { what, unplacedText }: DiscreetDeps,
): string | null {
  const refusal = REFUSAL.exec(failure.message);
  if (refusal !== null) {
    const [, before = "", code = "", operation = "", text = ""] = refusal;
    return `${before} (${shownCode(code)}) when calling the ${operation} operation: ${blank(text)}`;
  }
  if (failure.tag !== "notPlaced" || failure.failures.length === 0) return null;
  return unplacedText(what, failure.failures.map((one) => ({ ...shown(one, blank) })));
}

/** A text without the words of the file. */
type Blank = (text: string) => string;

/** Words are the texts, numbers and names of members in the definition, but for AWS's own names; the longest goes first. */
function makeBlank(definition: DefinitionPlan, { namesIn }: DiscreetDeps): Blank {
  const words = new Set<string>();
  if (definition.how !== "existing") gather(definition.request, words);
  const secret = [...words].filter((word) => word.length >= SHORTEST && !namesIn(word).includes(word));
  secret.sort((one, other) => other.length - one.length);
  return (text) => secret.reduce((left, word) => left.replaceAll(word, BLANK), text);
}

function gather(request: Json, words: Set<string>): void {
  const open: (Json | undefined)[] = [request];
  while (open.length > 0) {
    const one = open.pop();
    if (typeof one === "string") {
      for (const word of [one, ...one.split(/\s+/)]) words.add(word);
    } else if (typeof one === "number") words.add(String(one));
    else if (Array.isArray(one)) open.push(...one);
    else if (isJsonObject(one)) {
      for (const [name, member] of Object.entries(one)) {
        words.add(name);
        open.push(member);
      }
    }
  }
}

function shownCode(code: string): string {
  return CODE.test(code) ? code : "Unknown";
}

function shown({ resourceId, reason = "" }: PlacementFailure, blank: Blank): PlacementFailure {
  return { ...(resourceId === undefined ? {} : { resourceId }), reason: blank(reason) };
}
