-- Phone numbers of people, as codes are sent to them: one of each person.
CREATE TABLE phone_numbers (
  organisation_id {bytes} NOT NULL,
  user_id {bytes} NOT NULL,
  number TEXT NOT NULL,
  created_at {integer} NOT NULL,
  PRIMARY KEY (organisation_id, user_id)
) {clustered};
