/** Claims about "Why?": what is refused says through which gate, and a refused control explains itself. */
import { cleanup, fireEvent, screen, within } from '@testing-library/react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Gate } from '../api/client';
import { serve, show } from '../test/render';
import { GuardedButton } from './Why';
import { WhyPanel } from './WhyPanel';

const gates: Gate[] = [
  { gate: 'account', outcome: 'passed', code: 'active', sentence: 'The account is active.', set_in: null },
  {
    gate: 'role_and_scope',
    outcome: 'failed',
    code: 'no_grant',
    sentence: 'No role of yours lets you play recordings.',
    set_in: 'Roles',
  },
  { gate: 'record_state', outcome: 'not_reached', code: '', sentence: 'never shown', set_in: null },
];
const permissions = [
  { permission: 'conversations.view', sentence: 'see conversations', allowed: true, gates: [gates[0]!] },
  { permission: 'recordings.play', sentence: 'play audio recordings', allowed: false, gates },
];

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

describe('the why panel', () => {
  it('says for each permission whether it is allowed', async () => {
    await show(<WhyPanel title="What you may do here" permissions={permissions} />);
    const entries = (await screen.findAllByRole('group')).map((entry) => entry.textContent);
    expect(entries[0]).toContain('Allowed');
    expect(entries[1]).toContain('Not allowed');
  });

  it('tells the sentence of the gate that is closed and where it is set', async () => {
    await show(<WhyPanel title="What you may do here" permissions={permissions} />);
    await screen.findByText('What you may do here');
    expect(screen.getByText('No role of yours lets you play recordings.')).toBeTruthy();
    expect(screen.getByText('Set in: Roles')).toBeTruthy();
  });

  it('a gate that was not reached has no sentence', async () => {
    await show(<WhyPanel title="What you may do here" permissions={permissions} />);
    await screen.findByText('What you may do here');
    expect(screen.queryByText('never shown')).toBeNull();
    expect(screen.getAllByText('not reached')).toHaveLength(1);
  });

  it('names the gates of access groups, and tells a rule that is hidden in the words of the server', async () => {
    const closed: Gate[] = [
      {
        gate: 'access_group_rows',
        outcome: 'failed',
        code: 'rule_hidden',
        sentence: 'A rule that you may not see decides this.',
        set_in: null,
      },
      { gate: 'access_group_columns', outcome: 'not_reached', code: '', sentence: '', set_in: null },
    ];
    const hidden = { ...permissions[1]!, gates: closed };
    const { container } = await show(<WhyPanel title="What they may do here" permissions={[hidden]} />);
    await screen.findByText('A rule that you may not see decides this.');
    expect(screen.getByText('Access groups: rules')).toBeTruthy();
    expect(screen.getByText('Access groups: columns')).toBeTruthy();
    expect(container.textContent).not.toContain('rule_hidden');
  });
});

describe('a guarded control', () => {
  it('does its work when it is allowed', async () => {
    const work = vi.fn();
    await show(
      <GuardedButton allowed conversationId="c1" permission="recordings.delete" onClick={work}>
        Delete
      </GuardedButton>,
    );
    fireEvent.click(await screen.findByRole('button', { name: 'Delete' }));
    expect(work).toHaveBeenCalledOnce();
  });

  it('stays in reach and explains itself when it is not', async () => {
    const work = vi.fn();
    const asked = serve({
      'GET /api/v1/conversations/c1/access': {
        user: { id: 'u1', name: 'Ada', email: 'a@example.org' },
        permissions,
      },
    });
    await show(
      <GuardedButton allowed={false} conversationId="c1" permission="recordings.play" onClick={work}>
        Play
      </GuardedButton>,
    );
    const button = await screen.findByRole('button', { name: /Play/ });
    expect(button.hasAttribute('disabled')).toBe(false);
    expect(asked).toEqual([]);
    fireEvent.click(button);
    const dialog = await screen.findByRole('dialog');
    expect(await within(dialog).findByText('You may not: play audio recordings')).toBeTruthy();
    expect(within(dialog).getByText('No role of yours lets you play recordings.')).toBeTruthy();
    expect(work).not.toHaveBeenCalled();
  });
});
