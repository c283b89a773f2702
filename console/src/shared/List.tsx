/**
 * A plain table of things that turns into stacked cards on a narrow screen.
 * It knows nothing of the things.
 */
import type { ReactNode } from 'react';
import classes from './List.module.css';

export interface ListColumn<T> {
  title: string;
  /** No title to be seen: a column of buttons. */
  quiet?: boolean;
  cell: (thing: T) => ReactNode;
}
interface ListProps<T> {
  caption: string;
  columns: ListColumn<T>[];
  items: T[];
  keyOf: (thing: T) => string;
}

export function List<T>({ caption, columns, items, keyOf }: ListProps<T>) {
  return (
    <table className={classes.table}>
      <caption className="visually-hidden">{caption}</caption>
      <thead>
        <tr>
          {columns.map((column) => (
            <th key={column.title} scope="col">
              {column.quiet ? <span className="visually-hidden">{column.title}</span> : column.title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {items.map((item) => (
          <tr key={keyOf(item)}>
            {columns.map((column) => (
              <td
                key={column.title}
                data-title={column.quiet ? undefined : column.title}
                data-quiet={column.quiet || undefined}
              >
                {column.cell(item)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
