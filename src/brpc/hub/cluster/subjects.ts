// The subjects that hubs talk on: NATS has names of tokens with dots between them.
import { Buffer } from "node:buffer";
import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { GibbonError } from "../../../base/errors.ts";

/** Characters of a hub's name, or of a token of the prefix. */
const TOKEN = /^[\w-]{1,64}$/;

const DEFAULT_PREFIX = "gibbon.hub";

/** What each subject is for. */
export class Subjects {
  /** To all hubs. */
  readonly all: string;
  readonly #prefix: string;

  /** @throws {GibbonError} OPTION_INVALID */
  constructor(prefix: string = DEFAULT_PREFIX) {
    if (prefix.length > 128 || !prefix.split(".").every((token) => TOKEN.test(token))) {
      throw new GibbonError(
        "OPTION_INVALID",
        `${JSON.stringify(prefix)} is no prefix of subjects`,
        {
          remedy: "Take letters, digits, - and _, with dots between, such as gibbon.hub.",
        },
      );
    }
    this.#prefix = prefix;
    this.all = `${prefix}.all`;
  }

  /** To one hub. */
  hub(id: string): string {
    return `${this.#prefix}.to.${id}`;
  }

  /** To one hub, what others say to all. */
  newcomer(id: string): string {
    return `${this.#prefix}.new.${id}`;
  }

  /** To whoever waits for an answer at a hub. */
  reply(id: string, secret: string, number: number | "*"): string {
    return `${this.#prefix}.re.${id}.${secret}.${number}`;
  }

  /** To the hub that has a name. Names may hold what tokens may not. */
  name(name: string): string {
    return `${this.#prefix}.name.${Buffer.from(name).toString("base64url")}`;
  }
}

/**
 * What a hub is called among others.
 *
 * @throws {GibbonError} OPTION_INVALID
 */
export function hubId(name: string | undefined): string {
  if (name !== undefined && !TOKEN.test(name)) {
    throw new GibbonError("OPTION_INVALID", `${JSON.stringify(name)} is no name of a hub`, {
      remedy: "Take up to 64 letters, digits, - and _.",
    });
  }
  const readable = name ?? hostname().replace(/[^\w-]/g, "-").slice(0, 64);
  return `${readable || "hub"}-${randomBytes(3).toString("hex")}`;
}
