/**
 * The place in which an agent starts its tasks on ECS: client tokens hold within one cluster of one region.
 *
 * @module
 */

/** A cluster, by name or ARN. */
export interface EcsScope {
  readonly region: string;
  readonly cluster: string;
}

/** The place as claims name it. */
export function scopeText({ region, cluster }: EcsScope): string {
  return `${region}/${cluster}`;
}

/** The cluster of a place as claims name it; null: the default cluster. */
export function clusterOfScope(scope: string): string | null {
  return scope.slice(scope.indexOf("/") + 1) || null;
}
