/**
 * The two query-protocol services that an ECS agent asks: STS for its identity and for roles, EC2 for the default network.
 * There is one default VPC with two subnets in each region, and no role.
 *
 * @module
 */

import { ACCOUNT } from "../ecs/arns.ts";

/** The default VPC. */
export const VPC_ID = "vpc-0a1b2c3d4e5f60718";

const SUBNET_IDS = ["subnet-0a1b2c3d4e5f60719", "subnet-0a1b2c3d4e5f6071a"] as const;
const GROUP_ID = "sg-0a1b2c3d4e5f6071b";

/** Whoever asks. */
const USER = `arn:aws:iam::${ACCOUNT}:user/sandbox`;

/** An XML answer. */
export interface QueryReply {
  readonly status: number;
  readonly xml: string;
}

type Fields = Readonly<Record<string, string>>;

function element(name: string, content: string): string {
  return `<${name}>${content}</${name}>`;
}

function items(rows: readonly Fields[]): string {
  return rows.map((row) =>
    element("item", Object.entries(row).map(([name, value]) => element(name, value)).join(""))
  ).join("");
}

function vpcs(): readonly Fields[] {
  return [{
    vpcId: VPC_ID,
    ownerId: ACCOUNT,
    state: "available",
    cidrBlock: "172.31.0.0/16",
    dhcpOptionsId: "default",
    instanceTenancy: "default",
    isDefault: "true",
  }];
}

function subnets(region: string): readonly Fields[] {
  return SUBNET_IDS.map((subnetId, at) => ({
    subnetId,
    subnetArn: `arn:aws:ec2:${region}:${ACCOUNT}:subnet/${subnetId}`,
    state: "available",
    vpcId: VPC_ID,
    cidrBlock: `172.31.${at * 16}.0/20`,
    availableIpAddressCount: "4091",
    availabilityZone: `${region}${"ab".charAt(at)}`,
    defaultForAz: "true",
    mapPublicIpOnLaunch: "true",
    ownerId: ACCOUNT,
  }));
}

function securityGroups(): readonly Fields[] {
  return [{
    ownerId: ACCOUNT,
    groupId: GROUP_ID,
    groupName: "default",
    groupDescription: "default VPC security group",
    vpcId: VPC_ID,
  }];
}

/** Names of filters, and the member of the answer each one compares. */
const FILTERED: Readonly<Record<string, string>> = {
  "isDefault": "isDefault",
  "is-default": "isDefault",
  "vpc-id": "vpcId",
  "state": "state",
  "subnet-id": "subnetId",
  "availability-zone": "availabilityZone",
  "availabilityZone": "availabilityZone",
  "default-for-az": "defaultForAz",
  "defaultForAz": "defaultForAz",
  "group-id": "groupId",
  "group-name": "groupName",
};

function numbered(form: URLSearchParams, prefix: string): string[] {
  const found: string[] = [];
  for (let at = 1; form.has(`${prefix}.${at}`); at += 1) found.push(form.get(`${prefix}.${at}`) ?? "");
  return found;
}

function fitsFilters(row: Fields, form: URLSearchParams): boolean {
  for (let at = 1; form.has(`Filter.${at}.Name`); at += 1) {
    const member = FILTERED[form.get(`Filter.${at}.Name`) ?? ""] ?? "";
    if (!numbered(form, `Filter.${at}.Value`).includes(row[member] ?? "")) return false;
  }
  return true;
}

/** What describes rows of the network. */
interface Description {
  readonly set: string;
  /** Parameter with ids, and the member it compares. */
  readonly ids: readonly [string, string];
  readonly rows: (region: string) => readonly Fields[];
}

const DESCRIPTIONS: ReadonlyMap<string, Description> = new Map([
  ["DescribeVpcs", { set: "vpcSet", ids: ["VpcId", "vpcId"], rows: vpcs }],
  ["DescribeSubnets", { set: "subnetSet", ids: ["SubnetId", "subnetId"], rows: subnets }],
  ["DescribeSecurityGroups", {
    set: "securityGroupInfo",
    ids: ["GroupId", "groupId"],
    rows: securityGroups,
  }],
]);

function describe(action: string, { set, ids, rows }: Description, query: Query): string {
  const [parameter, member] = ids;
  const wanted = numbered(query.form, parameter);
  const found = rows(query.region)
    .filter((row) => wanted.length === 0 || wanted.includes(row[member] ?? ""))
    .filter((row) => fitsFilters(row, query.form));
  const body = element("requestId", query.requestId) + element(set, items(found));
  return `<${action}Response xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">${body}</${action}Response>`;
}

function callerIdentity({ requestId }: Query): string {
  const result = element("Arn", USER) + element("UserId", "AIDASANDBOX") +
    element("Account", ACCOUNT);
  return `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">` +
    element("GetCallerIdentityResult", result) +
    element("ResponseMetadata", element("RequestId", requestId)) + "</GetCallerIdentityResponse>";
}

/** A request of the query protocol. */
export interface Query {
  readonly form: URLSearchParams;
  readonly region: string;
  readonly requestId: string;
}

/** Answers a request of the query protocol; an unknown action is a 400. */
export function answerQuery(query: Query): QueryReply {
  const action = query.form.get("Action") ?? "";
  const description = DESCRIPTIONS.get(action);
  if (description !== undefined) return { status: 200, xml: describe(action, description, query) };
  if (action === "GetCallerIdentity") return { status: 200, xml: callerIdentity(query) };
  if (action === "AssumeRole") return roleRefusal(query);
  const message =
    "The local account has no such action: it knows GetCallerIdentity, AssumeRole, DescribeVpcs, " +
    "DescribeSubnets and DescribeSecurityGroups";
  return queryError({ code: "InvalidAction", message, status: 400 }, query.requestId);
}

/** A role that is not there is refused by STS as one that may not be assumed, and the local account has none. */
function roleRefusal({ form, requestId }: Query): QueryReply {
  const role = escaped(form.get("RoleArn") ?? "");
  const message = `User: ${USER} is not authorized to perform: sts:AssumeRole on resource: ${role}`;
  const error = element("Type", "Sender") + element("Code", "AccessDenied") + element("Message", message);
  const xml = `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">` +
    element("Error", error) + element("RequestId", requestId) + "</ErrorResponse>";
  return { status: 403, xml };
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** An error of the query protocol. */
export interface QueryError {
  readonly code: string;
  readonly message: string;
  /** HTTP status. */
  readonly status: number;
}

/** An error as EC2 writes it. */
export function queryError({ code, message, status }: QueryError, requestId: string): QueryReply {
  const error = element("Error", element("Code", code) + element("Message", message));
  const xml = element("Response", element("Errors", error) + element("RequestID", requestId));
  return { status, xml };
}
