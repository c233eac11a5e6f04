// Requests that prox would serve, and that the runtime's HTTP server cannot read: they are told of.
import { STATUS_CODES } from "node:http";
import type { Server } from "node:http";
import { codeOf, messageOf } from "../../base/errors.ts";
import type { Logger } from "../../base/log.ts";

/** As node:http itself answers; 400 for everything else. */
const STATUSES: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

/** Says of each such request that no plugin was asked about it. The client gets what it always gets. */
export function tellUnreadable(server: Server, log: Logger): void {
  server.on("clientError", (error, socket) => {
    const code = String(codeOf(error));
    if (code === "ECONNRESET" || !socket.writable) return void socket.destroy();
    const status = STATUSES[code] ?? 400;
    log.warn("this runtime's HTTP server has refused a request, and no plugin was asked", {
      status,
      reason: messageOf(error),
      remedy:
        "prox serves unknown methods, unescaped bytes in a path, and 200 headers; this does not.",
    });
    socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\n\r\n`);
  });
}
