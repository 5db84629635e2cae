/**
 * Patterns as in a shell: `*` for any text (slashes too), `?` for one letter, `[ab]` for one of several.
 *
 * @module
 */

function toRegExpSource(pattern: string): string {
  const escaped = pattern.replace(/[.+^${}()|\\]/g, "\\$&");
  // An unclosed bracket stands for itself, as in a shell.
  const brackets = escaped.replace(/\[(?![^\]]+\])/g, "\\[").replace(/\[!/g, "[^");
  return brackets.replace(/\*/g, "[\\s\\S]*").replace(/\?/g, "[\\s\\S]");
}

/** Whether the whole text fits the pattern. */
export function matchesGlob(pattern: string, text: string): boolean {
  return new RegExp(`^(?:${toRegExpSource(pattern)})$`).test(text);
}
