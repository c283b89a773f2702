/**
 * A change of rights as pages ask for one: when whoever asked has seen what it does and cancels, it is as if nothing
 * had been asked. It knows nothing of what is changed.
 */
import { useMutation, type UseMutationOptions } from '@tanstack/react-query';
import { useRef } from 'react';
import { CancelledError } from '../api/weighing';

type Options<T, V> = Pick<UseMutationOptions<T, Error, V>, 'mutationFn' | 'onSuccess'> & {
  onError?: (error: Error) => unknown;
};

export function useWeighed<T, V = void>({ onError, mutationFn, onSuccess }: Options<T, V>) {
  const from = useRef<HTMLElement | null>(null);
  const mutation = useMutation<T, Error, V>({
    ...(mutationFn ? { mutationFn } : {}),
    ...(onSuccess ? { onSuccess } : {}),
    onMutate: () => {
      from.current = document.activeElement instanceof HTMLElement ? document.activeElement : null;
    },
    onError: (error) => {
      if (!(error instanceof CancelledError)) return onError?.(error);
      mutation.reset();
      // The button was busy and could not keep the focus.
      setTimeout(() => from.current?.isConnected && from.current.focus());
    },
  });
  return mutation;
}
