// Addresses as people write them, words for a shell, and the version.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { hostPort } from "../../src/base/host_port.ts";
import { quoted } from "../../src/base/shell_word.ts";
import { VERSION } from "../../src/base/version.ts";

test("a host and a port are one text, with brackets around IPv6", () => {
  assert.equal(hostPort("127.0.0.1", 80), "127.0.0.1:80");
  assert.equal(hostPort("example.com", 8000), "example.com:8000");
  assert.equal(hostPort("::1", 80), "[::1]:80");
  const { host } = new URL(`http://${hostPort("fe80::2", 81)}`);
  assert.equal(host, "[fe80::2]:81");
});

test("a shell's word is in quotes, whatever is in it", () => {
  assert.equal(quoted("a b"), "'a b'");
  assert.equal(quoted(""), "''");
  assert.equal(quoted("it's 'so'"), `'it'\\''s '\\''so'\\'''`);
});

test("the version is package.json's", async () => {
  const manifest = await readFile(new URL("../../package.json", import.meta.url), "utf8");
  assert.equal(VERSION, JSON.parse(manifest).version);
});
