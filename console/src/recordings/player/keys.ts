/**
 * The player's keyboard: which key does what, and when keys belong to something else.
 * It knows nothing of sound.
 */
import { nextRate } from './maths';

export interface PlayerActions {
  toggle: () => void;
  seekBy: (ms: number) => void;
  seek: (ms: number) => void;
  rate: number;
  setRate: (rate: number) => void;
  toggleMute: () => void;
  toggleSkipSilence: () => void;
  showKeys: () => void;
  durationMs: number;
}

/** The list that `?` shows: keys, and the text of what they do. */
export const keyList: [keys: string[], text: string][] = [
  [['Space'], 'keys.toggle'],
  [['J', 'L'], 'keys.ten'],
  [['←', '→'], 'keys.five'],
  [['Shift ←', 'Shift →'], 'keys.one'],
  [['Home', 'End'], 'keys.ends'],
  [[',', '.'], 'keys.rate'],
  [['S'], 'keys.skip'],
  [['M'], 'keys.mute'],
  [['?'], 'keys.list'],
];

const typing = 'input, textarea, select, [contenteditable="true"], [role="combobox"]';
const taken =
  '[role="dialog"], [role="menu"], [role="listbox"], [role="tab"], [role="slider"]:not([data-waveform])';
const pressable = 'button, a, summary, [role="button"]';

/** Whether a key press belongs to something other than the player. */
export function belongsElsewhere(target: Element | null, key: string): boolean {
  if (!target) return false;
  if (target.closest(typing) || target.closest(taken)) return true;
  return (key === ' ' || key === 'Enter') && target.closest(pressable) !== null;
}

/** Does what a key stands for; false when it stands for nothing. */
export function press(key: string, shift: boolean, player: PlayerActions): boolean {
  const step = shift ? 1000 : 5000;
  const actions: Record<string, () => void> = {
    ' ': player.toggle,
    j: () => player.seekBy(-10_000),
    l: () => player.seekBy(10_000),
    ArrowLeft: () => player.seekBy(-step),
    ArrowRight: () => player.seekBy(step),
    Home: () => player.seek(0),
    End: () => player.seek(player.durationMs),
    ',': () => player.setRate(nextRate(player.rate, -1)),
    '.': () => player.setRate(nextRate(player.rate, 1)),
    s: player.toggleSkipSilence,
    m: player.toggleMute,
    '?': player.showKeys,
  };
  const action = actions[key.length === 1 ? key.toLowerCase() : key];
  action?.();
  return action !== undefined;
}
