// A request as a line of the list.
import { Masker } from "./masker.ts";
import type { Recording } from "./recording.ts";
import { isSecretName } from "./secret_names.ts";
import type { RequestSummary } from "./view.ts";

/** A line of the list, of which all secrets are taken out. */
export function summaryOf(recording: Recording): RequestSummary {
  const masker = new Masker();
  const target = () => {
    for (const [at, [name, value]] of recording.headers.entries()) {
      if (isSecretName(name)) masker.text(`headers.${at}`, value, true);
    }
    return masker.text("target", recording.target);
  };
  target();
  masker.show();
  return summaryWith(recording, target());
}

/** The same where somebody else masks. */
export function summaryWith(
  recording: Recording,
  target: RequestSummary["target"],
): RequestSummary {
  const { id, number, startedAt, method, host, route, service, status } = recording;
  const { milliseconds, answeredBy, calls, hasFailed } = recording;
  return {
    ...{ id, number, startedAt, method, target, host, calls, hasFailed },
    ...(route === undefined ? {} : { route }),
    ...(service === undefined ? {} : { service }),
    ...(status === undefined ? {} : { status }),
    ...(milliseconds === undefined ? {} : { milliseconds }),
    ...(answeredBy === undefined ? {} : { answeredBy }),
  };
}
