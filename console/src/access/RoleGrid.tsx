/**
 * The lines of a role: for each permission, by room, how far it reaches. Each line is a group of radio buttons.
 * It knows nothing of saving, and offers only what there is.
 */
import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import classes from './RoleGrid.module.css';
import { byRoom, type Held, type Row, useRoom, useWord, wordsOf } from './roles';

interface RoleGridProps {
  rows: Row[];
  held: Record<string, Held>;
  /** Lines that differ from what is saved. */
  changed: ReadonlySet<string>;
  set?: ((permission: string, word: Held) => void) | undefined;
}

export function RoleGrid({ rows, held, changed, set }: RoleGridProps) {
  const room = useRoom();
  return (
    <div className={classes.rooms}>
      {byRoom(rows.filter((row) => row.available)).map(([name, lines]) => (
        <section key={name} className={classes.room}>
          <h2>{room(name)}</h2>
          {lines.map((row) => (
            <Line
              key={row.permission}
              row={row}
              value={held[row.permission] ?? wordsOf(row)[0] ?? 'none'}
              changed={changed.has(row.permission)}
              set={set && ((word) => set(row.permission, word))}
            />
          ))}
        </section>
      ))}
    </div>
  );
}

interface LineProps {
  row: Row;
  value: Held;
  changed: boolean;
  set?: ((word: Held) => void) | undefined;
}

function Line({ row, value, changed, set }: LineProps) {
  const { t } = useTranslation();
  const word = useWord();
  const id = useId();
  return (
    <div className={classes.line} data-changed={changed || undefined}>
      <div className={classes.what}>
        <span id={id} className={classes.meaning}>
          {row.meaning}
        </span>
        <code>{row.permission}</code>
        {changed && <span className={classes.mark}>{t('role.changed')}</span>}
      </div>
      <div role="radiogroup" aria-labelledby={id} className={classes.words}>
        {wordsOf(row).map((choice) => (
          <label
            key={choice}
            className={classes.word}
            data-word={choice}
            data-checked={choice === value || undefined}
            data-fixed={!set || undefined}
          >
            <input
              type="radio"
              name={`${id}-${row.permission}`}
              value={choice}
              checked={choice === value}
              disabled={!set}
              onChange={() => set?.(choice)}
            />
            <span>{word(choice)}</span>
          </label>
        ))}
      </div>
    </div>
  );
}
