// Finding the TypeScript examples in Markdown pages and in doc comments.

/** An example, to be type-checked and run as a module. */
export interface Example {
  /** File that it stands in. */
  readonly file: string;
  /** Line of its first line there. */
  readonly line: number;
  readonly code: string;
  /** Whether it is to be run; a fence that says `ts no-run` is only type-checked. */
  readonly run: boolean;
}

/** A fence with its indentation, what stands after the language, and the code. */
const FENCE = /^([ \t]*)```(?:ts|typescript)\b([^\n]*)\n([^]*?)^\1```[ \t]*$/gm;

/** The `ts` fences of a Markdown page. */
export function examplesOfMarkdown(file: string, text: string): Example[] {
  return [...text.matchAll(FENCE)].map((match) => {
    const [, indentation = "", info = "", code = ""] = match;
    return {
      file,
      line: lineAt(text, match.index) + 1,
      code: code.replaceAll(new RegExp(`^${indentation}`, "gm"), ""),
      run: !info.split(/\s+/).includes("no-run"),
    };
  });
}

/** The `ts` fences in the doc comments of a source file. */
export function examplesOfSource(file: string, source: string): Example[] {
  return [...source.matchAll(/\/\*\*[^]*?\*\//g)].flatMap((comment) => {
    const text = comment[0].replaceAll(/^[ \t]*\/?\*+(?:\/$| ?)/gm, "");
    const before = lineAt(source, comment.index) - 1;
    return examplesOfMarkdown(file, text)
      .map((example) => ({ ...example, line: example.line + before }));
  });
}

/** An example as a file whose line numbers are those of the file that it stands in. */
export function moduleOf({ line, code }: Example): string {
  return `${"\n".repeat(line - 1)}${code}\nexport {};\n`;
}

function lineAt(text: string, index: number): number {
  return text.slice(0, index).split("\n").length;
}
