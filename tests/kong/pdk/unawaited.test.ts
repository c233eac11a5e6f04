// Wrong PDK calls that nobody awaits: they fail the event at once, unless the author catches them.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { runProcess, scriptCommand } from "../../support/process.ts";
import { CAUGHT, type OTHERS, WRONG } from "./unawaited_handlers.ts";
import type { Outcome } from "./unawaited_run.ts";

const STOPPED = { kind: "last-call", method: "stop", args: [500] };
const RETURNED = { kind: "return" };
const call = (method: string, ...args: unknown[]) => ({ kind: "call", method, args });

const script = fileURLToPath(new URL("unawaited_run.ts", import.meta.url));
const { stdout, stderr } = await runProcess(scriptCommand(script));
assert.notEqual(stdout, "", stderr);
const outcomes: Readonly<Record<string, Outcome>> = JSON.parse(stdout);

for (const dialect of ["native", "kong-js"]) {
  const outcome = (title: string) => {
    const found = outcomes[`${dialect}, ${title}`];
    assert.ok(found, title);
    return found;
  };

  describe(`a wrong call in the ${dialect} dialect that nobody awaits`, () => {
    for (const [title, , code] of WRONG) {
      test(`${title} fails the event, and is logged once`, () => {
        const { turns, entries, uncaught } = outcome(title);
        assert.deepEqual(turns, [STOPPED]);
        assert.equal(entries.length, 1, entries.join("\n"));
        assert.match(entries[0]!, /an event failed; the request is stopped/);
        assert.ok(entries[0]!.includes(`code=${code}`), entries[0]);
        assert.deepEqual(uncaught, []);
      });
    }

    test("for a full queue fails the event", () => {
      const { turns, entries, uncaught } = outcome("fullQueue" satisfies keyof typeof OTHERS);
      // The first went out before the queue was full.
      assert.deepEqual(turns, [call("kong.log", "again"), STOPPED]);
      assert.match(entries.join(), /code=LIMIT/);
      assert.deepEqual(uncaught, []);
    });

    test("after an answer fails the event where it stands", () => {
      const { turns } = outcome("afterAnAnswer" satisfies keyof typeof OTHERS);
      assert.deepEqual(turns, [call("kong.request.get_path"), STOPPED]);
    });

    test("and that Kong refuses fails the event too", () => {
      const { turns, entries, uncaught } = outcome("refusedByKong" satisfies keyof typeof OTHERS);
      assert.deepEqual(turns.slice(1), [STOPPED]);
      assert.match(entries.join(), /code=PDK_FAILED/);
      assert.deepEqual(uncaught, []);
    });

    test("after the event's end is logged, for there is nothing to fail", () => {
      const { turns, entries, uncaught } = outcome("tooLate" satisfies keyof typeof OTHERS);
      assert.deepEqual(turns, [RETURNED]);
      assert.deepEqual(entries, []);
      assert.match(
        uncaught.join(),
        /rejection: kong.response.set_header was called after the event/,
      );
    });
  });

  describe(`a wrong call in the ${dialect} dialect that the author catches`, () => {
    for (const [title] of CAUGHT) {
      test(`${title} fails nothing`, () => {
        assert.deepEqual(outcome(title), { turns: [RETURNED], entries: [], uncaught: [] });
      });
    }

    test("leaves the calls around it in their order", () => {
      const { turns } = outcome("caughtAmongOthers" satisfies keyof typeof OTHERS);
      assert.deepEqual(turns, [
        call("kong.log", "before"),
        call("kong.log", "after"),
        { kind: "last-call", method: "kong.response.exit", args: [200] },
      ]);
    });
  });
}
