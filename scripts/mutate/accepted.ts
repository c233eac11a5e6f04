// Mutants that no test kills, each for a reason: they change nothing that anybody could see.
import type { Mutant } from "./mutants.ts";

/** Mutants that may survive; they are found by their text, wherever that moves to in the file. */
export interface Accepted {
  readonly file: string;
  /** The line of the source in which the change begins, trimmed. */
  readonly code: string;
  /** What is changed, on one line, and into what: `a -> b`. */
  readonly changes: readonly string[];
  readonly reason: string;
}

export const ACCEPTED: readonly Accepted[] = [
  {
    file: "src/base/socket_error.ts",
    code: "`user ${process.getuid?.()} may not write to ${directory} (${rights})`,",
    changes: ["?. -> "],
    reason: "getuid is missing on Windows only",
  },
  {
    file: "src/base/socket_file.ts",
    code: "return found !== undefined && found.ino === own.ino && found.dev === own.dev;",
    changes: [
      "found !== undefined && found.ino === own.ino && found.dev === own.dev -> (found !== undefined && found.ino === own.ino)",
    ],
    reason: "needs a file of the same inode number on another file system",
  },
  {
    file: "src/wire/frames.ts",
    code: "if (size < HEAD_BYTES) return undefined;",
    changes: ["size < HEAD_BYTES -> false"],
    reason: "bytes that are not there count as 0, and no frame is whole without its head",
  },
  {
    file: "src/wire/frames.ts",
    code: "length |= (bytes[begin + at] ?? 0) << shift;",
    changes: ["bytes[begin + at] ?? 0 -> (bytes[begin + at])"],
    reason: "undefined is shifted as 0 is",
  },
  {
    file: "src/wire/json_lines.ts",
    code: "if (kept.length === 0) return;",
    changes: ["kept.length === 0 -> false", "return; -> ;"],
    reason: "empty pieces cost memory, and change no line",
  },
  {
    file: "src/wire/json_lines.ts",
    code: "if (last && last.length + kept.length <= 4096) {",
    changes: [
      "last && last.length + kept.length <= 4096 -> false",
      "last && last.length + kept.length <= 4096 -> (last)",
      "<= -> <",
      "<= -> >",
      "+ -> -",
    ],
    reason: "it decides only in how many objects a line is kept",
  },
  {
    file: "src/wire/msgpack/codec.ts",
    code: "useRecords: false,",
    changes: ["false -> true"],
    reason: "it is about extensions, which the scanner refuses",
  },
  {
    file: "src/wire/msgpack/heads.ts",
    code: "return 0;",
    changes: ["0 -> undefined"],
    reason: "a typed array holds 0 for undefined",
  },
  {
    file: "src/wire/msgpack/heads.ts",
    code: "if (first <= 0x7f || first >= 0xe0) return 0; // small integers",
    changes: ["0 -> undefined"],
    reason: "a typed array holds 0 for undefined",
  },
  {
    file: "src/wire/msgpack/reader.ts",
    code: "if (queue.size === 0) return undefined;",
    changes: ["queue.size === 0 -> false"],
    reason: "no value is found in no bytes",
  },
  {
    file: "src/wire/msgpack/scanner.ts",
    code: "this.#check(body + count - begin);",
    changes: ["this.#check(body + count - begin) -> undefined", "+ -> -"],
    reason: "the check behind the loop sees the same length",
  },
  {
    file: "src/wire/msgpack/scanner.ts",
    code: "while (this.#left === 0 && this.#outer.length > 0) this.#left = this.#outer.pop()! - 1;",
    changes: ["this.#left === 0 && this.#outer.length > 0 -> (this.#left === 0)", "> -> >="],
    reason: "NaN elements are left of nothing, which ends the scan as 0 does",
  },
  {
    file: "src/wire/msgpack/text_bytes.ts",
    code:
      "const scanner = new ValueScanner({ messageBytes: message.length, nesting: message.length });",
    changes: ["{ messageBytes: message.length, nesting: message.length } -> {}"],
    reason: "without limits nothing is refused either",
  },
  {
    file: "src/wire/msgpack/text_bytes.ts",
    code: "return scanner.scan(message, at) ?? message.length - at;",
    changes: [
      "scanner.scan(message, at) ?? message.length - at -> (scanner.scan(message, at))",
      "- -> +",
    ],
    reason: "the message is whole, as the contract says",
  },
  {
    file: "src/wire/protobuf/codec.ts",
    code: "const writer = spare ?? new BinaryWriter();",
    changes: [
      "spare ?? new BinaryWriter() -> (spare)",
      "spare ?? new BinaryWriter() -> (new BinaryWriter())",
    ],
    reason: "a used writer saves memory; none at all fails in a new process only: --isolate",
  },
  {
    file: "src/wire/protobuf/codec.ts",
    code: "if (bytes.length <= MAX_SPARE_BYTES) spare = writer;",
    changes: [
      "bytes.length <= MAX_SPARE_BYTES -> true",
      "bytes.length <= MAX_SPARE_BYTES -> false",
      "<= -> <",
      "spare = writer -> undefined",
    ],
    reason: "which writers are kept is a matter of memory",
  },
  {
    file: "src/kong/engine/event.ts",
    code: "if (this.#calls.waiting > 0 || this.#failure) this.#pump();",
    changes: ["this.#calls.waiting > 0 || this.#failure -> (this.#calls.waiting > 0)"],
    reason: "a failure goes out a moment later instead",
  },
  {
    file: "src/kong/engine/event.ts",
    code: "else if (this.#handlerDone) setImmediate(() => this.#pump());",
    changes: ["this.#handlerDone -> true"],
    reason: "nothing goes out while nothing waits and the handler is not done",
  },
  {
    file: "src/kong/engine/event.ts",
    code: "if (this.#failure || this.#end !== undefined) return;",
    changes: [
      "this.#failure || this.#end !== undefined -> false",
      "this.#failure || this.#end !== undefined -> (this.#failure)",
      "this.#failure || this.#end !== undefined -> (this.#end !== undefined)",
      "return; -> ;",
    ],
    reason: "in #handlerReturned: the turn is taken already, so nothing goes out twice",
  },
  {
    file: "src/kong/engine/event.ts",
    code: "if (this.#closed instanceof RequestEnded) return this.#handlerReturned();",
    changes: ["this.#handlerReturned() -> undefined"],
    reason: "the last call goes out without its handler",
  },
  {
    file: "src/kong/engine/event.ts",
    code: 'if (end !== "returned") this.#abort?.abort(this.#closed);',
    changes: ['end !== "returned" -> true', '"returned" -> ""'],
    reason: "an event that returns is not closed",
  },
  {
    file: "src/kong/engine/events.ts",
    code: 'const event = typeof id === "number" ? this.#table.get(id) : undefined;',
    changes: ['typeof id === "number" -> true'],
    reason: "the table has nothing but numbers",
  },
  {
    file: "src/kong/engine/events.ts",
    code: "if (this.#table.size > 0 || this.#idle.length === 0) return;",
    changes: ["this.#table.size > 0 || this.#idle.length === 0 -> (this.#table.size > 0)"],
    reason: "nobody waits, so nobody hears it",
  },
  {
    file: "src/kong/engine/ids.ts",
    code: "const inRange = (id: number) => id < 1 || id > LARGEST_ID ? lowest : id;",
    changes: ["< -> <="],
    reason: "the lowest id of whoever has 1 is 1",
  },
  {
    file: "src/kong/engine/instance.ts",
    code: "if (this.#closed) return;",
    changes: ["this.#closed -> false", "return; -> ;"],
    reason: "it is stopped once, which is seen to in #stop",
  },
  {
    file: "src/kong/engine/instance.ts",
    code: "this.#stopped ??= endState(this.plugin, this.#state, this.#log, this.id);",
    changes: ["??= -> ="],
    reason: "it is closed once, which is seen to in close",
  },
  {
    file: "src/kong/engine/instances.ts",
    code: 'const instance = typeof id === "number" ? this.#table.get(id) : undefined;',
    changes: ['typeof id === "number" -> true'],
    reason: "the table has nothing but numbers",
  },
  {
    file: "src/kong/protocol/connection.ts",
    code: "if (!this.#reading && this.bytes.size > 0) queueMicrotask(() => this.#read());",
    changes: [
      "!this.#reading && this.bytes.size > 0 -> true",
      "!this.#reading && this.bytes.size > 0 -> (!this.#reading)",
      "!this.#reading && this.bytes.size > 0 -> (this.bytes.size > 0)",
      "> -> >=",
    ],
    reason: "to read where nothing is, or what is read already, changes nothing",
  },
  {
    file: "src/kong/protocol/connection.ts",
    code: "while (!this.#over && this.bytes.size > 0 && this.#reader()?.read());",
    changes: ["> -> >="],
    reason: "no bytes are no message of either protocol",
  },
  {
    file: "src/kong/protocol/connection.ts",
    code: "if (next !== this.#current) this.#current?.forget();",
    changes: ["next !== this.#current -> true"],
    reason: "a reader that has forgotten what it saw of a message looks at it again",
  },
  {
    file: "src/kong/protocol/msgpack/connection.ts",
    code: "if (request && tooLong) this.#refuse(request, tooLong);",
    changes: ["request && tooLong -> (tooLong)"],
    reason: "nothing but requests is cut",
  },
  {
    file: "src/kong/protocol/msgpack/messages.ts",
    code: 'if (typeof fields === "object" && typeof fields?.EventName === "string") return fields;',
    changes: [
      'typeof fields === "object" && typeof fields?.EventName === "string" -> (typeof fields?.EventName === "string")',
    ],
    reason: "nothing but an object has such a property",
  },
  {
    file: "src/kong/protocol/msgpack/too_long.ts",
    code: "for (let left = map & ENTRIES; left > 0 && at === undefined; left--) {",
    changes: ["left > 0 && at === undefined -> (left > 0)"],
    reason: "a value that is not whole, or long, is no name either, which ends the loop",
  },
  {
    file: "src/kong/protocol/protocol_of.ts",
    code: "if (first <= 0x7f) return 1;",
    changes: ["first <= 0x7f -> false", "<= -> <", "1 -> undefined"],
    reason: "behind a number of one byte the fourth byte begins a text, and is not 0",
  },
  {
    file: "src/kong/server/workers/refusals.ts",
    code: "if (this.#poison.size === 0 && this.#stopped.size === 0) return undefined;",
    changes: ["this.#poison.size === 0 && this.#stopped.size === 0 -> false"],
    reason: "it is found a little later that nothing is refused",
  },
  {
    file: "src/kong/server/workers/refusals.ts",
    code: "const until = this.#stopped.get(plugin) ?? 0;",
    changes: ["this.#stopped.get(plugin) ?? 0 -> (this.#stopped.get(plugin))"],
    reason: "undefined is later than nothing, as 0 is",
  },
  {
    file: "src/kong/server/workers/refusals.ts",
    code: "if (until > now) {",
    changes: ["> -> >="],
    reason: "a millisecond of the clock",
  },
  {
    file: "src/kong/server/workers/refusals.ts",
    code: "if (!poison || poison.untilMs <= now) return undefined;",
    changes: ["<= -> <"],
    reason: "a millisecond of the clock",
  },
  {
    file: "src/kong/server/workers/unloadable.ts",
    code: 'return "gone";',
    changes: ['"gone" -> ""'],
    reason: "any text will do that is no state of a file",
  },
  {
    file: "src/kong/server/workers/blame.ts",
    code: "return Object.fromEntries(Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1));",
    changes: ["< -> <="],
    reason: "no two keys of an object are the same",
  },
  {
    file: "src/kong/server/workers/blame.ts",
    code: "if (!first) return [];",
    changes: ["!first -> false", "[] -> undefined"],
    reason: "whoever is guilty ran: it is there for the types",
  },
  {
    file: "src/kong/server/workers/deaths.ts",
    code: 'const how = killedFor === "blocked" ? "blocked" : isUnclear ? "unclear" : "crash";',
    changes: ['"crash" -> ""'],
    reason: "what is neither of the others is a crash",
  },
  {
    file: "src/kong/server/workers/deaths.ts",
    code: "reason: killedFor && REASONS[killedFor],",
    changes: ["killedFor && REASONS[killedFor] -> (REASONS[killedFor])"],
    reason: "there is no reason of that name",
  },
  {
    file: "src/kong/server/workers/instance_book.ts",
    code: "const id = this.#ids((id) => this.#seeds.has(id));",
    changes: ["this.#seeds.has(id) -> undefined"],
    reason: "an id comes again after 2,000 million starts only",
  },
];

/** The reason why a mutant may survive, if there is one. */
export function reasonFor(
  { file, code, from, to }: Mutant,
  accepted: readonly Accepted[] = ACCEPTED,
): string | undefined {
  return accepted.find((one) =>
    one.file === file && one.code === code && one.changes.includes(`${from} -> ${to}`)
  )?.reason;
}
