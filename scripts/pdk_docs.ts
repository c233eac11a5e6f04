// Writes docs/authors/pdk.md anew: run it after a change to the PDK's table.
import { writeFile } from "node:fs/promises";
import { readFacts } from "../tests/kong/support/pdk_facts.ts";
import { pdkPage } from "./docs/pdk_page.ts";

await writeFile(new URL("../docs/authors/pdk.md", import.meta.url), pdkPage(readFacts()));
