/**
 * What this browser keeps, or only this page: inside another site browsers may keep nothing.
 * It knows nothing of what is kept.
 */
const inMemory = new Map<string, string>();

function browsers(): Storage | null {
  try {
    return window.localStorage;
  } catch {
    return null;
  }
}

export function kept(name: string): string | null {
  const storage = browsers();
  return storage ? storage.getItem(name) : (inMemory.get(name) ?? null);
}

export function keep(name: string, value: string) {
  const storage = browsers();
  if (storage) storage.setItem(name, value);
  else inMemory.set(name, value);
}

export function forget(name: string) {
  const storage = browsers();
  if (storage) storage.removeItem(name);
  else inMemory.delete(name);
}
