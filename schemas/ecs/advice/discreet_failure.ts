/**
 * The failure of a launch whose definition comes from a file that the run names: what AWS answers may quote that file, so it is
 * told by the code, by AWS's own names and by the advice.
 *
 * @module
 */

import type { Failure, PlacementFailure } from "../../failure/failure.ts";
import type { LaunchPlan } from "../launch_plan.ts";
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

/** Reasons of a refused placement that are words of ECS: `RESOURCE:MEMORY`. */
const REASON = /^[A-Z]+(?::[A-Z]+)*$/;

/** Most names of AWS in one message. */
const MOST_NAMES = 5;

/** The failure without what AWS may have quoted, and with its advice. Others are unchanged. */
export function discreetFailure(
  failure: Failure,
  { runTask }: Pick<LaunchPlan, "runTask">,
  deps: DiscreetDeps,
): Failure {
  const message = discreetMessage(failure, deps);
  if (message === null) return failure;
  const advice = launchAdvice(failure, { definition: { how: "existing", name: "" }, runTask });
  const told = { message: advice === "" ? message : `${message}. ${advice}` };
  if (failure.tag === "refused") return { ...failure, ...told, code: shownCode(failure.code) };
  return failure.tag === "notPlaced"
    ? { ...failure, ...told, failures: failure.failures.map(shown) }
    : { ...failure, ...told };
}

/** Null: the message quotes nothing of AWS. */
function discreetMessage(failure: Failure, { what, unplacedText, namesIn }: DiscreetDeps): string | null {
  const refusal = REFUSAL.exec(failure.message);
  if (refusal !== null) {
    const [, before = "", code = "", operation = "", text = ""] = refusal;
    const names = namesIn(text).slice(0, MOST_NAMES);
    const named = names.length === 0 ? "" : ` and names ${names.join(", ")}`;
    return `${before} (${
      shownCode(code)
    }) when calling the ${operation} operation; the text of AWS may quote ` +
      `the file that the run names, so it is not shown${named}`;
  }
  if (failure.tag !== "notPlaced" || failure.failures.length === 0) return null;
  return unplacedText(what, failure.failures.map(shown).map((one) => ({ ...one })));
}

function shownCode(code: string): string {
  return CODE.test(code) ? code : "Unknown";
}

function shown({ resourceId, reason = "" }: PlacementFailure): PlacementFailure {
  return {
    ...(resourceId === undefined ? {} : { resourceId }),
    reason: REASON.test(reason) ? reason : "not shown, because it may quote the file that the run names",
  };
}
