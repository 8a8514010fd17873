CREATE TABLE lifecycle_checkpoints (
  at INTEGER NOT NULL,
  size BIGINT NOT NULL,
  root BLOB NOT NULL,
  frontier BLOB NOT NULL,
  CONSTRAINT pk_lifecycle_checkpoints PRIMARY KEY (at),
  CONSTRAINT ck_lifecycle_checkpoints_counted CHECK (size >= 0)
);

CREATE INDEX ix_lifecycle_checkpoints_size ON lifecycle_checkpoints (size);

CREATE TABLE lifecycle_definitions (
  hash VARCHAR NOT NULL,
  name VARCHAR NOT NULL,
  version VARCHAR NOT NULL,
  text TEXT NOT NULL,
  recorded_at BIGINT NOT NULL,
  CONSTRAINT pk_lifecycle_definitions PRIMARY KEY (hash),
  CONSTRAINT uq_lifecycle_definitions_name UNIQUE (name, version)
);

CREATE TABLE lifecycle_erasures (
  number INTEGER NOT NULL,
  previous_number INTEGER,
  action VARCHAR NOT NULL,
  subject VARCHAR,
  basis VARCHAR NOT NULL,
  content BLOB NOT NULL,
  recorded_at BIGINT NOT NULL,
  format VARCHAR NOT NULL,
  previous VARCHAR NOT NULL,
  digest VARCHAR NOT NULL,
  CONSTRAINT pk_lifecycle_erasures PRIMARY KEY (number),
  CONSTRAINT ck_lifecycle_erasures_gapless CHECK (coalesce(previous_number, 0) = (number - 1)),
  CONSTRAINT ck_lifecycle_erasures_counted CHECK (number >= 1),
  CONSTRAINT ck_lifecycle_erasures_action CHECK (action in ('erase', 'hold', 'release', 'redact')),
  CONSTRAINT ck_lifecycle_erasures_subject CHECK ((action = 'redact') = (subject is null)),
  CONSTRAINT fk_lifecycle_erasures_previous_number FOREIGN KEY(previous_number) REFERENCES lifecycle_erasures (number),
  CONSTRAINT uq_lifecycle_erasures_digest UNIQUE (digest)
);

CREATE INDEX ix_lifecycle_erasures_subject ON lifecycle_erasures (subject);

CREATE TABLE lifecycle_leaves (
  position INTEGER NOT NULL,
  kind VARCHAR NOT NULL,
  subject VARCHAR NOT NULL,
  number INTEGER NOT NULL,
  digest VARCHAR NOT NULL,
  CONSTRAINT pk_lifecycle_leaves PRIMARY KEY (position),
  CONSTRAINT uq_lifecycle_leaves_entry UNIQUE (kind, subject, number),
  CONSTRAINT ck_lifecycle_leaves_counted CHECK (position >= 1),
  CONSTRAINT ck_lifecycle_leaves_kind CHECK (kind in ('record', 'refusal', 'erasure'))
);

CREATE TABLE lifecycle_pending (
  entry INTEGER NOT NULL,
  kind VARCHAR NOT NULL,
  subject VARCHAR NOT NULL,
  first INTEGER NOT NULL,
  last INTEGER NOT NULL,
  CONSTRAINT pk_lifecycle_pending PRIMARY KEY (entry),
  CONSTRAINT ck_lifecycle_pending_kind CHECK (kind in ('record', 'refusal', 'erasure')),
  CONSTRAINT ck_lifecycle_pending_range CHECK (first <= last)
);

CREATE TABLE lifecycle_properties (
  name VARCHAR NOT NULL,
  value VARCHAR NOT NULL,
  CONSTRAINT pk_lifecycle_properties PRIMARY KEY (name)
);

CREATE TABLE lifecycle_subjects (
  subject VARCHAR NOT NULL,
  lead VARCHAR NOT NULL,
  CONSTRAINT pk_lifecycle_subjects PRIMARY KEY (subject),
  CONSTRAINT uq_lifecycle_subjects_lead UNIQUE (lead)
);

CREATE TABLE lifecycle_tiles (
  height INTEGER NOT NULL,
  "index" BIGINT NOT NULL,
  hash BLOB NOT NULL,
  CONSTRAINT pk_lifecycle_tiles PRIMARY KEY (height, "index")
);

