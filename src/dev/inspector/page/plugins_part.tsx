// The plugins that ran for the request, with the configuration that each had.
import type { RequestDetail } from "../view.ts";
import { Value } from "./shown.tsx";

/** The plugins. */
export function PluginsPart({ detail }: { readonly detail: RequestDetail }) {
  if (detail.instances.length === 0) return <p class="dim">No plugin has run.</p>;
  return (
    <div class="plugins">
      {detail.instances.map(({ plugin, id, priority, isBundled, scope, config }) => (
        <section key={id}>
          <h3>
            {plugin} <span class="badge">priority {priority}</span>
            {isBundled && <span class="badge">Kong's own</span>}
          </h3>
          <p class="dim">
            {Object.keys(scope).length === 0
              ? "for every request"
              : Object.entries(scope).map(([kind, name]) =>
                `${kind} ${name}`
              ).join(", ")}
          </p>
          <pre tabIndex={0} aria-label={`Configuration of ${plugin}`}>
            <Value value={config} />
          </pre>
        </section>
      ))}
    </div>
  );
}
