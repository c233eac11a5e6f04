// Texts and values on the page; what is masked is a button that asks for it.
import { createContext, Fragment } from "preact";
import { useContext, useState } from "preact/hooks";
import type { Masked, Shown, ShownValue } from "../view.ts";
import { isMasked } from "./wording.ts";

/** What was asked for of the opened request, and how to ask. */
export interface Told {
  readonly texts: ReadonlyMap<string, string>;
  ask(place: string): Promise<void>;
  forget(place: string): void;
}

/** The opened request's. */
export const ToldContext = createContext<Told>({
  texts: new Map(),
  ask: () => Promise.resolve(),
  forget: () => {},
});

/** A text, masked or not. */
export function Text({ text }: { readonly text: Shown }) {
  return typeof text === "string" ? <>{text}</> : <Secret masked={text} />;
}

function Secret({ masked }: { readonly masked: Masked }) {
  const told = useContext(ToldContext);
  const [isAsking, setAsking] = useState(false);
  const text = told.texts.get(masked.$masked);
  const place = masked.$masked;
  if (text !== undefined) {
    return (
      <button
        type="button"
        class="secret told"
        title="Hide it"
        onClick={() => told.forget(place)}
      >
        {text}
      </button>
    );
  }
  return (
    <button
      type="button"
      class="secret"
      title="Show it"
      aria-label={`masked: ${masked.text}. Show it`}
      disabled={isAsking}
      onClick={async (event) => {
        event.preventDefault();
        setAsking(true);
        await told.ask(place).finally(() => setAsking(false));
      }}
    >
      {masked.text}
    </button>
  );
}

/** A value as JSON, in lines. */
export function Value({ value, depth = 0 }: {
  readonly value: ShownValue | undefined;
  readonly depth?: number;
}) {
  if (value === undefined) return <span class="json-null">nil</span>;
  if (isMasked(value)) return <Secret masked={value} />;
  if (typeof value === "string") return <span class="json-text">{JSON.stringify(value)}</span>;
  if (typeof value !== "object" || value === null) {
    return <span class={value === null ? "json-null" : "json-number"}>{String(value)}</span>;
  }
  const isList = Array.isArray(value);
  const entries = Object.entries(value as Readonly<Record<string, ShownValue>>);
  const [open, close] = isList ? "[]" : "{}";
  const isShort = isList && entries.length <= 3 && entries.every(([, part]) => isSimple(part));
  const apart = (deep: number) => isShort || entries.length === 0 ? "" : `\n${"  ".repeat(deep)}`;
  return (
    <>
      {open}
      {entries.map(([name, part], at) => (
        <Fragment key={name}>
          {apart(depth + 1)}
          {!isList && <span class="json-name">{name}</span>}
          {!isList && ": "}
          <Value value={part} depth={depth + 1} />
          {at < entries.length - 1 && (isShort ? ", " : ",")}
        </Fragment>
      ))}
      {apart(depth)}
      {close}
    </>
  );
}

/** Whether a value has no parts. */
const isSimple = (value: ShownValue) =>
  typeof value !== "object" || value === null || isMasked(value);