CREATE TABLE lifecycle_edges (
  definition_hash VARCHAR NOT NULL,
  "trigger" VARCHAR NOT NULL,
  source VARCHAR NOT NULL,
  target VARCHAR NOT NULL,
  CONSTRAINT pk_lifecycle_edges PRIMARY KEY (definition_hash, "trigger", source, target),
  CONSTRAINT fk_lifecycle_edges_definition_hash FOREIGN KEY(definition_hash) REFERENCES lifecycle_definitions (hash)
);

CREATE TABLE lifecycle_rules (
  digest VARCHAR NOT NULL,
  definition_hash VARCHAR NOT NULL,
  content BLOB NOT NULL,
  recorded_at BIGINT NOT NULL,
  CONSTRAINT pk_lifecycle_rules PRIMARY KEY (digest),
  CONSTRAINT fk_lifecycle_rules_definition_hash FOREIGN KEY(definition_hash) REFERENCES lifecycle_definitions (hash)
);

CREATE TABLE lifecycle_records (
  subject VARCHAR NOT NULL,
  sequence INTEGER NOT NULL,
  previous_sequence INTEGER,
  previous_at BIGINT,
  definition_hash VARCHAR NOT NULL,
  "trigger" VARCHAR NOT NULL,
  source VARCHAR NOT NULL,
  target VARCHAR NOT NULL,
  cycle INTEGER NOT NULL,
  at BIGINT NOT NULL,
  actor VARCHAR NOT NULL,
  rules_digest VARCHAR NOT NULL,
  content BLOB NOT NULL,
  recorded_at BIGINT NOT NULL,
  format VARCHAR NOT NULL,
  commitment VARCHAR NOT NULL,
  previous VARCHAR NOT NULL,
  digest VARCHAR NOT NULL,
  CONSTRAINT pk_lifecycle_records PRIMARY KEY (subject, sequence),
  CONSTRAINT uq_lifecycle_records_continuity UNIQUE (subject, sequence, target, at),
  CONSTRAINT fk_lifecycle_records_edge FOREIGN KEY(definition_hash, "trigger", source, target) REFERENCES lifecycle_edges (definition_hash, "trigger", source, target),
  CONSTRAINT fk_lifecycle_records_continuity FOREIGN KEY(subject, previous_sequence, source, previous_at) REFERENCES lifecycle_records (subject, sequence, target, at),
  CONSTRAINT ck_lifecycle_records_gapless CHECK (coalesce(previous_sequence, 0) = (sequence - 1)),
  CONSTRAINT ck_lifecycle_records_entry CHECK ((sequence = 1) = (source = '(new)')),
  CONSTRAINT ck_lifecycle_records_counted CHECK ((sequence >= 1) and (cycle >= 1)),
  CONSTRAINT ck_lifecycle_records_in_order CHECK (((sequence = 1) = (previous_at is null)) and (coalesce(previous_at, at) <= at)),
  CONSTRAINT fk_lifecycle_records_rules_digest FOREIGN KEY(rules_digest) REFERENCES lifecycle_rules (digest)
);

CREATE INDEX ix_lifecycle_records_at ON lifecycle_records (at, subject, sequence);

CREATE INDEX ix_lifecycle_records_target_at ON lifecycle_records (target, at, subject, sequence);

CREATE TABLE lifecycle_refusals (
  subject VARCHAR NOT NULL,
  number INTEGER NOT NULL,
  previous_number INTEGER,
  "key" VARCHAR NOT NULL,
  sequence INTEGER NOT NULL,
  at BIGINT NOT NULL,
  "trigger" VARCHAR NOT NULL,
  stage VARCHAR,
  result VARCHAR NOT NULL,
  actor VARCHAR NOT NULL,
  rules_digest VARCHAR NOT NULL,
  content BLOB NOT NULL,
  recorded_at BIGINT NOT NULL,
  format VARCHAR NOT NULL,
  commitment VARCHAR NOT NULL,
  previous VARCHAR NOT NULL,
  digest VARCHAR NOT NULL,
  CONSTRAINT pk_lifecycle_refusals PRIMARY KEY (subject, number),
  CONSTRAINT uq_lifecycle_refusals_once UNIQUE (subject, "key"),
  CONSTRAINT fk_lifecycle_refusals_continuity FOREIGN KEY(subject, previous_number) REFERENCES lifecycle_refusals (subject, number),
  CONSTRAINT ck_lifecycle_refusals_gapless CHECK (coalesce(previous_number, 0) = (number - 1)),
  CONSTRAINT ck_lifecycle_refusals_counted CHECK ((number >= 1) and (sequence >= 0)),
  CONSTRAINT fk_lifecycle_refusals_rules_digest FOREIGN KEY(rules_digest) REFERENCES lifecycle_rules (digest)
);

