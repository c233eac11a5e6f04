// The plugins of these tests, as files: one that guards a request, and one that ends its process.

/** Files of a plugins directory, by name. */
export type Files = Readonly<Record<string, string>>;

/**
 * A plugin that does something in every phase of a request. It denies the requests whose `x-deny` has
 * its name, and holds those with an `x-gate` until there is a file of that name; that it has begun
 * to, and in which process, stands in a file `.begun` beside it.
 */
export const guard = (name: string): Files => ({
  [`${name}.ts`]: `
    import { existsSync, renameSync, writeFileSync } from "node:fs";
    import process from "node:process";
    import { definePlugin } from "gibbon";
    import * as v from "valibot";

    const look = () => new Promise((resolve) => setTimeout(resolve, 5));

    export default definePlugin({
      name: "${name}",
      version: "1.0.0",
      priority: 1000,
      config: v.object({}),
      async rewrite(kong) {
        await kong.ctx.shared.set("${name}", String(process.pid));
      },
      async access(kong) {
        if (await kong.request.getHeader("x-deny") === "${name}") await kong.response.exit(403, "no");
        const gate = await kong.request.getHeader("x-gate");
        if (gate) {
          writeFileSync(gate + ".part", String(process.pid));
          renameSync(gate + ".part", gate + ".begun");
          while (!existsSync(gate)) await look();
        }
        const rewrittenBy = await kong.ctx.shared.get("${name}");
        await kong.response.setHeader("x-${name}", rewrittenBy + " " + process.pid);
      },
      async response(kong) {
        await kong.response.setHeader("x-${name}-status", String(await kong.response.getStatus()));
      },
      async log(kong) {
        await kong.log.debug("${name} has seen it");
      },
    });
  `,
});

/** Headers that a guard sets. */
export const guardMarks = (name: string) => [`x-${name}`, `x-${name}-status`];

/** Ways to end a process, or to keep it from everything else. */
export type Way = "kill" | "crash" | "memory" | "loop";

/**
 * A plugin, `deadly`, whose handler ends its process in the way that `x-die` names. Before, it puts
 * the process into a file, which is its configuration.
 */
export const DEADLY: Files = {
  "deadly.ts": `
    import { spawn } from "node:child_process";
    import { appendFileSync } from "node:fs";
    import process from "node:process";
    import { definePlugin } from "gibbon";
    import * as v from "valibot";

    const forever = () => new Promise(() => setInterval(() => {}, 1000));

    /** From outside, as a fault in native code would, and at a moment when other bytes are all read. */
    const signalled = (name: string) => () => {
      spawn("/bin/sh", ["-c", "sleep 0.05; kill -s " + name + " $PPID"], { stdio: "ignore" });
      return forever();
    };

    const WAYS: Readonly<Record<string, () => unknown>> = {
      kill: signalled("KILL"),
      // Not SEGV: V8 lets the first one pass that nothing in its code has caused.
      crash: signalled("ABRT"),
      memory() {
        for (const kept: unknown[] = [];;) kept.push(Array.from({ length: 100_000 }, Math.random));
      },
      loop() {
        while (true);
      },
    };

    export default definePlugin({
      name: "deadly",
      version: "1.0.0",
      priority: 10,
      config: v.object({ deaths: v.string() }),
      async access(kong, { deaths }) {
        const how = await kong.request.getHeader("x-die");
        if (how) {
          appendFileSync(deaths, process.pid + "\\n");
          await WAYS[how]!();
        }
        await kong.response.setHeader("x-deadly", "lives");
      },
    });
  `,
};

/** Headers that it sets where it does not die. */
export const DEADLY_MARKS = ["x-deadly"];
