// Who may take over from whom, when the old server leaves, and what is left behind: one process.
import { testRules } from "./rules_suite.ts";

testRules("0");
