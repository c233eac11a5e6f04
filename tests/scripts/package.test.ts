// The npm package, installed into an empty project: its types, its command line and its kit.
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { delimiter, dirname, join } from "node:path";
import process from "node:process";
import { after, before, describe, test } from "node:test";
import { writePackage } from "../../scripts/package/write.ts";
import { runtimePath } from "../../scripts/runtimes.ts";
import { type Folder, makeFolder } from "../support/folder.ts";
import { RUNS_ON_NODE_ALONE, RUNS_ON_NODE_ALONE_TITLE } from "../support/once.ts";
import { runProcess } from "../support/process.ts";

/** No library of browsers, no types named, and those of packages are checked. */
const TSCONFIG = {
  compilerOptions: {
    target: "ES2024",
    lib: ["ES2024", "ESNext.Disposable"],
    module: "NodeNext",
    strict: true,
    exactOptionalPropertyTypes: true,
    noEmit: true,
    allowImportingTsExtensions: true,
    types: [],
  },
};

const PLUGIN = `
import { definePlugin } from "gibbon";
import * as v from "valibot";

export default definePlugin({
  config: v.object({ greeting: v.optional(v.string(), "Hello") }),
  access(kong, config) {
    const greeting: string = config.greeting;
    kong.response.exit(200, greeting + "!");
  },
});
`;

const FILES = {
  "package.json": JSON.stringify({ private: true, type: "module" }),
  "tsconfig.json": JSON.stringify(TSCONFIG),
  "plugins/hello.ts": PLUGIN,
  "plugins/hello.test.ts": `
import assert from "node:assert/strict";
import { test } from "node:test";
import { testPlugin } from "gibbon/testing";
import plugin from "./hello.ts";

test("greets", async () => {
  await using gateway = await testPlugin(plugin, { config: { greeting: "Ho" } });
  assert.equal((await gateway.request("/")).response.text, "Ho!");
});
`,
  "others.ts": `
import { allow, defineProxPlugin } from "gibbon/prox";
import { Manager } from "gibbon/prox/host";
import { Socket } from "gibbon/brpc";

export { Manager, Socket };
export default defineProxPlugin({ onRequest: () => allow() });
`,
};

// Bun and Deno do not report why a suite is skipped.
if (RUNS_ON_NODE_ALONE) test(RUNS_ON_NODE_ALONE_TITLE, { skip: true }, () => {});
else describe("the npm package", installed);

function installed(): void {
  let project: Folder;
  let path = "";
  /** Runs a program in the project, with the pinned Node before all others. */
  const run = (...command: string[]) =>
    runProcess(command, { cwd: project.path, env: { PATH: path, NO_COLOR: "1" } });

  before(async () => {
    project = await makeFolder(FILES);
    const folder = join(project.path, ".package");
    await writePackage(folder);
    path = `${dirname(await runtimePath("node"))}${delimiter}${process.env["PATH"]}`;
    const packed = await run("npm", "pack", "--silent", folder);
    assert.equal(packed.code, 0, packed.stderr);
    const options = ["--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline"];
    const installed = await run("npm", "install", ...options, `./${packed.stdout.trim()}`);
    assert.equal(installed.code, 0, installed.stderr);
  }, { timeout: 300_000 });

  after(() => project?.remove());

  test("has types that need neither a browser's nor Deno's", async () => {
    const types = createRequire(import.meta.url).resolve("typescript/package.json");
    const tsc = join(dirname(types), "bin/tsc");
    const good = await run(await runtimePath("node"), tsc, "-p", ".");
    assert.equal(good.code, 0, good.stdout);
    const wrong = PLUGIN.replace("greeting: string", "greeting: number");
    const bad = join(project.path, "plugins/hello.ts");
    await writeFile(bad, wrong);
    const found = await run(await runtimePath("node"), tsc, "-p", ".").finally(() =>
      writeFile(bad, PLUGIN)
    );
    assert.match(found.stdout, /^plugins\/hello\.ts\(8,11\): error TS2322/m);
  });

  test("has valibot as a peer, which npm installs once", async () => {
    const lock = JSON.parse(await readFile(join(project.path, "package-lock.json"), "utf8"));
    const copies = Object.keys(lock.packages).filter((name) => name.endsWith("/valibot"));
    assert.deepEqual(copies, ["node_modules/valibot"]);
  });

  test("has a command line that checks plugins", async () => {
    const { code, stdout, stderr } = await run("npx", "gibbon", "check", "plugins");
    assert.equal(code, 0, stdout + stderr);
    assert.match(stdout, /^hello .* greeting: string .*hello\.ts$/m);
  });

  test("runs tests with the kit", async () => {
    const { code, stdout, stderr } = await run("npx", "gibbon", "test", "plugins");
    assert.equal(code, 0, stdout + stderr);
    assert.match(stdout, /greets/);
  });

  test("has what gibbon new and gibbon types write", async () => {
    const made = await run("npx", "gibbon", "new", "limiter", "--template", "rate-limit");
    assert.equal(made.code, 0, made.stderr);
    const types = await readFile(join(project.path, "limiter/.gibbon/types/mod.d.ts"), "utf8");
    assert.match(types, /definePlugin/);
  });
}
