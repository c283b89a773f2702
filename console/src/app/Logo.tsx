/**
 * The mark: a keep whose battlements and gate are the bars of a waveform.
 * It knows nothing of anything else.
 */
import classes from './Logo.module.css';

/** Two tails of sound, and between them the tower: merlons, embrasures and, cut out at the foot, the gate. */
const bars: [x: number, y: number, height: number][] = [
  [0, 15.5, 7],
  [5.2, 3, 27],
  [10.4, 8, 22],
  [15.6, 3, 16.5],
  [20.8, 8, 22],
  [26, 3, 27],
  [31.2, 15.5, 7],
];

export function Mark({ size = 28 }: { size?: number }) {
  return (
    <svg
      width={(size * 35) / 32}
      height={size}
      viewBox="0 0 35 32"
      aria-hidden="true"
      className={classes.mark}
    >
      {bars.map(([x, y, height]) => (
        <rect key={x} x={x} y={y} width="3.8" height={height} rx="1" />
      ))}
    </svg>
  );
}

export function Logo({ size = 26 }: { size?: number }) {
  return (
    <span className={classes.logo}>
      <Mark size={size} />
      <span className={classes.word}>
        sound<b>keep</b>
      </span>
    </span>
  );
}
