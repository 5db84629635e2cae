/**
 * Flow names as parts of task definition families and S3 keys.
 *
 * @module
 */
import { decodeCharacterReferences } from "./character_references.ts";
import { transliterate } from "./transliterate.ts";

/** How a slug may be shortened. */
export interface SlugOptions {
  /**
   * The longest slug, in characters; a longer one is cut where a word ends, or inside its first word if even that is
   * too long.
   *
   * @default no limit
   */
  readonly maxLength?: number;
}

/**
 * The lower-case ASCII words of a text with one dash between them; empty when there are none.
 *
 * @see python-slugify 8.0.4 (the same in 5.0.2 and 7.0.0); recorded: slugs, slug
 */
export function slugify(text: string, { maxLength }: SlugOptions = {}): string {
  const ascii = transliterate(text.replaceAll("'", "-").normalize("NFKD"));
  const slug = decodeCharacterReferences(ascii)
    .normalize("NFKD")
    .toLowerCase()
    .replaceAll("'", "")
    .replace(/(?<=\d),(?=\d)/g, "")
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");
  return maxLength === undefined || slug.length <= maxLength ? slug : cutAtWord(slug, maxLength);
}

function cutAtWord(slug: string, maxLength: number): string {
  const end = slug.lastIndexOf("-", maxLength);
  return slug.slice(0, end > 0 ? end : maxLength);
}
