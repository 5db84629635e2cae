/**
 * The kubeconfig of a cluster.
 *
 * @see "Organizing Cluster Access Using kubeconfig Files" in the Kubernetes documentation
 * @module
 */

import { Buffer } from "node:buffer";

/** How a cluster is reached. */
export interface ClusterEntry {
  /** `https://127.0.0.1:port`. */
  readonly url: string;
  /** Certificate of the authority, in PEM. */
  readonly authority: string;
  readonly token: string;
}

/** The text of the file; its context is called `sandbox`. */
export function kubeconfigText({ url, authority, token }: ClusterEntry): string {
  const data = Buffer.from(authority).toString("base64");
  return `apiVersion: v1
kind: Config
current-context: sandbox
clusters:
  - name: sandbox
    cluster:
      server: ${url}
      certificate-authority-data: ${data}
users:
  - name: sandbox
    user:
      token: "${token}"
contexts:
  - name: sandbox
    context:
      cluster: sandbox
      user: sandbox
`;
}
