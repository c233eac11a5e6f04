// Writes docs/authors/pdk.md anew: run it after a change to the PDK's table.
import { readFile, writeFile } from "node:fs/promises";
import { pdkPage } from "./docs/pdk_page.ts";

const FACTS = new URL("../tests/kong/data/pdk.json", import.meta.url);
const PAGE = new URL("../docs/authors/pdk.md", import.meta.url);

await writeFile(PAGE, pdkPage(JSON.parse(await readFile(FACTS, "utf8"))));
