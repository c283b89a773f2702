/**
 * Passkeys on pages: whether there are any here, what a new one is called, and the one that is chosen while typing.
 * It knows nothing of what they open.
 */
import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { api } from '../api/client';
import {
  hasPasskeys,
  offersWhileTyping,
  type PasskeyAnswer,
  PasskeyError,
  showPasskey,
} from '../api/passkey';

/** Whether the server's address and this browser have passkeys. */
export function usePasskeys(): boolean {
  const about = useQuery({ queryKey: ['about'], queryFn: api.about });
  return hasPasskeys() && about.data?.passkeys === true;
}

const systems: [RegExp, string][] = [
  [/iPhone/, 'iPhone'],
  [/iPad/, 'iPad'],
  [/Android/, 'Android'],
  [/Mac OS X/, 'Mac'],
  [/Windows/, 'Windows'],
  [/Linux/, 'Linux'],
];

/** What this device is called until its owner says otherwise; nothing where it can't be told. */
export const deviceName = (agent: string = navigator.userAgent): string =>
  systems.find(([pattern]) => pattern.test(agent))?.[1] ?? '';

/** The server takes an answer for ten minutes; a little before that it is asked anew. */
const ROUND_MS = 9 * 60 * 1000;

/** Waits for a passkey that is chosen where the name is typed. The answer calls that off, and begins it anew. */
export function usePasskeyWhileTyping(wanted: boolean, chosen: (answer: PasskeyAnswer) => void) {
  const [round, setRound] = useState(0);
  const abort = useRef<AbortController | null>(null);
  const take = useRef(chosen);
  useEffect(() => {
    take.current = chosen;
  });
  useEffect(() => {
    if (!wanted) return;
    const here = new AbortController();
    abort.current = here;
    const wait = async () => {
      if (!(await offersWhileTyping()) || here.signal.aborted) return;
      const question = await api.session.askPasskey();
      if (here.signal.aborted) return;
      take.current(await showPasskey(question, here.signal));
    };
    wait().catch((error: unknown) => {
      // Nobody asked for it, so that nobody is told that it didn't come about.
      if (!(error instanceof PasskeyError)) console.warn(error);
    });
    const next = setTimeout(() => setRound((count) => count + 1), ROUND_MS);
    return () => {
      clearTimeout(next);
      here.abort();
    };
  }, [wanted, round]);
  return {
    callOff: () => abort.current?.abort(),
    again: () => setRound((count) => count + 1),
  };
}
