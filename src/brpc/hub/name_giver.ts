// Under which name a plugin is taken in, or why it is not: on one hub at once, on joined hubs once they agree.
import { messageOf } from "../../base/errors.ts";
import { ERR_SHUTDOWN } from "../messages.ts";
import { freeName, type KeySequencer, NAME_CHARACTERS, namesToTry } from "./names.ts";

/** What a plugin is called here, or why it is not taken. */
export type Naming =
  | { readonly name: string; readonly reason?: never }
  | { readonly name?: never; readonly reason: string };

/** What an admission goes by. */
export interface NamingRules {
  readonly keySequencer: KeySequencer | undefined;
  /** Plugins at once. */
  readonly plugins: number;
  /** Whether a plugin of this hub has a name. */
  isTaken(name: string): boolean;
  /** How many there are. */
  count(): number;
  isStopping(): boolean;
}

/** The hubs that this one is joined with. */
export interface NamesElsewhere {
  /** Whether a plugin of another hub has a name. */
  isTaken(name: string): boolean;
  /** Asks the others for a name. @returns whether it is this hub's now */
  claim(name: string): Promise<boolean>;
  release(name: string): void;
}

/** Gives names. */
export class NameGiver {
  readonly #rules: NamingRules;
  /** Names that other hubs are being asked for. */
  readonly #claiming = new Set<string>();

  constructor(rules: NamingRules) {
    this.#rules = rules;
  }

  /** The name on a hub that is alone. */
  nameFor(name: string): Naming {
    const reason = this.#refusal(name);
    if (reason !== undefined) return { reason };
    const { keySequencer } = this.#rules;
    try {
      const free = freeName(name, (other) => this.#isTaken(other), keySequencer);
      return free === undefined ? taken(name) : { name: free };
    } catch (error) {
      return failed(error);
    }
  }

  /**
   * The name on a hub that is joined with others.
   *
   * @param enter takes the plugin in under its name, or refuses it
   */
  async nameAmong<T>(
    name: string,
    elsewhere: NamesElsewhere,
    enter: (naming: Naming) => T,
  ): Promise<T> {
    const reason = this.#refusal(name);
    if (reason !== undefined) return enter({ reason });
    try {
      for (const one of namesToTry(name, this.#rules.keySequencer)) {
        if (this.#isTaken(one) || elsewhere.isTaken(one)) continue;
        // Until it is in: somebody else of this hub may ask for the name meanwhile.
        this.#claiming.add(one);
        try {
          if (!(await elsewhere.claim(one))) continue;
          if (!this.#rules.isStopping()) return enter({ name: one });
          elsewhere.release(one);
          return enter({ reason: ERR_SHUTDOWN });
        } finally {
          this.#claiming.delete(one);
        }
      }
      return enter(taken(name));
    } catch (error) {
      return enter(failed(error));
    }
  }

  #isTaken(name: string): boolean {
    return this.#rules.isTaken(name) || this.#claiming.has(name);
  }

  #refusal(name: string): string | undefined {
    const { plugins } = this.#rules;
    if (this.#rules.isStopping()) return ERR_SHUTDOWN;
    if (name === "" || name.length > NAME_CHARACTERS) {
      return `a plugin needs a name of 1 to ${NAME_CHARACTERS} characters`;
    }
    return this.#rules.count() + this.#claiming.size >= plugins
      ? `there are ${plugins} plugins already`
      : undefined;
  }
}

function taken(name: string): Naming {
  return { reason: `plugin ${name} is connected already` };
}

function failed(error: unknown): Naming {
  return { reason: `the key sequencer failed: ${messageOf(error)}` };
}
