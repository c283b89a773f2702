/**
 * What somebody wants to decide in the settings and hasn't saved: by address, `key` or `channel/key`. A wish for what
 * is decided already is none. It knows the shape of settings and no setting by name.
 */
import type { Setting, Settings, SettingValue } from '../api/client';

/** A new value; null takes the decision back. */
export type Wish = SettingValue | null;
export type Wishes = Record<string, Wish>;

export const addressOf = (setting: Setting, channel?: string) =>
  channel ? `${channel}/${setting.key}` : setting.key;

export function fieldsOf(settings: Settings): Setting[] {
  return settings.sections.flatMap((section) => section.settings);
}

/** What is decided now at an address: a value and whether somebody decided it there. */
export function decided(setting: Setting, channel?: string): { value: SettingValue | null; here: boolean } {
  if (!channel) return { value: setting.value, here: setting.origin === 'organisation' };
  const found = setting.channels.find((one) => one.channel === channel);
  return { value: found?.value ?? null, here: found?.origin === 'channel' };
}

export const same = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other);

/** The wishes with one more, or one less when it is what is decided already. */
export function withWish(
  wishes: Wishes,
  setting: Setting,
  channel: string | undefined,
  wish: Wish | undefined,
): Wishes {
  const address = addressOf(setting, channel);
  const { [address]: _, ...rest } = wishes;
  if (wish === undefined) return rest;
  const now = decided(setting, channel);
  const idle = wish === null ? !now.here : same(wish, now.value) && (now.here || !channel);
  return idle ? rest : { ...rest, [address]: wish };
}

/** The value that a field shows: the wish, else what is decided. */
export function shown(setting: Setting, wishes: Wishes, channel?: string): SettingValue | null {
  const address = addressOf(setting, channel);
  const wish = wishes[address];
  if (wish === undefined) return decided(setting, channel).value;
  if (wish !== null) return wish;
  return channel ? shown(setting, wishes) : setting.default;
}

/** What the server is asked. */
export function patchOf(wishes: Wishes) {
  const organisation: Wishes = {};
  const channels: Record<string, Wishes> = {};
  for (const [address, wish] of Object.entries(wishes)) {
    const [channel, key] = address.split('/');
    if (key === undefined) organisation[address] = wish;
    else channels[channel ?? ''] = { ...channels[channel ?? ''], [key]: wish };
  }
  return { organisation, channels };
}

/** Wishes that still mean something after the settings changed under them. */
export function rebased(wishes: Wishes, settings: Settings): Wishes {
  let kept: Wishes = {};
  for (const setting of fieldsOf(settings))
    for (const channel of [undefined, ...setting.channels.map((one) => one.channel)]) {
      const wish = wishes[addressOf(setting, channel)];
      if (wish !== undefined) kept = withWish(kept, setting, channel, wish);
    }
  return kept;
}
