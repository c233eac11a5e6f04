// Finding examples: what counts as one, and that its lines keep their numbers.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { examplesOfMarkdown, examplesOfSource, moduleOf } from "../../scripts/docs/examples.ts";

const PAGE = `# Title

\`\`\`ts
const a = 1;

console.log(a);
\`\`\`

\`\`\`sh
ls
\`\`\`

1. A list:

   \`\`\`typescript no-run
   if (a) {
     b();
   }
   \`\`\`
\`\`\`js
no()
\`\`\`
`;

const SOURCE = `// A file.
/* \`\`\`ts
not a doc comment
\`\`\` */

/**
 * Adds.
 *
 * @example
 * \`\`\`ts
 * const sum = add(1, 2);
 *   console.log(sum);
 * \`\`\`
 */
export function add(a: number, b: number) {}
`;

describe("examples are", () => {
  it("the ts fences of a page, without their indentation", () => {
    assert.deepEqual(examplesOfMarkdown("a.md", PAGE), [
      { file: "a.md", line: 4, code: "const a = 1;\n\nconsole.log(a);\n", run: true },
      { file: "a.md", line: 16, code: "if (a) {\n  b();\n}\n", run: false },
    ]);
  });

  it("the ts fences in doc comments", () => {
    assert.deepEqual(examplesOfSource("a.ts", SOURCE), [
      { file: "a.ts", line: 11, code: "const sum = add(1, 2);\n  console.log(sum);\n", run: true },
    ]);
  });

  it("modules in which a line has the number that it has on the page", () => {
    const [example] = examplesOfMarkdown("a.md", PAGE);
    assert.ok(example);
    assert.equal(moduleOf(example).split("\n").indexOf("const a = 1;"), 3);
    assert.equal(PAGE.split("\n").indexOf("const a = 1;"), 3);
  });
});
