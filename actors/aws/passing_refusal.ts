/**
 * Refusals by AWS that mean "later": the same call, unchanged, may succeed. AWS says so in many codes, and also in texts of
 * codes that mean something else.
 *
 * @see "Request throttling for the Amazon ECS API"; "Retry behavior" in the AWS SDKs and Tools Reference Guide; "Common errors"
 * and "API error codes" of Amazon ECS and Amazon EC2
 * @module
 */

/** What AWS tells of a refusal, as far as it decides whether it passes. */
export interface ToldRefusal {
  /** `ClientException`. */
  readonly code: string;
  readonly text: string;
  /** HTTP status, 0: not known. */
  readonly status: number;
}

/**
 * Why a call is to come later. `rate`: there are too many calls. `changing`: what it is about is being changed just now. In both
 * cases it was not carried out. `fault`: AWS itself failed, so that a write may have been carried out.
 */
export type Later = "rate" | "changing" | "fault";

/** Codes for too many calls, with the prefixes and endings that services give them. */
const RATE_CODE =
  /throttl|toomany(concurrent)?(requests|calls)|request(rate)?limitexceeded|requestratetoohigh|rate(limit)?exceeded|bandwidthlimitexceeded|provisionedthroughputexceeded|slow_?down/i;

/** The same in texts, whatever their code. */
const RATE_TEXT =
  /\brate exceeded\b|\brate limit\b|throttl|\bslow down\b|\btoo many (requests|calls|api calls)\b|\b(requests?|calls?|transactions?|api|call|registration) rate\b|\b(requests|calls|transactions|registrations|operations) per (second|minute|hour|day)\b|\brequest limit exceeded\b/i;

/** Codes for something that is being changed. */
const CHANGING_CODE =
  /^(client\.|server\.)?(updateinprogress|operationinprogress|transactioninprogress|operationaborted|concurrent(modification|update)|priorrequestnotcomplete|resourcebusy|tryagainlater)/i;

/** The same in texts, whatever their code. */
const CHANGING_TEXT =
  /\btoo many concurrent (attempts|modifications|updates|registrations)\b|(^|[^a-z])in[-_ ]progress\b|\b(another|a pending|a concurrent|a conflicting|an ongoing) (update|operation|change|modification|registration|request)\b|\b(is|are) (already |still |currently )*being (updated|modified|changed|created|registered|provisioned)\b|\b(is|in a) busy( state)?\b|\bconcurrent(ly)? (modif|updat|chang)/i;

/** What asks for another try in so many words. */
const AGAIN_TEXT =
  /\b(try|retry)( (the|your) (request|operation|call))?( again)? (later|shortly|in a (few|moment|while|minute))\b/i;

/** Room and limits of number: they do not pass in a moment, however politely it is put. */
const ROOM_TEXT = /\bcapacity\b|\bquota\b|\blimit on\b|\bvcpus?\b/i;

/** What is being deleted does not come back. */
const DELETION_TEXT = /delet/i;

/** Codes of AWS's own failure, which some endpoints send with the status of a caller's fault. */
const FAULT_CODE =
  /^(client\.|server\.)?(server(exception|error)|internal(failure|error|server(error|exception)|service(error|exception))|service(unavailable|failure)(exception)?|unavailable|requesttimeout(exception)?)$/i;

/** Why the call is to come later; null: the refusal stands. */
export function laterBecause({ code, text, status }: ToldRefusal): Later | null {
  if (status === 429 || RATE_CODE.test(code) || RATE_TEXT.test(text)) return "rate";
  if (status >= 500 || FAULT_CODE.test(code)) return "fault";
  if (CHANGING_CODE.test(code)) return "changing";
  if (DELETION_TEXT.test(text)) return null;
  if (CHANGING_TEXT.test(text)) return "changing";
  return AGAIN_TEXT.test(text) && !ROOM_TEXT.test(text) ? "changing" : null;
}
