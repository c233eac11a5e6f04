// Bodies: of the request, as the service got it, and of the response.
import type { RequestDetail, ShownBody } from "../view.ts";
import { Text } from "./shown.tsx";
import { bodyNote, byteCount, prettyBody } from "./wording.ts";

/** All of them. */
export function BodiesPart({ detail }: { readonly detail: RequestDetail }) {
  const { body, asked, responseBody } = detail;
  const isSame = asked && JSON.stringify(withoutPlace(asked.body)) ===
      JSON.stringify(withoutPlace(body));
  return (
    <div class="bodies">
      <Body title="Request, from the client" body={body} />
      {asked && !isSame && <Body title="Request, to the service" body={asked.body} />}
      {responseBody && <Body title="Response, to the client" body={responseBody} />}
    </div>
  );
}

function withoutPlace({ text, bytes }: ShownBody) {
  return [typeof text === "object" ? text.like : text, bytes];
}

function Body({ title, body }: { readonly title: string; readonly body: ShownBody }) {
  const { text, bytes } = body;
  const note = bodyNote(body);
  return (
    <section>
      <h3>
        {title} {bytes > 0 && <span class="badge">{byteCount(bytes)}</span>}
      </h3>
      {note !== undefined && <p class="dim">{note}</p>}
      {text !== undefined && bytes > 0 && (
        <pre class="body" tabIndex={0} aria-label={title}>
          {typeof text === "string" ? prettyBody(text) : <Text text={text} />}
        </pre>
      )}
    </section>
  );
}
