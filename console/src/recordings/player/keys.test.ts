/** Claims about the player's keyboard. */
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { belongsElsewhere, type PlayerActions, press } from './keys';

function player(): PlayerActions {
  return {
    toggle: vi.fn(),
    seekBy: vi.fn(),
    seek: vi.fn(),
    rate: 1,
    setRate: vi.fn(),
    toggleMute: vi.fn(),
    toggleSkipSilence: vi.fn(),
    showKeys: vi.fn(),
    durationMs: 90_000,
  };
}
const element = (html: string, selector: string) => {
  document.body.innerHTML = html;
  return document.querySelector(selector);
};

describe('keys', () => {
  beforeEach(() => {
    document.body.innerHTML = '';
  });

  it('do what the list says', () => {
    const actions = player();
    press(' ', false, actions);
    press('j', false, actions);
    press('L', false, actions);
    press('ArrowLeft', false, actions);
    press('ArrowRight', true, actions);
    press('End', false, actions);
    press('.', false, actions);
    press('?', true, actions);
    expect(actions.toggle).toHaveBeenCalledOnce();
    expect(vi.mocked(actions.seekBy).mock.calls).toEqual([[-10_000], [10_000], [-5000], [1000]]);
    expect(actions.seek).toHaveBeenCalledWith(90_000);
    expect(actions.setRate).toHaveBeenCalledWith(1.25);
    expect(actions.showKeys).toHaveBeenCalledOnce();
  });

  it('an unknown key is left to the browser', () => {
    expect(press('x', false, player())).toBe(false);
    expect(press('Tab', false, player())).toBe(false);
  });

  it('are off while somebody types', () => {
    expect(belongsElsewhere(element('<textarea></textarea>', 'textarea'), 'j')).toBe(true);
    expect(belongsElsewhere(element('<input type="search">', 'input'), ' ')).toBe(true);
  });

  it('leave dialogs, tabs and volume sliders alone', () => {
    expect(belongsElsewhere(element('<div role="dialog"><p></p></div>', 'p'), 'j')).toBe(true);
    expect(belongsElsewhere(element('<button role="tab"></button>', 'button'), 'ArrowLeft')).toBe(true);
    expect(belongsElsewhere(element('<div role="slider"></div>', 'div'), 'ArrowLeft')).toBe(true);
  });

  it('the waveform is a slider whose keys are the player’s own', () => {
    expect(belongsElsewhere(element('<div role="slider" data-waveform></div>', 'div'), 'ArrowLeft')).toBe(
      false,
    );
  });

  it('the space bar presses the button that has the focus; letters still reach the player', () => {
    const button = element('<button></button>', 'button');
    expect(belongsElsewhere(button, ' ')).toBe(true);
    expect(belongsElsewhere(button, 'j')).toBe(false);
  });
});
