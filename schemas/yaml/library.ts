/**
 * The parser of YAML. The only file that imports `@std/yaml`, which the import map points to npm's `yaml`: JSR's package of
 * that name gives plain values only, typed by YAML 1.2, without the texts and tags needed here. On a switch to another
 * parser, change that one line in deno.json and what uses these names: `compose` in `yaml.ts` needs a node's text, whether
 * it was plain, its tag, its anchor and its place; `indent.ts` needs the tokens with their places.
 *
 * @module
 */

export { Composer, CST, isAlias, isMap, isScalar, isSeq, Lexer, Parser } from "@std/yaml";
