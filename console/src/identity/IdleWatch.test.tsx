/** Claims about idleness: it is said before the session ends, and work keeps it open. */
import { act, cleanup, fireEvent, screen } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { endedIdle, isQuiet, noteActivity, noteIdleEnd } from '../api/activity';
import { api } from '../api/client';
import { person, serve, show } from '../test/render';
import { IdleWatch, warnMs } from './IdleWatch';

const now = new Date('2026-11-21T09:00:00Z');
const endsIn = (ms: number) => ({
  ...person(),
  session_idle_ends_at: new Date(now.getTime() + ms).toISOString(),
});

beforeEach(() => {
  vi.useFakeTimers({ shouldAdvanceTime: true });
  vi.setSystemTime(now);
  noteActivity();
});
afterEach(() => {
  cleanup();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe('the idle watch', () => {
  it('says a minute before the end that the session ends, and not earlier', async () => {
    serve({});
    await show(<IdleWatch />, { me: endsIn(warnMs + 30_000) });
    expect(screen.queryByRole('dialog')).toBeNull();
    await act(() => vi.advanceTimersByTimeAsync(31_000));
    expect((await screen.findByRole('timer')).textContent).toMatch(/59 seconds/);
    fireEvent.click(screen.getAllByRole('button', { name: 'Stay signed in' })[0]!);
    expect(isQuiet()).toBe(false);
    expect(endedIdle()).toBe(false);
  });

  it('remembers why somebody is out when the time is over', async () => {
    serve({});
    await show(<IdleWatch />, { me: endsIn(30_000) });
    await screen.findByRole('timer');
    expect(endedIdle()).toBe(false);
    await act(() => vi.advanceTimersByTimeAsync(32_000));
    expect(endedIdle()).toBe(true);
    noteIdleEnd(false);
  });
});

describe('what the console asks', () => {
  it('says that nobody did anything when nobody did anything', async () => {
    const sent: (string | null)[] = [];
    vi.stubGlobal('fetch', (request: Request) => {
      sent.push(request.headers.get('Soundkeep-Background'));
      return Promise.resolve(Response.json(person()));
    });
    await api.session.get();
    vi.setSystemTime(now.getTime() + 30_000);
    await api.session.get();
    noteActivity();
    await api.session.get();
    expect(sent).toEqual([null, '1', null]);
  });
});
