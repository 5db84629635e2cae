/**
 * `auth.toml`, where `prefect auth login` keeps API keys: one section for each API server.
 *
 * @see Prefect 0.15.13, `client/client.py`; recorded: init/api-key-disk, init/api-key-env-over-disk
 * @module
 */

import { pythonText } from "./config.ts";
import { readToml } from "../../toml/toml_entries.ts";

/** What the file knows about one API server; empty text: nothing. */
export interface SavedAuth {
  readonly apiKey: string;
  readonly tenantId: string;
}

/**
 * Looks up the section of an API server.
 *
 * @throws {FailureError} `configuration` when the file is not TOML
 */
export function readSavedAuth(
  file: { readonly path: string; readonly text: string },
  apiUrl: string,
): SavedAuth {
  const section = apiSlug(apiUrl);
  const entries = readToml(file.text, file.path).filter(({ path }) => path[0] === section);
  const find = (key: string) => entries.find(({ path }) => path.length === 2 && path[1] === key)?.value;
  const text = (key: string) => pythonText(find(key) ?? { kind: "str", value: "" });
  return { apiKey: text("api_key"), tenantId: text("tenant_id") };
}

/** Host and port of a URL in lower case; runs of all but letters, digits, dots and dashes become one dash. */
export function apiSlug(apiUrl: string): string {
  const host = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/i.exec(apiUrl)?.[1];
  return (host || apiUrl).toLowerCase()
    .replace(/[^-.a-z0-9]+/g, "-")
    .replace(/-{2,}/g, "-")
    .replace(/^-+|-+$/g, "");
}
