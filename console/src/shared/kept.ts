/**
 * Small choices that stay in this browser (columns, speed, shortcuts): never content, never anything secret.
 * It knows nothing of what is kept.
 */
import { useState } from 'react';
import { keep, kept } from './storage';

export function useKept<T>(name: string, initial: T): [T, (next: T) => void] {
  const key = `soundkeep.${name}`;
  const [value, setValue] = useState<T>(() => {
    try {
      const found = kept(key);
      return found === null ? initial : (JSON.parse(found) as T);
    } catch {
      return initial;
    }
  });
  const keepNext = (next: T) => {
    setValue(next);
    keep(key, JSON.stringify(next));
  };
  return [value, keepNext];
}
