// Takes secrets out of what the page is told: by their names, and wherever else their values turn up.
import { Buffer } from "node:buffer";
import type { KeptValue } from "./kept_value.ts";
import { isSecretName, type SecretFields } from "./secret_names.ts";
import type { Shown, ShownValue } from "./view.ts";

/** Stands for what is not told. It says nothing of its length. */
export const MASK = "•••••";

/** Shorter values are looked for as a whole, not within other texts: they would be found everywhere. */
const SHORTEST_PART = 4;

/** Pairs in texts: of a query or a form, and of JSON, which may be cut. */
const QUERY_PAIR = /(?:^|[?&;\s])([\w.~%[\]-]{1,64})=([^&;\s]+)/g;
const JSON_PAIR = /"([^"\\]{1,64})"\s*:\s*"((?:[^"\\]|\\.)+)/g;

/** What stands in Set-Cookie behind the cookie. */
const COOKIE_ATTRIBUTES: ReadonlySet<string> = new Set([
  "path",
  "domain",
  "expires",
  "max-age",
  "samesite",
]);

/**
 * Masks the texts of one request. It is shown all of them twice: `collect` first, to learn the
 * secrets, then to say what may be told. A text goes by its place, which stays the same.
 */
export class Masker {
  readonly #learned = new Set<string>();
  /** The longest ones first: another may be a part of them. */
  #secrets: readonly string[] = [];
  #originals: Map<string, string> | undefined;
  readonly #numbers = new Map<string, number>();

  /** From here on it tells; before that it only learned. */
  show(): void {
    this.#originals = new Map();
    this.#secrets = [...this.#learned].sort((a, b) => b.length - a.length);
  }

  /** What a masked text is; undefined if nothing is masked at that place. */
  original(place: string): string | undefined {
    return this.#originals?.get(place);
  }

  /** @param isSecret whether all of it is */
  text(place: string, text: string, isSecret = false): Shown {
    if (!this.#originals) {
      if (isSecret) this.#learn(text);
      else this.#learnPairs(text);
      return "";
    }
    const told = isSecret && text !== "" ? MASK : this.#without(text);
    if (told === text) return text;
    this.#originals.set(place, text);
    const like = this.#numbers.get(text) ?? this.#numbers.size;
    this.#numbers.set(text, like);
    return { $masked: place, text: told, like };
  }

  /** A value with all that is in it. `name` is what it is called by, if anything. */
  value(place: string, value: KeptValue, name = ""): ShownValue {
    return this.#value(place, value, isSecretName(name), undefined);
  }

  /** A value that is a secret with all that is in it. */
  secret(place: string, value: KeptValue): ShownValue {
    return this.#value(place, value, true, undefined);
  }

  /** A configuration, of which the schema says what is secret. */
  config(place: string, config: KeptValue, fields: SecretFields): ShownValue {
    return this.#value(place, config, false, fields);
  }

  #value(
    place: string,
    value: KeptValue,
    isSecret: boolean,
    fields: SecretFields | undefined,
  ): ShownValue {
    const secret = isSecret || fields?.isSecret === true;
    if (typeof value === "string") return this.text(place, value, secret);
    // By its name alone a number is no secret: there are too many limits of tokens.
    if (typeof value === "number" && fields?.isSecret) return this.text(place, `${value}`, true);
    if (typeof value !== "object" || value === null) return value;
    if (Array.isArray(value)) {
      return value.map((item, at) => this.#value(`${place}.${at}`, item, secret, fields?.elements));
    }
    const entries = Object.entries(value).map(([name, part]) => {
      const below = fields?.fields.get(name) ?? fields?.elements;
      const isNamed = secret || isSecretName(name);
      return [name, this.#value(`${place}.${name}`, part, isNamed, below)] as const;
    });
    return Object.fromEntries(entries);
  }

  /** A secret, and what is one within it: what is behind `Bearer`, values of cookies, a password. */
  #learn(text: string): void {
    this.#add(text);
    for (const word of text.split(/\s+/).slice(1)) this.#add(word);
    for (const [, name, value] of text.matchAll(/([\w.-]+)=([^;,\s]+)/g)) {
      if (!COOKIE_ATTRIBUTES.has(name!.toLowerCase())) this.#add(value!);
    }
    const [, basic] = /^basic\s+(\S+)$/i.exec(text) ?? [];
    if (basic === undefined) return;
    const [, password] = /^[^:]*:(.+)$/.exec(Buffer.from(basic, "base64").toString()) ?? [];
    if (password !== undefined) this.#add(password);
  }

  #learnPairs(text: string): void {
    for (const [, name, value] of text.matchAll(QUERY_PAIR)) {
      if (isSecretName(decoded(name!))) this.#add(value!);
    }
    for (const [, name, value] of text.matchAll(JSON_PAIR)) {
      if (isSecretName(name!)) this.#add(value!);
    }
  }

  #add(secret: string): void {
    if (secret === "" || /^(?:true|false|null|undefined|bearer|basic)$/i.test(secret)) return;
    this.#learned.add(secret);
    // As it may stand in a query.
    this.#learned.add(encodeURIComponent(secret.toWellFormed()));
    this.#learned.add(decoded(secret));
  }

  #without(text: string): string {
    let told = text;
    for (const secret of this.#secrets) {
      if (told === secret) return MASK;
      if (secret.length >= SHORTEST_PART) told = told.replaceAll(secret, MASK);
    }
    return told;
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return text;
  }
}
