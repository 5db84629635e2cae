/**
 * How messages and the inspector name Kubernetes.
 *
 * @module
 */

import type { PlatformWords } from "../contracts/platform.ts";

/** The words of Kubernetes. */
export const KUBERNETES_WORDS: PlatformWords = {
  name: "Kubernetes",
  provider: "the administrators of the cluster",
  launch: "creating its Job",
  lookPermission: "list and watch on jobs (batch) and pods",
  listPermission: "list and watch on jobs (batch) and pods",
};
