/**
 * Who is signed in, and what that person may do at all. The server decides every single thing again.
 * It knows nothing of pages.
 */
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { createContext, useContext } from 'react';
import { api, type Me } from '../api/client';

export const sessionKey = ['session'] as const;

export function useSession() {
  return useQuery({ queryKey: sessionKey, queryFn: api.session.get, retry: false, staleTime: 60_000 });
}

export const MeContext = createContext<Me | null>(null);

/** The person signed in; only below the part of the page tree that demands one. */
export function useMe(): Me {
  const me = useContext(MeContext);
  if (!me) throw new Error('no session above this component');
  return me;
}

export function may(me: Me, permission: string): boolean {
  const scope = me.permissions[permission];
  return scope !== undefined && scope !== 'none' && scope !== 'no';
}

export function useMay(): (permission: string) => boolean {
  const me = useMe();
  return (permission) => may(me, permission);
}

/** Leaves nothing of a person in memory when another signs in. */
export function useEnter() {
  const client = useQueryClient();
  return (me: Me) => {
    client.clear();
    client.setQueryData(sessionKey, me);
  };
}
