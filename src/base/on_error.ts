// What a plugin's failure means for what it was asked about.

/** What becomes of a request when a handler of the plugin fails. */
export type OnError = "fail" | "continue";
