// What is read off an exchange for its recording.
import type { EntityRecord } from "../../kong/emulator/entities.ts";
import type { Exchange } from "../../kong/emulator/exchange.ts";
import type { HeaderLine, HeaderList } from "../../kong/emulator/http/header_list.ts";
import { fromLine, toText } from "../../kong/emulator/lua/bytes.ts";
import type { AnsweredBy } from "./view.ts";

/** Header lines as text. */
export function headerLines({ lines }: HeaderList): readonly HeaderLine[] {
  return lines.map(([name, value]) => [toText(fromLine(name)), toText(fromLine(value))]);
}

/** What people call an entity: its name, or what it has in the place of one. */
export function nameOfEntity(entity: unknown): string | undefined {
  if (typeof entity !== "object" || entity === null) return undefined;
  const { name, username, custom_id, id } = entity as EntityRecord;
  const found = [name, username, custom_id, id].find((one) => typeof one === "string");
  return found as string | undefined;
}

/** Names of entities by their ids. */
export function namesOf(entities: readonly unknown[]): ReadonlyMap<string, string> {
  return new Map(entities.flatMap((entity) => {
    const id = (entity as EntityRecord | undefined)?.id;
    const name = nameOfEntity(entity);
    return typeof id === "string" && name !== undefined ? [[id, name]] as const : [];
  }));
}

/** Who made the response. */
export function answeredBy(exchange: Exchange, note: string | undefined): AnsweredBy {
  const { source, runs, service } = exchange;
  const by = (kind: AnsweredBy["kind"], name: string | undefined): AnsweredBy =>
    name === undefined ? { kind } : { kind, name };
  if (source === "service") return by("service", nameOfEntity(service));
  const end = source === "exit" ? "exited" : "raised";
  const run = runs.findLast((one) => one.end === end && one.phase !== "log");
  if (run) return by("plugin", run.plugin);
  return by(note === undefined ? "kong" : "prox", undefined);
}
