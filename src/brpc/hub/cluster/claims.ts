// Names of plugins across hubs: whoever has one listens on its subject, and says so when it is asked.
import type { NatsConnection, Subscription } from "@nats-io/transport-node";
import type { Logger } from "../../../base/log.ts";
import { check, Claim, ClaimAnswer } from "./messages.ts";
import { readPart, writeShort } from "./frames.ts";
import type { Replies } from "./replies.ts";
import type { Subjects } from "./subjects.ts";

/**
 * How long the words of still others are waited for where one wants a name too, in milliseconds. Of two
 * the one that was first can go on at once: the other has heard of it when it answers.
 */
const CONTEST_MS = 50;

/** What claims work with. */
export interface ClaimsParts {
  readonly connection: NatsConnection;
  readonly subjects: Subjects;
  readonly replies: Replies;
  /** This hub's. */
  readonly id: string;
  readonly claimMs: number;
  readonly log: Logger;
  /** Whether NATS can be asked. */
  isConnected(): boolean;
  /** How many other hubs there are. */
  others(): number;
}

/** A name that this hub has, or wants. */
interface Owned {
  readonly since: number;
  subscription?: Subscription;
  isHeld: boolean;
  /** Whether somebody else wants it, and was there first. */
  isLost: boolean;
}

/** Whether one of two that have or want a name was there before the other. */
export function wasFirst(one: Claim, other: Claim): boolean {
  return one.since !== other.since ? one.since < other.since : one.hub < other.hub;
}

/** The names of this hub's plugins. */
export class Claims {
  readonly #parts: ClaimsParts;
  readonly #owned = new Map<string, Owned>();

  constructor(parts: ClaimsParts) {
    this.#parts = parts;
  }

  /** When a name became this hub's, in milliseconds since 1970. */
  since(name: string): number | undefined {
    return this.#owned.get(name)?.since;
  }

  /**
   * Asks the others for a name. Where nobody can be asked it is taken: who is right is found out later.
   *
   * @returns whether it is this hub's now
   */
  async claim(name: string): Promise<boolean> {
    const owned: Owned = { since: Date.now(), isHeld: false, isLost: false };
    this.#owned.set(name, owned);
    const subscription = this.#listen(name, owned);
    owned.subscription = subscription;
    const isFree = await this.#ask(name, owned);
    if (isFree && !owned.isLost) {
      owned.isHeld = true;
      return true;
    }
    if (this.#owned.get(name) === owned) this.release(name);
    return false;
  }

  /** Takes a name that a plugin had before this hub joined the others. */
  hold(name: string): void {
    const owned: Owned = { since: Date.now(), isHeld: true, isLost: false };
    this.#owned.set(name, owned);
    owned.subscription = this.#listen(name, owned);
  }

  /** It is nobody's any more. */
  release(name: string): void {
    const owned = this.#owned.get(name);
    this.#owned.delete(name);
    owned?.subscription?.unsubscribe();
  }

  #listen(name: string, owned: Owned): Subscription {
    const { connection, subjects, id } = this.#parts;
    return connection.subscribe(subjects.name(name), {
      callback: (error, message) => {
        if (error) return;
        try {
          const other = check(Claim, readPart(message.data).head);
          const mine = { hub: id, since: owned.since };
          if (!owned.isHeld && wasFirst(other, mine)) owned.isLost = true;
          const answer = { ...mine, isHeld: owned.isHeld };
          message.respond(writeShort(answer));
        } catch {
          // Whoever sends such a thing is no hub.
        }
      },
    });
  }

  /** @returns whether nobody says that it is theirs */
  #ask(name: string, owned: Owned): Promise<boolean> {
    const { replies, subjects, id, claimMs, log } = this.#parts;
    const alone = (why: string) => {
      const remedy = "If another hub has it too, the plugin that came later is told to leave.";
      log.warn("other hubs could not be asked for a name", { plugin: name, reason: why, remedy });
      return true;
    };
    if (!this.#parts.isConnected()) return Promise.resolve(alone("NATS cannot be reached"));
    const mine: Claim = { hub: id, since: owned.since };
    return new Promise((resolve) => {
      let number = -1;
      const settle = (isFree: boolean) => {
        clearTimeout(late);
        replies.forget(number);
        resolve(isFree);
      };
      let late = setTimeout(() => settle(alone("NATS does not answer")), claimMs);
      const take = (message: Uint8Array | undefined) => {
        if (!message) return settle(true);
        const answer = readAnswer(message);
        if (!answer) return;
        if (answer.isHeld || wasFirst(answer, mine)) return settle(false);
        clearTimeout(late);
        late = setTimeout(() => settle(true), this.#parts.others() > 1 ? CONTEST_MS : 0);
      };
      number = replies.ask(subjects.name(name), [writeShort(mine)], take);
    });
  }
}

function readAnswer(message: Uint8Array): ClaimAnswer | undefined {
  try {
    return check(ClaimAnswer, readPart(message).head);
  } catch {
    return undefined;
  }
}
