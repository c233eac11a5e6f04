// docs/operators/misbehaviour.md: what becomes of requests whose plugin misbehaves, as it was tried.
import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { KNOWN_FAULTS } from "../../tests/kong/faults/known.ts";
import { machineLine } from "../bench/machine.ts";
import { capture } from "../command.ts";
import type { Result } from "./result.ts";
import { tableOf } from "./table.ts";

const PAGE = fileURLToPath(new URL("../../docs/operators/misbehaviour.md", import.meta.url));

/** Writes the page. */
export async function writePage(results: readonly Result[]): Promise<void> {
  await writeFile(PAGE, `${introduction(results)}\n\n${tableOf(results)}\n`);
  await capture("deno", ["fmt", "-q", PAGE]);
}

function introduction(results: readonly Result[]): string {
  const modes = new Set(results.map(({ mode }) => mode)).size;
  const combinations = new Set(results.map(({ combination }) => combination)).size;
  const programs = [...new Set(results.map(({ combination }) => combination.program.what))];
  const wrong = results.filter(({ wrongs }) => wrongs.length > 0).length;
  return `# When a plugin misbehaves

This page lists ${modes} ways in which a plugin can misbehave, and what becomes of its request, of
the requests of other plugins, and of the server. They were tried in ${combinations} combinations: with
${programs.join(", ")}, with the default layout (a supervisor and a worker) and as one process
(\`--workers 0\`), over MsgPack:1 and ProtoBuf:1. The gate tries some of them on Node, Deno and Bun.

## How to read the tables

- **where**: the combinations that a line is about. Lines of the same modes follow each other.
- **the request**: what the client of the misbehaving plugin got. \`500\` is Kong's own answer to a
  plugin that failed. \`goes on\`: the request went to the service, as the plugin had done no harm to
  it. \`the plugin's answer\`: it was stopped, as the plugin had asked. \`unchecked\`: it went to the
  service without the plugin. \`never answered\`: nobody got anything.
- **others meanwhile**: what requests of another plugin got at the same time and after. \`served, 500\`:
  some of those at that moment got a 500, and later ones were served.
- **the process**: \`lives\`, \`replaced\` (a worker died, and the supervisor started another one),
  \`started again\` (the server ended, and Kong started another one), \`blocked\` (it answers nobody any
  more, until somebody kills it), \`does not start\`.
- **named**: whether a warning or an error in the log has the plugin's name.

The promise is: no request of a guarded phase is ever left without an answer. None passes unchecked
over ProtoBuf:1, and over MsgPack:1 only where the process itself is gone, since nobody is left to
answer. ${results.length} cells were tried; ${wrong} of them break a promise${
    wrong === 0 ? "" : ", see [what is left](#what-is-left)"
  }.

Tried until ${new Date().toISOString().slice(0, 10)} by \`deno task faults --write\` with an event's
deadline of 1 s and a worker timeout of 2 s. ${machineLine()}.
The code of each way is in \`tests/kong/faults/modes/\`.${left()}`;
}

function left(): string {
  if (KNOWN_FAULTS.length === 0) return "";
  const items = KNOWN_FAULTS.map(({ modes, why }) =>
    `- ${modes.map((name) => name.replaceAll("-", " ")).join("; ")}: ${why}`
  );
  return `\n\n## What is left\n\n${items.join("\n")}`;
}
