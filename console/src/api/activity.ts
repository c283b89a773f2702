/**
 * When somebody last did something here: clicked, typed, or listened. What the console asks by itself long after
 * that keeps no session open. It knows nothing of sessions.
 */
const quietAfterMs = 10_000;
let lastAt = Date.now();
const listeners = new Set<() => void>();

export function noteActivity() {
  lastAt = Date.now();
  for (const listener of listeners) listener();
}

/** Whether nobody did anything just now. */
export function isQuiet(): boolean {
  return Date.now() - lastAt > quietAfterMs;
}

export function onActivity(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Clicks and keys count; a pointer that moves may be a table that shakes. */
export function watchActivity() {
  for (const event of ['pointerdown', 'keydown'] as const)
    window.addEventListener(event, noteActivity, { capture: true, passive: true });
}

/** Whether the time in which nobody did anything ran out, so that the page after it can say why. */
let isOver = false;
export function noteIdleEnd(over: boolean) {
  isOver = over;
}
export function endedIdle(): boolean {
  return isOver;
}

/** How far the server's clock is ahead of this device's, in milliseconds, as its last answer said. */
let aheadMs = 0;
export function heardTime(date: string | null) {
  const server = date === null ? Number.NaN : Date.parse(date);
  // Answers tell whole seconds.
  if (Number.isFinite(server)) aheadMs = Math.abs(server - Date.now()) < 2000 ? 0 : server - Date.now();
}
export function serverNow(): number {
  return Date.now() + aheadMs;
}
