/** Claims about what a change of rights does: it is told in words before it is carried out, and cancelled for nothing. */
import { act, cleanup, fireEvent, screen, waitFor, within } from '@testing-library/react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Effect, Weighing } from '../api/weighing';
import { CancelledError, weighed } from '../api/weighing';
import { ProblemError } from '../api/problem';
import { useToast } from '../shared/toast';
import { useWeighed } from '../shared/useWeighed';
import { show } from '../test/render';
import { EffectDialogs } from './EffectDialog';

const some = (count: number) => ({ least: count, most: count });
const play: Effect['parties'][number]['changes'][number] = {
  permission: 'recordings.play',
  meaning: 'play audio recordings',
  gains: true,
  loses: false,
  conversations_gained: some(12),
  conversations_lost: some(0),
};
const people = (count: number) =>
  Array.from({ length: count }, (_, at) => ({
    id: `u${at}`,
    name: `User ${at}`,
    email: `u${at}@example.org`,
  }));
const gain: Effect = {
  parties: [
    {
      users: people(1),
      users_total: 1,
      programs: [],
      changes: [play],
      columns_shown: [],
      columns_hidden: [],
    },
  ],
  gaining: 1,
  losing: 0,
  programs_gaining: 0,
  programs_losing: 0,
  confirmation: { token: 'one', phrase: '1 gain', reasons: ['1 user hears or downloads more than before.'] },
  counting: null,
};
const harmless: Effect = { ...gain, confirmation: null };
const nothing: Effect = { ...harmless, parties: [], gaining: 0 };
const refused = (effect: Effect) =>
  new ProblemError({ type: '', title: '', status: 409, detail: '', code: 'confirmation_needed', effect });

/** Something that changes rights, with what it would do; the answers to asking are taken one by one. */
function server(...effects: Effect[]) {
  const acted: (string | undefined)[] = [];
  const answers: (string | Error)[] = [];
  let asked = 0;
  const send = vi.fn((wanted: { 'Soundkeep-What-If'?: string; 'Soundkeep-Confirmation'?: string }) => {
    if (wanted['Soundkeep-What-If'])
      return Promise.resolve(effects[Math.min(asked++, effects.length - 1)] as unknown as string);
    acted.push(wanted['Soundkeep-Confirmation']);
    const answer = answers.shift() ?? 'made';
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  });
  return { send, acted, answers };
}

function Page({ send }: { send: Parameters<typeof weighed<string>>[0] }) {
  const toast = useToast();
  const save = useWeighed({
    mutationFn: () => weighed(send),
    onSuccess: toast.done,
    onError: toast.failed,
  });
  return (
    <>
      <EffectDialogs />
      <button type="button" disabled={save.isPending} onClick={() => save.mutate()}>
        Save
      </button>
      {save.error && <p role="alert">{save.error.message}</p>}
    </>
  );
}

async function begin(of: ReturnType<typeof server>) {
  await show(<Page send={of.send} />);
  const save = await screen.findByRole('button', { name: 'Save' });
  save.focus();
  fireEvent.click(save);
}
const dialog = () => screen.findByRole('dialog', { name: 'What this does' });
const button = (name: string) => screen.getByRole<HTMLButtonElement>('button', { name });

afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

