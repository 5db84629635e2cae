/**
 * What Kubernetes accepts as names, labels and policies.
 *
 * @see kubernetes.io/docs/concepts/overview/working-with-objects/names and …/labels, RFC 1123
 * @module
 */

/** What is accepted in place of a text, for messages; undefined: the text is accepted. */
export type Accepted = string | undefined;

const LABEL = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/;
const SUBDOMAIN = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/;
const QUALIFIED = /^[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?$/;

const MOST_LABEL = 63;
const MOST_SUBDOMAIN = 253;

/** Names of namespaces, containers and volumes. */
export function labelName(text: string): Accepted {
  if (text.length <= MOST_LABEL && LABEL.test(text)) return undefined;
  return "1 to 63 lower-case letters, digits and dashes, beginning and ending with a letter or digit";
}

/** Names of accounts, Secrets and most other objects. */
export function objectName(text: string): Accepted {
  if (text.length <= MOST_SUBDOMAIN && SUBDOMAIN.test(text)) return undefined;
  return "1 to 253 lower-case letters, digits, dashes and dots, each part beginning and ending with a letter or digit";
}

/** Keys of labels and annotations. */
export function memberKey(text: string): Accepted {
  const parts = text.split("/");
  const name = parts.pop() ?? "";
  const [prefix] = parts;
  const isPrefixed = parts.length === 0 || (parts.length === 1 && objectName(prefix ?? "") === undefined);
  if (isPrefixed && name.length <= MOST_LABEL && QUALIFIED.test(name)) return undefined;
  return "1 to 63 letters, digits, dashes, dots and underscores, perhaps behind a domain and a slash";
}

/** Values of labels. */
export function labelValue(text: string): Accepted {
  if (text === "" || (text.length <= MOST_LABEL && QUALIFIED.test(text))) return undefined;
  return "up to 63 letters, digits, dashes, dots and underscores, beginning and ending with a letter or digit";
}

/** Keys in the data of a Secret. */
export function secretKey(text: string): Accepted {
  if (text.length <= MOST_SUBDOMAIN && /^[-._A-Za-z0-9]+$/.test(text) && !/^\.\.?$/.test(text)) {
    return undefined;
  }
  return "1 to 253 letters, digits, dashes, dots and underscores";
}

/** Names of variables. */
export function variableName(text: string): Accepted {
  return /^[\x20-\x3c\x3e-\x7e]+$/.test(text) ? undefined : "printable ASCII characters without `=`";
}

/** When an image is pulled. */
export const PULL_POLICIES = ["Always", "IfNotPresent", "Never"] as const;

/** Whether pods of a Job restart their containers. */
export const RESTART_POLICIES = ["Never", "OnFailure"] as const;
