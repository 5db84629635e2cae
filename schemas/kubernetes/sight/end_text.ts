/**
 * How the end of a container is told.
 *
 * @module
 */

import type { ContainerEnd } from "../objects/pod.ts";

/** Exit code, signal, reason and message, as far as they are known. */
export function endText({ exitCode, signal, reason, message }: Readonly<Partial<ContainerEnd>>): string {
  const parts = [
    exitCode === undefined ? null : `exit code ${exitCode}`,
    signal === undefined || signal === null ? null : `signal ${signal}`,
    reason === undefined || reason === null ? null : `reason ${reason}`,
    message === undefined || message === null ? null : `message: ${message}`,
  ];
  return parts.filter((part) => part !== null).join(", ");
}
