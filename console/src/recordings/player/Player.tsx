/**
 * The player of a ready recording: lanes, transport and keyboard around the engine.
 * It knows nothing of conversations; whether it may play at all has been decided before.
 */
import { ActionIcon, Button, Menu, Slider, Switch, Tooltip } from '@mantine/core';
import { useDisclosure, useElementSize } from '@mantine/hooks';
import {
  IconKeyboard,
  IconPlayerPauseFilled,
  IconPlayerPlayFilled,
  IconRewindBackward10,
  IconRewindForward10,
  IconVolume,
  IconVolumeOff,
} from '@tabler/icons-react';
import { type PointerEvent, useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import type { Peaks } from '../../api/client';
import { clock, spokenDuration } from '../../shared/format';
import { useKept } from '../../shared/kept';
import { useLocale } from '../../shared/useLocale';
import { Engine } from './engine';
import { KeysDialog } from './KeysDialog';
import { belongsElsewhere, press } from './keys';
import { axisStep, gainOf, type Interval, rates, silences, timeAt, totalOf } from './maths';
import classes from './Player.module.css';
import { TroubleAlert } from './TroubleAlert';
import { Waveform } from './Waveform';

interface PlayerProps {
  url: string;
  peaks: Peaks;
  autoplay: boolean;
  /** Asks why nothing comes, when nothing comes. */
  probe: () => Promise<void>;
}

/** For a recording whose length and picture are hidden. */
export const withoutPicture: Peaks = { duration_ms: Infinity, points_per_second: 1, channels: [] };

export function Player({ url, peaks, autoplay, probe }: PlayerProps) {
  const speech = useMemo(() => peaks.channels.map((channel) => channel.speech as Interval[]), [peaks]);
  const quiet = useMemo(() => silences(speech, peaks.duration_ms), [speech, peaks]);
  const [engine, setEngine] = useState<Engine | null>(null);
  const wish = useRef(autoplay);
  useEffect(() => {
    const made = new Engine(url, peaks.duration_ms, quiet, Math.max(1, peaks.channels.length));
    setEngine(made);
    if (wish.current) made.play();
    return () => made.dispose();
  }, [url, peaks, quiet]);
  return engine ? <Deck key={url} engine={engine} peaks={peaks} quiet={quiet} probe={probe} /> : null;
}

interface DeckProps {
  engine: Engine;
  peaks: Peaks;
  quiet: Interval[];
  probe: () => Promise<void>;
}

function Deck({ engine, peaks, quiet, probe }: DeckProps) {
  const { t } = useTranslation();
  const state = useSyncExternalStore(engine.subscribe, engine.snapshot);
  const [keysShown, { open: showKeys, close: hideKeys }] = useDisclosure();
  const [keysEnabled, setKeysEnabled] = useKept('player_keys', true);
  const [rate, keepRate] = useKept('player_rate', 1);
  const [skip, keepSkip] = useKept('player_skip_silence', false);
  const durationMs = peaks.duration_ms;

  useEffect(() => engine.setRate(rate), [engine, rate]);
  useEffect(() => engine.setSkipSilence(skip), [engine, skip]);
  useEffect(() => {
    if (!keysEnabled) return;
    const listen = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      if (belongsElsewhere(event.target as Element | null, event.key)) return;
      const handled = press(event.key, event.shiftKey, {
        toggle: () => engine.toggle(),
        seekBy: (ms) => engine.seekBy(ms),
        seek: (ms) => Number.isFinite(ms) && engine.seek(ms),
        rate,
        setRate: keepRate,
        toggleMute: () => engine.setMuted(!engine.snapshot().muted),
        toggleSkipSilence: () => keepSkip(!skip),
        showKeys,
        durationMs,
      });
      if (handled) event.preventDefault();
    };
    window.addEventListener('keydown', listen);
    return () => window.removeEventListener('keydown', listen);
  }, [engine, keysEnabled, rate, keepRate, skip, keepSkip, showKeys, durationMs]);

  const pictured = peaks.channels.length > 0;
  const busy = state.playing || state.waiting;
  return (
    <div className={classes.player} role="group" aria-label={t('player.label')}>
      {pictured ? (
        <Lanes engine={engine} peaks={peaks} />
      ) : (
        <p className={classes.unpictured}>{t('player.no_picture')}</p>
      )}
      {state.trouble && (
        <TroubleAlert
          trouble={state.trouble}
          positionMs={state.positionMs}
          probe={probe}
          retry={() => engine.retry()}
        />
      )}
      <div className={classes.transport}>
        <div className={classes.main}>
          <Tooltip label={t('player.back')}>
            <ActionIcon size={38} aria-label={t('player.back')} onClick={() => engine.seekBy(-10_000)}>
              <IconRewindBackward10 size={21} stroke={1.6} aria-hidden />
            </ActionIcon>
          </Tooltip>
          <ActionIcon
            variant="filled"
            color="keep"
            radius={100}
            size={48}
            className={classes.play}
            data-waiting={state.waiting || undefined}
            aria-busy={state.waiting}
            aria-label={t(busy ? 'player.pause' : 'player.play')}
            onClick={() => engine.toggle()}
          >
            {busy ? (
              <IconPlayerPauseFilled size={20} aria-hidden />
            ) : (
              <IconPlayerPlayFilled size={20} aria-hidden />
            )}
          </ActionIcon>
          <Tooltip label={t('player.forward')}>
            <ActionIcon size={38} aria-label={t('player.forward')} onClick={() => engine.seekBy(10_000)}>
              <IconRewindForward10 size={21} stroke={1.6} aria-hidden />
            </ActionIcon>
          </Tooltip>
        </div>
        <div className={classes.time} aria-hidden="true">
          <b>{clock(state.positionMs)}</b>
          {pictured && ` / ${clock(durationMs)}`}
        </div>
        <div className={classes.options}>
          {pictured && (
            <Tooltip
              label={
                quiet.length > 0
                  ? t('player.skip_saves', { time: clock(totalOf(quiet)) })
                  : t('player.skip_none')
              }
            >
              <Switch
                size="sm"
                label={t('player.skip')}
                checked={skip}
                onChange={(event) => keepSkip(event.currentTarget.checked)}
              />
            </Tooltip>
          )}
          <RateMenu rate={rate} setRate={keepRate} />
          <Tooltip label={t(state.muted ? 'player.unmute' : 'player.mute')}>
            <ActionIcon
              aria-label={t('player.mute')}
              aria-pressed={state.muted}
              onClick={() => engine.setMuted(!state.muted)}
            >
              {state.muted ? (
                <IconVolumeOff size={20} stroke={1.7} aria-hidden />
              ) : (
                <IconVolume size={20} stroke={1.7} aria-hidden />
              )}
            </ActionIcon>
          </Tooltip>
          <Tooltip label={t('keys.title')}>
            <ActionIcon aria-label={t('keys.title')} onClick={showKeys} visibleFrom="sm">
              <IconKeyboard size={20} stroke={1.6} aria-hidden />
            </ActionIcon>
          </Tooltip>
        </div>
      </div>
      <KeysDialog opened={keysShown} close={hideKeys} enabled={keysEnabled} setEnabled={setKeysEnabled} />
    </div>
  );
}

