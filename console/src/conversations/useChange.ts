/** Changes a conversation and puts the answer where every page reads it. It knows nothing of forms. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, type ConversationDetail, type ConversationPatch } from '../api/client';
import { codeOf } from '../api/problem';
import { useToast } from '../shared/toast';

export function useChange(conversation: ConversationDetail) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const toast = useToast();
  const key = ['conversation', conversation.id];
  return useMutation({
    mutationFn: (patch: ConversationPatch) =>
      api.conversations.change(conversation.id, conversation.version, patch),
    onSuccess: (changed) => {
      client.setQueryData(key, changed);
      void client.invalidateQueries({ queryKey: ['conversations'] });
      void client.invalidateQueries({ queryKey: ['directory'] });
      toast.done(t('state.saved'));
    },
    onError: (error) => {
      toast.failed(error);
      // Somebody was faster: show theirs before trying again.
      if (codeOf(error) === 'precondition_failed') void client.invalidateQueries({ queryKey: key });
    },
  });
}
