/** Small pieces about people that several pages show. */
import { useTranslation } from 'react-i18next';
import type { Assignment, User } from '../api/client';
import classes from './people.module.css';

export function UserState({ value }: { value: User['state'] }) {
  const { t } = useTranslation();
  return (
    <span className={classes.state} data-state={value}>
      {t(`user_state.${value}`)}
    </span>
  );
}

export function useLimitText(): (assignment: Assignment) => string {
  const { t } = useTranslation();
  return (assignment) =>
    assignment.limit === 'groups'
      ? t('limit.groups_named', { names: assignment.groups.map((group) => group.name).join(', ') })
      : t(`limit.${assignment.limit}`);
}
