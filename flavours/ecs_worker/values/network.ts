/**
 * Networks and capacity in the forms that people paste: as RunTask, CloudFormation and Terraform write them.
 *
 * @module
 */

import { isJsonObject, type Json, type JsonObject } from "../../../schemas/json/json.ts";
import { isList } from "../../../schemas/json/shape.ts";
import { parsedObject } from "./members.ts";

const WRAPPINGS: ReadonlySet<string> = new Set(["awsvpcconfiguration", "networkconfiguration"]);
const NETWORK: readonly string[] = ["subnets", "securityGroups", "assignPublicIp"];
const CAPACITY: readonly string[] = ["capacityProvider", "weight", "base"];

/** Without what it is wrapped in, and with AWS's names; what is not understood stays, and is refused later by its name. */
export function networkOf(given: JsonObject): JsonObject {
  const { network } = unwrapped(given, 2);
  return Object.fromEntries(
    Object.entries(named(network, NETWORK)).map(([name, value]) => [name, networkValue(name, value)]),
  );
}

function unwrapped(value: JsonObject, times: number): { readonly network: JsonObject } {
  const [only, ...others] = Object.entries(value);
  if (only === undefined || others.length > 0 || times === 0) return { network: value };
  const [name, inner] = only;
  return WRAPPINGS.has(plain(name)) && isJsonObject(inner) ? unwrapped(inner, times - 1) : { network: value };
}

function networkValue(name: string, value: Json | undefined): Json | undefined {
  if (name === "assignPublicIp") {
    if (typeof value === "boolean") return value ? "ENABLED" : "DISABLED";
    return typeof value === "string" ? value.trim().toUpperCase() : value;
  }
  if (name !== "subnets" && name !== "securityGroups") return value;
  if (typeof value !== "string") return value;
  const list = parsedObject(value);
  if (isList(list)) return list;
  return value.split(",").map((id) => id.trim()).filter((id) => id !== "");
}

/** `capacityProviderStrategy` of a RunTask request: a list, a single item, or either as JSON text, with AWS's names. */
export function withCapacity(request: JsonObject): JsonObject {
  const given = request.capacityProviderStrategy;
  const value = typeof given === "string" ? parsedObject(given) : given;
  const items = isJsonObject(value) && Object.keys(value).length > 0 ? [value] : value;
  if (!isList(items)) return request;
  const capacityProviderStrategy = items.map((item) => isJsonObject(item) ? named(item, CAPACITY) : item);
  return { ...request, capacityProviderStrategy };
}

/** With the known names for those that differ from them in case and underscores only. */
function named(value: JsonObject, known: readonly string[]): JsonObject {
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      Object.hasOwn(value, known.find((one) => plain(one) === plain(name)) ?? "")
        ? name
        : known.find((one) => plain(one) === plain(name)) ?? name,
      member,
    ]),
  );
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[-_]/g, "");
}

/** Options of the log driver, also inside `logConfiguration` as a container has it, or as a list of `{name, value}`. */
export function logOptionsOf(given: JsonObject): JsonObject {
  const inner = given.logConfiguration ?? given.LogConfiguration;
  if (isJsonObject(inner) && Object.keys(given).length === 1) return logOptionsOf(inner);
  const options = given.options ?? given.Options;
  return isJsonObject(options) ? options : given;
}
