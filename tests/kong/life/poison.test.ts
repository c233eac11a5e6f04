// What a request may cost that ends its process, on the runtime that runs the tests.
import { PROGRAMS } from "../support/programs.ts";
import { testPoison } from "./poison_suite.ts";

testPoison(PROGRAMS[0]!);
