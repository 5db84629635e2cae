/**
 * Values of YAML nodes as PyYAML's safe loader makes them: the last of equal keys wins, `<<` merges, tags that are not
 * YAML's own are refused.
 *
 * @module
 * @see PyYAML 6.0.3, `safe_load`
 */
import { dictOf, keyIdentity, type PyValue, setOf } from "../python/value.ts";
import { YamlFault, type YamlMapping, type YamlNode, type YamlPair } from "./node.ts";
import { plainTag, scalarValue, shortTag } from "./scalar.ts";

/** The most values a document may have when every alias is written out; AWS takes requests of 64 KiB. */
const MOST_VALUES = 100_000;

/**
 * Makes the value of a node.
 *
 * @throws {YamlFault} for an unknown tag, a text that does not fit its tag, a list or mapping as key, a wrong merge,
 * or aliases that multiply beyond 100 000 values
 */
export function construct(root: YamlNode): PyValue {
  return make({ made: new Map() }, root).value;
}

interface Making {
  /** Aliases name one node several times; it is made once. */
  readonly made: Map<YamlNode, Made>;
}

interface Made {
  readonly value: PyValue;
  /** How many values it is when written out. */
  readonly size: number;
}

function make(making: Making, node: YamlNode): Made {
  const made = making.made.get(node) ?? makeNew(making, node);
  making.made.set(node, made);
  return made;
}

function makeNew(making: Making, node: YamlNode): Made {
  const tag = tagOf(node);
  if (node.kind === "scalar") return { value: fitting(scalarValue(tag, node.text), tag, node), size: 1 };
  const parts = node.kind === "sequence" ? node.items : flatten(node).flat();
  const children = parts.map((part) => make(making, part));
  const size = children.reduce((sum, child) => sum + child.size, 1);
  if (size > MOST_VALUES) throw new YamlFault(`more than ${MOST_VALUES} values through aliases`, node.at);
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
  if (tag === undefined || !KNOWN.has(tag)) throw new YamlFault(`unknown tag ${node.tag}`, node.at);
  return tag;
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
function flatten(node: YamlMapping): readonly YamlPair[] {
  const merged: YamlPair[] = [];
  const own: YamlPair[] = [];
  for (const [key, value] of node.pairs) {
    const tag = key.kind === "scalar" ? tagOf(key) : undefined;
    if (tag === "merge") merged.push(...mergedPairs(value));
    else own.push([tag === "value" ? { ...key, tag: "tag:yaml.org,2002:str" } : key, value]);
    if (merged.length > MOST_VALUES) throw new YamlFault(`more than ${MOST_VALUES} merged pairs`, node.at);
  }
  return [...merged, ...own];
}

/** What `<<` brings: of a list of mappings the first wins, so it comes last. */
function mergedPairs(value: YamlNode): readonly YamlPair[] {
  if (value.kind === "mapping") return flatten(value);
  if (value.kind === "scalar") throw new YamlFault("a merge of something that is no mapping", value.at);
  return value.items.toReversed().flatMap((item) => {
    if (item.kind !== "mapping") throw new YamlFault("a merge of something that is no mapping", item.at);
    return flatten(item);
  });
}
