// Values that generated handlers throw and return, among them those that cannot be looked at.

/** What becomes of a promise that is resolved with a value. */
export type Fate = "fulfils" | "rejects" | "silent";

/** A value that is returned. */
export interface Returned {
  readonly fate: Fate;
  /** Whether it says that it fulfils, and that it does not. */
  readonly isTwofold?: boolean;
  /** Whether it fulfils with something that no protocol has a meaning for. */
  readonly isJunk?: boolean;
  make(): unknown;
}

const traps = () =>
  new Proxy({}, {
    get: () => () => {
      throw new Error("a trap");
    },
  });

function revoked(): unknown {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

const fail = (): never => {
  throw new Error("no");
};

const withGetter = (name: string) =>
  Object.defineProperty(new Error("no"), name, { get: fail, configurable: true });

function circle(): unknown {
  const object: Record<string, unknown> = {};
  object["itself"] = object;
  return object;
}

/** What may be thrown, and what promises may reject with. */
export const THROWN: readonly (() => unknown)[] = [
  () => undefined,
  () => null,
  () => "no",
  () => 1n,
  () => Symbol("no"),
  () => fail,
  () => new Error("no"),
  circle,
  () => Object.create(null),
  () => withGetter("stack"),
  () => withGetter("message"),
  () => withGetter("name"),
  () => Object.assign(new Error("no"), { stack: 1n, message: Symbol("no") }),
  () => new Proxy({}, traps()),
  () => new Proxy(new Error("no"), traps()),
  revoked,
  () => ({ toString: fail, valueOf: fail, toJSON: fail, [Symbol.toPrimitive]: fail }),
  () => ({ then: fail }),
  () => Object.assign(new Error("no"), { name: "RequestEnded" }),
];

type Settle = (value?: unknown) => void;

class OtherPromise extends Promise<unknown> {
  static override get [Symbol.species](): PromiseConstructor {
    throw new Error("a species");
  }
}

/** What may be returned. */
export const RETURNED: readonly Returned[] = [
  { fate: "fulfils", make: () => undefined },
  { fate: "fulfils", make: () => 5, isJunk: true },
  { fate: "fulfils", make: () => Symbol("no"), isJunk: true },
  { fate: "fulfils", make: () => ({ then: (yes: Settle) => yes() }) },
  { fate: "fulfils", make: () => ({ then: (yes: Settle) => void setTimeout(yes, 1) }) },
  {
    fate: "fulfils",
    isTwofold: true,
    make: () => ({
      then(yes: Settle, no: Settle) {
        yes();
        no(1n);
        yes();
        throw new Error("too late");
      },
    }),
  },
  { fate: "rejects", make: () => ({ then: fail }) },
  { fate: "rejects", make: () => ({ then: (_: Settle, no: Settle) => no(1n) }) },
  { fate: "rejects", make: () => ({ then: (_: Settle, no: Settle) => void setTimeout(no, 1) }) },
  { fate: "rejects", make: () => Object.defineProperty({}, "then", { get: fail }) },
  { fate: "rejects", make: () => new Proxy({}, { get: fail }) },
  { fate: "rejects", make: revoked },
  { fate: "rejects", make: () => new OtherPromise(() => {}) },
  { fate: "silent", make: () => ({ then: () => {} }) },
  { fate: "silent", make: () => new Promise(() => {}) },
];
