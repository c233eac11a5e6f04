// Edits a request before it is sent again. What is masked stays as it is unless something else is put in.
import { useContext, useEffect, useRef, useState } from "preact/hooks";
import type { RequestDetail, ResendOrder, Shown, ShownHeader } from "../view.ts";
import { Icon } from "./icons.tsx";
import { ToldContext } from "./shown.tsx";
import { bodyNote } from "./wording.ts";

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];

/** Headers that are made when the request is sent. */
const MADE_ANEW: ReadonlySet<string> = new Set(["connection", "content-length", "keep-alive"]);

/** A header that is being edited, with a key that stays. */
interface Line {
  readonly key: number;
  readonly name: string;
  readonly value: Shown;
}

/** The form. */
export function EditForm({ detail, onSend, onCancel }: {
  readonly detail: RequestDetail;
  readonly onSend: (order: ResendOrder) => Promise<void>;
  readonly onCancel: () => void;
}) {
  const told = useContext(ToldContext);
  const known = (shown: Shown): Shown =>
    typeof shown === "string" ? shown : told.texts.get(shown.$masked) ?? shown;
  const [method, setMethod] = useState(detail.method);
  const [target, setTarget] = useState<Shown>(() => known(detail.target));
  const [lines, setLines] = useState<readonly Line[]>(() =>
    detail.headers.filter(([name]) => !MADE_ANEW.has(name.toLowerCase()))
      .map(([name, value], key) => ({ key, name, value: known(value) }))
  );
  const [body, setBody] = useState<Shown | undefined>(() =>
    detail.body.text === undefined || detail.body.isCut ? undefined : known(detail.body.text)
  );
  const first = useRef<HTMLInputElement>(null);
  useEffect(() => first.current?.focus(), []);
  const nextKey = useRef(lines.length);
  const change = (key: number, changed: Partial<Line>) =>
    setLines(lines.map((line) => line.key === key ? { ...line, ...changed } : line));
  const submit = (event: Event) => {
    event.preventDefault();
    const headers: ShownHeader[] = lines.filter(({ name }) => name.trim() !== "")
      .map(({ name, value }) => [name.trim(), value]);
    void onSend({
      method: method.trim(),
      target,
      headers,
      ...(body === undefined ? {} : { body }),
    });
  };
  return (
    <form
      class="edit"
      aria-label="Edit and send"
      onSubmit={submit}
      onKeyDown={(event) => {
        if (event.key === "Escape") onCancel();
        if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) submit(event);
      }}
    >
      <div class="request-line">
        <input
          class="method-field"
          aria-label="Method"
          list="methods"
          value={method}
          spellcheck={false}
          onInput={(event) => setMethod(event.currentTarget.value)}
        />
        <datalist id="methods">
          {METHODS.map((name) => <option key={name} value={name} />)}
        </datalist>
        <ShownField
          label="Path and query"
          field={first}
          value={target}
          onChange={setTarget}
        />
      </div>
      <fieldset>
        <legend>Headers</legend>
        {lines.map(({ key, name, value }) => (
          <div class="header-line" key={key}>
            <input
              aria-label="Header name"
              value={name}
              spellcheck={false}
              onInput={(event) => change(key, { name: event.currentTarget.value })}
            />
            <ShownField
              label={`Value of ${name || "the header"}`}
              value={value}
              onChange={(next) => change(key, { value: next })}
            />
            <button
              type="button"
              class="plain"
              aria-label={`Remove ${name || "the header"}`}
              onClick={() => setLines(lines.filter((line) => line.key !== key))}
            >
              <Icon name="close" />
            </button>
          </div>
        ))}
        <button
          type="button"
          onClick={() => setLines([...lines, { key: nextKey.current++, name: "", value: "" }])}
        >
          Add a header
        </button>
      </fieldset>
      <label class="body-field">
        <span>Body {detail.body.isCut && <em>{bodyNote(detail.body)}</em>}</span>
        <textarea
          rows={4}
          spellcheck={false}
          placeholder={typeof body === "object" ? "as it was, with what is masked" : ""}
          value={typeof body === "string" ? body : ""}
          onInput={(event) => setBody(event.currentTarget.value)}
        />
      </label>
      <div class="actions">
        <button type="submit" class="main">
          <Icon name="send" /> Send
        </button>
        <button type="button" onClick={onCancel}>Cancel</button>
        <span class="dim wide">
          <kbd>Ctrl</kbd> <kbd>Enter</kbd> sends
        </span>
      </div>
    </form>
  );
}

/** A field whose text may be masked: empty then, and left as it is unless something is put in. */
function ShownField({ label, value, field, onChange }: {
  readonly label: string;
  readonly value: Shown;
  readonly field?: { current: HTMLInputElement | null };
  readonly onChange: (value: Shown) => void;
}) {
  const masked = useRef(typeof value === "string" ? undefined : value);
  return (
    <input
      {...field ? { ref: field } : {}}
      aria-label={label}
      value={typeof value === "string" ? value : ""}
      placeholder={masked.current ? `${masked.current.text} as it was` : ""}
      spellcheck={false}
      onInput={(event) => {
        const text = event.currentTarget.value;
        onChange(text === "" && masked.current ? masked.current : text);
      }}
    />
  );
}
