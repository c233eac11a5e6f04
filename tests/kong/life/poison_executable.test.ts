// What a request may cost that ends its process, on the executable.
import { PROGRAMS } from "../support/programs.ts";
import { testPoison } from "./poison_suite.ts";

testPoison(PROGRAMS[1]!);
