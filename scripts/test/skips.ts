// Skipped tests in CI: an error, but for those that may be.
import { ALLOWED_SKIPS, type AllowedSkip } from "../../tests/support/allowed_skips.ts";
import type { FileResult } from "./file.ts";
import type { TestCase } from "./report.ts";

/** Turns tests that were skipped and may not be into failures. */
export function forbidSkips(
  result: FileResult,
  allowed: readonly AllowedSkip[] = ALLOWED_SKIPS,
): FileResult {
  const cases = result.cases.map((test) =>
    test.outcome !== "skipped" || allowed.some((skip) => allows(skip, result, test))
      ? test
      : { ...test, outcome: "failed" as const, detail: explain(test) }
  );
  return { ...result, cases };
}

function allows({ file, title, on }: AllowedSkip, result: FileResult, test: TestCase): boolean {
  return result.file.startsWith(file) && title.test(test.title) && on.includes(result.runtime);
}

function explain({ detail }: TestCase): string {
  return `It was skipped${
    detail && `: ${detail}`
  }. In CI (the variable CI is true) that is an error: ` +
    "have .ci/run install what it needs, or list it with a reason in tests/support/allowed_skips.ts.";
}
