/**
 * Requests to the local account and its answers, as they go over HTTP.
 *
 * @module
 */

/** A request as it came over HTTP. */
export interface WireRequest {
  /** `X-Amz-Target`, empty when there is none. */
  readonly target: string;
  /** `Authorization`, empty when there is none; its access key and region are read, its signature is never verified. */
  readonly authorization: string;
  readonly contentType: string;
  readonly body: string;
  readonly requestId: string;
}

/** An answer as it goes over HTTP, or none. */
export type WireReply =
  | {
    readonly kind: "answered";
    readonly status: number;
    readonly contentType: string;
    readonly body: string;
  }
  | { readonly kind: "lost" };

/** Type of answers in the JSON protocol. */
export const JSON_TYPE = "application/x-amz-json-1.1";

/** Type of answers in the query protocol. */
export const XML_TYPE = "text/xml;charset=UTF-8";
