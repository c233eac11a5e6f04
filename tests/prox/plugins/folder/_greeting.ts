// A file beside a plugin that is none itself.
export const greeting = (name: string): string => `Hello, ${name}!`;
