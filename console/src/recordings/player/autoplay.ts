/**
 * One wish to play, made by the play button of a list and fulfilled once by the page that opens.
 * Nothing else ever starts by itself.
 */
let wished: string | null = null;

export function wishToPlay(conversationId: string) {
  wished = conversationId;
}

export function takeWish(conversationId: string): boolean {
  const granted = wished === conversationId;
  wished = null;
  return granted;
}
