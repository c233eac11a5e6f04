// What a request may cost that uses up the memory of its process.
import { PROGRAMS } from "../support/programs.ts";
import { testMemory } from "./poison_suite.ts";

testMemory(PROGRAMS[0]!);
