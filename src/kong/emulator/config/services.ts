// A service's `url`, which stands for its protocol, host, port and path.

type Fields = Readonly<Record<string, unknown>>;

/** A file in which services have the fields that their `url` stands for. */
export function withServiceUrls(file: unknown): unknown {
  const services = (file as { services?: unknown } | null)?.services;
  if (!Array.isArray(services)) return file;
  return { ...(file as Fields), services: services.map(withUrl) };
}

function withUrl(service: unknown): unknown {
  const url = (service as { url?: unknown } | null)?.url;
  if (typeof url !== "string") return service;
  const match = /^(?:([a-z][a-z0-9+.-]*):\/\/)?(\[[^\]]*\]|[^/:?#]*)(?::(\d+))?(\/[^?#]*)?/i.exec(
    url,
  );
  const [, scheme, host, port, path] = match ?? [];
  const { url: _, ...rest } = service as Fields;
  const protocol = (scheme ?? (port === "443" ? "https" : "http")).toLowerCase();
  return {
    ...rest,
    protocol,
    ...(host ? { host } : {}),
    port: port === undefined ? (protocol === "https" ? 443 : 80) : Number(port),
    ...(path === undefined ? {} : { path }),
  };
}
