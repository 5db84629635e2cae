/**
 * The keys of the page.
 *
 * @module
 */

import { useEffect, useRef } from "preact/hooks";

const KEYS: readonly (readonly [string, string])[] = [
  ["/", "filter the runs"],
  ["j k ↓ ↑", "next and previous run"],
  ["Enter", "open the run"],
  ["Esc", "back, or clear the filter"],
  ["← →", "step back and forth through a run"],
  ["Home End", "first step, the present"],
  ["a", "the agent's own chart, and back"],
  ["t", "light, dark or as the system has it"],
  ["?", "this help"],
];

/** A dialog over the page; Escape, a click beside it and the button close it. */
export function Help({ onClose }: { readonly onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog
      ref={dialog}
      class="help"
      aria-label="Keys"
      onClose={onClose}
      onClick={(event) => event.target === dialog.current ? dialog.current?.close() : undefined}
    >
      <h2>Keys</h2>
      <dl>
        {KEYS.map(([key, what]) => (
          <div key={key}>
            <dt>{key.split(" ").map((one) => <kbd key={one}>{one}</kbd>)}</dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <p class="dim">
        The address always names the view, the run and the step: copy it to show somebody what you see
      </p>
      <button type="button" class="button" onClick={() => dialog.current?.close()}>Close</button>
    </dialog>
  );
}
