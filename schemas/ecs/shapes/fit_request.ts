/**
 * Fits a request to the shapes that AWS has for it, wherever its values came from: AWS's type of a member decides. Forms of a
 * neighbouring document (CloudFormation, Terraform, JSON text) are taken where their meaning is plain. Nothing is guessed: what
 * does not fit stays as it is, and the check of the request names it.
 *
 * @module
 */

import { isDeeperThan, MAX_DEPTH } from "../../json/depth.ts";
import { isJsonObject, type Json, type JsonObject } from "../../json/json.ts";
import { isList } from "../../json/shape.ts";
import { sameName } from "../../options/near_name.ts";
import { kindWithin, membersOf, type ShapedRequest, type ShapeKind } from "./request_shapes.ts";
import { itemsOf, mappingOf } from "./neighbour_forms.ts";
import type { FitPlace, SplitWords } from "./fit_place.ts";
import { fitScalar } from "./fit_scalar.ts";

/** A request that fits as far as it can. */
export interface Fitted {
  /** Without null and without empty texts, lists and mappings; a stated 0 and false stay. */
  readonly request: JsonObject;
  /** What AWS has no value for, each with the path of the member and never its value. */
  readonly faults: readonly string[];
}

/**
 * Fits a request.
 *
 * @param words splits a command that is given as one text
 */
export function fitRequest(request: ShapedRequest, given: JsonObject, words: SplitWords): Fitted {
  const faults: string[] = [];
  const fitted = fitStructure(given, request, { path: "", words, faults });
  return { request: isJsonObject(fitted) ? fitted : {}, faults };
}

/** @returns undefined: there is nothing to send */
function fit(value: Json | undefined, kind: ShapeKind, owner: string, place: FitPlace): Json | undefined {
  if (value === null || value === undefined) return undefined;
  const within = kindWithin(kind);
  if (within?.isList === true) return fitList(value, within.of, owner, place);
  if (within !== null) return fitMapping(parsed(value), place);
  return membersOf(kind) === undefined
    ? fitScalar(value, kind, owner, place)
    : fitStructure(value, kind, place);
}

function fitStructure(given: Json, structure: string, place: FitPlace): Json | undefined {
  const members = membersOf(structure);
  const value = onlyItem(parsed(given));
  if (!isJsonObject(value) || members === undefined) return isBlank(value) ? undefined : value;
  const entries: [string, Json][] = [];
  for (const given of Object.keys(value)) {
    const inner = value[given];
    const name = members.has(given) ? given : nameOf(given, value, [...members.keys()]);
    const kind = members.get(name);
    const path = place.path === "" ? name : `${place.path}.${name}`;
    const fitted = kind === undefined ? inner : fit(inner, kind, `${structure}.${name}`, { ...place, path });
    if (fitted !== undefined && fitted !== null) entries.push([name, fitted]);
  }
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

/** AWS's name of a member that it does not know as it is: the same letters in other case or with separators mean it, and so does Terraform's singular. */
function nameOf(given: string, value: JsonObject, known: readonly string[]): string {
  const meant = sameName(given, known) ?? sameName(`${given}s`, known);
  return meant === null || Object.hasOwn(value, meant) ? given : meant;
}

function fitList(given: Json, of: ShapeKind, owner: string, place: FitPlace): Json | undefined {
  const value = parsed(given);
  const items = itemsOf(value, of, owner, place.words);
  if (items === null) return isBlank(value) ? undefined : value;
  const fitted = items.flatMap((item, index) => {
    if (isUnset(item, of)) return [];
    const each = fit(item, of, `${owner}[]`, { ...place, path: `${place.path}[${index}]` });
    if (each === undefined) return isForFlow(item, of) ? [{}] : [];
    return [each];
  });
  return fitted.length === 0 ? undefined : fitted;
}

/** An empty override is the place for what the flow's container gets. */
function isForFlow(item: Json, of: ShapeKind): boolean {
  return of === "ContainerOverride" && isJsonObject(item);
}

/** A variable without a value is not sent, which is how one of a template is taken out. */
function isUnset(item: Json, of: ShapeKind): boolean {
  return of === "KeyValuePair" && isJsonObject(item) && item["value"] === null;
}

/** A mapping of texts, such as the options of a log driver: true is `true` there, as in JSON. */
function fitMapping(given: Json, place: FitPlace): Json | undefined {
  const value = mappingOf(given);
  if (value === null) return isBlank(given) ? undefined : given;
  const entries = Object.entries(value).flatMap(([key, inner]) => {
    const fitted = typeof inner === "boolean" ? String(inner) : fit(inner, "text", "{}", {
      ...place,
      path: `${place.path}.${key}`,
    });
    return fitted === undefined ? [] : [[key, fitted] as const];
  });
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

/** What a JSON text of a list or mapping holds; anything else as it is. */
function parsed(value: Json): Json {
  if (typeof value !== "string" || !/^\s*[[{]/.test(value)) return value;
  try {
    const inner: Json = JSON.parse(value);
    return isDeeperThan(inner, MAX_DEPTH) ? value : inner;
  } catch {
    return value;
  }
}

/** Terraform writes one block as a list of one. */
function onlyItem(value: Json): Json {
  return isList(value) && value.length === 1 && isJsonObject(value[0]) ? value[0] : value;
}

function isBlank(value: Json): boolean {
  return typeof value === "string" ? value.trim() === "" : isList(value) && value.length === 0;
}
