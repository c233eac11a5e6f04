// What Bun itself consists of: facts of its LICENSE.md and of the licences that it links to.
// Bun says by process.versions which revisions it was made of; a test compares that with this table.

/** A library in Bun. */
export interface BunPart {
  readonly name: string;
  /** Its name in process.versions; undefined where Bun does not say which revision it has. */
  readonly key?: string;
  /** An SPDX expression; undefined where the licence is several in one file, see `url`. */
  readonly license?: string;
  /** What its licence says of the holders. */
  readonly copyright?: string;
  /** Where its sources and its licence are. */
  readonly url: string;
}

const LITESPEED = "Copyright (c) 2017-2018 LiteSpeed Technologies Inc";
const github = (path: string) => `https://github.com/${path}`;

export const BUN_PARTS: readonly BunPart[] = [
  {
    name: "JavaScriptCore and WebCore of WebKit",
    key: "webkit",
    license: "LGPL-2.0-or-later",
    url: github("oven-sh/WebKit"),
  },
  { name: "BoringSSL", key: "boringssl", url: github("google/boringssl") },
  {
    name: "brotli",
    license: "MIT",
    copyright: "Copyright (c) 2013-2015 by the Brotli Authors",
    url: github("google/brotli"),
  },
  { name: "libarchive", key: "libarchive", url: github("libarchive/libarchive") },
  {
    name: "lol-html",
    key: "lolhtml",
    license: "BSD-3-Clause",
    copyright: "Copyright (C) 2019, Cloudflare, Inc.; Copyright (C) 2019, Ivan Nikulin",
    url: github("cloudflare/lol-html"),
  },
  {
    name: "ls-hpack",
    key: "lshpack",
    license: "MIT",
    copyright: "Copyright (c) 2018 LiteSpeed Technologies Inc",
    url: github("litespeedtech/ls-hpack"),
  },
  { name: "ls-qpack", license: "MIT", url: github("litespeedtech/ls-qpack") },
  {
    name: "lsquic",
    license: "MIT AND BSD-3-Clause",
    copyright: `${LITESPEED}; parts are of the Chromium Authors`,
    url: github("litespeedtech/lsquic"),
  },
  { name: "mimalloc", key: "mimalloc", license: "MIT", url: github("microsoft/mimalloc") },
  {
    name: "picohttpparser",
    key: "picohttpparser",
    license: "MIT",
    copyright: "Copyright (c) 2009-2014 Kazuho Oku, Tokuhiro Matsuno, Daisuke Murase",
    url: github("h2o/picohttpparser"),
  },
  {
    name: "zstd",
    key: "zstd",
    license: "BSD-3-Clause",
    copyright: "Copyright (c) 2016-2022, Meta Platforms, Inc. and affiliates",
    url: github("facebook/zstd"),
  },
  { name: "simdutf", license: "Apache-2.0", url: github("simdutf/simdutf") },
  { name: "tinycc", key: "tinycc", license: "LGPL-2.1-only", url: github("TinyCC/tinycc") },
  { name: "uSockets", key: "usockets", license: "Apache-2.0", url: github("uNetworking/uSockets") },
  {
    name: "uWebSockets",
    key: "uwebsockets",
    license: "Apache-2.0",
    url: github("uNetworking/uWebSockets"),
  },
  {
    name: "zlib-ng",
    key: "zlib",
    license: "Zlib",
    copyright: "(C) 1995-2025 Jean-loup Gailly and Mark Adler",
    url: github("zlib-ng/zlib-ng"),
  },
  {
    name: "c-ares",
    key: "ares",
    license: "MIT",
    copyright: "Copyright (c) 2007-2023, Daniel Stenberg with many contributors",
    url: github("c-ares/c-ares"),
  },
  { name: "ICU", key: "icu", license: "Unicode-3.0", url: github("unicode-org/icu") },
  {
    name: "base64",
    license: "BSD-2-Clause",
    copyright: "Copyright (c) 2005-2007, Nick Galbreath; 2015-2017, Wojciech Mula; " +
      "2016-2017, Matthieu Darbois; 2013-2022, Alfred Klomp",
    url: github("aklomp/base64"),
  },
  { name: "libdeflate", key: "libdeflate", license: "MIT", url: github("ebiggers/libdeflate") },
  {
    name: "libjpeg-turbo",
    license: "IJG AND BSD-3-Clause AND Zlib",
    copyright: "This software is based in part on the work of the Independent JPEG Group",
    url: github("libjpeg-turbo/libjpeg-turbo"),
  },
  {
    name: "libspng",
    license: "BSD-2-Clause",
    copyright: "Copyright (c) 2018-2021, Randy <randy408@protonmail.com>",
    url: github("randy408/libspng"),
  },
  { name: "libwebp", license: "BSD-3-Clause", url: github("webmproject/libwebp") },
  { name: "highway", license: "Apache-2.0", url: github("google/highway") },
  { name: "uucode", license: "MIT", url: github("jacobsandlund/uucode") },
  {
    name: "llhttp",
    key: "llhttp",
    license: "MIT",
    copyright: "Copyright Fedor Indutny, 2018",
    url: github("nodejs/llhttp"),
  },
  { name: "SQLite", key: "sqlite", license: "blessing", url: "https://www.sqlite.org" },
  {
    name: "TypeScript",
    key: "typescript",
    license: "Apache-2.0",
    url: github("microsoft/TypeScript"),
  },
  {
    name: "Zig's standard library",
    key: "zig",
    license: "MIT",
    copyright: "Copyright (c) 2015-2021, Zig contributors",
    url: github("ziglang/zig"),
  },
  {
    name: "parts of TigerBeetle",
    license: "Apache-2.0",
    url: github("tigerbeetle/tigerbeetle"),
  },
  {
    name: "libc++abi, one function of it",
    license: "Apache-2.0 WITH LLVM-exception",
    url: github("llvm/llvm-project"),
  },
  {
    name: "esbuild, which Bun's transpiler is a port of",
    license: "MIT",
    url: github("evanw/esbuild"),
  },
];

/** Names in process.versions that are no libraries, but interfaces which Bun has as others do. */
export const BUN_INTERFACES = ["bun", "node", "openssl", "v8", "uv", "napi", "unicode", "modules"];

/** Packages of npm under the MIT licence that are in Bun for programs that import them. */
export const BUN_POLYFILLS = [
  ...["acorn", "acorn-walk", "assert", "browserify-zlib", "buffer", "constants-browserify"],
  ...["crypto-browserify", "domain-browser", "events", "https-browserify", "os-browserify"],
  ...["path-browserify", "process", "punycode", "querystring-es3", "stream-browserify"],
  ...["stream-http", "string_decoder", "timers-browserify", "tty-browserify", "url", "util"],
  "vm-browserify",
];
