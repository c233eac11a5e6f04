// Asks the page for operators, and reads what Prometheus reads.
import http from "node:http";

/** What a page answered. */
export interface PageAnswer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly text: string;
}

/** Asks for a path; `at` is a port of this machine, or a Unix socket's path. */
export function askPage(
  at: number | string,
  path: string,
  method = "GET",
): Promise<PageAnswer> {
  const where = typeof at === "number" ? { host: "127.0.0.1", port: at } : { socketPath: at };
  return new Promise((resolve, reject) => {
    const request = http.request({ ...where, path, method, agent: false }, async (response) => {
      let text = "";
      for await (const piece of response) text += piece;
      resolve({ status: response.statusCode!, headers: response.headers, text });
    });
    request.on("error", reject);
    request.end();
  });
}

/** The numbers of a page, by what stands before them: `name{label="value"}`. */
export function readNumbers(text: string): Map<string, number> {
  return new Map(
    text.split("\n").filter((line) => line !== "" && !line.startsWith("#")).map((line) => {
      const at = line.lastIndexOf(" ");
      return [line.slice(0, at), Number(line.slice(at + 1))];
    }),
  );
}

/** The labels that each metric of a page has; a histogram's by its own name, without `le`. */
export function readLabels(text: string): Map<string, ReadonlySet<string>> {
  const types = new Map(
    [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => [name!, type!]),
  );
  const labels = new Map([...types.keys()].map((name) => [name, new Set<string>()]));
  for (const series of readNumbers(text).keys()) {
    const [, full, inside = ""] = /^([^{]+)(?:\{(.*)\})?$/.exec(series)!;
    const base = full!.replace(/_(?:bucket|sum|count)$/, "");
    const name = types.get(base) === "histogram" ? base : full!;
    for (const [, label] of inside.matchAll(/(\w+)="/g)) {
      if (label !== "le") labels.get(name)?.add(label!);
    }
  }
  return labels;
}
