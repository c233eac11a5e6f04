// Telling from the lowest free number how full the table of open files is.
import assert from "node:assert/strict";
import { closeSync, openSync } from "node:fs";
import { afterEach, describe, test } from "node:test";
import { Descriptors } from "../../src/base/descriptors.ts";

const opened: number[] = [];
const open = () => {
  const descriptor = openSync("/dev/null", "r");
  opened.push(descriptor);
  return descriptor;
};
afterEach(() => {
  for (const descriptor of opened.splice(0)) closeSync(descriptor);
});

/** A table that has room for about so many more files than are open. */
function tableWithRoom(room: number, reserve: number): Descriptors {
  const next = open();
  closeSync(opened.pop()!);
  return new Descriptors(reserve, next + room);
}

describe("descriptors", () => {
  test("are short once one that is kept was given out, and not when it is back", () => {
    const descriptors = tableWithRoom(20, 8);
    assert.equal(descriptors.isShort, false);
    let files = 0;
    while (!descriptors.isShort && files < 20) files += open() > 0 ? 1 : 0;
    // Of 20, 8 are kept and a few are held as spare ones.
    assert.ok(files > 4 && files <= 13, `${files} files`);
    for (const descriptor of opened.splice(-3)) closeSync(descriptor);
    assert.equal(descriptors.isShort, false);
    descriptors.close();
  });

  test("are never short where nobody knows their limit", () => {
    const descriptors = new Descriptors(10, Infinity);
    assert.equal(descriptors.isShort, false);
    descriptors.close();
  });

  test("that are all kept are always short", () => {
    const descriptors = tableWithRoom(10, 1_000_000);
    assert.equal(descriptors.isShort, true);
    descriptors.close();
  });

  test("are all given back", () => {
    const before = open();
    closeSync(opened.pop()!);
    const descriptors = new Descriptors(0, 1_000_000);
    assert.ok(open() > before);
    descriptors.close();
    closeSync(opened.pop()!);
    assert.equal(open(), before);
  });
});
