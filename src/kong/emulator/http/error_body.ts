// The bodies of Kong's own answers: JSON, HTML, XML or text, as the client likes it.
import { STATUS_CODES } from "node:http";

/** What Kong says where nobody said something better. */
const MESSAGES: Readonly<Record<number, string>> = {
  500: "An unexpected error occurred",
  502: "An invalid response was received from the upstream server",
  503: "The upstream server is currently unavailable",
  504: "The upstream server is timing out",
};

/** The message for a status. */
export function statusMessage(status: number): string {
  const reason = STATUS_CODES[status];
  if (MESSAGES[status]) return MESSAGES[status];
  if (!reason) return `The upstream server responded with ${status}`;
  return reason[0] + reason.slice(1).toLowerCase();
}

type Format = "json" | "html" | "xml" | "plain";

const TYPES: Readonly<Record<Format, string>> = {
  json: "application/json; charset=utf-8",
  html: "text/html; charset=utf-8",
  xml: "application/xml; charset=utf-8",
  plain: "text/plain; charset=utf-8",
};

const FORMATS: Readonly<Record<string, Format>> = {
  "application/json": "json",
  "application/xml": "xml",
  "text/html": "html",
  "text/plain": "plain",
  "text/*": "html",
  "application/*": "json",
  "*/*": "json",
};

const mediaType = (text: string) => text.split(";")[0]!.trim().toLowerCase();

/** The media type that an `Accept` header likes best among those that Kong has; JSON if none. */
export function acceptedType(accept: string | undefined): string {
  const ranges = (accept ?? "").split(",").map((range, order) => {
    const quality = /;\s*q=([0-9.]+)/i.exec(range)?.[1];
    return { format: FORMATS[mediaType(range)], quality: quality ? Number(quality) : 1, order };
  });
  const liked = ranges
    .filter(({ format, quality }) => format !== undefined && quality > 0)
    .sort((a, b) => b.quality - a.quality || a.order - b.order)[0];
  return TYPES[liked?.format ?? "json"];
}

/** A text as it can stand between the tags of HTML and XML. */
export function escapeMarkup(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** A body of a media type; JSON for those that Kong has no form for. */
export function errorBody(type: string, message: string, requestId: string): string {
  const format = FORMATS[mediaType(type)] ?? "json";
  if (format === "plain") return `${message}\nrequest_id: ${requestId}\n`;
  if (format === "json") return JSON.stringify({ message, request_id: requestId });
  const text = escapeMarkup(message);
  if (format === "xml") {
    return `<?xml version="1.0" encoding="UTF-8"?>\n<error><message>${text}</message>` +
      `<requestid>${requestId}</requestid></error>\n`;
  }
  return `<!doctype html>\n<title>Error</title>\n<h1>Error</h1>\n<p>${text}</p>\n` +
    `<p>request_id: ${requestId}</p>\n`;
}

/** The page that nginx puts where there is a status and no body. */
export function statusPage(status: number): string {
  const reason = `${status} ${STATUS_CODES[status] ?? ""}`.trim();
  return `<!doctype html>\n<title>${reason}</title>\n<h1>${reason}</h1>\n`;
}
