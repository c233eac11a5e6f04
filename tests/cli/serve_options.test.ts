// How many workers a server gets.
import assert from "node:assert/strict";
import { availableParallelism } from "node:os";
import { describe, it } from "node:test";
import { autoWorkers, serverOptions } from "../../src/cli/serve_options.ts";

describe("--workers auto", () => {
  it("is one worker on two cores, and one at least", () => {
    const workers = [1, 2, 3, 4, 7, 8, 64].map(autoWorkers);
    assert.deepEqual(workers, [1, 1, 1, 2, 3, 4, 32]);
  });

  it("goes by the cores that there are", () => {
    const { workers } = serverOptions({ pluginsDirectory: ".", workers: "auto" });
    assert.equal(workers, autoWorkers(availableParallelism()));
    assert.equal(serverOptions({ pluginsDirectory: ".", workers: 3 }).workers, 3);
  });
});