function RateMenu({ rate, setRate }: { rate: number; setRate: (rate: number) => void }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const text = (value: number) => `${new Intl.NumberFormat(locale).format(value)}×`;
  return (
    <Menu position="top">
      <Menu.Target>
        <Button
          variant="default"
          size="compact-md"
          className={classes.rate}
          aria-label={t('player.rate', { rate: text(rate) })}
        >
          {text(rate)}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {rates.map((value) => (
          <Menu.Item
            key={value}
            onClick={() => setRate(value)}
            fw={value === rate ? 650 : 400}
            className="tabular"
          >
            {text(value)}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

/** The first channel is the agent's unless the labels say otherwise. */
function sideOf(label: string | null, index: number): 'agent' | 'customer' {
  if (label === 'customer' || label === 'caller') return 'customer';
  if (label === 'agent') return 'agent';
  return index === 0 ? 'agent' : 'customer';
}

function Lanes({ engine, peaks }: { engine: Engine; peaks: Peaks }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const state = useSyncExternalStore(engine.subscribe, engine.snapshot);
  const area = useRef<HTMLDivElement>(null);
  const [hoverMs, setHoverMs] = useState<number | null>(null);
  const durationMs = peaks.duration_ms;
  const gain = useMemo(() => gainOf(peaks.channels.map((channel) => channel.peaks)), [peaks]);
  const names = peaks.channels.map((channel, index) =>
    channel.label === null
      ? peaks.channels.length === 1
        ? t('side.both')
        : t('side.numbered', { number: index + 1 })
      : t(`side.${channel.label}`, { defaultValue: channel.label }),
  );
  const timeUnder = (event: PointerEvent) => {
    const box = area.current?.getBoundingClientRect();
    return box ? timeAt(event.clientX - box.left, box.width, durationMs) : 0;
  };
  const move = (event: PointerEvent) => {
    const ms = timeUnder(event);
    setHoverMs(ms);
    if (event.buttons & 1) engine.seek(ms);
  };
  const down = (event: PointerEvent) => {
    if (event.button !== 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    engine.seek(timeUnder(event));
  };
  const percent = (ms: number) => `${(ms / durationMs) * 100}%`;
  return (
    <div className={classes.lanes}>
      <div className={classes.sides}>
        {names.map((name, side) => (
          <div
            key={side}
            className={classes.side}
            data-side={sideOf(peaks.channels[side]?.label ?? null, side)}
          >
            <span className={classes.sideName}>{name}</span>
            <Slider
              size={4}
              thumbSize={13}
              min={0}
              max={1.5}
              step={0.05}
              label={(value) => `${Math.round(value * 100)} %`}
              thumbLabel={t('player.volume', { name })}
              value={state.volumes[side] ?? 1}
              onChange={(value) => engine.setVolume(side, value)}
              className={classes.volume}
            />
          </div>
        ))}
      </div>
      <div
        ref={area}
        className={classes.waves}
        role="slider"
        data-waveform
        tabIndex={0}
        aria-label={t('player.position')}
        aria-valuemin={0}
        aria-valuemax={Math.round(durationMs / 1000)}
        aria-valuenow={Math.round(state.positionMs / 1000)}
        aria-valuetext={t('player.position_of', {
          position: spokenDuration(state.positionMs, locale),
          duration: spokenDuration(durationMs, locale),
        })}
        onPointerMove={move}
        onPointerDown={down}
        onPointerLeave={() => setHoverMs(null)}
      >
        {peaks.channels.map((channel, side) => (
          <Waveform
            key={side}
            peaks={channel.peaks}
            speech={channel.speech as Interval[]}
            gain={gain}
            durationMs={durationMs}
            positionMs={state.positionMs}
            colour={sideOf(channel.label, side)}
            muted={state.muted || state.volumes[side] === 0}
          />
        ))}
        <Axis durationMs={durationMs} />
        <span className={classes.playhead} style={{ left: percent(state.positionMs) }} />
        {hoverMs !== null && (
          <span className={classes.hover} style={{ left: percent(hoverMs) }}>
            <span data-edge={hoverMs > durationMs * 0.94 || undefined}>{clock(hoverMs)}</span>
          </span>
        )}
      </div>
    </div>
  );
}

function Axis({ durationMs }: { durationMs: number }) {
  const { ref, width } = useElementSize<HTMLDivElement>();
  const step = axisStep(durationMs, Math.max(2, Math.min(12, width / 72)));
  const marks = Array.from(
    { length: Math.floor((durationMs * 0.985) / step) + 1 },
    (_, index) => index * step,
  );
  return (
    <div ref={ref} className={classes.axis} aria-hidden="true">
      {marks.map((ms) => (
        <span key={ms} style={{ left: `${(ms / durationMs) * 100}%` }}>
          {clock(ms)}
        </span>
      ))}
    </div>
  );
}
