-- When the owner of a number showed a code that was sent to it.
ALTER TABLE phone_numbers ADD COLUMN confirmed_at {integer};
-- The number that a code is to confirm; nothing for a code to sign in or to prove who somebody is with.
ALTER TABLE sent_codes ADD COLUMN number TEXT;
