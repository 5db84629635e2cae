/**
 * The kinds of source that plans for ECS depend on.
 *
 * @module
 */

import type { Source } from "../plan/source.ts";
import { isPlaceSource, type PlaceSource } from "../templates/place_source.ts";
import type { AccountPlan } from "./account/account_plan.ts";

/**
 * A task definition by ARN, family or family:revision. Reading: `json` with `taskDefinitionArn`, `family`, `revision`,
 * `status`, `networkMode` (null: none), `requiresCompatibilities`, `taskRoleArn` and `executionRoleArn` (null: none), and `containerDefinitions`
 * with `name` and `image` alone; a missing definition is thrown as `refused`.
 */
export interface DefinitionSource extends Source {
  readonly kind: "taskDefinition";
  readonly name: string;
  /** Null or absent: the agent's own account. */
  readonly account?: AccountPlan | null;
}

/**
 * The default VPC's subnets (DescribeVpcs, DescribeSubnets). Reading: `json` with `subnets`, all ids in answer order, at least
 * one; no default VPC or no subnet is thrown as `configuration`.
 */
export interface NetworkSource extends Source {
  readonly kind: "defaultNetwork";
}

/**
 * A VPC and all its subnets (DescribeVpcs, DescribeSubnets). Reading: `json` with `vpcId` and `subnets`, all ids in answer order;
 * a VPC without subnets has an empty list; `isUnread` true: AWS could not be asked, and a placeholder stands there. `absent` where the VPC does not exist, or the account has no default VPC.
 */
export interface VpcSource extends Source {
  readonly kind: "vpcNetwork";
  /** Null: the default VPC. */
  readonly vpcId: string | null;
  /** Null: the agent's own account. */
  readonly account: AccountPlan | null;
}

/** The region in which a run is launched. Reading: `json` with `region`. */
export interface RegionSource extends Source {
  readonly kind: "awsRegion";
  /** Null: the agent's own account. */
  readonly account: AccountPlan | null;
}

/** A source of a plan for ECS. */
export type EcsSource =
  | PlaceSource
  | DefinitionSource
  | NetworkSource
  | VpcSource
  | RegionSource;

const KINDS: ReadonlySet<string> = new Set<EcsSource["kind"]>([
  "taskDefinition",
  "defaultNetwork",
  "vpcNetwork",
  "awsRegion",
]);

/** Whether a source is of one of these kinds. */
export function isEcsSource(source: Source): source is EcsSource {
  return KINDS.has(source.kind) || isPlaceSource(source);
}

/** The source that is a task definition. */
export function definitionSource(name: string, account: AccountPlan | null = null): DefinitionSource {
  const key = `taskDefinition:${name}`;
  return account === null
    ? { kind: "taskDefinition", key, name }
    : { kind: "taskDefinition", key: inAccount(key, account), name, account };
}

/** Subnets of a VPC change rarely, and every run of a page needs the same ones. */
const NETWORK_MS = 30_000;

/** The source that is a VPC with its subnets. @param vpcId null: the default VPC */
export function vpcSource(vpcId: string | null, account: AccountPlan | null): VpcSource {
  const key = inAccount(`vpcNetwork:${vpcId ?? ""}`, account);
  return { kind: "vpcNetwork", key, vpcId, account, serveMs: NETWORK_MS };
}

/** The source that is a region. */
export function regionSource(account: AccountPlan | null): RegionSource {
  return { kind: "awsRegion", key: inAccount("awsRegion", account), account };
}

function inAccount(key: string, account: AccountPlan | null): string {
  return account === null ? key : `${key}@${account.key}`;
}

/** The source that is the default VPC. */
export const DEFAULT_NETWORK: NetworkSource = { kind: "defaultNetwork", key: "defaultNetwork" };
