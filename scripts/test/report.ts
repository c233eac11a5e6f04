// Reading the JUnit reports of the three runtimes' test runners into one shape.

/** One test as a report has it. */
export interface TestCase {
  /** Titles from the outermost suite to the test, joined with ` > `. */
  readonly title: string;
  readonly outcome: "passed" | "failed" | "skipped";
  /** Why it failed or was skipped, as far as the report says. */
  readonly detail: string;
}

/** A report, read. */
export interface TestReport {
  readonly cases: readonly TestCase[];
  /** Whether the report ends where it should; a test process that dies leaves none or a part. */
  readonly complete: boolean;
}

interface OpenCase {
  readonly title: string;
  outcome: TestCase["outcome"];
  detail: string;
}

/** A tag: slash if it closes, name, attributes, slash if it is empty. Values may hold a bare `>`. */
const TAG = /<(\/?)(\w+)((?:\s+[\w:-]+="[^"]*")*)\s*(\/?)>/g;

/**
 * Reads a JUnit report. Suites are not tests: only what is inside of them counts. Deno reports a
 * suite as a test with its tests as steps named after it, so those are left out.
 */
export function readTestReport(xml: string): TestReport {
  const cases = withoutContainers(readCases(xml));
  return { cases, complete: xml.trimEnd().endsWith("</testsuites>") };
}

function readCases(xml: string): TestCase[] {
  const cases: TestCase[] = [];
  const suites: string[] = [];
  let open: OpenCase | undefined;
  let textFrom = 0;
  for (const tag of xml.matchAll(TAG)) {
    const [whole, closing, name, attributeText = "", empty] = tag;
    const attributes = readAttributes(attributeText);
    if (name === "testsuite") {
      if (closing) suites.pop();
      else if (!empty) suites.push(suiteTitle(attributes));
    } else if (name === "testcase") {
      if (!closing) open = { title: caseTitle(suites, attributes), outcome: "passed", detail: "" };
      if (open && (closing || empty)) cases.push(open);
    } else if (open && (name === "failure" || name === "error" || name === "skipped")) {
      if (!closing) {
        open.outcome = name === "skipped" ? "skipped" : "failed";
        open.detail = attributes.get("message") ?? "";
        textFrom = tag.index + whole.length;
      } else {
        open.detail = unescapeXml(xml.slice(textFrom, tag.index)).trim() || open.detail;
      }
    }
  }
  return cases;
}

/** Suites that stand for a file have no place in a title; their names are paths. */
function suiteTitle(attributes: ReadonlyMap<string, string>): string {
  const name = attributes.get("name") ?? "";
  return /\.ts$/.test(name) ? "" : name;
}

function caseTitle(suites: readonly string[], attributes: ReadonlyMap<string, string>): string {
  return [...suites, attributes.get("name") ?? ""].filter((part) => part !== "").join(" > ");
}

function withoutContainers(cases: readonly TestCase[]): TestCase[] {
  const containers = new Set<string>();
  for (const { title } of cases) {
    for (let at = title.indexOf(" > "); at >= 0; at = title.indexOf(" > ", at + 1)) {
      containers.add(title.slice(0, at));
    }
  }
  return cases.filter(({ title }) => !containers.has(title));
}

function readAttributes(text: string): Map<string, string> {
  const found = text.matchAll(/([\w:-]+)="([^"]*)"/g);
  return new Map([...found].map(([, name = "", value = ""]) => [name, unescapeXml(value)]));
}

const ENTITIES: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
};

function unescapeXml(text: string): string {
  return text.replace(/&(?:#x([0-9a-fA-F]+)|#(\d+)|(\w+));/g, (whole, hex, decimal, name) => {
    if (hex) return String.fromCodePoint(parseInt(hex, 16));
    if (decimal) return String.fromCodePoint(Number(decimal));
    return ENTITIES[name] ?? whole;
  });
}
