// Handlers that make wrong PDK calls: those that do not await them, and those that catch the error.
import assert from "node:assert/strict";

/** A handler in either dialect. */
// deno-lint-ignore no-explicit-any -- plugins for Kong's JavaScript server have no types
export type Handler = (kong: any) => unknown;

/** Handlers that nobody hears of, with the code of the error that they hide. */
export const WRONG: readonly (readonly [title: string, handler: Handler, code: string])[] = [
  ["in a handler that is not async", (kong) => {
    kong.response.setHeader("x", {});
  }, "PDK_ARGUMENT"],
  ["in an async one", async (kong) => {
    await undefined;
    kong.response.setHeader("x", {});
  }, "PDK_ARGUMENT"],
  ["in the wrong phase", (kong) => void kong.log.serialize(), "PDK_PHASE"],
  ["of a getter", (kong) => void kong.request.getHeader(7), "PDK_ARGUMENT"],
  ["of a getter that is kept", (kong) => void kong.request.getHeaders(-1), "PDK_ARGUMENT"],
  ["of a body", (kong) => void kong.request.getRawBody(-1), "PDK_ARGUMENT"],
  ["before others, which are not sent", async (kong) => {
    kong.response.setHeader("x", {});
    kong.response.setHeader("y", "1");
    await kong.request.getPath();
  }, "PDK_ARGUMENT"],
  ["before an exit, which is not sent", (kong) => {
    kong.response.setHeader("x", {});
    kong.response.exit(200, "let through");
  }, "PDK_ARGUMENT"],
  ["in a handler that never ends", (kong) => {
    kong.response.setHeader("x", {});
    return new Promise(() => {});
  }, "PDK_ARGUMENT"],
  ["whose promise has more hanging on it", (kong) => {
    kong.response.setHeader("x", {}).then(() => kong.log("set"));
  }, "PDK_ARGUMENT"],
  ["in a function of its own that nobody awaits", (kong) => {
    void (async () => {
      await kong.response.setHeader("x", {});
    })();
  }, "PDK_ARGUMENT"],
  ["an exit in a function of its own that nobody awaits", (kong) => {
    void (async () => {
      kong.response.exit(999);
      await undefined;
    })();
  }, "PDK_ARGUMENT"],
  ["among several of them", (kong) => {
    void Promise.all([kong.response.setHeader("x", {}), kong.response.setHeader("y", {})]);
  }, "PDK_ARGUMENT"],
];

const later = async (microtasks: number) => {
  for (let count = 0; count < microtasks; count++) await undefined;
};

/** Handlers that catch what is wrong. */
export const CAUGHT: readonly (readonly [title: string, handler: Handler])[] = [
  ["at once", async (kong) => {
    await assert.rejects(kong.response.setHeader("x", {}));
  }],
  ["by catch()", (kong) => {
    kong.response.setHeader("x", {}).catch(() => {});
  }],
  ["by then()", (kong) => {
    kong.response.setHeader("x", {}).then(() => {}, () => {});
  }],
  ["some microtasks later", async (kong) => {
    const setting = kong.response.setHeader("x", {});
    await later(20);
    await assert.rejects(setting);
  }],
  ["in Promise.all", async (kong) => {
    await assert.rejects(
      Promise.all([later(3), kong.response.setHeader("x", {}), kong.request.getHeader(7)]),
    );
  }],
  ["in Promise.allSettled", async (kong) => {
    await Promise.allSettled([kong.response.setHeader("x", {}), kong.request.getHeaders(-1)]);
  }],
  ["in a function of its own", (kong) => {
    void (async () => {
      try {
        await kong.response.setHeader("x", {});
      } catch {
        // It need not be set.
      }
    })();
  }],
  ["an exit", (kong) => {
    assert.throws(() => kong.response.exit(999));
  }],
];

/** Handlers in which it matters what goes out besides. */
export const OTHERS = {
  fullQueue: (kong) => {
    for (let count = 0; count < 10; count++) kong.log("again");
  },
  afterAnAnswer: async (kong) => {
    await kong.request.getPath();
    kong.response.setHeader("x", {});
    await kong.request.getMethod();
  },
  caughtAmongOthers: async (kong) => {
    kong.log("before");
    await kong.response.setHeader("x", {}).catch(() => {});
    kong.log("after");
    kong.response.exit(200);
  },
  refusedByKong: (kong) => {
    void kong.response.setHeader("refused by Kong", "1");
    return new Promise(() => {});
  },
  tooLate: (kong) => {
    setTimeout(() => void kong.response.setHeader("x", "1"), 1);
  },
} satisfies Record<string, Handler>;
