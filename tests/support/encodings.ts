/** Texts in the encodings that are read, and bytes that are none of them. @module */

/** What is read. */
export const ENCODINGS = [
  "UTF-8",
  "UTF-8 with a mark",
  "UTF-16LE with a mark",
  "UTF-16BE with a mark",
] as const;

/** A text as one of {@link ENCODINGS}. */
export function encoded(text: string, encoding: typeof ENCODINGS[number]): Uint8Array<ArrayBuffer> {
  if (encoding === "UTF-8") return new TextEncoder().encode(text);
  if (encoding === "UTF-8 with a mark") return new TextEncoder().encode(`\ufeff${text}`);
  return utf16(`\ufeff${text}`, encoding === "UTF-16LE with a mark");
}

/** UTF-16 as it stands, without a mark of its own. */
export function utf16(text: string, isLittle: boolean): Uint8Array<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(2 * text.length));
  for (let at = 0; at < text.length; at++) view.setUint16(2 * at, text.charCodeAt(at), isLittle);
  return new Uint8Array(view.buffer);
}

/** A text in windows-1252, of which only characters below 0x100 are used here. */
export function latin(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** Bytes that are refused, and where. The texts begin with `WHO: Zoë`, `ë` at offset 7. */
export const UNREADABLE: readonly {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly atByte: number;
}[] = [
  { name: "windows-1252", bytes: latin("WHO: Zo\xeb\n"), atByte: 7 },
  {
    name: "UTF-8 that is cut within a character",
    bytes: new TextEncoder().encode("WHO: Zoë").slice(0, 8),
    atByte: 7,
  },
  {
    name: "a lone byte after a replacement character",
    bytes: Uint8Array.of(...new TextEncoder().encode("WHO: \ufffdZo"), 0xeb),
    atByte: 10,
  },
  { name: "UTF-8 with a surrogate", bytes: Uint8Array.of(0x61, 0xed, 0xa0, 0x80), atByte: 1 },
  { name: "UTF-8 in too many bytes", bytes: Uint8Array.of(0x61, 0xc0, 0xaf), atByte: 1 },
  {
    name: "UTF-8 with a mark and a wrong byte",
    bytes: Uint8Array.of(0xef, 0xbb, 0xbf, 0x61, 0xff),
    atByte: 4,
  },
  { name: "UTF-16LE without a mark", bytes: utf16("WHO: Zoë", true), atByte: 1 },
  { name: "UTF-16BE without a mark", bytes: utf16("WHO: Zoë", false), atByte: 0 },
  { name: "UTF-16LE with half a character", bytes: utf16("\ufeffa\ud800b", true), atByte: 4 },
  { name: "UTF-16BE with the second half alone", bytes: utf16("\ufeffa\udc00b", false), atByte: 4 },
  { name: "UTF-16LE with a byte alone", bytes: Uint8Array.of(0xff, 0xfe, 0x61, 0x00, 0x62), atByte: 4 },
  { name: "UTF-16LE that ends within a pair", bytes: utf16("\ufeffa\ud83d", true), atByte: 4 },
  { name: "UTF-32LE", bytes: Uint8Array.of(0xff, 0xfe, 0, 0, 0x61, 0, 0, 0), atByte: 0 },
  { name: "UTF-32BE", bytes: Uint8Array.of(0, 0, 0xfe, 0xff, 0, 0, 0, 0x61), atByte: 0 },
];
