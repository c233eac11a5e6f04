// What gibbon dev says when it runs: what runs where, what to try, and how to begin.
import { join } from "node:path";
import type { Gateway } from "../dev/gateway.ts";

/** What it is said of. */
export interface Welcomed {
  readonly gateway: Pick<Gateway, "url" | "secure" | "plugins" | "example">;
  /** The file of the gateway's certificate, where it has one. */
  readonly certificate?: string | undefined;
  /** The plugins directory. */
  readonly directory: string;
  /** Names of prox's plugins. */
  readonly around: readonly string[];
  /** Where requests go, in words. */
  readonly service: string;
  /** The inspector's URL, or why there is none; undefined if it is not wanted. */
  readonly inspector?: { readonly url: string } | { readonly reason: string } | undefined;
}

/** The lines, with the last one's end. */
export function welcomeText(welcomed: Welcomed): string {
  const { gateway, directory, around, service, inspector } = welcomed;
  const { path, method, host } = gateway.example;
  const names = gateway.plugins.join(", ") || "none";
  const others = around.length === 0 ? "" : `, around them prox's: ${around.join(", ")}`;
  const isEmpty = gateway.plugins.length === 0 && around.length === 0;
  return `gibbon dev: plugins of ${directory}: ${names}${others}; requests go to ${service}\n` +
    (isEmpty ? firstPlugin(directory) : "") +
    `Try: curl -i ${gateway.url}${path}${method ? ` -X ${method}` : ""}` +
    `${host ? ` -H "Host: ${host}"` : ""}\n` +
    secureLine(welcomed) +
    (inspector ? inspectorLine(inspector) : "");
}

function secureLine({ gateway: { secure }, certificate }: Welcomed): string {
  if (!secure) return "";
  if ("reason" in secure) {
    return `HTTPS: not there, ${secure.reason} (--https-port gives another)\n`;
  }
  return `HTTPS: ${secure.url}${certificate ? ` (curl --cacert ${certificate})` : " (curl -k)"}\n`;
}

/** The same for programs. */
export function welcomeObject(welcomed: Welcomed): Record<string, unknown> {
  const { gateway, directory, around, service, inspector } = welcomed;
  const { url, secure, plugins } = gateway;
  const shown = inspector && "url" in inspector ? { url: inspector.url } : inspector;
  return {
    type: "ready",
    url,
    secure,
    directory,
    plugins,
    prox: around,
    service,
    inspector: shown,
  };
}

function inspectorLine(inspector: NonNullable<Welcomed["inspector"]>): string {
  if ("url" in inspector) return `Inspector: ${inspector.url}\n`;
  return `Inspector: not there, ${inspector.reason} (--inspector-port gives it another port)\n`;
}

/** For a directory that has nothing yet. */
function firstPlugin(directory: string): string {
  return `Save this as ${join(directory, "hello.ts")}, and it runs with the next request:

  import { definePlugin } from "gibbon";

  export default definePlugin({
    name: "hello",
    version: "1.0.0",
    access: (kong) => kong.response.setHeader("x-hello", "world"),
  });

`;
}
