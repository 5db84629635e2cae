/**
 * Values of YAML nodes as PyYAML's safe loader makes them: the last of equal keys wins, `<<` merges, tags that are not
 * YAML's own are refused.
 *
 * @module
 * @see PyYAML 6.0.3, `safe_load`
 */
import { BOUNDS, tooMuch } from "../bounds/bounds.ts";
import { noWork, type Work } from "../bounds/work.ts";
import { dictOf, keyIdentity, type PyValue, setOf } from "../python/value.ts";
import { YamlFault, type YamlMapping, type YamlNode, type YamlPair, type YamlScalar } from "./node.ts";
import { plainTag, scalarValue, shortTag } from "./scalar.ts";
import type { Written } from "./written.ts";

const { templateValues: VALUES, templateMerges: MERGES } = BOUNDS;

/**
 * Makes the value of a node.
 *
 * @param work counts nodes made and pairs merged
 * @throws {YamlFault} for an unknown tag, a text that does not fit its tag, a list or mapping as key, a wrong merge, an
 * integer, or aliases and merges that multiply, beyond their bounds
 */
export function construct(
  root: YamlNode,
  work: Work = noWork(),
  { places = new WeakMap(), written = new WeakMap() }: Noted = {},
): PyValue {
  return make({ made: new Map(), flat: new Map(), merged: 0, work, places, written }, root).value;
}

/** What is noted of values while they are made. */
export interface Noted {
  /** Gets the place of each value. */
  readonly places?: Places | undefined;
  /** Gets the text of each plain scalar without a tag. */
  readonly written?: Written | undefined;
}

/** Offsets in the text of the values that were made from it. */
export type Places = WeakMap<PyValue, number>;

interface Making {
  /** Aliases name one node several times; it is made once. */
  readonly made: Map<YamlNode, Made>;
  /** Merges name one mapping several times; it is flattened once. */
  readonly flat: Map<YamlMapping, readonly YamlPair[]>;
  /** Pairs and mappings that merges have brought so far. */
  merged: number;
  readonly work: Work;
  readonly places: Places;
  readonly written: Written;
}

interface Made {
  readonly value: PyValue;
  /** How many values it is when written out. */
  readonly size: number;
}

function make(making: Making, node: YamlNode): Made {
  const made = making.made.get(node) ?? makeNew(making, node);
  making.made.set(node, made);
  making.places.set(made.value, node.at);
  if (isPlainScalar(node)) making.written.set(made.value, node.text);
  return made;
}

function isPlainScalar(node: YamlNode): node is YamlScalar {
  return node.kind === "scalar" && node.isPlain && node.tag === undefined;
}

function makeNew(making: Making, node: YamlNode): Made {
  making.work.steps++;
  const tag = tagOf(node);
  if (node.kind === "scalar") return { value: scalar(tag, node), size: 1 };
  const parts = node.kind === "sequence" ? node.items : flatten(making, node).flat();
  const children = parts.map((part) => make(making, part));
  making.work.steps += parts.length;
  const size = children.reduce((sum, child) => sum + child.size, 1);
  if (size > VALUES.most) {
    throw new YamlFault(`more than ${VALUES.most} values when aliases are written out`, node.at);
  }
  const values = children.map((child) => child.value);
  return { value: node.kind === "sequence" ? sequence(tag, values, node) : mapping(tag, values, node), size };
}

// Without their common prefix.
const KNOWN: ReadonlySet<string> = new Set([
  ...[
    "binary",
    "bool",
    "float",
    "int",
    "map",
    "merge",
    "null",
    "omap",
    "pairs",
    "seq",
    "set",
    "str",
    "timestamp",
  ],
  "value",
]);

