// What went wrong in a handler: the message, the source with the line, and the stack.
import type { CodeFrame, ShownRun } from "../view.ts";
import { Icon } from "./icons.tsx";
import { Text } from "./shown.tsx";

/** A card, if something went wrong. */
export function ErrorCard({ run }: { readonly run: ShownRun }) {
  const { plugin, phase, error, reason, end } = run;
  if (!error && (reason === undefined || end === "returned")) return null;
  return (
    <article class="error-card">
      <h3>
        <Icon name="warning" />
        <span>
          <strong>{plugin}</strong> failed in {phase}
        </span>
        {error?.code && <code>{error.code}</code>}
      </h3>
      <p class="message">
        <Text text={error?.message ?? reason ?? ""} />
      </p>
      {error?.remedy && <p class="remedy">{error.remedy}</p>}
      {error?.frame && <Frame frame={error.frame} />}
      {error && error.stack.length > 0 && (
        <details>
          <summary>Stack</summary>
          <ol class="stack">
            {error.stack.map(({ text, isOwn }, at) => (
              <li key={at} class={isOwn ? "own" : "dim"}>
                <Text text={text} />
              </li>
            ))}
          </ol>
        </details>
      )}
    </article>
  );
}

/** Lines of a source, with a mark below the place. */
export function Frame({ frame }: { readonly frame: CodeFrame }) {
  const { file, line, column, from, lines } = frame;
  return (
    <figure class="frame">
      <figcaption>
        {file}:{line}:{column}
      </figcaption>
      <pre tabIndex={0} aria-label={`Source around line ${line}`}>
        {lines.map((text, at) => (
          <span key={at} class={from + at === line ? "frame-line here" : "frame-line"}>
            <span class="frame-number">{from + at}</span>
            {text || " "}
            {from + at === line && (
              <span class="caret">
                {"\n"}
                <span class="frame-number" />
                {" ".repeat(Math.max(0, column - 1))}^
              </span>
            )}
          </span>
        ))}
      </pre>
    </figure>
  );
}
