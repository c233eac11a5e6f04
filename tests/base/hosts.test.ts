// Reading a Host, and whom it names.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isLoopback, isOwnName, readHost } from "../../src/base/hosts.ts";

describe("a Host", () => {
  test("is a name or an address, with a port or without", () => {
    assert.deepEqual(readHost("localhost"), { name: "localhost", port: undefined });
    assert.deepEqual(readHost("LocalHost:8000"), { name: "localhost", port: 8000 });
    assert.deepEqual(readHost("[::1]:8000"), { name: "::1", port: 8000 });
    assert.deepEqual(readHost("127.0.0.1"), { name: "127.0.0.1", port: undefined });
    assert.deepEqual(readHost("a.test.:1"), { name: "a.test", port: 1 });
  });

  test("hides its name neither behind a user nor in another writing", () => {
    for (const text of ["", "a b", "localhost@evil.test", "evil.test/@localhost", "a#b", "a?b"]) {
      assert.equal(readHost(text), undefined, text);
    }
    assert.equal(readHost("localhost\\@evil.test"), undefined);
    assert.equal(readHost("localhost:99999"), undefined);
    assert.equal(readHost("0x7f.1")?.name, "127.0.0.1");
  });
});

test("loopback is this machine by itself", () => {
  for (const host of ["127.0.0.1", "127.1.2.3", "::1", "localhost", "LOCALHOST"]) {
    assert.equal(isLoopback(host), true, host);
  }
  for (const host of ["127.evil.test", "128.0.0.1", "::2", "a.localhost", "localhost.test", ""]) {
    assert.equal(isLoopback(host), false, host);
  }
});

test("nobody else can have names of this machine, or addresses", () => {
  for (const name of ["localhost", "a.localhost", "127.0.0.1", "::1", "192.168.1.5", "fe80::1"]) {
    assert.equal(isOwnName(name), true, name);
  }
  for (
    const name of ["evil.test", "localhost.evil.test", "127.0.0.1.evil.test", "xlocalhost", ""]
  ) {
    assert.equal(isOwnName(name), false, name);
  }
});
