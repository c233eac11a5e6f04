// The few shapes that a configuration in JSON can have, whatever valibot calls them.
import type { PipeItem } from "../../modules/valibot/schema.ts";

/**
 * How a value that is not there is handed to valibot: as a key that is missing, as null, as
 * undefined, or not at all because the field is required.
 */
export type Absence = "missing" | "null" | "undefined" | "required";

/** What every shape has. */
export interface Field {
  readonly absence: Absence;
  /** What an absent value becomes; as valibot takes it, so a set is a Set. */
  readonly default: unknown;
  readonly checks: readonly PipeItem[];
  readonly description: string | undefined;
  /** Attributes of Kong's language that the author gave. */
  readonly kong: Readonly<Record<string, unknown>>;
}

/** A string; with `options`, one of them. */
export interface StringShape extends Field {
  readonly kind: "string";
  readonly options: readonly string[] | undefined;
}
/** A number; with `options`, one of them. */
export interface NumberShape extends Field {
  readonly kind: "number";
  readonly options: readonly number[] | undefined;
}
/** A boolean; with `only`, that one. */
export interface BooleanShape extends Field {
  readonly kind: "boolean";
  readonly only: boolean | undefined;
}
/** A JSON array: for valibot an array or a Set. */
export interface ListShape extends Field {
  readonly kind: "array" | "set";
  readonly items: Shape;
}
/** A JSON object with keys that are data: for valibot a Map or a record. */
export interface MapShape extends Field {
  readonly kind: "map" | "record";
  readonly keys: Shape;
  readonly values: Shape;
}
/** A JSON object with fields. */
export interface ObjectShape extends Field {
  readonly kind: "object";
  readonly entries: ReadonlyMap<string, Shape>;
  /** Whether keys that are not in `entries` go on to valibot. */
  readonly keepsUnknown: boolean;
}
/** Anything else; the author has said it in Kong's language. */
export interface GivenShape extends Field {
  readonly kind: "given";
}
/** What a configuration or a part of it looks like. */
export type Shape =
  | StringShape
  | NumberShape
  | BooleanShape
  | ListShape
  | MapShape
  | ObjectShape
  | GivenShape;

/** A shape without what every shape has. */
export type Bare<S extends Shape = Shape> = S extends Shape ? Omit<S, keyof Field> : never;
