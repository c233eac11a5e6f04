// The queue under the readers: what waits comes out in order, and what came out stays as it is.
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { describe, test } from "node:test";
import { ByteQueue } from "../../src/wire/byte_queue.ts";
import { concat } from "../../src/wire/bytes.ts";

/** So many bytes that count up from `first`. */
function counting(length: number, first = 0): Uint8Array {
  return Uint8Array.from({ length }, (_, at) => first + at);
}

/** What waits in a queue. */
function waiting({ bytes, begin, end }: ByteQueue): number[] {
  return [...bytes.subarray(begin, end)];
}

describe("a queue of bytes", () => {
  test("gives a chunk out as it came, without a copy", () => {
    const queue = new ByteQueue();
    for (const chunk of [counting(5), counting(3)]) {
      queue.push(chunk);
      assert.equal(queue.bytes, chunk);
      assert.deepEqual([queue.begin, queue.end, queue.size], [0, chunk.length, chunk.length]);
      assert.equal(queue.take(chunk.length), chunk);
    }
  });

  test("gives stretches without what is skipped", () => {
    const queue = new ByteQueue();
    queue.push(counting(6));
    assert.deepEqual([...queue.take(6, 2)], [2, 3, 4, 5]);
    queue.push(counting(6));
    assert.deepEqual([...queue.take(3, 1)], [1, 2]);
    assert.deepEqual([queue.begin, queue.size], [3, 3]);
    assert.deepEqual([...queue.take(3, 1)], [4, 5]);
    assert.equal(queue.size, 0);
  });

  test("drops what is there, and takes bytes back", () => {
    const queue = new ByteQueue();
    assert.equal(queue.drop(3), 0);
    queue.push(counting(6));
    assert.equal(queue.drop(2), 2);
    queue.putBack(counting(2, 50));
    assert.deepEqual(waiting(queue), [50, 51, 2, 3, 4, 5]);
    assert.equal(queue.drop(100), 6);
    assert.equal(queue.size, 0);
    queue.putBack(counting(1));
    queue.push(counting(1, 1));
    assert.deepEqual(waiting(queue), [0, 1]);
  });

  test("keeps nothing of a chunk that was given out", () => {
    const queue = new ByteQueue();
    queue.push(counting(4));
    queue.take(2);
    assert.equal(queue.bytes.length, 4);
    queue.take(2);
    assert.equal(queue.bytes.length, 0);
  });

  test("puts chunks together that are given out as one", () => {
    const queue = new ByteQueue();
    const pieces = [counting(3), counting(2, 3), counting(4, 5)];
    for (const piece of pieces) queue.push(piece);
    assert.deepEqual([...queue.take(9)], [...counting(9)]);
  });

  test("makes room for what is large, behind what was taken", () => {
    const queue = new ByteQueue();
    const [first, second] = [Buffer.alloc(5000, 1), Buffer.alloc(5000, 2)];
    queue.push(first);
    queue.take(100);
    queue.push(second);
    assert.equal(queue.size, 9900);
    assert.equal(Buffer.concat([first.subarray(100), second]).equals(queue.take(9900)), true);
    assert.equal(queue.size, 0);
  });

  test("uses its room to the end before it makes more", () => {
    const queue = new ByteQueue();
    queue.push(counting(1));
    queue.push(counting(1, 1));
    const room = queue.bytes;
    assert.ok(room.length >= 1024, `${room.length} bytes`);
    queue.push(new Uint8Array(room.length - 2).fill(7));
    assert.equal(queue.bytes, room);
    queue.push(counting(1, 9));
    assert.notEqual(queue.bytes, room);
    assert.equal(queue.size, room.length + 1);
    assert.deepEqual([...queue.take(3)], [0, 1, 7]);
  });

  test("never writes into what it gave out", () => {
    const queue = new ByteQueue();
    queue.push(counting(2));
    queue.push(counting(4, 2));
    const taken = queue.take(3);
    queue.push(new Uint8Array(8000).fill(9));
    queue.push(new Uint8Array(8000).fill(9));
    assert.deepEqual([...taken], [0, 1, 2]);
    assert.deepEqual(waiting(queue).slice(0, 4), [3, 4, 5, 9]);
  });
});

test("pieces are put together, and one alone stays what it is", () => {
  const one = counting(2);
  assert.equal(concat([one]), one);
  assert.deepEqual([...concat([one, counting(0), counting(3, 2)])], [0, 1, 2, 3, 4]);
  assert.equal(concat([]).length, 0);
});
