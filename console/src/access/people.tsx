/** Small pieces about people that several pages show. */
import { useTranslation } from 'react-i18next';
import type { Assignment, User } from '../api/client';
import classes from './people.module.css';

export function UserState({ value, inactive }: { value: User['state']; inactive?: boolean }) {
  const { t } = useTranslation();
  return (
    <span
      className={classes.state}
      data-state={inactive ? 'disabled' : value}
      title={inactive ? t('users.inactive_text') : undefined}
    >
      {inactive ? t('users.inactive') : t(`user_state.${value}`)}
    </span>
  );
}

/** A limit may name a thousand groups. */
const namesShown = 8;

export function useLimitText(): (assignment: Assignment) => string {
  const { t } = useTranslation();
  return ({ limit, groups }) => {
    if (limit !== 'groups') return t(`limit.${limit}`);
    const names = groups.slice(0, namesShown).map((group) => group.name);
    const more = groups.length - names.length;
    return t('limit.groups_named', {
      names: [...names, ...(more > 0 ? [t('limit.groups_more', { count: more })] : [])].join(', '),
    });
  };
}
