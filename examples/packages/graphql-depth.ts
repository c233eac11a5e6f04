// Turns away queries of GraphQL that are nested too deep, or ask for too much at once.
//
//   npm install graphql
//   curl -i http://127.0.0.1:8000/ -H "content-type: application/json" -d '{"query":"{ me { name } }"}'
//
// Fragments count where they are used. What cannot be parsed does not reach the service.
import { definePlugin } from "gibbon";
import {
  type DocumentNode,
  type FragmentDefinitionNode,
  GraphQLError,
  Kind,
  parse,
  type SelectionSetNode,
} from "graphql";
import * as v from "valibot";

export default definePlugin({
  version: "1.0.0",
  priority: 890,
  config: v.object({
    depth: v.pipe(
      v.optional(v.pipe(v.number(), v.integer(), v.minValue(1)), 8),
      v.description("How deep fields may be in one another."),
    ),
    fields: v.pipe(
      v.optional(v.pipe(v.number(), v.integer(), v.minValue(1)), 500),
      v.description("How many fields a query may have, its fragments included."),
    ),
    introspection: v.pipe(
      v.optional(v.boolean(), true),
      v.description("Whether clients may ask for the schema."),
    ),
  }),

  async access(kong, limits) {
    const refuse = (error: GraphQLError) => kong.response.exit(400, { errors: [error] });
    const text = await queryOf(await kong.request.getMethod(), {
      body: () => kong.request.getRawBody(),
      parameter: () => kong.request.getQueryArg("query"),
    });
    if (text === undefined) return refuse(new GraphQLError("There is no query."));
    try {
      // The parser itself stops at so many words.
      measure(parse(text, { maxTokens: 10 * limits.fields }), limits);
    } catch (error) {
      if (error instanceof GraphQLError) return refuse(error);
      throw error;
    }
  },
});

/** The query of a request; undefined where there is none that can be read. */
async function queryOf(
  method: string,
  from: { body(): Promise<Uint8Array | undefined>; parameter(): Promise<unknown> },
): Promise<string | undefined> {
  if (method !== "POST") {
    const given = await from.parameter();
    return typeof given === "string" ? given : undefined;
  }
  try {
    const { query } = JSON.parse(new TextDecoder().decode(await from.body()));
    return typeof query === "string" ? query : undefined;
  } catch {
    return undefined;
  }
}

interface Limits {
  readonly depth: number;
  readonly fields: number;
  readonly introspection: boolean;
}

/** @throws {GraphQLError} for a query that goes past a limit */
function measure(document: DocumentNode, limits: Limits): void {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const node of document.definitions) {
    if (node.kind === Kind.FRAGMENT_DEFINITION) fragments.set(node.name.value, node);
  }
  let fields = 0;
  const visit = (set: SelectionSetNode, depth: number, inside: readonly string[]): void => {
    for (const node of set.selections) {
      if (node.kind === Kind.FIELD) {
        if (++fields > limits.fields) throw tooMuch(`more than ${limits.fields} fields`);
        if (depth > limits.depth) throw tooMuch(`fields nested deeper than ${limits.depth}`);
        if (!limits.introspection && ["__schema", "__type"].includes(node.name.value)) {
          throw new GraphQLError("The schema is not shown here.");
        }
        if (node.selectionSet) visit(node.selectionSet, depth + 1, inside);
      } else if (node.kind === Kind.INLINE_FRAGMENT) {
        visit(node.selectionSet, depth, inside);
      } else {
        const name = node.name.value;
        const fragment = fragments.get(name);
        if (inside.includes(name)) throw new GraphQLError(`The fragment ${name} is within itself.`);
        if (fragment) visit(fragment.selectionSet, depth, [...inside, name]);
      }
    }
  };
  for (const node of document.definitions) {
    if (node.kind === Kind.OPERATION_DEFINITION) visit(node.selectionSet, 1, []);
  }
}

function tooMuch(what: string): GraphQLError {
  return new GraphQLError(`The query has ${what}.`);
}
