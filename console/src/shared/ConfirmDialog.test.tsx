/** Claims about asking once more: why is asked where that matters, and told as it was typed. */
import { cleanup, fireEvent, screen } from '@testing-library/react';
import { afterEach, expect, it, vi } from 'vitest';
import { person, show } from '../test/render';
import { ConfirmDialog } from './ConfirmDialog';

afterEach(cleanup);

const dialog = (onConfirm: (reason?: string) => void, asksWhy: boolean) => (
  <ConfirmDialog
    opened
    title="Take it away?"
    text="It is gone then."
    action="Take away"
    busy={false}
    asksWhy={asksWhy}
    onConfirm={onConfirm}
    close={() => undefined}
  />
);

it('hands over the reason that was typed, and none when nothing was', async () => {
  const confirmed = vi.fn();
  await show(dialog(confirmed, true), { me: person({}) });
  fireEvent.click(await screen.findByText('Take away'));
  expect(confirmed).toHaveBeenLastCalledWith(undefined);
  fireEvent.change(screen.getByLabelText('Reason'), { target: { value: ' She left us. ' } });
  fireEvent.click(screen.getByText('Take away'));
  expect(confirmed).toHaveBeenLastCalledWith('She left us.');
});

it('asks nobody why where that matters to nobody else', async () => {
  const confirmed = vi.fn();
  await show(dialog(confirmed, false), { me: person({}) });
  fireEvent.click(await screen.findByText('Take away'));
  expect(confirmed).toHaveBeenCalledWith();
  expect(screen.queryByLabelText('Reason')).toBeNull();
});
