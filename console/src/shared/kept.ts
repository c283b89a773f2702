/**
 * Small choices that stay in this browser (columns, speed, shortcuts): never content, never anything secret.
 * It knows nothing of what is kept.
 */
import { useState } from 'react';

export function useKept<T>(name: string, initial: T): [T, (next: T) => void] {
  const key = `soundkeep.${name}`;
  const [value, setValue] = useState<T>(() => {
    try {
      const kept = localStorage.getItem(key);
      return kept === null ? initial : (JSON.parse(kept) as T);
    } catch {
      return initial;
    }
  });
  const keep = (next: T) => {
    setValue(next);
    localStorage.setItem(key, JSON.stringify(next));
  };
  return [value, keep];
}
