/**
 * The list that a conversation was opened from, so that its page can go on to the next one and back.
 * Ids only, in memory only. It knows nothing of React.
 */
import { api, type ConversationQuery } from '../api/client';

interface Trail {
  ids: string[];
  next: string | null;
  query: ConversationQuery;
  search: Record<string, string>;
}
let trail: Trail | null = null;

export function leaveTrail(left: Trail) {
  trail = left;
}

export function trailSearch(): Record<string, string> {
  return trail?.search ?? {};
}

export interface Place {
  index: number;
  previous: string | null;
  next: string | null;
  more: boolean;
}

/** Where a conversation stands in the list it was opened from; null when it came from elsewhere. */
export function placeOf(id: string): Place | null {
  const index = trail?.ids.indexOf(id) ?? -1;
  if (!trail || index < 0) return null;
  return {
    index,
    previous: trail.ids[index - 1] ?? null,
    next: trail.ids[index + 1] ?? null,
    more: trail.next !== null,
  };
}

/** The one after it; fetches the following page of the list when the known part ends here. */
export async function following(id: string): Promise<string | null> {
  const place = placeOf(id);
  if (!trail || !place) return null;
  if (place.next || !trail.next) return place.next;
  const page = await api.conversations.list({ ...trail.query, cursor: trail.next });
  trail = { ...trail, ids: [...trail.ids, ...page.items.map((item) => item.id)], next: page.next };
  return placeOf(id)?.next ?? null;
}