CREATE INDEX ix_lifecycle_refusals_at ON lifecycle_refusals (at, subject, number);

CREATE TABLE lifecycle_commands (
  command VARCHAR NOT NULL,
  subject VARCHAR NOT NULL,
  first_sequence INTEGER,
  last_sequence INTEGER,
  refusal INTEGER,
  recorded_at BIGINT NOT NULL,
  CONSTRAINT pk_lifecycle_commands PRIMARY KEY (command),
  CONSTRAINT fk_lifecycle_commands_known FOREIGN KEY(subject) REFERENCES lifecycle_subjects (subject),
  CONSTRAINT fk_lifecycle_commands_subject FOREIGN KEY(subject, first_sequence) REFERENCES lifecycle_records (subject, sequence),
  CONSTRAINT fk_lifecycle_commands_last_sequence FOREIGN KEY(subject, last_sequence) REFERENCES lifecycle_records (subject, sequence),
  CONSTRAINT fk_lifecycle_commands_refusal FOREIGN KEY(subject, refusal) REFERENCES lifecycle_refusals (subject, number),
  CONSTRAINT ck_lifecycle_commands_range CHECK ((first_sequence is null) = (last_sequence is null)),
  CONSTRAINT ck_lifecycle_commands_answered CHECK ((last_sequence is not null) or (refusal is not null))
);

CREATE INDEX ix_lifecycle_commands_subject ON lifecycle_commands (subject);

CREATE TABLE lifecycle_details (
  subject VARCHAR NOT NULL,
  sequence INTEGER NOT NULL,
  salt BLOB NOT NULL,
  body BLOB NOT NULL,
  CONSTRAINT pk_lifecycle_details PRIMARY KEY (subject, sequence),
  CONSTRAINT fk_lifecycle_details_subject FOREIGN KEY(subject, sequence) REFERENCES lifecycle_records (subject, sequence),
  CONSTRAINT fk_lifecycle_details_known FOREIGN KEY(subject) REFERENCES lifecycle_subjects (subject)
);

CREATE TABLE lifecycle_refusal_details (
  subject VARCHAR NOT NULL,
  number INTEGER NOT NULL,
  salt BLOB NOT NULL,
  body BLOB NOT NULL,
  CONSTRAINT pk_lifecycle_refusal_details PRIMARY KEY (subject, number),
  CONSTRAINT fk_lifecycle_refusal_details_subject FOREIGN KEY(subject, number) REFERENCES lifecycle_refusals (subject, number),
  CONSTRAINT fk_lifecycle_refusal_details_known FOREIGN KEY(subject) REFERENCES lifecycle_subjects (subject)
);

CREATE TRIGGER lifecycle_properties_no_update BEFORE UPDATE ON lifecycle_properties BEGIN SELECT RAISE(ABORT, 'lifecycle_properties is insert-only'); END;

CREATE TRIGGER lifecycle_properties_no_delete BEFORE DELETE ON lifecycle_properties BEGIN SELECT RAISE(ABORT, 'lifecycle_properties is insert-only'); END;

CREATE TRIGGER lifecycle_properties_no_insert BEFORE INSERT ON lifecycle_properties BEGIN SELECT RAISE(ABORT, 'lifecycle_properties has this row already') WHERE EXISTS (SELECT 1 FROM lifecycle_properties AS old WHERE (old."name" = NEW."name")); END;

CREATE TRIGGER lifecycle_definitions_no_update BEFORE UPDATE ON lifecycle_definitions BEGIN SELECT RAISE(ABORT, 'lifecycle_definitions is insert-only'); END;

CREATE TRIGGER lifecycle_definitions_no_delete BEFORE DELETE ON lifecycle_definitions BEGIN SELECT RAISE(ABORT, 'lifecycle_definitions is insert-only'); END;

CREATE TRIGGER lifecycle_definitions_no_insert BEFORE INSERT ON lifecycle_definitions BEGIN SELECT RAISE(ABORT, 'lifecycle_definitions has this row already') WHERE EXISTS (SELECT 1 FROM lifecycle_definitions AS old WHERE (old."hash" = NEW."hash") OR (old."name" = NEW."name" AND old."version" = NEW."version")); END;

