// What deno task release makes: archives, packages, images, lists and statements, of executables that are none.
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createPublicKey, generateKeyPairSync, verify } from "node:crypto";
import { readFile, realpath, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { unpackTar } from "modern-tar";
import { bundleModule, ROOT, type Target, TARGETS } from "../../scripts/build/executable.ts";
import { type Bun, readBun } from "../../scripts/release/bun.ts";
import { BUN_INTERFACES, BUN_PARTS } from "../../scripts/release/bun_parts.ts";
import { bundledFiles, type BundledPackage, readContents } from "../../scripts/release/contents.ts";
import { type NamedFile, sha256 } from "../../scripts/release/digests.ts";
import { makeRelease, type Making } from "../../scripts/release/make.ts";
import { writeNotices } from "../../scripts/release/notices.ts";
import { preAuthentication } from "../../scripts/release/provenance.ts";
import { writeSbom } from "../../scripts/release/sbom.ts";
import { runtimePath } from "../../scripts/runtimes.ts";
import { makeEditorTypes } from "../../scripts/declarations.ts";
import { makePage } from "../../src/dev/inspector/page_files.ts";
import { type Folder, makeFolder } from "../support/folder.ts";
import { RUNS_ON_NODE_ALONE, RUNS_ON_NODE_ALONE_TITLE } from "../support/once.ts";
import { runProcess } from "../support/process.ts";
import { checkJson, lacksCheckers } from "../support/schemas.ts";

const RELEASE = {
  version: "1.2.3",
  description: "What it is",
  commit: "c".repeat(40),
  time: new Date("2026-01-02T03:04:05Z"),
  isChanged: false,
};
const PACKAGES: BundledPackage[] = [{
  name: "@scope/name",
  version: "4.5.6",
  license: "(MIT OR Apache-2.0)",
  licenseText: "Its licence, with ``` in it",
  parts: ["program"],
  integrity: `sha512-${Buffer.alloc(64, 7).toString("base64")}`,
}];
const BUN: Bun = {
  version: "9.9.9",
  revision: "b".repeat(40),
  parts: [{ ...BUN_PARTS[0]!, version: "w1" }, { ...BUN_PARTS[1]!, version: undefined }],
};

/** Bytes that stand for an executable. */
const executable = (target: Target) => Buffer.from(`#!/bin/sh\necho ${target}\n`);

function making(more: Partial<Making> = {}): Making {
  return {
    release: RELEASE,
    targets: TARGETS,
    read: (target) => Promise.resolve(executable(target)),
    texts: {
      "README.md": "read me",
      "LICENSE": "licence",
      "CHANGELOG.md": "changes",
      "THIRD-PARTY-NOTICES.md": writeNotices(PACKAGES, BUN),
    },
    packages: PACKAGES,
    bun: BUN,
    bunDigest: "d".repeat(64),
    url: "https://example.test/v1/",
    key: undefined,
    maintainer: "Somebody <somebody@example.test>",
    ...more,
  };
}

const bytesOf = ({ data }: NamedFile) => typeof data === "string" ? Buffer.from(data) : data;

let files: Map<string, NamedFile>;
const bytes = (name: string) => bytesOf(files.get(name) ?? assert.fail(`there is no ${name}`));
const text = (name: string) => new TextDecoder().decode(bytes(name));

before(async () => {
  files = new Map((await makeRelease(making())).map((file) => [file.name, file]));
});

describe("a release", () => {
  test("has everything for each platform, and the digest of each file", () => {
    const archives = TARGETS.map((target) => `gibbon-1.2.3-${target}.tar.gz`);
    const debian = ["gibbon_1.2.3_amd64.deb", "gibbon_1.2.3_arm64.deb"];
    const others = ["gibbon-1.2.3-oci.tar", "gibbon-1.2.3.cdx.json", "gibbon.rb"];
    const texts = ["THIRD-PARTY-NOTICES.md", "provenance.json"];
    const all = [...archives, ...debian, ...others, ...texts].sort();
    assert.deepEqual([...files.keys()].sort(), [...all, "SHA256SUMS"].sort());
    const sums = text("SHA256SUMS").trimEnd().split("\n").map((line) => line.split("  "));
    assert.deepEqual(sums, all.map((name) => [sha256(bytes(name)), name]));
  });

  test("is the same, made again", async () => {
    for (const again of await makeRelease(making())) {
      assert.equal(sha256(again.data), sha256(bytes(again.name)), again.name);
    }
  });

  test("is without what would say where its files are, or who made it, if that is not known", async () => {
    const targets = ["linux-x64-musl"] as const;
    const names = (await makeRelease(making({ targets, url: undefined }))).map(({ name }) => name);
    assert.deepEqual(names, [
      ...["gibbon-1.2.3-linux-x64-musl.tar.gz", "gibbon-1.2.3-oci.tar", "gibbon-1.2.3.cdx.json"],
      ...["THIRD-PARTY-NOTICES.md", "provenance.json", "SHA256SUMS"],
    ]);
  });
});

describe("an archive", () => {
  test("has the executable and the texts in a folder, with the commit's time and no owner", async () => {
    const entries = await unpackTar(gunzipSync(bytes("gibbon-1.2.3-darwin-arm64.tar.gz")));
    const listed = entries.map(({ header: { name, mode, mtime, uid, uname } }) => {
      assert.deepEqual([mtime, uid, uname], [RELEASE.time, 0, "root"]);
      return [name.replace("gibbon-1.2.3-darwin-arm64", "."), mode];
    });
    assert.deepEqual(listed, [
      ["./", 0o755],
      ["./CHANGELOG.md", 0o644],
      ["./LICENSE", 0o644],
      ["./README.md", 0o644],
      ["./THIRD-PARTY-NOTICES.md", 0o644],
      ["./gibbon", 0o755],
    ]);
    assert.deepEqual(Buffer.from(entries.at(-1)!.data!), executable("darwin-arm64"));
  });
});

describe("the image layout", () => {
  /** A descriptor's blob, whose digest and size are right. */
  async function layout() {
    const entries = await unpackTar(bytes("gibbon-1.2.3-oci.tar"));
    const blobs = new Map(entries.map(({ header, data }) => [header.name, data]));
    const read = (path: string) => blobs.get(path) ?? assert.fail(`there is no ${path}`);
    const follow = ({ digest, size }: { digest: string; size: number }) => {
      const [algorithm, hash = ""] = digest.split(":");
      const blob = read(`blobs/${algorithm}/${hash}`);
      assert.equal(sha256(blob), hash);
      assert.equal(blob.length, size);
      return blob;
    };
    const json = (data: Uint8Array) => JSON.parse(new TextDecoder().decode(data));
    const count = [...blobs.keys()].filter((path) => /^blobs\/sha256\/\w/.test(path)).length;
    return { read, follow, json, count };
  }

  test("leads from its index to the one file of each platform", async () => {
    const { read, follow, json, count } = await layout();
    assert.deepEqual(json(read("oci-layout")), { imageLayoutVersion: "1.0.0" });
    const found: string[] = [];
    const index = json(read("index.json"));
    assert.equal(index.mediaType, "application/vnd.oci.image.index.v1+json");
    for (const image of index.manifests) {
      const tag = image.annotations["org.opencontainers.image.ref.name"];
      assert.equal(image.mediaType, "application/vnd.oci.image.index.v1+json");
      for (const described of json(follow(image)).manifests) {
        assert.equal(described.mediaType, "application/vnd.oci.image.manifest.v1+json");
        const manifest = json(follow(described));
        assert.equal(manifest.schemaVersion, 2);
        assert.equal(manifest.config.mediaType, "application/vnd.oci.image.config.v1+json");
        const config = json(follow(manifest.config));
        assert.deepEqual([config.os, config.architecture], [
          described.platform.os,
          described.platform.architecture,
        ]);
        assert.deepEqual(config.config.Entrypoint, ["/gibbon"]);
        assert.equal(manifest.layers.length, 1);
        const [layer] = manifest.layers;
        assert.equal(layer.mediaType, "application/vnd.oci.image.layer.v1.tar+gzip");
        const unpacked = gunzipSync(follow(layer));
        assert.deepEqual(config.rootfs.diff_ids, [`sha256:${sha256(unpacked)}`]);
        const [file, ...more] = await unpackTar(unpacked);
        assert.deepEqual(more, []);
        assert.deepEqual([file!.header.name, file!.header.mode], ["gibbon", 0o755]);
        found.push(
          `${tag} ${config.architecture} ${Buffer.from(file!.data!).toString().slice(15, -1)}`,
        );
      }
    }
    assert.deepEqual(found, [
      "1.2.3 amd64 linux-x64",
      "1.2.3 arm64 linux-arm64",
      "1.2.3-musl amd64 linux-x64-musl",
      "1.2.3-musl arm64 linux-arm64-musl",
    ]);
    // Two indices, and of each platform a manifest, a configuration and a layer: nothing else.
    assert.equal(count, 2 + 4 * 3);
  });
});

describe("the Debian package", () => {
  let folder: Folder;
  before(async () => {
    folder = await makeFolder();
    await writeFile(join(folder.path, "g.deb"), bytes("gibbon_1.2.3_arm64.deb"));
  });
  after(() => folder.remove());
  const dpkg = async (...args: string[]) => {
    const ended = await runProcess(["dpkg-deb", ...args], { cwd: folder.path });
    assert.equal(ended.code, 0, ended.stderr);
    return ended.stdout;
  };

  test("is one for dpkg", async () => {
    assert.equal(
      await dpkg("--field", "g.deb", "Package", "Version", "Architecture"),
      [
        "Package: gibbon",
        "Version: 1.2.3",
        "Architecture: arm64\n",
      ].join("\n"),
    );
    await dpkg("--extract", "g.deb", "root");
    const installed = await readFile(join(folder.path, "root/usr/bin/gibbon"));
    assert.deepEqual(installed, executable("linux-arm64"));
    await dpkg("--control", "g.deb", "control");
    const checked = await runProcess(["md5sum", "--check", "../control/md5sums"], {
      cwd: join(folder.path, "root"),
    });
    assert.equal(checked.code, 0, checked.stdout + checked.stderr);
  });
});

describe("the formula", () => {
  test("leads to the archives of the platforms that Homebrew has, by their digests", () => {
    const formula = text("gibbon.rb");
    const pairs = [...formula.matchAll(/url "(.*)"\n\s+sha256 "(.*)"/g)].map(([, url, digest]) => [
      url,
      digest,
    ]);
    const targets = ["darwin-arm64", "darwin-x64", "linux-arm64", "linux-x64"];
    assert.deepEqual(
      pairs,
      targets.map((target) => {
        const name = `gibbon-1.2.3-${target}.tar.gz`;
        return [`https://example.test/v1/${name}`, sha256(bytes(name))];
      }),
    );
    assert.equal(
      formula.match(/\bdo$|^class |^ +def /gm)!.length,
      formula.match(/^ *end$/gm)!.length,
    );
  });
});

describe("the provenance statement", () => {
  const expected = () => [...files.values()].filter(({ name }) => !/^prov|^SHA/.test(name));

  test("names each file by its digest, and what it was made of", () => {
    const statement = JSON.parse(text("provenance.json"));
    assert.equal(statement._type, "https://in-toto.io/Statement/v1");
    assert.equal(statement.predicateType, "https://slsa.dev/provenance/v1");
    assert.deepEqual(
      statement.subject,
      expected().map(({ name, data }) => ({ name, digest: { sha256: sha256(data) } })),
    );
    const { buildDefinition, runDetails } = statement.predicate;
    const [source, bun, , library] = buildDefinition.resolvedDependencies;
    assert.deepEqual(source.digest, { gitCommit: RELEASE.commit });
    assert.deepEqual(bun.digest, { sha256: "d".repeat(64) });
    assert.equal(library.uri, "pkg:npm/%40scope/name@4.5.6");
    assert.equal(library.digest.sha512, "07".repeat(64));
    assert.match(runDetails.builder.id, /^urn:/);
    assert.deepEqual(buildDefinition.externalParameters.targets, [...TARGETS]);
  });

  test("is signed where there is a key", async () => {
    const { privateKey, publicKey } = generateKeyPairSync("ed25519");
    const key = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    const signed = (await makeRelease(making({ key }))).find(({ name }) =>
      name === "provenance.intoto.jsonl"
    );
    const { payload, payloadType, signatures: [signature] } = JSON.parse(String(signed!.data));
    assert.equal(payloadType, "application/vnd.in-toto+json");
    const statement = Buffer.from(payload, "base64");
    const sig = Buffer.from(signature.sig, "base64");
    const pem = publicKey.export({ type: "spki", format: "pem" });
    const authentic = (of: Uint8Array) =>
      verify(null, preAuthentication(of), createPublicKey(pem), sig);
    assert.ok(authentic(statement));
    assert.ok(!authentic(Buffer.concat([statement, Buffer.from(" ")])));
    assert.deepEqual(JSON.parse(statement.toString()).subject.length, expected().length);
  });
});

describe("the notices", () => {
  test("have every text, whatever is in it", () => {
    const notices = text("THIRD-PARTY-NOTICES.md");
    assert.match(notices, /### @scope\/name 4\.5\.6\n\nLicence: \(MIT OR Apache-2\.0\)/);
    assert.match(notices, /^~~~~text\nIts licence, with ``` in it\n~~~~$/m);
    assert.match(notices, /JavaScriptCore and WebCore of WebKit \(w1\): LGPL-2\.0-or-later/);
    assert.match(notices, /^### LGPL-2\.0-or-later\n+```text\n[^]*LIBRARY GENERAL PUBLIC LICENSE/m);
  });

  test("have the texts of licences that a package only names, and fail for unknown ones", () => {
    const bare = { ...PACKAGES[0]!, license: "(ISC AND Apache-2.0)", licenseText: undefined };
    const notices = writeNotices([bare], BUN);
    assert.match(notices, /^### ISC$/m);
    assert.match(notices, /^### Apache-2\.0$/m);
    assert.throws(() => writeNotices([{ ...bare, license: "Nobodys-1.0" }], BUN), /Nobodys-1\.0/);
  });
});

// Bun and Deno do not report why a suite is skipped.
if (RUNS_ON_NODE_ALONE) test(RUNS_ON_NODE_ALONE_TITLE, { skip: true }, () => {});
else describe("what is really in the executable", contents);

function contents(): void {
  let folder: Folder;
  let packages: BundledPackage[];
  let bun: Bun;
  before(async () => {
    folder = await makeFolder();
    const metafiles = ["src/cli/main.ts", "src/cli/test_preload.ts"].map(async (source, at) => {
      const metafile = join(folder.path, `${at}.json`);
      await bundleModule(source, join(folder.path, `${at}.js`), metafile);
      return await bundledFiles(metafile);
    });
    const [program = [], preload = []] = await Promise.all(metafiles);
    const parts = { page: await makePage(), types: await makeEditorTypes() };
    packages = await readContents(program, preload, parts);
    bun = await readBun();
  });
  after(() => folder.remove());

  test("is every dependency, and no package that the lock does not have", async () => {
    const { dependencies } = JSON.parse(await readFile(join(ROOT, "package.json"), "utf8"));
    const names = packages.map(({ name }) => name);
    for (const name of Object.keys(dependencies)) assert.ok(names.includes(name), name);
    for (const { name, integrity } of packages) assert.match(integrity ?? "", /^sha512-/, name);
    const partsOf = (name: string) => packages.find((each) => each.name === name)?.parts;
    assert.deepEqual(partsOf("preact"), ["inspector"]);
    assert.deepEqual(partsOf("undici-types"), ["declarations for editors"]);
    assert.ok(partsOf("valibot")!.includes("kit of gibbon test"));
    assert.ok(partsOf("msgpackr")!.includes("program"));
    assert.equal(partsOf("fast-check"), undefined);
  });

  test("is in the table of Bun's parts, as far as Bun says", async () => {
    const script = "console.log(Object.keys(process.versions).join())";
    const { stdout } = await runProcess([await runtimePath("bun"), "-e", script]);
    const known = [...BUN_INTERFACES, ...BUN_PARTS.flatMap(({ key }) => key ?? [])];
    assert.deepEqual(stdout.trim().split(",").sort(), known.sort());
  });

  test("has notices with a text for each licence", () => {
    const notices = writeNotices(packages, bun);
    for (const { name, version } of packages) {
      assert.ok(notices.includes(`### ${name} ${version}\n`));
    }
    for (const { name } of BUN_PARTS) assert.ok(notices.includes(`- ${name}`), name);
  });

  test("is listed as CycloneDX, by its schema", { skip: lacksCheckers }, async () => {
    const file = join(folder.path, "sbom.json");
    const sbom = writeSbom(RELEASE, packages, bun);
    await writeFile(file, sbom);
    const library = join(ROOT, "node_modules/@cyclonedx/cyclonedx-library");
    const schemas = join(await realpath(library), "res/schema");
    await checkJson(file, join(schemas, "bom-1.6.SNAPSHOT.schema.json"));
    const { components, metadata } = JSON.parse(sbom);
    assert.equal(metadata.component.version, RELEASE.version);
    const purls = components.map(({ purl }: { purl: string }) => purl);
    for (const { name, version } of packages) {
      assert.ok(purls.includes(`pkg:npm/${name.replace("@", "%40")}@${version}`), name);
    }
    const platform = components.find(({ name }: { name: string }) => name === "bun");
    assert.ok(platform.components.length > BUN_PARTS.length);
    assert.equal(writeSbom(RELEASE, packages, bun), sbom);
  });
}
