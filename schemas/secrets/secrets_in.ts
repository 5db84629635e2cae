/**
 * Gathers what the redactor would hide in a request, so that it can be hidden in an answer that quotes the request.
 *
 * @module
 */

import { noWork } from "../bounds/work.ts";
import { findSecrets } from "./hide_text.ts";
import { SHORTEST } from "./known_secrets.ts";
import { plain, type View } from "./plain_json.ts";
import type { PutSpan } from "./spans.ts";

/** @param isPublic says of variables, by name, that their values may be shown */
export function secretsIn(sent: unknown, isPublic: (name: string) => boolean): ReadonlySet<string> {
  const found = new Set<string>();
  const view: View = {
    text: (text) => {
      const put: PutSpan = (from, to) => partsOf(text.slice(from, to)).forEach((part) => found.add(part));
      findSecrets(text, null, put, noWork());
      return text;
    },
    hidden: (value, name) => {
      if (!isPublic(name)) textsOf(value, found);
      return null;
    },
  };
  plain(sent, view, 0);
  return found;
}

/** A text without its quotes, and the password of a login. */
function partsOf(text: string): readonly string[] {
  const bare = text.replace(/^["'`]/, "").replace(/["'`]$/, "");
  const password = bare.slice(bare.indexOf(":") + 1);
  return [bare, password].filter(({ length }) => length >= SHORTEST);
}

function textsOf(value: unknown, found: Set<string>): void {
  if (typeof value === "string") {
    if (value.length >= SHORTEST) found.add(value);
  } else if (typeof value === "object" && value !== null) {
    for (const member of Object.values(value)) textsOf(member, found);
  }
}