CREATE TRIGGER lifecycle_rules_no_update BEFORE UPDATE ON lifecycle_rules BEGIN SELECT RAISE(ABORT, 'lifecycle_rules is insert-only'); END;

CREATE TRIGGER lifecycle_rules_no_delete BEFORE DELETE ON lifecycle_rules BEGIN SELECT RAISE(ABORT, 'lifecycle_rules is insert-only'); END;

CREATE TRIGGER lifecycle_rules_no_insert BEFORE INSERT ON lifecycle_rules BEGIN SELECT RAISE(ABORT, 'lifecycle_rules has this row already') WHERE EXISTS (SELECT 1 FROM lifecycle_rules AS old WHERE (old."digest" = NEW."digest")); END;

CREATE TRIGGER lifecycle_edges_no_update BEFORE UPDATE ON lifecycle_edges BEGIN SELECT RAISE(ABORT, 'lifecycle_edges is insert-only'); END;

CREATE TRIGGER lifecycle_edges_no_delete BEFORE DELETE ON lifecycle_edges BEGIN SELECT RAISE(ABORT, 'lifecycle_edges is insert-only'); END;

CREATE TRIGGER lifecycle_edges_no_insert BEFORE INSERT ON lifecycle_edges BEGIN SELECT RAISE(ABORT, 'lifecycle_edges has this row already') WHERE EXISTS (SELECT 1 FROM lifecycle_edges AS old WHERE (old."definition_hash" = NEW."definition_hash" AND old."trigger" = NEW."trigger" AND old."source" = NEW."source" AND old."target" = NEW."target")); END;

CREATE TRIGGER lifecycle_records_no_update BEFORE UPDATE ON lifecycle_records BEGIN SELECT RAISE(ABORT, 'lifecycle_records is insert-only'); END;

CREATE TRIGGER lifecycle_records_no_delete BEFORE DELETE ON lifecycle_records BEGIN SELECT RAISE(ABORT, 'lifecycle_records is insert-only'); END;

CREATE TRIGGER lifecycle_records_no_insert BEFORE INSERT ON lifecycle_records BEGIN SELECT RAISE(ABORT, 'lifecycle_records has this row already') WHERE EXISTS (SELECT 1 FROM lifecycle_records AS old WHERE (old."subject" = NEW."subject" AND old."sequence" = NEW."sequence")); END;

CREATE TRIGGER lifecycle_refusals_no_update BEFORE UPDATE ON lifecycle_refusals BEGIN SELECT RAISE(ABORT, 'lifecycle_refusals is insert-only'); END;

CREATE TRIGGER lifecycle_refusals_no_delete BEFORE DELETE ON lifecycle_refusals BEGIN SELECT RAISE(ABORT, 'lifecycle_refusals is insert-only'); END;

CREATE TRIGGER lifecycle_refusals_no_insert BEFORE INSERT ON lifecycle_refusals BEGIN SELECT RAISE(ABORT, 'lifecycle_refusals has this row already') WHERE EXISTS (SELECT 1 FROM lifecycle_refusals AS old WHERE (old."subject" = NEW."subject" AND old."key" = NEW."key") OR (old."subject" = NEW."subject" AND old."number" = NEW."number")); END;

CREATE TRIGGER lifecycle_erasures_no_update BEFORE UPDATE ON lifecycle_erasures BEGIN SELECT RAISE(ABORT, 'lifecycle_erasures is insert-only'); END;

CREATE TRIGGER lifecycle_erasures_no_delete BEFORE DELETE ON lifecycle_erasures BEGIN SELECT RAISE(ABORT, 'lifecycle_erasures is insert-only'); END;

CREATE TRIGGER lifecycle_erasures_no_insert BEFORE INSERT ON lifecycle_erasures BEGIN SELECT RAISE(ABORT, 'lifecycle_erasures has this row already') WHERE EXISTS (SELECT 1 FROM lifecycle_erasures AS old WHERE (old."digest" = NEW."digest") OR (old."number" = NEW."number")); END;

CREATE TRIGGER lifecycle_leaves_no_update BEFORE UPDATE ON lifecycle_leaves BEGIN SELECT RAISE(ABORT, 'lifecycle_leaves is insert-only'); END;

CREATE TRIGGER lifecycle_leaves_no_delete BEFORE DELETE ON lifecycle_leaves BEGIN SELECT RAISE(ABORT, 'lifecycle_leaves is insert-only'); END;

