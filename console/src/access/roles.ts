/**
 * Words and sums about roles that several pages share: rooms, scopes, and what differs between two roles.
 * It asks nothing of the server.
 */
import { useTranslation } from 'react-i18next';
import type { Matrix, Role } from '../api/client';
import { capital } from '../shared/format';

export type Held = Role['permissions'][string];
export type Row = Matrix['rows'][number];
export interface RoleDraft {
  name: string;
  permissions: Record<string, Held>;
}
export interface Difference {
  /** The permission, or nothing where it is the name. */
  permission: string | null;
  from: string;
  to: string;
}

/** Rows under the room their permission names: `recordings.play` belongs to `recordings`. */
export function byRoom(rows: Row[]): [room: string, rows: Row[]][] {
  const rooms = new Map<string, Row[]>();
  for (const row of rows) {
    const room = row.permission.split('.')[0] ?? '';
    rooms.set(room, [...(rooms.get(room) ?? []), row]);
  }
  return [...rooms];
}

/** Which words a permission knows, from the narrowest on. */
export const wordsOf = (row: Row): Held[] =>
  row.scopes === 'yes' ? ['no', 'yes'] : ['none', 'own', 'groups', 'all'];

export const draftOf = (role: Role): RoleDraft => ({ name: role.name, permissions: { ...role.permissions } });

/** What differs, the name first and the permissions in the order of the table. */
export function differences(from: RoleDraft, to: RoleDraft): Difference[] {
  const found: Difference[] = [];
  if (from.name.trim() !== to.name.trim())
    found.push({ permission: null, from: from.name.trim(), to: to.name.trim() });
  for (const [permission, word] of Object.entries(to.permissions))
    if (from.permissions[permission] !== word)
      found.push({ permission, from: from.permissions[permission] ?? 'none', to: word });
  return found;
}

/** What somebody wanted to change, on top of what another saved meanwhile. */
export function onTop(theirs: RoleDraft, mine: Difference[]): RoleDraft {
  const draft = { name: theirs.name, permissions: { ...theirs.permissions } };
  for (const { permission, to } of mine)
    if (permission === null) draft.name = to;
    else draft.permissions[permission] = to as Held;
  return draft;
}

/** Only the lines that differ: what a save sends. */
export function changeOf(found: Difference[]): { name?: string; permissions: Record<string, string> } {
  const named = found.find((difference) => difference.permission === null);
  const lines = found.flatMap(({ permission, to }) => (permission === null ? [] : [[permission, to]]));
  return {
    ...(named ? { name: named.to } : {}),
    permissions: Object.fromEntries(lines) as Record<string, string>,
  };
}

export function useRoom(): (room: string) => string {
  const { t } = useTranslation();
  return (room) => t(`room.${room}`, { defaultValue: capital(room.replaceAll('_', ' ')) });
}

export function useWord(): (word: string) => string {
  const { t } = useTranslation();
  return (word) => t(`role.word.${word}`, { defaultValue: word });
}

export function useHeldBy(): (role: Role) => string {
  const { t } = useTranslation();
  return ({ held_by: held }) => {
    if (!held || held.users + held.api_keys === 0) return t('roles.held_by_nobody');
    const users = held.users > 0 ? [t('roles.users', { count: held.users })] : [];
    const keys = held.api_keys > 0 ? [t('roles.api_keys', { count: held.api_keys })] : [];
    return [...users, ...keys].join(', ');
  };
}
