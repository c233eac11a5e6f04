// Headers before and after: of the request on its way to the service, of the response on its way back.
import type { RequestDetail, Shown, ShownHeader } from "../view.ts";
import { Text } from "./shown.tsx";

/** Both ways. */
export function HeadersPart({ detail }: { readonly detail: RequestDetail }) {
  const { headers, asked, responseHeaders } = detail;
  return (
    <div class="headers">
      <Compared
        title="Request"
        before={headers}
        after={asked?.headers}
        names={["from the client", "to the service"]}
        absent="The service was not asked."
      />
      <Compared
        title="Response"
        before={asked?.answerHeaders}
        after={responseHeaders}
        names={["from the service", "to the client"]}
        absent="The request is under way."
      />
    </div>
  );
}

/** A line on both sides, or on one. */
interface Pair {
  readonly name: string;
  readonly before: Shown | undefined;
  readonly after: Shown | undefined;
}

function Compared({ title, before, after, names, absent }: {
  readonly title: string;
  readonly before: readonly ShownHeader[] | undefined;
  readonly after: readonly ShownHeader[] | undefined;
  readonly names: readonly [string, string];
  readonly absent: string;
}) {
  const pairs = paired(before ?? [], after ?? []);
  const isBoth = before !== undefined && after !== undefined;
  return (
    <section>
      <h3>{title}</h3>
      {!after && <p class="dim">{absent}</p>}
      <table>
        <thead>
          <tr>
            <th scope="col">header</th>
            {before && <th scope="col">{names[0]}</th>}
            {after && <th scope="col">{names[1]}</th>}
          </tr>
        </thead>
        <tbody>
          {pairs.map((pair, at) => {
            const { name } = pair;
            const change = isBoth ? changeOf(pair) : "same";
            return (
              <tr key={at} class={change}>
                <th scope="row">
                  {name}
                  {change !== "same" && <span class={`change ${change}`}>{change}</span>}
                </th>
                {before && <Cell side={names[0]} text={pair.before} />}
                {after && (
                  <Cell side={names[1]} text={pair.after} isSame={isBoth && change === "same"} />
                )}
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}

function Cell({ side, text, isSame = false }: {
  readonly side: string;
  readonly text: Shown | undefined;
  readonly isSame?: boolean;
}) {
  if (isSame) return <td class="same-value" data-side={side}>unchanged</td>;
  return (
    <td data-side={side}>
      {text === undefined ? <span class="dim">–</span> : <Text text={text} />}
    </td>
  );
}

function changeOf({ before, after }: Pair): "same" | "added" | "removed" | "changed" {
  if (before === undefined) return "added";
  if (after === undefined) return "removed";
  return isAlike(before, after) ? "same" : "changed";
}

/** Whether both are the same text, also where it is masked. */
function isAlike(one: Shown, other: Shown): boolean {
  if (typeof one === "string" || typeof other === "string") return one === other;
  return one.like === other.like;
}

/** Lines of one name are paired in order; case does not count. */
function paired(before: readonly ShownHeader[], after: readonly ShownHeader[]): Pair[] {
  const left = [...after];
  const pairs: Pair[] = before.map(([name, value]) => {
    const at = left.findIndex(([other]) => other.toLowerCase() === name.toLowerCase());
    const found = at < 0 ? undefined : left.splice(at, 1)[0];
    return { name, before: value, after: found?.[1] };
  });
  return [...pairs, ...left.map(([name, value]) => ({ name, before: undefined, after: value }))];
}