CREATE TRIGGER lifecycle_leaves_no_insert BEFORE INSERT ON lifecycle_leaves BEGIN SELECT RAISE(ABORT, 'lifecycle_leaves has this row already') WHERE EXISTS (SELECT 1 FROM lifecycle_leaves AS old WHERE (old."kind" = NEW."kind" AND old."subject" = NEW."subject" AND old."number" = NEW."number") OR (old."position" = NEW."position")); END;

CREATE TRIGGER lifecycle_tiles_no_update BEFORE UPDATE ON lifecycle_tiles BEGIN SELECT RAISE(ABORT, 'lifecycle_tiles is insert-only'); END;

CREATE TRIGGER lifecycle_tiles_no_delete BEFORE DELETE ON lifecycle_tiles BEGIN SELECT RAISE(ABORT, 'lifecycle_tiles is insert-only'); END;

CREATE TRIGGER lifecycle_tiles_no_insert BEFORE INSERT ON lifecycle_tiles BEGIN SELECT RAISE(ABORT, 'lifecycle_tiles has this row already') WHERE EXISTS (SELECT 1 FROM lifecycle_tiles AS old WHERE (old."height" = NEW."height" AND old."index" = NEW."index")); END;

CREATE TRIGGER lifecycle_checkpoints_no_update BEFORE UPDATE ON lifecycle_checkpoints BEGIN SELECT RAISE(ABORT, 'lifecycle_checkpoints is insert-only'); END;

CREATE TRIGGER lifecycle_checkpoints_no_delete BEFORE DELETE ON lifecycle_checkpoints BEGIN SELECT RAISE(ABORT, 'lifecycle_checkpoints is insert-only'); END;

CREATE TRIGGER lifecycle_checkpoints_no_insert BEFORE INSERT ON lifecycle_checkpoints BEGIN SELECT RAISE(ABORT, 'lifecycle_checkpoints has this row already') WHERE EXISTS (SELECT 1 FROM lifecycle_checkpoints AS old WHERE (old."at" = NEW."at")); END;

CREATE TRIGGER lifecycle_subjects_no_update BEFORE UPDATE ON lifecycle_subjects BEGIN SELECT RAISE(ABORT, 'lifecycle_subjects is insert-only'); END;

CREATE TRIGGER lifecycle_subjects_no_insert BEFORE INSERT ON lifecycle_subjects BEGIN SELECT RAISE(ABORT, 'lifecycle_subjects has this row already') WHERE EXISTS (SELECT 1 FROM lifecycle_subjects AS old WHERE (old."lead" = NEW."lead") OR (old."subject" = NEW."subject")); END;

CREATE TRIGGER lifecycle_details_no_update BEFORE UPDATE ON lifecycle_details BEGIN SELECT RAISE(ABORT, 'lifecycle_details is insert-only'); END;

CREATE TRIGGER lifecycle_details_no_insert BEFORE INSERT ON lifecycle_details BEGIN SELECT RAISE(ABORT, 'lifecycle_details has this row already') WHERE EXISTS (SELECT 1 FROM lifecycle_details AS old WHERE (old."subject" = NEW."subject" AND old."sequence" = NEW."sequence")); END;

CREATE TRIGGER lifecycle_refusal_details_no_update BEFORE UPDATE ON lifecycle_refusal_details BEGIN SELECT RAISE(ABORT, 'lifecycle_refusal_details is insert-only'); END;

CREATE TRIGGER lifecycle_refusal_details_no_insert BEFORE INSERT ON lifecycle_refusal_details BEGIN SELECT RAISE(ABORT, 'lifecycle_refusal_details has this row already') WHERE EXISTS (SELECT 1 FROM lifecycle_refusal_details AS old WHERE (old."subject" = NEW."subject" AND old."number" = NEW."number")); END;

CREATE TRIGGER lifecycle_commands_no_update BEFORE UPDATE ON lifecycle_commands BEGIN SELECT RAISE(ABORT, 'lifecycle_commands is insert-only'); END;

CREATE TRIGGER lifecycle_commands_no_insert BEFORE INSERT ON lifecycle_commands BEGIN SELECT RAISE(ABORT, 'lifecycle_commands has this row already') WHERE EXISTS (SELECT 1 FROM lifecycle_commands AS old WHERE (old."command" = NEW."command")); END;

CREATE TRIGGER lifecycle_pending_no_update BEFORE UPDATE ON lifecycle_pending BEGIN SELECT RAISE(ABORT, 'lifecycle_pending is insert-only'); END;
