-- What a provider said of a session there: signing out shows its own token again, and no session here outlives it.

-- The token that said who came, sealed. The provider wants to see it when they sign out (OpenID Connect RP-Initiated
-- Logout 1.0, section 2).
ALTER TABLE sessions ADD COLUMN provider_token_sealed {bytes};
ALTER TABLE sign_ins ADD COLUMN provider_token_sealed {bytes};

-- When the session there ends (SAML 2.0 core, section 2.7.2): what is still to be done takes no longer either.
ALTER TABLE sign_ins ADD COLUMN provider_ends_at {integer};
