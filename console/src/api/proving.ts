/**
 * Sensitive changes that the server carries out only for who has proven lately who they are: the proof is asked for,
 * and the request sent once more. It shows nothing and knows no path.
 */

import { serverNow } from './activity';

/** Asks somebody to prove who they are; fulfilled with whether they did. */
export type Prover = () => Promise<boolean>;

let prover: Prover | null = null;
/** Says who asks for proofs; the answer takes that back. */
export function whenProofIsNeeded(asks: Prover): () => void {
  prover = asks;
  return () => {
    if (prover === asks) prover = null;
  };
}

async function wantsProof(answer: Response): Promise<boolean> {
  if (answer.status !== 403 || prover === null) return false;
  const problem: unknown = await answer
    .clone()
    .json()
    .catch(() => null);
  return (
    typeof problem === 'object' && problem !== null && 'code' in problem && problem.code === 'step_up_needed'
  );
}

/** Sends a request, and once more when the server asked for a proof and got it. */
export async function proven(
  request: Request,
  send: (request: Request) => Promise<Response>,
): Promise<Response> {
  const again = request.clone();
  const answer = await send(request);
  if (!(await wantsProof(answer)) || !(await prover?.())) return answer;
  return send(again);
}

/** A moment that an answer may take, in milliseconds. */
const moment = 10_000;

/** Whether somebody has proven lately who they are, or does so now. */
export async function isProven(until: string | null): Promise<boolean> {
  if (until !== null && Date.parse(until) - moment > serverNow()) return true;
  return (await prover?.()) ?? false;
}
