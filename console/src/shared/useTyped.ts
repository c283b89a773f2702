/** What follows from typing, once it pauses. */
import { useDebouncedCallback } from '@mantine/hooks';
import { useRouter } from '@tanstack/react-router';
import { useEffect } from 'react';

const PAUSE_MS = 250;

/**
 * Calls `act` with what was typed when nothing was for a moment. Whoever asks for another page meanwhile gets that one:
 * while it still loads, a change of this page's address would call it off.
 */
export function useTyped(act: (text: string) => void): (text: string) => void {
  const router = useRouter();
  const typed = useDebouncedCallback(act, PAUSE_MS);
  useEffect(
    () =>
      router.subscribe('onBeforeNavigate', ({ pathChanged }) => {
        if (pathChanged) typed.cancel();
      }),
    [router, typed],
  );
  return typed;
}
