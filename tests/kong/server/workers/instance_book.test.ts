// The supervisor's list of instances: what it tells the workers, and when.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { InstanceBook } from "../../../../src/kong/server/workers/instance_book.ts";
import type { ToWorker } from "../../../../src/kong/server/workers/messages.ts";
import { GibbonError } from "../../../../src/base/errors.ts";

function createBook(answer: (question: ToWorker) => unknown[] = () => [], instances = 10) {
  const asked: ToWorker[] = [];
  const book = new InstanceBook({ instances }, (question) => {
    asked.push(question);
    return Promise.resolve().then(() => answer(question));
  });
  return { book, asked };
}

const refuse = () => {
  throw new GibbonError("CONFIG_INVALID", "not this one");
};

describe("the book of instances", () => {
  test("knows an instance from the moment on that it is being started", async () => {
    const { book, asked } = createBook();
    const starting = book.start("who", '{"a":1}');
    const id = await starting;
    const [seed] = book.seeds;
    assert.deepEqual([seed?.id, seed?.name, seed?.config], [id, "who", '{"a":1}']);
    assert.deepEqual(asked, [{ kind: "start", seed }]);
  });

  test("tells which plugin and configuration an instance is of, whatever order its keys are in", async () => {
    const { book } = createBook();
    const a = book.identify(await book.start("who", '{"a":1,"b":{"c":2,"d":3}}'));
    assert.equal(a?.plugin, "who");
    assert.deepEqual(a, book.identify(await book.start("who", '{"b":{"d":3,"c":2},"a":1}')));
    assert.notDeepEqual(a, book.identify(await book.start("who", '{"a":2}')));
    const odd = book.identify(await book.start("who", "no JSON"));
    assert.deepEqual(odd, book.identify(await book.start("who", "no JSON")));
    assert.notDeepEqual(odd, book.identify(await book.start("who", "no JSON either")));
    assert.equal(book.identify(0), undefined);
  });

  test("gives an instance to no new worker once it is to be forgotten", async () => {
    const { book, asked } = createBook();
    const ids = [await book.start("a", "{}"), await book.start("b", "{}")];
    book.forget(ids[0]!);
    assert.deepEqual(book.seeds.map(({ name }) => name), ["b"]);
    assert.equal(book.identify(ids[0]!), undefined);
    assert.deepEqual(asked.map(({ kind }) => kind), ["start", "start"]);
  });

  test("gives out an id once", async () => {
    const { book } = createBook();
    const ids = await Promise.all(["a", "b", "c"].map((name) => book.start(name, "{}")));
    assert.equal(new Set(ids).size, 3);
  });

  test("takes an instance back that a worker could not start", async () => {
    const { book, asked } = createBook(({ kind }) => kind === "start" ? refuse() : []);
    await assert.rejects(book.start("who", "{}"), { message: "not this one" });
    assert.deepEqual(book.seeds, []);
    assert.deepEqual(asked.map(({ kind }) => kind), ["start", "close"]);
  });

  test("closes an instance once", async () => {
    const { book, asked } = createBook();
    const id = await book.start("who", "{}");
    await book.close(id);
    await book.close(id);
    assert.deepEqual(asked.map(({ kind }) => kind), ["start", "close"]);
  });

  test("closes what is idle in every worker, and nothing else", async () => {
    const ids: number[] = [];
    const { book, asked } = createBook(({ kind }) => {
      if (kind !== "idle") return [];
      return [[ids[0], ids[1]], [ids[1], ids[2]], [ids[1], ids[0]]];
    });
    for (const name of ["a", "b", "c"]) ids.push(await book.start(name, "{}"));
    await book.sweep();
    assert.deepEqual(book.seeds.map(({ name }) => name), ["a", "c"]);
    const closed = asked.flatMap((each) => each.kind === "close" ? [each.id] : []);
    assert.deepEqual(closed, [ids[1]]);
  });

  test("closes nothing while no worker is there to say what is idle", async () => {
    const { book } = createBook();
    await book.start("who", "{}");
    await book.sweep();
    assert.equal(book.seeds.length, 1);
  });

  test("takes no more than the limit, unless something is idle", async () => {
    let idle: number[] = [];
    const { book } = createBook(({ kind }) => kind === "idle" ? [idle] : [], 2);
    const first = await book.start("a", "{}");
    await book.start("b", "{}");
    await assert.rejects(book.start("c", "{}"), (error) => {
      return error instanceof GibbonError && error.code === "LIMIT" && error.plugin === "c";
    });
    idle = [first];
    await book.start("c", "{}");
    assert.deepEqual(book.seeds.map(({ name }) => name), ["b", "c"]);
  });
});
