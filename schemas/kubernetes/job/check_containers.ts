/**
 * Checks the containers of a pod: names, images, variables, amounts.
 *
 * @module
 */

import type { Json, JsonObject } from "../../json/json.ts";
import { isList, kindOf, mappings } from "../../json/shape.ts";
import { numberText } from "../../json/number_source.ts";
import { type Faults, mappingAt, mappingsAt, quoted, shownValue, textAt } from "./faults.ts";
import { labelName, PULL_POLICIES, variableName } from "./names.ts";
import { amountOf, QUANTITIES } from "./quantity.ts";

const PARTS = ["initContainers", "containers"] as const;

/** Checks all of them. @param at path of the pod's spec */
export function checkContainers(pod: JsonObject, at: string, faults: Faults): void {
  const names = new Set<string>();
  const volumes = new Set(mappings(pod.volumes).map(({ name }) => name));
  for (const part of PARTS) {
    for (const [container, path] of mappingsAt(pod[part], `${at}.${part}`, faults)) {
      const name = textAt(container.name, `${path}.name`, faults) ?? "";
      const accepted = labelName(name);
      if (accepted !== undefined) {
        faults.add(`${path}.name`, accepted, name === "" ? undefined : quoted(name));
      }
      if (names.has(name)) faults.add(`${path}.name`, "another name than those before", quoted(name));
      names.add(name);
      checkContainer(container, path, faults);
      for (const [mount, place] of mappingsAt(container.volumeMounts, `${path}.volumeMounts`, faults)) {
        if (!volumes.has(mount.name)) {
          faults.add(`${place}.name`, `the name of one of ${at}.volumes`, shownValue(mount.name));
        }
      }
    }
  }
}

function checkContainer(container: JsonObject, at: string, faults: Faults): void {
  const image = textAt(container.image, `${at}.image`, faults) ?? "";
  if (image === "") faults.add(`${at}.image`, "the name of an image", "absent");
  else if (/\s/.test(image)) faults.add(`${at}.image`, "the name of an image, without blanks", quoted(image));
  const policy = container.imagePullPolicy ?? "";
  if (policy !== "" && !PULL_POLICIES.some((known) => known === policy)) {
    faults.add(`${at}.imagePullPolicy`, PULL_POLICIES.join(", "), shownValue(policy));
  }
  checkWords(container.command, `${at}.command`, faults);
  checkWords(container.args, `${at}.args`, faults);
  for (const [entry, place] of mappingsAt(container.env, `${at}.env`, faults)) {
    checkVariable(entry, place, faults);
  }
  checkResources(mappingAt(container.resources, `${at}.resources`, faults), `${at}.resources`, faults);
}

function checkWords(words: Json | undefined, path: string, faults: Faults): void {
  if (words === undefined || words === null) return;
  if (!isList(words)) return faults.add(path, "a list of texts", kindOf(words));
  for (const [index, word] of words.entries()) textAt(word, `${path}[${index}]`, faults);
}

/** A variable's value is never shown. */
function checkVariable(entry: JsonObject, at: string, faults: Faults): void {
  const name = textAt(entry.name, `${at}.name`, faults) ?? "";
  const accepted = variableName(name);
  if (accepted !== undefined) {
    faults.add(`${at}.name`, accepted, name === "" ? "absent" : quoted(name));
  }
  const { value, valueFrom } = entry;
  const whose = `${at}.value, of variable ${quoted(name)},`;
  if (value !== undefined && value !== null && typeof value !== "string") {
    faults.tell(
      `${whose} must be text, not ${kindOf(value)}`,
      `${at}.value must be text, not ${kindOf(value)}`,
    );
  }
  if (typeof value === "string" && value.includes("\0")) {
    faults.tell(`${whose} must have no NUL character`, `${at}.value must have no NUL character`);
  }
  const isFrom = Object.keys(mappingAt(valueFrom, `${at}.valueFrom`, faults)).length > 0;
  if (isFrom && value !== undefined && value !== null && value !== "") {
    faults.tell(
      `${at}, variable ${quoted(name)}, must have value or valueFrom, not both`,
      `${at} must have value or valueFrom, not both`,
    );
  }
}

function checkResources(resources: JsonObject, at: string, faults: Faults): void {
  const limits = amountsAt(resources.limits, `${at}.limits`, faults);
  for (const [name, request] of amountsAt(resources.requests, `${at}.requests`, faults)) {
    const limit = limits.get(name);
    if (limit === undefined || request.amount <= limit.amount) continue;
    faults.add(`${at}.requests.${name}`, `at most the limit of ${limit.text}`, request.text);
  }
}

interface Amount {
  readonly text: string;
  readonly amount: bigint;
}

function amountsAt(value: Json | undefined, path: string, faults: Faults): ReadonlyMap<string, Amount> {
  const amounts = new Map<string, Amount>();
  const given = mappingAt(value, path, faults);
  for (const [name, quantity] of Object.entries(given)) {
    if (quantity === undefined || quantity === null) continue;
    const text = typeof quantity === "number" ? numberText(given, name) ?? String(quantity) : quantity;
    const amount = typeof text === "string" ? amountOf(text) : undefined;
    if (amount === undefined) faults.add(`${path}.${name}`, QUANTITIES, shownValue(quantity));
    else amounts.set(name, { text: String(text), amount });
  }
  return amounts;
}