describe('what a change of rights does', () => {
  it('is not shown when nobody gains or loses anything', async () => {
    const of = server(nothing);
    await begin(of);
    await screen.findByText('made');
    expect(of.acted).toEqual([undefined]);
    expect(screen.queryByRole('dialog')).toBeNull();
  });

  it('is told with numbers, and carried out with its token when its phrase is typed', async () => {
    const of = server(gain);
    await begin(of);
    const shown = within(await dialog());
    expect(shown.getByRole('status').textContent).toBe('1 user gains something.');
    expect(shown.getByText('Play audio recordings: 12 conversations')).toBeTruthy();
    expect(shown.getByText('1 user hears or downloads more than before.')).toBeTruthy();
    const field = shown.getByRole('textbox', { name: 'Type “1 gain” to confirm' });
    for (const typed of ['', '1', '1 gain, 2 lose']) {
      fireEvent.change(field, { target: { value: typed } });
      expect(button('Apply').disabled).toBe(true);
      fireEvent.submit(field);
    }
    expect(of.acted).toEqual([]);
    fireEvent.change(field, { target: { value: ' 1  Gain ' } });
    fireEvent.click(button('Apply'));
    await screen.findByText('made');
    expect(of.acted).toEqual(['one']);
    expect(screen.queryByRole('dialog')).toBeNull();
  });

  it('is cancelled without an error, and the focus goes back to where it was asked for', async () => {
    const of = server(harmless);
    await begin(of);
    await dialog();
    expect(screen.queryByRole('textbox')).toBeNull();
    fireEvent.click(button('Cancel'));
    await waitFor(() => expect(button('Save').disabled).toBe(false));
    expect(screen.queryByRole('dialog')).toBeNull();
    expect(screen.queryByRole('alert')).toBeNull();
    await waitFor(() => expect(document.activeElement).toBe(button('Save')));
    expect(of.acted).toEqual([]);
  });

  it('is shown anew, and typed anew, when it is something else by now', async () => {
    const other: Effect = {
      ...gain,
      losing: 1,
      confirmation: { token: 'two', phrase: '1 gain, 1 lose', reasons: [] },
    };
    const of = server(gain);
    of.answers.push(refused(other));
    await begin(of);
    fireEvent.change(within(await dialog()).getByRole('textbox'), { target: { value: '1 gain' } });
    fireEvent.click(button('Apply'));
    const said = await screen.findByRole('alert');
    expect(said.textContent).toContain('has changed since it was shown');
    const field = screen.getByRole<HTMLInputElement>('textbox', { name: 'Type “1 gain, 1 lose” to confirm' });
    expect(field.value).toBe('');
    expect(document.activeElement).toBe(field);
    fireEvent.change(field, { target: { value: '1 gain, 1 lose' } });
    fireEvent.click(button('Apply'));
    await screen.findByText('made');
    expect(of.acted).toEqual(['one', 'two']);
  });

  it('is shown when it came about between asking and acting', async () => {
    const of = server(nothing);
    of.answers.push(refused(gain));
    await begin(of);
    fireEvent.change(within(await dialog()).getByRole('textbox'), { target: { value: '1 gain' } });
    fireEvent.click(button('Apply'));
    await screen.findByText('made');
    expect(of.acted).toEqual([undefined, 'one']);
  });

  it('what the server refuses for another reason is told where it was asked for', async () => {
    const of = server(gain);
    of.answers.push(new Error('the last administrator'));
    await begin(of);
    fireEvent.change(within(await dialog()).getByRole('textbox'), { target: { value: '1 gain' } });
    fireEvent.click(button('Apply'));
    expect((await screen.findByRole('alert')).textContent).toBe('the last administrator');
    expect(screen.queryByRole('dialog')).toBeNull();
  });

  it('shows how far the counting is, asks again, and can be applied at its end', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'], shouldAdvanceTime: true });
    const uncounted = { ...play, conversations_gained: null, conversations_lost: null };
    const counting = (done: number): Effect => ({
      ...harmless,
      parties: [{ ...harmless.parties[0]!, changes: [uncounted] }],
      counting: { done, total: 50_000 },
    });
    const of = server(counting(20_000), counting(40_000), harmless);
    await begin(of);
    const shown = within(await dialog());
    expect(shown.getByText('20,000 of 50,000 conversations counted')).toBeTruthy();
    expect(shown.getByRole('progressbar').getAttribute('aria-valuenow')).toBe('40');
    expect(shown.getByRole('status').textContent).toContain('being counted');
    expect(shown.getByText('Play audio recordings')).toBeTruthy();
    expect(button('Apply').disabled).toBe(true);
    await act(() => vi.advanceTimersByTimeAsync(1100));
    expect(shown.getByText('40,000 of 50,000 conversations counted')).toBeTruthy();
    await act(() => vi.advanceTimersByTimeAsync(1100));
    expect(shown.queryByRole('progressbar')).toBeNull();
    expect(shown.getByText('Play audio recordings: 12 conversations')).toBeTruthy();
    expect(screen.queryByRole('alert')).toBeNull();
    await act(() => vi.advanceTimersByTimeAsync(5000));
    expect(of.send).toHaveBeenCalledTimes(3);
    fireEvent.click(button('Apply'));
    await screen.findByText('made');
  });

  it('names some of many, tells ranges, what only comes later, and columns', async () => {
    const edit = { ...play, permission: 'x', meaning: 'edit notes', conversations_gained: some(0) };
    const see = {
      ...play,
      permission: 'y',
      meaning: 'see conversations',
      gains: false,
      loses: true,
      conversations_lost: { least: 3, most: 1200 },
    };
    const of = server({
      ...harmless,
      parties: [
        {
          users: people(50),
          users_total: 60,
          programs: [],
          changes: [edit, see],
          columns_shown: [{ column: 'notes', meaning: 'notes' }],
          columns_hidden: [{ column: 'tags', meaning: 'tags' }],
        },
      ],
    });
    await begin(of);
    const shown = within(await dialog());
    expect(shown.getByText('User 0, User 1, User 2 and 57 others')).toBeTruthy();
    expect(shown.getByText('and 10 others')).toBeTruthy();
    const lines = shown.getAllByRole('listitem').map((item) => item.textContent);
    expect(lines).toContain('Edit notes: none of the conversations there are, only ones to come');
    expect(lines).toContain('See conversations: 3 to 1,200 conversations each');
    expect(lines).toContain('Columns: Notes');
    expect(lines).toContain('Columns: Tags');
  });
});

describe('the dialog of an effect on programs', () => {
  it('names them, and counts them apart from users', async () => {
    const program = { id: 'key', name: 'Warehouse' };
    const party = {
      ...gain.parties[0],
      users: [],
      users_total: 0,
      programs: [program],
    } as Effect['parties'][0];
    await begin(server({ ...gain, parties: [party], gaining: 0, programs_gaining: 1 }));
    const shown = within(await dialog());
    expect(shown.getByText('program “Warehouse”')).toBeTruthy();
    expect(shown.getByRole('status').textContent).toBe('1 program gains something.');
  });
});

describe('weighing', () => {
  it('sends the same each time, and nothing but asking before it was looked at', async () => {
    const of = server(gain);
    const seen: Weighing[] = [];
    const { whenWeighed } = await import('../api/weighing');
    const takeBack = whenWeighed(async (weighing) => void seen.push(weighing));
    await expect(weighed(of.send)).rejects.toBeInstanceOf(CancelledError);
    expect(seen).toHaveLength(1);
    expect(of.acted).toEqual([]);
    takeBack();
    of.answers.push(refused(gain));
    await expect(weighed(of.send), 'nobody is there to look').rejects.toBeInstanceOf(CancelledError);
  });
});
