// Modules are refused that change what all plugins share, unless they say that they do it.
import assert from "node:assert/strict";
import { afterEach, describe, test } from "node:test";
import { importChecked } from "../../src/modules/import_checked.ts";
import { inspectBuiltIns } from "../../src/runtime/shared/builtins/inspection.ts";

const array = Array.prototype as unknown as Record<string, unknown>;

/** What may be changed stays so in a process: each test changes something of its own. */
let count = 0;
let name = "";
const fresh = () => name = `importChecked${++count}`;
afterEach(() => void delete array[name]);

/** Imports a module that runs `run`, and exports what that returns. */
const importing = (run: () => unknown) =>
  importChecked(
    { importModule: () => Promise.resolve().then(run) as Promise<Record<string, unknown>> },
    "/plugins/a.ts",
  );

describe("a module", () => {
  test("that changes nothing is given as it is", async () => {
    const namespace = { default: null, x: 1 };
    assert.equal(await importing(() => namespace), namespace);
  });

  test("that changes something is refused with its file, and it is undone", async () => {
    await assert.rejects(importing(() => ({ changed: array[fresh()] = 1 })), (error) => {
      const { code, message, file } = error as Record<string, unknown>;
      assert.deepEqual([code, file], ["FORBIDDEN", "/plugins/a.ts"]);
      assert.match(String(message), new RegExp(`^it changed Array\\.prototype\\.${name},`));
      return true;
    });
    assert.ok(!(name in array));
  });

  for (
    const [where, exported] of Object.entries<(list: unknown) => Record<string, unknown>>({
      "exports": (allowPatches) => ({ allowPatches }),
      "exports beside a default": (allowPatches) => ({ default: null, allowPatches }),
      "has in an object that is its default": (allowPatches) => ({ default: { allowPatches } }),
      "has in a class that is its default": (allowPatches) => ({
        default: Object.assign(class {}, { allowPatches }),
      }),
    })
  ) {
    test(`may change what the list names that it ${where}, and nothing else`, async () => {
      const change = () => {
        array[fresh()] = 1;
        return exported([`Array.prototype.${name}`]);
      };
      await importing(change);
      assert.ok(name in array);
      delete array[name];
      const other = () => exported(["Array.prototype.at", (array[fresh()] = 1, "Map")]);
      await assert.rejects(importing(other), { code: "FORBIDDEN" });
    });

    for (const none of [undefined, null, false]) {
      test(`may change nothing where what it ${where} is ${none}`, async () => {
        const change = () => {
          array[fresh()] = 1;
          return exported(none);
        };
        assert.ok(await importing(() => exported(none)));
        await assert.rejects(importing(change), { code: "FORBIDDEN" });
      });
    }

    for (const wrong of [1, "Array", {}, { length: 0 }, [1], ["Map", 1], [1, "Map"]]) {
      test(`is refused where what it ${where} is ${JSON.stringify(wrong)}`, async () => {
        await assert.rejects(
          importing(() => exported(wrong)),
          /its allowPatches has to be true, or a list of names/,
        );
      });
    }
  }

  test("may change nothing where its list cannot be read", async () => {
    const change = () => {
      array[fresh()] = 1;
      return {
        get allowPatches(): unknown {
          throw new Error("not now");
        },
      };
    };
    await assert.rejects(importing(change), { code: "FORBIDDEN" });
  });

  test("without any default may change nothing", async () => {
    for (const exported of [{}, { default: undefined }, { default: null }, { default: "text" }]) {
      const change = () => (array[fresh()] = 1, exported);
      await assert.rejects(importing(change), { code: "FORBIDDEN" });
    }
  });
});

describe("modules that are imported beside one another", () => {
  test("are not refused for what one of them changes, and it is undone", async () => {
    const waits = Promise.withResolvers<Record<string, unknown>>();
    const first = importing(() => waits.promise);
    const namespace = { changed: true };
    const second = await importing(() => (array[fresh()] = 1, namespace));
    assert.equal(second, namespace);
    assert.ok(!(name in array));
    assert.equal(inspectBuiltIns(), undefined);
    waits.resolve({});
    await first;
  });

  test("are refused again once there is one only, however the others ended", async () => {
    const waits = Promise.withResolvers<Record<string, unknown>>();
    const first = importing(() => waits.promise);
    waits.reject(new Error("its own"));
    await assert.rejects(first, { message: "its own" });
    await assert.rejects(importing(() => ({ changed: array[fresh()] = 1 })), { code: "FORBIDDEN" });
  });
});
