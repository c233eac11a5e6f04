// What Kong would write to its error log for the request.
import type { RequestDetail } from "../view.ts";
import { Text } from "./shown.tsx";
import { duration } from "./wording.ts";

/** The lines. */
export function LogPart({ detail }: { readonly detail: RequestDetail }) {
  const { logs, moreLogs } = detail;
  if (logs.length === 0) {
    return <p class="dim">Nothing was logged. kong.log of a plugin writes lines here.</p>;
  }
  return (
    <div class="log">
      <ol>
        {logs.map(({ level, message, plugin, at }, index) => (
          <li key={index}>
            <span class={`level ${level}`}>{level}</span>
            <span class="at">{duration(at)}</span>
            <span class="plugin">{plugin ?? ""}</span>
            <span class="message">
              <Text text={message} />
            </span>
          </li>
        ))}
      </ol>
      {moreLogs > 0 && <p class="dim">{moreLogs} more lines are not kept.</p>}
    </div>
  );
}
