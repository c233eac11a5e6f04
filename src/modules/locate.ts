// Where in a module a part of a plugin is written, for messages.
import { readRegularText } from "../base/regular_file.ts";
import { sourceOf } from "../base/source_maps.ts";

/** What follows a word where it is given a value; where it stands for one; anywhere. */
const FOLLOWERS = ["\\s*[:(=]", "\\s*[,}]", "(?![\\w$])"];

/**
 * A good guess: the first place where the word is a key, a method, a variable or a call.
 *
 * @param file path of the module
 * @returns `file:line:column`, or the file alone if the word is not in it
 */
export function locate(file: string, word: string): string {
  let text: string;
  try {
    text = readRegularText(file, Infinity);
  } catch {
    return file;
  }
  const code = text.replace(/\/\*[^]*?\*\/|\/\/.*/g, (comment) => comment.replace(/./g, " "));
  const escaped = word.replace(/[^\w]/g, "\\$&");
  for (const follower of FOLLOWERS) {
    const found = `(?<![\\w$.])(?:(?:module\\.)?exports\\.)?["']?${escaped}["']?${follower}`;
    const index = code.search(new RegExp(found));
    if (index < 0) continue;
    const before = code.slice(0, index);
    const line = before.split("\n").length;
    const source = sourceOf({ file, line, column: index - before.lastIndexOf("\n") });
    return `${source.file}:${source.line}:${source.column}`;
  }
  return file;
}
