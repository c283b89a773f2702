/**
 * What the server says when it says no (RFC 9457), as an error that pages can tell apart by its stable code.
 * It knows nothing of pages and shows nothing.
 */
import type { components } from './schema';

export type Problem = components['schemas']['Problem'];
export type Gate = NonNullable<Problem['gates']>[number];

export class ProblemError extends Error {
  readonly problem: Problem;
  readonly retryAfterSeconds: number | null;

  constructor(problem: Problem, retryAfterSeconds: number | null = null) {
    super(problem.detail);
    this.name = 'ProblemError';
    this.problem = problem;
    this.retryAfterSeconds = retryAfterSeconds;
  }

  get code(): string {
    return this.problem.code;
  }
}

/** A request that reached nobody: no network, or the server is down. */
export class UnreachableError extends Error {
  constructor() {
    super('unreachable');
    this.name = 'UnreachableError';
  }
}

/** Reads a problem out of an answer, also when what stands between answered something else. */
export function problemFrom(status: number, body: unknown): Problem {
  if (typeof body === 'object' && body !== null && 'code' in body && 'title' in body) return body as Problem;
  const code =
    {
      401: 'not_signed_in',
      403: 'denied',
      404: 'not_found',
      413: 'payload_too_large',
      429: 'too_many_requests',
    }[status] ?? (status >= 502 && status <= 504 ? 'unavailable' : 'bug');
  return { type: 'about:blank', title: `HTTP ${status}`, status, detail: `HTTP ${status}`, code } as Problem;
}

export function codeOf(error: unknown): string {
  if (error instanceof ProblemError) return error.code;
  if (error instanceof UnreachableError) return 'unreachable';
  return 'bug';
}

export function gatesOf(error: unknown): Gate[] {
  return error instanceof ProblemError ? (error.problem.gates ?? []) : [];
}

/** The message of each field that the server refused. */
export function fieldErrorsOf(error: unknown): Record<string, string> {
  if (!(error instanceof ProblemError)) return {};
  return Object.fromEntries((error.problem.errors ?? []).map((entry) => [entry.field, entry.message]));
}
