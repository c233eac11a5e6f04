// What the keys do, for people.
import { useEffect, useRef } from "preact/hooks";
import { Icon } from "./icons.tsx";
import { KEY_HELP } from "./keyboard.ts";

/** A dialog; Escape and a click beside it close it. */
export function KeysDialog({ onClose }: { readonly onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog
      ref={dialog}
      class="keys"
      aria-labelledby="keys-title"
      onClose={onClose}
      onClick={(event) => {
        if (event.target === dialog.current) dialog.current?.close();
      }}
    >
      <div class="keys-inside">
        <header>
          <h2 id="keys-title">Keys</h2>
          <button
            type="button"
            class="plain"
            aria-label="Close"
            onClick={() => dialog.current?.close()}
          >
            <Icon name="close" />
          </button>
        </header>
        <dl>
          {KEY_HELP.map(([keys, meaning]) => (
            <div key={keys}>
              <dt>
                {keys.split(" ").map((key) =>
                  key === "or" || key === "to" ? key : <kbd key={key}>{key}</kbd>
                )}
              </dt>
              <dd>{meaning}</dd>
            </div>
          ))}
        </dl>
        <p>
          A filter is words: all of them have to be in a request's method, path, host, route,
          service, plugin or status (<code>5xx</code>, <code>failed</code>). <code>-word</code>{" "}
          leaves out.
        </p>
      </div>
    </dialog>
  );
}
