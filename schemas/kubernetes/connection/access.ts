/**
 * How the API server of a cluster is reached, and as whom.
 *
 * @module
 */

import type { Secret } from "../../secrets/secret.ts";

/** Where the bearer token is from. */
export type TokenSource =
  | { readonly from: "text"; readonly token: Secret }
  /** It is read again whenever it may have changed. */
  | { readonly from: "file"; readonly path: string };

/** The way to one API server. */
export interface ClusterAccess {
  /** `https://host:port`, without a slash at the end. */
  readonly server: string;
  /** PEM text of the authorities that are trusted in place of the built-in ones; null: the built-in ones. */
  readonly authorities: string | null;
  readonly skipVerify: boolean;
  /** The name that the server's certificate has to have; null: that of its address. */
  readonly serverName: string | null;
  /** Address of a proxy; null: as the environment says. */
  readonly proxy: string | null;
  /** PEM texts of a client certificate; null: none. */
  readonly client: { readonly cert: string; readonly key: Secret } | null;
  /** Null: requests carry no token. */
  readonly token: TokenSource | null;
  /** Where this is from, for messages: `context prod of /home/a/.kube/config`. */
  readonly origin: string;
  /** What the user should know of it. */
  readonly warnings: readonly string[];
}
