// gibbon in the forms that operators have it: as this runtime runs it, and as the executable.
import { EXECUTABLE, missingExecutable } from "../../support/executable.ts";
import { writeGibbonScript } from "../../support/gibbon.ts";

/** A form of gibbon. */
export interface Program {
  readonly what: string;
  /** Why it cannot be tested; false if it can. */
  readonly skip: string | false;
  /**
   * Its path.
   *
   * @param folder for what has to be written first
   */
  path(folder: string): Promise<string>;
}

export const PROGRAMS: readonly Program[] = [
  { what: "gibbon on this runtime", skip: false, path: writeGibbonScript },
  {
    what: "gibbon's executable",
    skip: missingExecutable(),
    path: () => Promise.resolve(EXECUTABLE),
  },
];
