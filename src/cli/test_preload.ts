// Loaded before the tests of plugins: makes what they import importable, wherever they lie.
import process from "node:process";
import { TEST_MODULES } from "./test_modules.ts";
import { RUNNER_MARK } from "./test_runner.ts";
import { detectRuntime } from "../runtime/detect.ts";

// What the tests start in turn is to be what it is.
delete process.env.BUN_BE_BUN;
delete process.env[RUNNER_MARK];
(await detectRuntime()).provideModules(TEST_MODULES);
