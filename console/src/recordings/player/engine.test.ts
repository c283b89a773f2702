/** Claims about what listening means to a session. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { isQuiet } from '../../api/activity';
import { Engine } from './engine';

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe('listening', () => {
  it('is doing something, however long nobody touches anything', () => {
    const made: HTMLAudioElement[] = [];
    const Real = Audio;
    vi.stubGlobal(
      'Audio',
      class {
        constructor() {
          const audio = new Real();
          made.push(audio);
          return audio;
        }
      },
    );
    vi.useFakeTimers();
    new Engine('/api/v1/recordings/1/audio', 60_000, [], 2);
    vi.advanceTimersByTime(20 * 60_000);
    expect(isQuiet()).toBe(true);
    made[0]!.dispatchEvent(new Event('timeupdate'));
    expect(isQuiet()).toBe(false);
  });
});
