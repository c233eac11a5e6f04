// What hubs say to each other: the heads of their messages, checked, since anybody may send on NATS.
import * as v from "valibot";
import { WireError } from "../../../wire/wire_error.ts";
import { NAME_CHARACTERS } from "../names.ts";

const Id = v.pipe(v.string(), v.regex(/^[\w-]{1,80}$/));
const Name = v.pipe(v.string(), v.minLength(1), v.maxLength(NAME_CHARACTERS));
const Count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const Text = v.pipe(v.string(), v.maxLength(2048));

/** A plugin as its hub tells others of it. */
export const ToldPlugin = v.object({
  name: Name,
  version: Text,
  /** When it got its name, in milliseconds since 1970: of two with one name the later leaves. */
  since: Count,
  /** JSON of its functions, which most never look at. */
  functions: v.string(),
});
export type ToldPlugin = v.InferOutput<typeof ToldPlugin>;

/** To all hubs. `revision` counts the changes of the hub's list. */
export const Told = v.variant("kind", [
  v.object({
    kind: v.literal("beat"),
    hub: Id,
    revision: Count,
    /** Whether somebody reads async values there; another number whenever it begins anew. */
    reads: Count,
    /** Whether it has just come, and wants to hear of the others. */
    isNew: v.boolean(),
  }),
  // The body has what changed.
  v.object({ kind: v.literal("changes"), hub: Id, after: Count, revision: Count }),
  v.object({ kind: v.literal("bye"), hub: Id }),
]);
export type Told = v.InferOutput<typeof Told>;

/** The body of `changes`. */
export const Changes = v.array(v.union([
  v.object({ came: ToldPlugin }),
  v.object({ left: Name, graceful: v.boolean() }),
]));
export type ListChange = v.InferOutput<typeof Changes>[number];

/** The body of the answer to `list`. */
export const List = v.object({ revision: Count, plugins: v.array(ToldPlugin) });
export type List = v.InferOutput<typeof List>;

/** To one hub. */
export const Asked = v.variant("kind", [
  v.object({
    kind: v.literal("call"),
    hub: Id,
    seq: Count,
    plugin: Name,
    method: Text,
    trace: Text,
    /** Milliseconds; null for no end. */
    timeoutMs: v.nullable(v.pipe(v.number(), v.minValue(0))),
  }),
  v.object({ kind: v.literal("unplug"), hub: Id, seq: Count, plugin: Name, trace: Text }),
  v.object({ kind: v.literal("list"), hub: Id, seq: Count }),
  /** An async value: the body. `pump` is another number whenever they begin anew. */
  v.object({ kind: v.literal("value"), hub: Id, seq: Count, pump: Count, plugin: Name }),
  /** So many values of a pump are taken. */
  v.object({ kind: v.literal("taken"), hub: Id, seq: Count, pump: Count }),
]);
export type Asked = v.InferOutput<typeof Asked>;

/** The answer to what was asked; the body has the result, or the error's message. */
export const Answered = v.object({
  /** Its code. */
  error: v.optional(v.string()),
});
export type Answered = v.InferOutput<typeof Answered>;

/** Who wants a name. */
export const Claim = v.object({ hub: Id, since: Count });
export type Claim = v.InferOutput<typeof Claim>;

/** What another hub says to that: that it has it, or wants it as well. */
export const ClaimAnswer = v.object({ hub: Id, since: Count, isHeld: v.boolean() });
export type ClaimAnswer = v.InferOutput<typeof ClaimAnswer>;

/** @throws {WireError} if it is something else */
export function check<const S extends v.GenericSchema>(
  schema: S,
  value: unknown,
): v.InferOutput<S> {
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (result.success) return result.output;
  throw new WireError(
    "MALFORMED",
    `a message of a hub makes no sense: ${result.issues[0].message}`,
  );
}

/** @throws {WireError} if it is something else, or no JSON */
export function checkJson<const S extends v.GenericSchema>(
  schema: S,
  bytes: Uint8Array,
): v.InferOutput<S> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw new WireError("MALFORMED", "a message of a hub is no JSON");
  }
  return check(schema, value);
}
