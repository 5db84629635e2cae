/**
 * Whether a request to the local account names its access key, and how one that does not is refused. Signatures are not
 * verified.
 *
 * @module
 */

import { isTokenRight } from "../../schemas/guard/token.ts";
import { queryError } from "./aws_query.ts";
import { JSON_TYPE, type WireReply, type WireRequest, XML_TYPE } from "./wire.ts";

/** Access key id of a signature: `Credential=KEY/20260131/eu-west-1/ecs/aws4_request`; null: it has none. */
export function accessKeyIdOf(authorization: string): string | null {
  return /^AWS4-HMAC-SHA256 +(?:.*[ ,])?Credential=([^/,\s]+)\//.exec(authorization)?.[1] ?? null;
}

/** Whether a request names the access key of this account. */
export function isCallerKnown(authorization: string, accessKeyId: string): boolean {
  return isTokenRight(accessKeyIdOf(authorization), accessKeyId);
}

type Answered = Extract<WireReply, { kind: "answered" }>;

const HINT = "the local ECS asks for the AWS_ACCESS_KEY_ID that was printed at its start";

/** The answer to a stranger, in the protocol that he speaks. */
export function strangerReply({ target, authorization, requestId }: Omit<WireRequest, "body">): Answered {
  const isUnsigned = authorization === "";
  const message = isUnsigned
    ? `Missing Authentication Token: ${HINT}`
    : `The security token included in the request is invalid: ${HINT}`;
  if (target === "") {
    const { status, xml } = queryError({ code: "AuthFailure", message, status: 401 }, requestId);
    return { kind: "answered", status, contentType: XML_TYPE, body: xml };
  }
  const code = isUnsigned ? "MissingAuthenticationTokenException" : "UnrecognizedClientException";
  const body = JSON.stringify({ __type: code, message });
  return { kind: "answered", status: 400, contentType: JSON_TYPE, body };
}
