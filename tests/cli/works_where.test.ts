// What plugins can use on which runtime, as docs/authors/plugins.md has it in a table.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { EXECUTABLE, missingExecutable } from "../support/executable.ts";
import { gibbonCommand, runGibbon } from "../support/gibbon.ts";
import { useWorkspace } from "../support/workspace.ts";

/** Modules that print what came of it to stderr; each is a plugin when it is done. */
const TRIED: Readonly<Record<string, { files: Readonly<Record<string, string>>; said: RegExp }>> = {
  "fork()": {
    files: {
      "a.mjs": `
import { fork } from "node:child_process";
import { join } from "node:path";
for (const ending of ["js", "mjs"]) {
  const child = fork(join(import.meta.dirname, "lib", "child." + ending), ["given"]);
  await new Promise((settle) => {
    child.on("message", (message) => {
      console.error("child said", JSON.stringify(message));
      child.send("end");
    });
    child.on("exit", (code) => settle(console.error("child ended", code)));
  });
}
export default { access() {} };
`,
      "lib/child.js":
        "process.send([process.argv[2], process.argv[1] === __filename]);\nprocess.on('message', () => process.exit(7));\n",
      "lib/child.mjs":
        "import process from 'node:process';\nprocess.send([process.argv[2], 'esm']);\nprocess.on('message', () => process.exit(8));\n",
    },
    said:
      /child said \["given",true\]\nchild ended 7\nchild said \["given","esm"\]\nchild ended 8\n/,
  },
  "worker_threads": {
    files: {
      "a.mjs": `
import { Worker } from "node:worker_threads";
for (const name of ["js.js", "esm.mjs", "ts.mts"]) {
  const worker = new Worker(new URL("./lib/" + name, import.meta.url), { workerData: 4 });
  await new Promise((settle, reject) => {
    worker.on("message", (message) => console.error("worker said", message));
    worker.on("exit", settle);
    worker.on("error", reject);
  });
}
export default { access() {} };
`,
      "lib/js.js":
        "const { parentPort, workerData } = require('node:worker_threads');\nparentPort.postMessage(workerData + 1);\n",
      "lib/esm.mjs":
        "import { parentPort, workerData } from 'node:worker_threads';\nparentPort.postMessage(workerData + 2);\n",
      "lib/ts.mts":
        "import { parentPort, workerData } from 'node:worker_threads';\nparentPort!.postMessage((workerData as number) + 3);\n",
      "lib/package.json": "{}",
    },
    said: /worker said 5\nworker said 6\nworker said 7\n/,
  },
  "spawn()": {
    files: {
      "a.mjs": `
import { execFileSync } from "node:child_process";
console.error("program said", execFileSync("sh", ["-c", "echo hello"], { encoding: "utf8" }).trim());
export default { access() {} };
`,
    },
    said: /program said hello\n/,
  },
  "WebSocket and fetch": {
    files: {
      "a.mjs":
        "console.error('there are', typeof WebSocket, typeof fetch, typeof EventSource === 'x');\nexport default { access() {} };\n",
    },
    said: /there are function function false\n/,
  },
  "an installed undici": {
    files: {
      "a.mjs":
        "import { Pool } from 'undici';\nconsole.error('it is', Pool.who);\nexport default { access() {} };\n",
      "node_modules/undici/index.js": "exports.Pool = class { static who = 'installed'; };\n",
    },
    said: /it is installed\n/,
  },
};

const executable = missingExecutable();
const PROGRAMS: Readonly<Record<string, readonly string[]>> = {
  "this runtime": gibbonCommand(),
  ...(executable === false ? { "the executable": [EXECUTABLE] } : {}),
};

const space = useWorkspace();

for (const [program, command] of Object.entries(PROGRAMS)) {
  describe(`on ${program} a plugin can use`, () => {
    for (const [name, { files, said }] of Object.entries(TRIED)) {
      test(name, async () => {
        const folder = await space.folder(files);
        const { code, stdout, stderr } = await runGibbon(["check", folder, "--json"], { command });
        assert.match(stderr, said);
        assert.equal(code, 0, stdout + stderr);
      });
    }
  });
}
