// gibbon's version.
import manifest from "../../package.json" with { type: "json" };

/** gibbon's version, as package.json has it. */
export const VERSION: string = manifest.version;
