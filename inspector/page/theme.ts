/**
 * Light or dark: what the system prefers, until the person says otherwise.
 *
 * @module
 */

/** What the person chose. */
export type Theme = "system" | "light" | "dark";

const KEY = "inspector-theme";
const ORDER: readonly Theme[] = ["system", "light", "dark"];

/** The choice made on this machine. */
export function storedTheme(): Theme {
  const stored = localStorage.getItem(KEY);
  return ORDER.find((theme) => theme === stored) ?? "system";
}

/** Makes a choice visible and keeps it. */
export function applyTheme(theme: Theme): void {
  localStorage.setItem(KEY, theme);
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

/** The choice after this one. */
export function nextTheme(theme: Theme): Theme {
  return ORDER[(ORDER.indexOf(theme) + 1) % ORDER.length] ?? "system";
}
