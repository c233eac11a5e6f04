// --log-format and levels of plugins: JSON objects, and what plugins print under their names.
import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, test } from "node:test";
import { runGibbon } from "../support/gibbon.ts";
import { SocketClient } from "../kong/support/rpc_client.ts";
import { until } from "../support/until.ts";
import { useWorkspace } from "../support/workspace.ts";

const plugin = (name: string, code: string) => `
import { definePlugin } from "gibbon";
export default definePlugin({
  name: "${name}", version: "1.0.0", priority: 5,
  async access(kong) { ${code} },
});
`;

const PLUGINS = {
  "prints.ts": plugin(
    "prints",
    `console.log("two %s", "lines\\nof text");
     console.debug("only for those who ask");
     console.warn("careful");
     await kong.nginx.getVar("request_id");
     console.error("told %d", 2);
     process.stdout.write("by the stream\\n");`,
  ),
  "fails.ts": plugin(
    "fails",
    `await kong.request.getHeader("X-Kong-Request-Id"); throw new Error("on\\npurpose");`,
  ),
};

const space = useWorkspace();

async function serve(...more: string[]) {
  const folder = await space.folder({
    "plugins/prints.ts": PLUGINS["prints.ts"],
    "plugins/fails.ts": PLUGINS["fails.ts"],
  });
  const socket = join(folder, "s.sock");
  const gibbon = space.gibbon(["serve", `${folder}/plugins`, "--socket", socket, ...more]);
  await gibbon.saying("serving plugins");
  const client = await SocketClient.connect(socket);
  for (const name of ["prints", "fails"]) {
    const { EventId } = await client.event(await client.start(name));
    await client.step(EventId, `id-of-${name}`);
  }
  return gibbon;
}

type Entry = Readonly<Record<string, unknown>>;

function entriesOf(text: string): Entry[] {
  return text.trimEnd().split("\n").map((line) => JSON.parse(line));
}

describe("--log-format json", () => {
  for (const workers of ["0", "2"]) {
    test(`writes one object a line, with --workers ${workers}`, async () => {
      const gibbon = await serve("--log-format", "json", "--workers", workers);
      await gibbon.saying("an event failed");
      await gibbon.saying("by the stream");
      gibbon.signal("SIGTERM");
      await gibbon.ended;
      const entries = entriesOf(gibbon.stderr());
      for (const { time, level, message } of entries) {
        assert.ok(!Number.isNaN(Date.parse(String(time))), String(time));
        assert.match(String(level), /^(?:error|warn|info)$/);
        assert.equal(typeof message, "string");
      }
      const failed = entries.find(({ message }) => /an event failed/.test(String(message)))!;
      const { plugin, phase, instance, request, stack, worker } = failed;
      assert.deepEqual([plugin, phase, request], ["fails", "access", "id-of-fails"]);
      assert.equal(typeof instance, "number");
      assert.equal(typeof worker, workers === "0" ? "undefined" : "number");
      assert.ok(Array.isArray(stack) && stack.length > 2, String(stack));
      assert.deepEqual(stack.slice(0, 2), ["Error: on", "purpose"]);
      const printed = entries.filter(({ source }) => source === "console");
      assert.deepEqual(
        printed.map(({ level, message, plugin, phase, request }) => [
          level,
          message,
          plugin,
          phase,
          request,
        ]),
        [
          ["info", "two lines\nof text", "prints", "access", undefined],
          ["warn", "careful", "prints", "access", undefined],
          ["error", "told 2", "prints", "access", "id-of-prints"],
          ["info", "by the stream", "prints", "access", "id-of-prints"],
        ],
      );
    });
  }

  test("says in JSON, too, why a server cannot start", async () => {
    const args = ["serve", "/nowhere/at/all", "--socket", "/nowhere/s", "--log-format", "json"];
    const { code, stderr } = await runGibbon(args);
    assert.equal(code, 1);
    const { level, code: told, remedy } = entriesOf(stderr).at(-1)!;
    assert.equal(level, "error");
    assert.equal(typeof told, "string");
    assert.equal(typeof remedy, "string", stderr);
  });
});

describe("--log-format text", () => {
  test("has what plugins print under their names", async () => {
    const gibbon = await serve("--log-format", "text");
    await gibbon.saying("by the stream plugin=prints phase=access");
    assert.match(gibbon.stderr(), /^\[warn\] careful plugin=prints phase=access instance=\d+ /m);
    assert.match(gibbon.stderr(), /^\[info\] two lines \| of text plugin=prints/m);
  });

  test("is what is written without the option, but that plugins print as they like", async () => {
    const gibbon = await serve();
    await gibbon.saying("by the stream");
    await until(() => /^\[error\] an event failed;.* request=id-of-fails /m.test(gibbon.stderr()));
    assert.match(gibbon.stderr(), /^two lines\nof text$/m);
    assert.match(gibbon.stderr(), /^careful$/m);
  });
});

describe("--log-level", () => {
  test("is for one plugin, or for all others", async () => {
    const level = ["--log-level", "error,prints=debug", "--log-format", "text"];
    const folder = await space.folder({ "plugins/prints.ts": PLUGINS["prints.ts"] });
    const socket = join(folder, "s.sock");
    const gibbon = space.gibbon(["serve", `${folder}/plugins`, "--socket", socket, ...level]);
    await until(async () => {
      try {
        const client = await SocketClient.connect(socket);
        const { EventId } = await client.event(await client.start("prints"));
        await client.step(EventId, "1");
        return true;
      } catch {
        return false;
      }
    });
    await gibbon.saying("by the stream");
    assert.match(gibbon.stderr(), /^\[debug\] only for those who ask plugin=prints/m);
    assert.doesNotMatch(gibbon.stderr(), /serving plugins/);
  });

  for (const bad of ["loud", "info,prints", "info,prints=loud", "=debug", ""]) {
    test(`is not ${JSON.stringify(bad)}`, async () => {
      const { code, stderr } = await runGibbon(["serve", ".", "--log-level", bad]);
      assert.equal(code, 1);
      assert.match(stderr, /OPTION_INVALID: --log-level/);
    });
  }
});
