// Handlers that want to end the process: it is an error of theirs, and the process stays.
import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { until } from "../../support/until.ts";
import { useWorkspace } from "../../support/workspace.ts";
import { PROGRAMS } from "../support/programs.ts";
import { PROTOCOLS } from "./nginx/worker.ts";
import { guardOver, Stage, type StagePlugin } from "./stage.ts";

const space = useWorkspace();

/** On Deno an `exit` that was imported calls `reallyExit`. */
const EXIT = /process\.(exit|reallyExit)/;

/** What plugins may try: as it is written in one, and the function that refuses it. */
const ATTEMPTS: Readonly<Record<string, readonly [code: string, refused: RegExp]>> = {
  exit: ["process.exit(3)", EXIT],
  exitWithoutCode: ["process.exit()", EXIT],
  importedExit: ["exit(3)", EXIT],
  requiredExit: ["require('node:process').exit(3)", EXIT],
  globalExit: ["globalThis.process.exit(3)", EXIT],
  reallyExit: ["process.reallyExit(3)", /process\.reallyExit/],
  abort: ["process.abort()", /process\.abort/],
  kill: ["process.kill(process.pid)", /process\.kill/],
  killWithSignal: ["process.kill(process.pid, 'SIGKILL')", /process\.kill/],
  // Deno's node:process exports a kill of its own, and nothing can take its place.
  ...("Deno" in globalThis
    ? {}
    : { importedKill: ["kill(process.pid, 'SIGTERM')", /process\.kill/] as const }),
};

/** Makes the attempt that `x-try` names: in its handler, and once more in a timer. */
const LEAVER: StagePlugin = {
  name: "leaver",
  protocol: "ProtoBuf:1",
  phases: ["access"],
  marks: ["x-leaver"],
  files: {
    "leaver.ts": `
      import { createRequire } from "node:module";
      import process, { exit, kill } from "node:process";
      import { definePlugin } from "gibbon";
      import * as v from "valibot";

      const require = createRequire(import.meta.url);
      const attempts: Record<string, () => unknown> = {
${Object.entries(ATTEMPTS).map(([name, [code]]) => `  ${name}: () => ${code},`).join("\n")}
      };

      function attempt(what: string): string {
        try {
          attempts[what]!();
          return "nothing was thrown";
        } catch (error) {
          return String(error).split("\\n")[0]!;
        }
      }

      export default definePlugin({
        name: "leaver",
        version: "1.0.0",
        config: v.object({}),
        async access(kong) {
          const what = await kong.request.getHeader("x-try") ?? "";
          if (await kong.request.getHeader("x-uncaught")) attempts[what]!();
          const said = what === "" ? "nothing to try" : attempt(what);
          const later = await new Promise<string>((resolve) =>
            setTimeout(() => resolve(what === "" ? said : attempt(what)), 1)
          );
          await kong.response.setHeader("x-later", later);
          await kong.response.setHeader("x-pid", String(process.pid));
          await kong.response.setHeader("x-probe", String(process.kill(process.pid, 0)));
          await kong.response.setHeader("x-leaver", said);
        },
      });
    `,
  },
};

for (const program of PROGRAMS) {
  const { skip } = program;

  test(`${program.what}: a handler cannot end its process`, { skip }, async () => {
    const stage = await Stage.start(space, { program, plugins: [LEAVER] });
    const pid = (await stage.served()).headers.get("x-pid");
    for (const [what, [code, refused]] of Object.entries(ATTEMPTS)) {
      const outcome = await stage.kong.request({ headers: [["x-try", what]] });
      assert.equal(outcome.kind, "ok", `${code}: ${outcome.reason}`);
      for (const header of ["x-leaver", "x-later"]) {
        const said = outcome.headers.get(header) ?? "";
        assert.notEqual(said, "nothing was thrown", code);
        assert.match(said, refused, code);
      }
      assert.equal(outcome.headers.get("x-pid"), pid, code);
      assert.equal(outcome.headers.get("x-probe"), "true", code);
    }
  });

  test(
    `${program.what}: one that tries fails its own event, and the log says where`,
    { skip },
    async () => {
      const stage = await Stage.start(space, { program, plugins: [LEAVER] });
      const pid = (await stage.served()).headers.get("x-pid");
      const headers = [["x-try", "exit"], ["x-uncaught", "1"]] as const;
      const outcome = await stage.kong.request({ headers });
      assert.deepEqual([outcome.kind, outcome.status], ["failed", 500]);
      await until(() => /leaver\.ts:\d+/.test(stage.log));
      assert.match(stage.log, /process\.exit/);
      assert.equal((await stage.served()).headers.get("x-pid"), pid);
    },
  );

  for (const protocol of PROTOCOLS) {
    test(
      `${program.what}: a plugin's own handler of SIGTERM ends no event, ${protocol}`,
      { skip },
      async () => {
        const handler = `
        import process from "node:process";
        import { definePlugin } from "gibbon";
        import * as v from "valibot";

        process.on("SIGTERM", () => process.exit(0));
        process.once("SIGTERM", () => process.exit(0));

        export default definePlugin({
          name: "own-handler",
          version: "1.0.0",
          config: v.object({}),
          log() {},
        });
      `;
        const guard = guardOver(protocol);
        const files = { ...guard.files, "own_handler.ts": handler };
        const stage = await Stage.start(space, { program, plugins: [{ ...guard, files }] });
        await stage.served();
        const gate = stage.gate("gate");
        const request = stage.kong.request({ headers: [gate.header] });
        await gate.holds();
        stage.kong.current.keepers[0]!.leave();
        process.kill(stage.server.pid, "SIGTERM");
        await until(() => stage.log.includes("stopping"));
        await gate.open();
        const outcome = await request;
        assert.equal(outcome.kind, "ok", outcome.reason);
        assert.equal((await stage.server.ended).code, 0);
      },
    );
  }
}
