// Tests that would say the same on every runtime run on one of them.

const onNode = !("Deno" in globalThis) && !("Bun" in globalThis);

/** Why what is the same everywhere is skipped here; undefined on Node, where it runs. */
export const RUNS_ON_NODE_ALONE = onNode ? undefined : "it is the same on all runtimes: see Node's";
