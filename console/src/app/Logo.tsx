/**
 * The mark: a keep whose battlements and gate are the bars of a waveform.
 * It knows nothing of anything else.
 */
import classes from './Logo.module.css';

const bars: [x: number, y: number, height: number][] = [
  [2, 6, 24],
  [7.2, 13, 17],
  [12.4, 2, 17],
  [17.6, 2, 17],
  [22.8, 13, 17],
  [28, 6, 24],
];

export function Mark({ size = 28 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 34 32" aria-hidden="true" className={classes.mark}>
      {bars.map(([x, y, height]) => (
        <rect key={x} x={x} y={y} width="3.6" height={height} rx="1.4" />
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
