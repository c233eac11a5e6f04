// Runs a method on a call and makes the answer: a payload or an error, never an exception.
import * as v from "valibot";
import { messageOf, stackOf } from "../../base/errors.ts";
import type { Logger } from "../../base/log.ts";
import { attempt } from "../../base/printable.ts";
import { blameOthers, forbidPatches, patchedBy } from "../../runtime/shared/builtins/damage.ts";
import { type Envelope, ERR_METHOD_NOT_FOUND } from "../messages.ts";
import { readPayload, writePayload } from "../payload.ts";
import { type HubMethod, METHOD_ERROR, type MethodContext } from "./define.ts";
import type { HubPlugin } from "./plugin.ts";

/** What is answered: one of them says something. */
export type MethodAnswer = Pick<Envelope, "Error"> | Pick<Envelope, "Payload">;

/** Longest text of an error, in characters. */
const ERROR_CHARACTERS = 8192;

/**
 * Answers a call.
 *
 * @param payloadBytes longest payload of an answer
 */
export async function answer(
  { info, methods }: Pick<HubPlugin, "info" | "methods">,
  { Method, Payload }: Envelope,
  ctx: MethodContext,
  log: Logger,
  payloadBytes: number,
): Promise<MethodAnswer> {
  const method = methods.get(Method);
  if (!method) return failure(ERR_METHOD_NOT_FOUND);
  try {
    const input = await check(method.input, readInput(Payload), "input");
    const bytes = writeOutput(
      await check(method.output, await run(info.name, method, input, ctx), "output"),
    );
    if (bytes.length <= payloadBytes) return { Payload: bytes };
    return failure(`the result takes ${bytes.length} bytes; ${payloadBytes} are the limit`);
  } catch (thrown) {
    const error = patchedBy(info.name) ?? thrown;
    if (isDeliberate(error)) return failure(messageOf(error) || "the method failed");
    log.error("a method failed", { method: Method, trace: ctx.trace, stack: stackOf(error) });
    return failure(`panic: ${messageOf(error)}`);
  }
}

/** What came in or went out is not what the schemas say: no accident of the method. */
class BadValue extends Error {
  readonly [METHOD_ERROR] = true;
}

/** A method can throw anything, also what cannot be looked at. */
function isDeliberate(error: unknown): boolean {
  return attempt(() =>
    (error as { [METHOD_ERROR]?: unknown } | null | undefined)?.[METHOD_ERROR]
  ) ===
    true;
}

function readInput(payload: Uint8Array): unknown {
  try {
    return readPayload(payload);
  } catch (error) {
    throw new BadValue(`invalid input: no JSON: ${messageOf(error)}`);
  }
}

async function run(
  plugin: string,
  method: HubMethod,
  input: unknown,
  ctx: MethodContext,
): Promise<unknown> {
  blameOthers();
  const running = method.run(input as never, ctx);
  forbidPatches(plugin);
  const output = await running;
  forbidPatches(plugin);
  return output;
}

function writeOutput(value: unknown): Uint8Array {
  try {
    return writePayload(value);
  } catch (error) {
    throw new BadValue(`invalid output: no JSON: ${messageOf(error)}`);
  }
}

async function check(
  schema: HubMethod["input"],
  value: unknown,
  what: "input" | "output",
): Promise<unknown> {
  if (!schema) return value;
  const result = schema.async
    ? await v.safeParseAsync(schema, value)
    : v.safeParse(schema as v.GenericSchema, value);
  if (result.success) return result.output;
  const issues = result.issues.slice(0, 5).map((issue) => {
    const where = v.getDotPath(issue);
    return where ? `${where}: ${issue.message}` : issue.message;
  });
  throw new BadValue(`invalid ${what}: ${issues.join("; ")}`);
}

function failure(message: string): MethodAnswer {
  return { Error: message.slice(0, ERROR_CHARACTERS) };
}