function tagOf(node: YamlNode): string {
  // `!` alone asks for the type that the text would have.
  if (node.tag === undefined || node.tag === "!") {
    if (node.kind !== "scalar") return node.kind === "sequence" ? "seq" : "map";
    return node.isPlain || node.tag === "!" ? plainTag(node.text) : "str";
  }
  const tag = shortTag(node.tag);
  if (tag === undefined || !KNOWN.has(tag)) throw new YamlFault("unknown tag", node.at);
  return tag;
}

function scalar(tag: string, node: YamlScalar): PyValue {
  const tooLong = tag === "int" ? tooMuch("integer", node.text.length) : undefined;
  if (tooLong !== undefined) throw new YamlFault(`an integer of ${tooLong}`, node.at);
  return fitting(scalarValue(tag, node.text), tag, node);
}

function fitting<Value>(value: Value | undefined, tag: string, node: YamlNode): Value {
  if (value === undefined) throw new YamlFault(`a ${node.kind} that cannot be read as !!${tag}`, node.at);
  return value;
}

function sequence(tag: string, items: readonly PyValue[], node: YamlNode): PyValue {
  if (tag === "omap" || tag === "pairs") {
    return {
      kind: "list",
      items: items.map((item) => pair(item, tag, node)),
    };
  }
  return fitting(tag === "seq" ? { kind: "list", items } : undefined, tag, node);
}

/** The one entry of a mapping as a tuple. */
function pair(item: PyValue, tag: string, node: YamlNode): PyValue {
  const [entry, ...more] = item.kind === "dict" ? item.entries : [];
  return { kind: "tuple", items: fitting(more.length === 0 ? entry : undefined, tag, node) };
}

function mapping(tag: string, values: readonly PyValue[], node: YamlNode): PyValue {
  const keys = values.filter((_, index) => index % 2 === 0);
  if (keys.some((key) => keyIdentity(key) === undefined)) {
    throw new YamlFault("a list or mapping used as a key", node.at);
  }
  if (tag === "set") return fitting(setOf(keys), tag, node);
  const members = values.filter((_, index) => index % 2 === 1);
  const none: PyValue = { kind: "none" };
  const dict = dictOf(keys.map((key, index) => [key, members[index] ?? none]));
  return fitting(tag === "map" ? dict : undefined, tag, node);
}

/** The pairs of a mapping, those merged by `<<` first, so that its own ones win. */
function flatten(making: Making, node: YamlMapping): readonly YamlPair[] {
  const flat = making.flat.get(node) ?? flattenNew(making, node);
  making.flat.set(node, flat);
  return flat;
}

function flattenNew(making: Making, node: YamlMapping): readonly YamlPair[] {
  const merged: YamlPair[] = [];
  const own: YamlPair[] = [];
  making.work.steps += node.pairs.length;
  for (const [key, value] of node.pairs) {
    const tag = key.kind === "scalar" ? tagOf(key) : undefined;
    if (tag === "merge") { for (const brought of mergedMappings(value)) merge(making, brought, merged); }
    else own.push([tag === "value" ? { ...key, tag: "tag:yaml.org,2002:str" } : key, value]);
  }
  return [...merged, ...own];
}

/** Adds the pairs of one merged mapping. An empty one counts as well: many of them are work too. */
function merge(making: Making, brought: YamlMapping, merged: YamlPair[]): void {
  const pairs = flatten(making, brought);
  making.merged += pairs.length + 1;
  making.work.steps += pairs.length + 1;
  if (making.merged > MERGES.most) throw new YamlFault(`more than ${MERGES.most} merged pairs`, brought.at);
  for (const pair of pairs) merged.push(pair);
}

/** What `<<` brings: of a list of mappings the first wins, so it comes last. */
function mergedMappings(value: YamlNode): readonly YamlMapping[] {
  if (value.kind === "mapping") return [value];
  if (value.kind === "scalar") throw noMapping(value);
  return value.items.toReversed().map((item) => {
    if (item.kind !== "mapping") throw noMapping(item);
    return item;
  });
}

function noMapping(node: YamlNode): YamlFault {
  return new YamlFault("a merge of something that is no mapping", node.at);
}
