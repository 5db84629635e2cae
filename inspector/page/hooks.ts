/**
 * What several parts of the page use: a clock that ticks, the address, keys.
 *
 * @module
 */

import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { parseRoute, printRoute, type Route } from "./route.ts";

/** Draws anew every so many milliseconds, for ages that grow without news. */
export function useTick(everyMs: number): void {
  const [, tick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => tick((n) => n + 1), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
}

/** The address as a route. */
export function useRoute(): Route {
  const [route, setRoute] = useState(() => parseRoute(location.hash));
  useEffect(() => {
    const read = (): void => setRoute(parseRoute(location.hash));
    addEventListener("hashchange", read);
    read(); // it may have changed between the first drawing and now
    return () => removeEventListener("hashchange", read);
  }, []);
  return route;
}

/** Goes to another place, which the back button leaves again. */
export function go(route: Route): void {
  location.hash = printRoute(route);
}

/** Changes the place without a new entry in the history: typing a filter, stepping. */
export function adjust(route: Route): void {
  history.replaceState(null, "", printRoute(route));
  dispatchEvent(new HashChangeEvent("hashchange"));
}

/** Whether keys are meant for a field and not for the page. */
function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement &&
    (/^(TEXTAREA|SELECT)$/.test(target.tagName) ||
      (target instanceof HTMLInputElement && target.type !== "range"));
}

/** What a key does, by `KeyboardEvent.key`. */
export type Keys = Readonly<Record<string, () => void>>;

/** Binds keys for as long as the part is shown; keys typed into fields or pressed with Ctrl, Alt or Meta are left alone. */
export function useKeys(keys: Keys): void {
  const latest = useRef(keys);
  latest.current = keys;
  // In the same breath as the view appears, so that no key goes to the view before.
  useLayoutEffect(() => {
    const press = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey) return;
      // An open dialog has the keys to itself.
      if (isTyping(event.target) || document.querySelector("dialog[open]") !== null) return;
      // Enter and Space on a focused button or link are its own.
      if (
        event.key === "Enter" && event.target instanceof HTMLElement &&
        event.target.matches("a,button,summary")
      ) return;
      const act = latest.current[event.key];
      if (act === undefined) return;
      event.preventDefault();
      act();
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, []);
}
