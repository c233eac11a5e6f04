// Checkers of formats that are others': Kubernetes manifests, compose files, and any JSON schema. They
// are programs in Python, which pip gets once and which then lie in node_modules/.cache.
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { NO_CHECKERS_TITLE } from "./no_checkers.ts";
import { RUNS_ON_NODE_ALONE } from "./once.ts";
import { type Ended, runProcess } from "./process.ts";

/** Each in a pinned version: its schemas come with it. */
const PACKAGES = ["kubernetes-validate==1.37.0", "check-jsonschema==0.35.0"];

const CACHE = fileURLToPath(new URL("../../node_modules/.cache/", import.meta.url));
const FOLDER = join(CACHE, `schemas ${PACKAGES.join(" ")}`.replaceAll(/[ =]+/g, "-"));

/** Installs the checkers, if they are not there. @throws {Error} with what pip said */
async function install(): Promise<void> {
  if (existsSync(FOLDER)) return;
  await mkdir(CACHE, { recursive: true });
  const folder = await mkdtemp(join(CACHE, "schemas-"));
  const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
  const { code, stdout, stderr } = await runProcess(
    ["python3", ...pip, "--target", folder, ...PACKAGES],
  );
  if (code !== 0) throw new Error(`pip could not install ${PACKAGES}:\n${stdout}${stderr}`);
  // Another test may have been faster.
  await rename(folder, FOLDER).catch(() => rm(folder, { recursive: true, force: true }));
}

/** Whether nothing can be checked. It is enough to check on one runtime. */
export const lacksCheckers = RUNS_ON_NODE_ALONE !== undefined ||
  await install().then(() => false, (error) => {
    console.error(`${NO_CHECKERS_TITLE}: ${error}`);
    return true;
  });

/** Runs a module of Python that is one of the checkers. */
async function check(module: string, args: readonly string[]): Promise<Ended> {
  return await runProcess(["python3", "-m", module, ...args], { env: { PYTHONPATH: FOLDER } });
}

/**
 * Checks manifests of Kubernetes against the schemas of a version, in which nothing may be that they
 * do not name.
 *
 * @param file path of a YAML file
 * @param version such as `1.37`
 * @throws {Error} with what is wrong
 */
export async function checkKubernetes(file: string, version: string): Promise<void> {
  const options = ["--strict", "--no-warn", "--kubernetes-version", version];
  const { code, stdout, stderr } = await check("kubernetes_validate", [...options, file]);
  if (code !== 0) throw new Error(`not for Kubernetes ${version}:\n${stdout}${stderr}`);
}

/** Checks a compose file against the schema of its specification. @throws {Error} with what is wrong */
export async function checkCompose(file: string): Promise<void> {
  await checkSchema(["--builtin-schema", "vendor.compose-spec", file]);
}

/**
 * Checks a file against a JSON schema.
 *
 * @param schema path of the schema; those that it refers to lie beside it
 * @throws {Error} with what is wrong
 */
export async function checkJson(file: string, schema: string): Promise<void> {
  const base = new URL(".", `file://${schema}`).href;
  await checkSchema(["--base-uri", base, "--schemafile", schema, file]);
}

async function checkSchema(args: readonly string[]): Promise<void> {
  const { code, stdout, stderr } = await check("check_jsonschema", args);
  if (code !== 0) throw new Error(`${args.at(-1)} does not fit its schema:\n${stdout}${stderr}`);
}
