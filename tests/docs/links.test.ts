// Links between pages lead somewhere: to a file of the project, and to a heading in it.
import assert from "node:assert/strict";
import { readFile, stat } from "node:fs/promises";
import path from "node:path";
import { describe, test } from "node:test";
import { anchorsOf, linksOf, readPages, ROOT } from "./pages.ts";

const pages = await readPages();

/** What is wrong with a link of a page; undefined if nothing is. */
async function problemOf(file: string, link: string): Promise<string | undefined> {
  const [target = "", anchor] = link.split("#");
  const to = target === "" ? file : path.posix.join(path.posix.dirname(file), decodeURI(target));
  if (to.startsWith("..")) return `${link} leads out of the project`;
  const found = await stat(path.join(ROOT, to)).catch(() => undefined);
  if (!found) return `${link}: there is no ${to}`;
  if (anchor === undefined) return undefined;
  const anchors = anchorsOf(await readFile(path.join(ROOT, to), "utf8"));
  return anchors.has(anchor) ? undefined : `${link}: ${to} has no such heading`;
}

describe("links", () => {
  for (const { file, text } of pages) {
    test(`of ${file} lead somewhere`, async () => {
      const problems = await Promise.all(linksOf(text).map((link) => problemOf(file, link)));
      assert.deepEqual(problems.filter((problem) => problem !== undefined), []);
    });
  }

  test("reach every page of docs/ from docs/README.md", () => {
    const texts = new Map(pages.map(({ file, text }) => [file, text]));
    const reached = new Set(["docs/README.md"]);
    for (const file of reached) {
      for (const link of linksOf(texts.get(file) ?? "")) {
        const to = path.posix.join(path.posix.dirname(file), link.split("#")[0]!);
        if (texts.has(to)) reached.add(to);
      }
    }
    const unreached = pages.filter(({ file }) => file.startsWith("docs/") && !reached.has(file));
    assert.deepEqual(unreached.map(({ file }) => file), []);
  });

  test("that lead nowhere are noticed", async () => {
    assert.match(
      await problemOf("docs/errors.md", "nowhere.md") ?? "",
      /there is no docs\/nowhere/,
    );
    assert.match(await problemOf("docs/errors.md", "#NOWHERE") ?? "", /no such heading/);
    assert.match(await problemOf("docs/errors.md", "../../x") ?? "", /out of the project/);
    assert.equal(await problemOf("docs/errors.md", "#limit"), undefined);
  });
});

describe("a page's", () => {
  const text = [
    "# `kong`: the [functions](x.md) of Kong's PDK, 100 %",
    "## Twice",
    "## Twice",
    'See [a](b.md#c), [d](https://e.org) and <img alt="" src="f.svg">. `[no](code.md)`',
    "```md",
    "# no heading",
    "[no](link.md)",
    "```",
  ].join("\n");

  test("anchors are GitHub's", () => {
    const anchors = ["kong-the-functions-of-kongs-pdk-100-", "twice", "twice-1"];
    assert.deepEqual([...anchorsOf(text)], anchors);
  });

  test("links are found in text, titles and HTML, not in code", () => {
    assert.deepEqual(linksOf(text), ["x.md", "b.md#c", "f.svg"]);
  });
});
