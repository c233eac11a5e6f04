// Keeps the clock's functions in their places where gibbon took note of the built-in objects before:
// when another of its modules was imported first. To be imported behind install.ts.
import { allowPatches, inspectBuiltIns } from "../../runtime/shared/builtins/inspection.ts";
import { install, REPLACED } from "./install.ts";

if (inspectBuiltIns() !== undefined) {
  allowPatches(REPLACED);
  install();
}
