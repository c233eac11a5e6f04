// An author's way from an empty folder to Kubernetes, with the executable and nothing else.
import assert from "node:assert/strict";
import { chmod, copyFile, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { performance } from "node:perf_hooks";
import { test } from "node:test";
import { runtimePath } from "../../scripts/runtimes.ts";
import { EXECUTABLE, missingExecutable } from "../support/executable.ts";
import { withFolder } from "../support/folder.ts";
import { runGibbon, startGibbon } from "../support/gibbon.ts";
import { runProcess } from "../support/process.ts";

const tsc = join(
  dirname(createRequire(import.meta.url).resolve("typescript/package.json")),
  "bin/tsc",
);

/** What all steps may take together, in seconds: the promise that docs/authors/plugins.md makes. */
const PROMISED_SECONDS = 60;

test(
  "from an empty folder to a ConfigMap",
  { skip: missingExecutable() },
  () =>
    withFolder(async (folder, later) => {
      // Away from the clone, and without a PATH to find another program in.
      const gibbon = join(folder, "gibbon");
      await copyFile(EXECUTABLE, gibbon);
      await chmod(gibbon, 0o755);
      const bare = { cwd: folder, command: [gibbon], env: { PATH: "", HOME: folder } };
      const took: string[] = [];
      const begun = performance.now();
      const step = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
        const startedAt = performance.now();
        const result = await work();
        took.push(`${name} ${((performance.now() - startedAt) / 1000).toFixed(2)} s`);
        return result;
      };
      const run = (...args: string[]) =>
        step(args[0]!, async () => {
          const ended = await runGibbon(args, bare);
          assert.equal(ended.code, 0, `${args.join(" ")}\n${ended.stdout}${ended.stderr}`);
          return ended;
        });

      await run("new", "api-key", "--template", "auth");
      await run("types", "api-key");
      await step("editor", async () => {
        const command = [await runtimePath("node"), tsc, "--noEmit", "-p", "api-key"];
        const { code, stdout } = await runProcess(command, { cwd: folder });
        assert.equal(code, 0, stdout);
      });
      const tested = await run("test", "api-key");
      assert.match(tested.stdout + tested.stderr, /3 pass/);
      await run("check", "api-key", "--strict");

      await step("dev", async () => {
        const ports = ["--port", "0", "--inspector-port", "0", "--https-port", "0"];
        const args = ["dev", "api-key", "--kong-config", "api-key/kong.yml", ...ports];
        const dev = startGibbon(args, bare);
        later(() => dev.kill());
        await dev.printing(/Try: curl -i http:\S+\n/);
        const [, url = ""] = /Try: curl -i (\S+)/.exec(dev.stdout()) ?? [];
        assert.equal((await fetch(url)).status, 401);
        const headers = { "x-api-key": "open-sesame" };
        assert.equal((await fetch(url, { headers })).status, 200);
        dev.signal("SIGINT");
        assert.equal((await dev.ended).code, 0);
      });

      await run("bundle", "api-key", "--output", "bundled");
      const text = await readFile(join(folder, "bundled/api-key.mjs"), "utf8");
      assert.match(text, /^\/\/ Bundled by gibbon/);
      const dumped = await run("dump", "--plugins-directory", "bundled");
      assert.equal(JSON.parse(dumped.stdout).Plugins[0].Name, "api-key");
      const args = ["--plugins-directory", "bundled", "--format", "kubernetes"];
      const { stdout } = await run("kong-config", ...args);
      assert.match(stdout, /kind: "ConfigMap"[^]*"?api-key\.mjs"?:[^]*kind: "Deployment"/);

      const seconds = (performance.now() - begun) / 1000;
      console.log(`${took.join(", ")}; ${seconds.toFixed(1)} s in all`);
      assert.ok(seconds < PROMISED_SECONDS, took.join(", "));
    }),
);
