// Tests that would say the same on every runtime run on one of them.

const onNode = !("Deno" in globalThis) && !("Bun" in globalThis);

/** The title of the test that is skipped in their place: Bun and Deno do not report a reason. */
export const RUNS_ON_NODE_ALONE_TITLE = "it is the same on all runtimes, and runs on Node alone";

/** Why what is the same everywhere is skipped here; undefined on Node, where it runs. */
export const RUNS_ON_NODE_ALONE = onNode ? undefined : RUNS_ON_NODE_ALONE_TITLE;
