// From a release's archive to a served request, on a machine with nothing installed: from_archive.sh.
// Slow: the executable is packed and unpacked whole.
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { ROOT } from "../../scripts/build/executable.ts";
import { archiveName, makeArchive } from "../../scripts/release/archive.ts";
import { checksums, type NamedFile } from "../../scripts/release/digests.ts";
import { readTexts } from "../../scripts/release/texts.ts";
import * as messages from "../../src/kong/protocol/protobuf/generated/messages.ts";
import { ProtobufClient } from "../kong/support/protobuf_client.ts";
import { EXECUTABLE, missingExecutable } from "../support/executable.ts";
import { useWorkspace } from "../support/workspace.ts";

const SCRIPT = fileURLToPath(new URL("from_archive.sh", import.meta.url));
const NAME = archiveName("1.2.3", "linux-x64");

const PLUGIN = `
import { definePlugin } from "gibbon";
import * as v from "valibot";
export default definePlugin({
  name: "greet",
  version: "1.0.0",
  config: v.object({ greeting: v.string() }),
  async access(kong, { greeting }) {
    await kong.response.setHeader("x-greeting", greeting);
  },
});
`;

describe("the executable", () => {
  const skip = missingExecutable();
  const space = useWorkspace();
  let archive: NamedFile;
  before(async () => {
    if (skip) return;
    const texts = await readTexts("notices");
    archive = await makeArchive(NAME, await readFile(EXECUTABLE), texts, new Date(0));
  });

  /** A folder as somebody has it who has downloaded a release, and a script's arguments for it. */
  async function downloaded(data = archive.data) {
    const folder = await space.folder({ "plugins/greet.ts": PLUGIN });
    await writeFile(join(folder, archive.name), data);
    await writeFile(join(folder, "SHA256SUMS"), checksums([archive]));
    return { folder, command: ["sh", SCRIPT, folder, archive.name] };
  }

  test("serves out of an archive whose digest is right, with nothing else", { skip }, async () => {
    const { folder, command } = await downloaded();
    const gibbon = space.start([...command, process.getuid?.() === 0 ? "alone" : "here"]);
    await gibbon.saying("serving plugins");
    const client = await ProtobufClient.connect(join(folder, "machine/run/gibbon.socket"));
    client.handle(await client.start("greet", { greeting: "hello" }));
    const turn = await client.turn();
    assert.ok(typeof turn !== "number");
    const { k, v } = messages.KV.decode(turn.args);
    assert.equal(k, "x-greeting");
    assert.equal(new TextDecoder().decode(v?.kind?.value as Uint8Array), "hello");
    client.leave();
    gibbon.signal("SIGTERM");
    assert.equal((await gibbon.ended).code, 0);
  });

  test("is not started out of an archive that was changed", { skip }, async () => {
    const changed = Buffer.from(archive.data as Uint8Array);
    changed[changed.length >> 1]! ^= 1;
    const { command } = await downloaded(changed);
    const { code, stdout, stderr } = await space.start([...command, "here"]).ended;
    assert.notEqual(code, 0);
    assert.match(stdout + stderr, /FAILED/);
    assert.doesNotMatch(stdout + stderr, /serving/);
  });

  // Else two clones of one commit would give two digests.
  test("has nothing in it of the folder that it was built in", { skip }, async () => {
    const executable = await readFile(EXECUTABLE);
    assert.equal(executable.includes(ROOT.replace(/\/$/, "")), false);
  });
});
