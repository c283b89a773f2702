/**
 * One lane of the waveform: a channel's peaks, its speech shaded, the played part in full colour.
 * It draws and nothing else; pointer and keyboard belong to the player.
 */
import { useElementSize } from '@mantine/hooks';
import { useComputedColorScheme } from '@mantine/core';
import { useEffect, useMemo, useRef } from 'react';
import { type Interval, resample } from './maths';
import classes from './Player.module.css';

interface WaveformProps {
  peaks: number[];
  speech: Interval[];
  gain: number;
  durationMs: number;
  positionMs: number;
  colour: 'agent' | 'customer';
  muted: boolean;
}

const barPixels = 2;
const gapPixels = 1;

export function Waveform({ peaks, speech, gain, durationMs, positionMs, colour, muted }: WaveformProps) {
  const { ref, width, height } = useElementSize<HTMLDivElement>();
  const canvas = useRef<HTMLCanvasElement>(null);
  const scheme = useComputedColorScheme('light');
  const columns = Math.max(0, Math.floor(width / (barPixels + gapPixels)));
  const bars = useMemo(() => resample(peaks, columns), [peaks, columns]);
  // One redraw for each bar that the position passes, not for each frame.
  const played = durationMs > 0 ? Math.round((positionMs / durationMs) * columns) : 0;

  useEffect(() => {
    const element = canvas.current;
    const brush = element?.getContext('2d');
    if (!element || !brush || width === 0) return;
    const ratio = window.devicePixelRatio || 1;
    element.width = Math.round(width * ratio);
    element.height = Math.round(height * ratio);
    brush.scale(ratio, ratio);
    brush.clearRect(0, 0, width, height);
    const ink = getComputedStyle(element).getPropertyValue(`--keep-${colour}`).trim();
    brush.fillStyle = ink;

    brush.globalAlpha = scheme === 'dark' ? 0.13 : 0.085;
    for (const [from, until] of speech) {
      const left = (from / durationMs) * width;
      brush.beginPath();
      brush.roundRect(left, 0, Math.max(2, (until / durationMs) * width - left), height, 4);
      brush.fill();
    }
    const middle = height / 2;
    const reach = middle - 3;
    for (let column = 0; column < columns; column++) {
      const low = Math.min(1, -(bars[column * 2] ?? 0) * gain);
      const high = Math.min(1, (bars[column * 2 + 1] ?? 0) * gain);
      const top = middle - Math.max(0.6, high * reach);
      const bottom = middle + Math.max(0.6, low * reach);
      brush.globalAlpha = (column < played ? 1 : 0.42) * (muted ? 0.35 : 1);
      brush.beginPath();
      brush.roundRect(column * (barPixels + gapPixels), top, barPixels, bottom - top, 1);
      brush.fill();
    }
  }, [bars, colour, columns, durationMs, gain, height, muted, played, scheme, speech, width]);

  return (
    <div ref={ref} className={classes.lane}>
      <canvas ref={canvas} className={classes.canvas} aria-hidden="true" />
    </div>
  );
}
