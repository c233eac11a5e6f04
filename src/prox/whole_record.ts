// A record that keeps every key: valibot's own leaves out `constructor`, `prototype` and `__proto__`, and keys
// of groups are what clients have put into the name of a host.
import * as v from "valibot";

/** An object whose values all are of one kind. */
export function wholeRecord<S extends v.GenericSchema>(values: S) {
  return v.pipe(
    v.custom<Readonly<Record<string, v.InferInput<S>>>>(
      (value) => typeof value === "object" && value !== null && !Array.isArray(value),
      "it must be an object",
    ),
    v.rawTransform(({ dataset, addIssue, NEVER }) => {
      const entries: [string, v.InferOutput<S>][] = [];
      for (const [key, value] of Object.entries(dataset.value)) {
        const result = v.safeParse(values, value, { abortEarly: true });
        if (!result.success) {
          addIssue({ message: `${key}: ${result.issues[0].message}` });
          return NEVER;
        }
        entries.push([key, result.output]);
      }
      return Object.fromEntries(entries) as Record<string, v.InferOutput<S>>;
    }),
  );
}
