// What is said where schemas cannot be looked at; by itself, since the runner of tests reads it too.

/** Why nothing can be checked: the title of what is skipped then. */
export const NO_CHECKERS_TITLE =
  "python3 with pip, or PyPI, is out of reach: no schema is looked at";
