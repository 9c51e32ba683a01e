// The service: JSON in and out, the session's token against forged requests, errors as one kind.

let csrf = null;

/** The token that goes with every request but GET. */
export const setCsrf = (token) => {
  csrf = token;
};

/** What the service refused, or that it could not be reached (status 0). */
export class ApiError extends Error {
  constructor(status, message, data = {}) {
    super(message.replace(/^./, (letter) => letter.toUpperCase()));
    this.status = status;
    this.data = data;
  }

  /** The same request may succeed later: no connection, a server that restarts, too many requests. */
  get passing() {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

const WAIT = 15_000; // milliseconds until a request counts as lost

/**
 * The answer of one request, as parsed JSON.
 * Throws ApiError: status 0 without a connection, else the answer's own.
 */
export async function call(method, path, body = undefined) {
  const headers = { Accept: 'application/json' };
  if (body !== undefined || method !== 'GET') headers['Content-Type'] = 'application/json';
  if (csrf && method !== 'GET') headers['X-CSRF-Token'] = csrf;
  const request = { method, headers, credentials: 'same-origin', cache: 'no-store', keepalive: method !== 'GET' };
  if (method !== 'GET') request.body = JSON.stringify(body ?? {});
  let response, data;
  try {
    response = await fetch(path, { ...request, signal: AbortSignal.timeout(WAIT) });
    data = await response.json().catch(() => ({}));
  } catch {
    throw new ApiError(0, 'There is no connection to the service.');
  }
  if (!response.ok) throw new ApiError(response.status, data.error ?? `The service answered ${response.status}.`, data);
  return data;
}
