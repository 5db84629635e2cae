/**
 * A YAML document as a graph of nodes, before tags become values.
 *
 * @module
 */

/** A node; an alias is the very node it names. */
export type YamlNode = YamlScalar | YamlSequence | YamlMapping;

/** What all nodes have. */
export interface Placed {
  /** The tag as written out in full (`tag:yaml.org,2002:str`, `!mine`); undefined when there is none. */
  readonly tag: string | undefined;
  /** Offset of the node in the text, in UTF-16 units from 0. */
  readonly at: number;
}

/** A scalar; only a plain one gets its type from its text. */
export interface YamlScalar extends Placed {
  /** The word that tells it apart. */
  readonly kind: "scalar";
  /** Without quotes, unescaped and folded. */
  readonly text: string;
  /** Whether it stood without quotes and in no block. */
  readonly isPlain: boolean;
}

/** A list of nodes. */
export interface YamlSequence extends Placed {
  /** The word that tells it apart. */
  readonly kind: "sequence";
  /** The nodes inside. */
  readonly items: readonly YamlNode[];
}

/** Pairs of nodes in the order written, repeated keys included. */
export interface YamlMapping extends Placed {
  /** The word that tells it apart. */
  readonly kind: "mapping";
  /** The pairs inside, before `<<` merges anything. */
  readonly pairs: readonly YamlPair[];
}

/** A key and its value. */
export type YamlPair = readonly [YamlNode, YamlNode];

/** Something wrong in a document. The message quotes nothing, since the text may be secret. */
export class YamlFault extends Error {
  /** Offset of the place in the text, in UTF-16 units from 0. */
  readonly at: number;

  /**
   * A fault at a place.
   *
   * @param message what is wrong, to be followed by the place
   * @param at offset of the place in the text
   */
  constructor(message: string, at: number) {
    super(message);
    this.name = "YamlFault";
    this.at = at;
  }
}
