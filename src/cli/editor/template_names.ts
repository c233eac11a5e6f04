// The plugins that gibbon new can begin with.

/** The templates: what each of them does. */
export const TEMPLATES = {
  auth: "lets in who has a key",
  transform: "changes requests and answers",
  "rate-limit": "counts requests of each client",
  log: "sends lines to an HTTP endpoint",
  stream: "looks at connections of TCP and TLS",
} as const;

/** The name of a template. */
export type TemplateName = keyof typeof TEMPLATES;
