/**
 * Changes of rights: what one would do is asked first, shown to whoever wants it, and carried out when they still do.
 * It knows no path, sends nothing itself and shows nothing.
 */
import { ProblemError } from './problem';
import type { components } from './schema';

export type Effect = components['schemas']['Effect'];
export type EffectParty = components['schemas']['EffectParty'];
export type EffectChange = components['schemas']['EffectChange'];

/** What is wanted of a request that changes rights. */
export interface Wanted {
  'Soundkeep-What-If'?: 'true';
  'Soundkeep-Confirmation'?: string;
}

/** Sends the same change each time, with what is wanted of it; answers with what was made of it, or with its effect. */
export type Send<T> = (wanted: Wanted) => Promise<T>;

/** A change that somebody is to look at. */
export interface Weighing {
  effect: Effect;
  /** What it would do by now; nothing when the matter is over, because that can't be told any more. */
  ask: () => Promise<Effect | null>;
  /** Carries it out: nothing when the matter is over, else what has to be looked at first. Absent for a mere look. */
  act?: (token: string | undefined) => Promise<Effect | null>;
}

/** Whoever asked for a change looked at what it does and wanted it no more. */
export class CancelledError extends Error {
  constructor() {
    super('cancelled');
    this.name = 'CancelledError';
  }
}

/** Shows what a change does; fulfilled when that was looked at, whether it was carried out or not. */
export type Weigher = (weighing: Weighing) => Promise<void>;

/** Without anybody who could look, what needs no confirmation is carried out. */
const unseen: Weigher = async ({ act }) => void (await act?.(undefined));
let weigher = unseen;
/** Says who shows what changes do; the answer takes that back. */
export function whenWeighed(shows: Weigher): () => void {
  weigher = shows;
  return () => {
    if (weigher === shows) weigher = unseen;
  };
}

const whatIf = <T>(send: Send<T>) =>
  send({ 'Soundkeep-What-If': 'true' }) as Promise<unknown> as Promise<Effect>;

/** Nobody's rights differ: there is nothing to look at. */
export const isNothing = (effect: Effect) => effect.parties.length === 0 && effect.counting === null;

/** What has to be looked at before a change that was refused for it. */
const effectOf = (error: unknown): Effect | null =>
  error instanceof ProblemError ? (error.problem.effect ?? null) : null;

/** Carries a change of rights out, once whoever asked for it has seen what it does. */
export async function weighed<T>(send: Send<T>): Promise<T> {
  let outcome: { made: T } | { error: unknown } | null = null;
  const act = async (token: string | undefined): Promise<Effect | null> => {
    try {
      outcome = { made: await send(token === undefined ? {} : { 'Soundkeep-Confirmation': token }) };
      return null;
    } catch (error) {
      const effect = effectOf(error);
      if (effect === null) outcome = { error };
      return effect;
    }
  };
  const ask = async (): Promise<Effect | null> => {
    try {
      return await whatIf(send);
    } catch (error) {
      outcome = { error };
      return null;
    }
  };
  let effect: Effect | null = await whatIf(send);
  if (isNothing(effect)) effect = await act(undefined);
  if (effect !== null) await weigher({ effect, ask, act });
  return settled(outcome);
}

function settled<T>(outcome: { made: T } | { error: unknown } | null): T {
  if (outcome === null) throw new CancelledError();
  if ('error' in outcome) throw outcome.error;
  return outcome.made;
}

/** Shows what a change of rights would do; changes nothing. */
export async function looked<T>(send: Send<T>): Promise<void> {
  const trouble: { error?: unknown } = {};
  const ask = async (): Promise<Effect | null> => {
    try {
      return await whatIf(send);
    } catch (error) {
      trouble.error = error;
      return null;
    }
  };
  await weigher({ effect: await whatIf(send), ask });
  if (trouble.error !== undefined) throw trouble.error;
}
