CREATE TABLE events (id bigserial PRIMARY KEY, body text NOT NULL)
