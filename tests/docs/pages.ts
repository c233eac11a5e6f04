// The Markdown pages of the project: their text, their headings and their links.
import { glob, readFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";

/** The project's directory. */
export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** A page by its path from the project's directory, with `/`. */
export interface Page {
  readonly file: string;
  readonly text: string;
}

/** Every page of the project. */
export async function readPages(): Promise<Page[]> {
  const pages: Page[] = [];
  for await (
    const file of glob(["*.md", "{docs,examples,scripts,src,tests}/**/*.md"], { cwd: ROOT })
  ) {
    const text = await readFile(path.join(ROOT, file), "utf8");
    pages.push({ file: file.split(path.sep).join("/"), text });
  }
  return pages.sort((a, b) => a.file.localeCompare(b.file));
}

/** The page without its code. */
function prose(text: string): string {
  return text.replaceAll(/^([ \t]*)(```+)[^]*?^\1\2[ \t]*$/gm, "").replaceAll(/`[^`]*`/g, "x");
}

/** Where a page's links and pictures lead, as written; those to other hosts are left out. */
export function linksOf(text: string): string[] {
  const found = prose(text).matchAll(/\]\(([^()\s]+)\)|\b(?:href|src)="([^"]+)"/g);
  return [...found].map(([, markdown, html]) => markdown ?? html ?? "")
    .filter((link) => !/^[a-z]+:/.test(link));
}

/** The anchors of a page's headings, as GitHub makes them. */
export function anchorsOf(text: string): Set<string> {
  const anchors = new Set<string>();
  const headings = text.replaceAll(/^([ \t]*)(```+)[^]*?^\1\2[ \t]*$/gm, "").matchAll(
    /^#{1,6} (.+)$/gm,
  );
  for (const [, heading = ""] of headings) {
    const words = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1").trim().toLowerCase();
    const anchor = words.replaceAll(/[^\p{L}\p{N}_\- ]/gu, "").replaceAll(" ", "-");
    let free = anchor;
    for (let again = 1; anchors.has(free); again++) free = `${anchor}-${again}`;
    anchors.add(free);
  }
  return anchors;
}
