// Who may take over from whom, when the old server leaves, and what is left behind: with a supervisor.
import { testRules } from "./rules_suite.ts";

testRules("1");
