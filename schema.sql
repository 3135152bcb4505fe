-- The truth about the database: the subset of SQL that SQLite and PostgreSQL load unchanged.
-- Keys are texts (ULIDs), instants are UTC, money is in fen. A test compares this with the row classes.
-- Whoever changes it adds a step to mediation_server/store/migrations and raises the version below.

-- Which steps this database has seen; kept by Alembic, which names the columns.
CREATE TABLE schema_version (
    version_num VARCHAR(32) NOT NULL,
    CONSTRAINT schema_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO schema_version (version_num) VALUES ('0037');

CREATE TABLE users (
    id TEXT NOT NULL,
    login TEXT NOT NULL,
    name TEXT NOT NULL,
    name_en TEXT NOT NULL,
    role TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    active BOOLEAN NOT NULL,
    phone TEXT,
    court TEXT,
    organisation_id TEXT,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    heads_division BOOLEAN NOT NULL,
    CONSTRAINT pk_users PRIMARY KEY (id),
    CONSTRAINT uq_users_login UNIQUE (login)
);

-- Who I am, for staff: only the hash of the cookie's token is kept.
CREATE TABLE logins (
    token_hash TEXT NOT NULL,
    user_id TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_logins PRIMARY KEY (token_hash),
    CONSTRAINT fk_logins_user FOREIGN KEY (user_id) REFERENCES users (id)
);
CREATE INDEX ix_logins_user ON logins (user_id);

-- What somebody sent after their login had ended: one form of each account, for a day, for that account alone.
CREATE TABLE unsent_forms (
    user_id TEXT NOT NULL,
    path TEXT NOT NULL,
    fields JSON NOT NULL,
    kept_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_unsent_forms PRIMARY KEY (user_id),
    CONSTRAINT fk_unsent_forms_user FOREIGN KEY (user_id) REFERENCES users (id)
);

-- A code on its way to a party's phone: who asked is known by the hash of a cookie, the code by a slow hash.
CREATE TABLE login_codes (
    token_hash TEXT NOT NULL,
    phone TEXT NOT NULL,
    code_hash TEXT NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_login_codes PRIMARY KEY (token_hash)
);
CREATE INDEX ix_login_codes_phone ON login_codes (phone);

-- Where a matter stands is a fold of matter_events; state, outcome and what follows from them are kept here for lists.
CREATE TABLE matters (
    id TEXT NOT NULL,
    ref TEXT NOT NULL,
    track TEXT NOT NULL,
    state TEXT NOT NULL,
    court TEXT NOT NULL,
    court_en TEXT NOT NULL,
    cause TEXT NOT NULL,
    cause_en TEXT NOT NULL,
    mediator_id TEXT,
    case_no TEXT,
    procedure TEXT,
    period_end TEXT,
    judge_id TEXT,
    judge_capacity TEXT,
    confirming_judge_id TEXT,
    claim TEXT NOT NULL,
    claim_en TEXT NOT NULL,
    claim_fen BIGINT,
    outcome TEXT,
    consent_pending BOOLEAN NOT NULL,
    confirmable BOOLEAN NOT NULL,
    submitted_at TIMESTAMP WITH TIME ZONE,
    next_clock TEXT,
    next_due TEXT,
    version INTEGER NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    safety BOOLEAN NOT NULL,
    held BOOLEAN NOT NULL,
    CONSTRAINT pk_matters PRIMARY KEY (id),
    CONSTRAINT uq_matters_ref UNIQUE (ref),
    CONSTRAINT fk_matters_mediator FOREIGN KEY (mediator_id) REFERENCES users (id),
    CONSTRAINT fk_matters_judge FOREIGN KEY (judge_id) REFERENCES users (id),
    CONSTRAINT fk_matters_confirming_judge FOREIGN KEY (confirming_judge_id) REFERENCES users (id)
);
CREATE INDEX ix_matters_mediator ON matters (mediator_id, next_due, id, state);
CREATE INDEX ix_matters_judge ON matters (judge_id, next_due, id);
CREATE INDEX ix_matters_confirming_judge ON matters (confirming_judge_id, next_due, id);
CREATE INDEX ix_matters_state ON matters (state, id);
CREATE INDEX ix_matters_desk ON matters (court, state, submitted_at);
CREATE INDEX ix_matters_case_no ON matters (case_no);
CREATE INDEX ix_matters_pending ON matters (court, consent_pending);
CREATE INDEX ix_matters_next_due ON matters (next_due);
CREATE INDEX ix_matters_court_due ON matters (court, next_due, id);
CREATE INDEX ix_matters_court_state ON matters (court, state, next_due, id);
CREATE INDEX ix_matters_court_track ON matters (court, track, next_due, id);
CREATE INDEX ix_matters_asked ON matters (court, state, created_at, id);
CREATE INDEX ix_matters_judge_state ON matters (judge_id, state, created_at, id);
CREATE INDEX ix_matters_confirming_state ON matters (confirming_judge_id, state);
CREATE INDEX ix_matters_mediator_state ON matters (mediator_id, state, created_at, id);
CREATE INDEX ix_matters_held ON matters (held, court, id);

-- Under which words a matter is found: kept in the transaction that changes the matter or its parties.
CREATE TABLE matter_words (
    matter_id TEXT NOT NULL,
    word TEXT NOT NULL,
    CONSTRAINT pk_matter_words PRIMARY KEY (matter_id, word),
    CONSTRAINT fk_matter_words_matter FOREIGN KEY (matter_id) REFERENCES matters (id)
);
CREATE INDEX ix_matter_words_word ON matter_words (word, matter_id);

CREATE TABLE matter_parties (
    id TEXT NOT NULL,
    matter_id TEXT NOT NULL,
    ordinal INTEGER NOT NULL,
    side TEXT NOT NULL,
    role TEXT NOT NULL,
    name TEXT NOT NULL,
    name_en TEXT NOT NULL,
    kind TEXT NOT NULL,
    phone TEXT NOT NULL,
    attends_as TEXT,
    attends_as_en TEXT,
    user_id TEXT,
    id_kind TEXT,
    id_number TEXT,
    address TEXT,
    postcode TEXT,
    email TEXT,
    legal_rep TEXT,
    legal_rep_en TEXT,
    CONSTRAINT pk_matter_parties PRIMARY KEY (id),
    CONSTRAINT fk_matter_parties_matter FOREIGN KEY (matter_id) REFERENCES matters (id),
    CONSTRAINT fk_matter_parties_user FOREIGN KEY (user_id) REFERENCES users (id)
);
CREATE INDEX ix_matter_parties_matter ON matter_parties (matter_id);
CREATE INDEX ix_matter_parties_phone ON matter_parties (phone);
CREATE INDEX ix_matter_parties_user ON matter_parties (user_id);

-- Bodies that mediate; `charges` is a published tariff, empty for nothing. Lists of words stand between bars: |a|b|.
CREATE TABLE organisations (
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    name_en TEXT NOT NULL,
    kind TEXT NOT NULL,
    scope TEXT NOT NULL,
    courts TEXT NOT NULL,
    charges TEXT NOT NULL,
    charges_en TEXT NOT NULL,
    credit_code TEXT,
    phone TEXT NOT NULL,
    active BOOLEAN NOT NULL,
    CONSTRAINT pk_organisations PRIMARY KEY (id),
    CONSTRAINT uq_organisations_name UNIQUE (name)
);

-- The roster: who may be asked to mediate, for which court and kind of dispute.
CREATE TABLE mediators (
    user_id TEXT NOT NULL,
    certificate_no TEXT NOT NULL,
    specialities TEXT NOT NULL,
    courts TEXT NOT NULL,
    tongues TEXT NOT NULL,
    valid_from TEXT NOT NULL,
    valid_to TEXT,
    status TEXT NOT NULL,
    organisation_id TEXT,
    charges TEXT NOT NULL,
    charges_en TEXT NOT NULL,
    bio TEXT NOT NULL,
    bio_en TEXT NOT NULL,
    most_matters INTEGER NOT NULL,
    refusals INTEGER NOT NULL,
    CONSTRAINT pk_mediators PRIMARY KEY (user_id),
    CONSTRAINT uq_mediators_certificate UNIQUE (certificate_no),
    CONSTRAINT fk_mediators_user FOREIGN KEY (user_id) REFERENCES users (id),
    CONSTRAINT fk_mediators_organisation FOREIGN KEY (organisation_id) REFERENCES organisations (id)
);
CREATE INDEX ix_mediators_organisation ON mediators (organisation_id);

-- Which body has a matter.
CREATE TABLE matter_organisations (
    matter_id TEXT NOT NULL,
    organisation_id TEXT NOT NULL,
    since TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_matter_organisations PRIMARY KEY (matter_id),
    CONSTRAINT fk_matter_organisations_matter FOREIGN KEY (matter_id) REFERENCES matters (id),
    CONSTRAINT fk_matter_organisations_organisation FOREIGN KEY (organisation_id) REFERENCES organisations (id)
);
CREATE INDEX ix_matter_organisations_organisation ON matter_organisations (organisation_id);

-- Votes of parties for a mediator, one per party and round; secret from the other side for ever.
CREATE TABLE ballots (
    matter_id TEXT NOT NULL,
    round INTEGER NOT NULL,
    party_id TEXT NOT NULL,
    choices TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    by TEXT NOT NULL,
    CONSTRAINT pk_ballots PRIMARY KEY (matter_id, round, party_id),
    CONSTRAINT fk_ballots_matter FOREIGN KEY (matter_id) REFERENCES matters (id),
    CONSTRAINT fk_ballots_party FOREIGN KEY (party_id) REFERENCES matter_parties (id),
    CONSTRAINT fk_ballots_by FOREIGN KEY (by) REFERENCES users (id)
);

-- The conflict register: parts in a case that stand in no other table (特邀规定 art. 16).
CREATE TABLE involvements (
    id TEXT NOT NULL,
    matter_id TEXT NOT NULL,
    role TEXT NOT NULL,
    name TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    by TEXT NOT NULL,
    user_id TEXT,
    phone TEXT NOT NULL,
    CONSTRAINT pk_involvements PRIMARY KEY (id),
    CONSTRAINT fk_involvements_matter FOREIGN KEY (matter_id) REFERENCES matters (id),
    CONSTRAINT fk_involvements_by FOREIGN KEY (by) REFERENCES users (id),
    CONSTRAINT fk_involvements_user FOREIGN KEY (user_id) REFERENCES users (id)
);
CREATE INDEX ix_involvements_matter ON involvements (matter_id);

-- Relations that mediators disclosed to parties; they count in later matters of the same people.
CREATE TABLE relations (
    id TEXT NOT NULL,
    matter_id TEXT NOT NULL,
    mediator_id TEXT NOT NULL,
    party_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_relations PRIMARY KEY (id),
    CONSTRAINT fk_relations_matter FOREIGN KEY (matter_id) REFERENCES matters (id),
    CONSTRAINT fk_relations_mediator FOREIGN KEY (mediator_id) REFERENCES users (id),
    CONSTRAINT fk_relations_party FOREIGN KEY (party_id) REFERENCES matter_parties (id)
);
CREATE INDEX ix_relations_mediator ON relations (mediator_id);

CREATE TABLE sessions (
    id TEXT NOT NULL,
    matter_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    starts_at TIMESTAMP WITH TIME ZONE NOT NULL,
    minutes INTEGER NOT NULL,
    presider_id TEXT NOT NULL,
    started_at TIMESTAMP WITH TIME ZONE,
    ended_at TIMESTAMP WITH TIME ZONE,
    place TEXT NOT NULL,
    note TEXT NOT NULL,
    revision INTEGER NOT NULL,
    held_until TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_sessions PRIMARY KEY (id),
    CONSTRAINT fk_sessions_matter FOREIGN KEY (matter_id) REFERENCES matters (id),
    CONSTRAINT fk_sessions_presider FOREIGN KEY (presider_id) REFERENCES users (id)
);
CREATE INDEX ix_sessions_matter ON sessions (matter_id);
CREATE INDEX ix_sessions_state ON sessions (state, starts_at);
CREATE INDEX ix_sessions_presider ON sessions (presider_id, starts_at);

-- A participant's id is the id of the seat; it stays through reconnects and devices.
CREATE TABLE participants (
    id TEXT NOT NULL,
    session_id TEXT NOT NULL,
    ordinal INTEGER NOT NULL,
    role TEXT NOT NULL,
    side TEXT NOT NULL,
    name TEXT NOT NULL,
    name_en TEXT NOT NULL,
    party_id TEXT,
    user_id TEXT,
    attendance TEXT NOT NULL,
    attends_at TIMESTAMP WITH TIME ZONE,
    attends_where TEXT NOT NULL,
    stands_in BOOLEAN NOT NULL,
    CONSTRAINT pk_participants PRIMARY KEY (id),
    CONSTRAINT fk_participants_session FOREIGN KEY (session_id) REFERENCES sessions (id),
    CONSTRAINT fk_participants_party FOREIGN KEY (party_id) REFERENCES matter_parties (id),
    CONSTRAINT fk_participants_user FOREIGN KEY (user_id) REFERENCES users (id)
);
CREATE INDEX ix_participants_session ON participants (session_id);

CREATE TABLE invitations (
    id TEXT NOT NULL,
    session_id TEXT NOT NULL,
    participant_id TEXT NOT NULL,
    token_hash TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    revoked_at TIMESTAMP WITH TIME ZONE,
    first_used_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_invitations PRIMARY KEY (id),
    CONSTRAINT uq_invitations_token UNIQUE (token_hash),
    CONSTRAINT fk_invitations_session FOREIGN KEY (session_id) REFERENCES sessions (id),
    CONSTRAINT fk_invitations_participant FOREIGN KEY (participant_id) REFERENCES participants (id)
);
CREATE INDEX ix_invitations_participant ON invitations (participant_id);
CREATE INDEX ix_invitations_session ON invitations (session_id);

-- Who I am, for a party in one sitting: only the hash of the cookie's token is kept; the newest is the seat's device.
CREATE TABLE seat_keys (
    token_hash TEXT NOT NULL,
    participant_id TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    revoked_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_seat_keys PRIMARY KEY (token_hash),
    CONSTRAINT fk_seat_keys_participant FOREIGN KEY (participant_id) REFERENCES participants (id)
);
CREATE INDEX ix_seat_keys_participant ON seat_keys (participant_id);

-- The consent ledger: one row per answer to one version of one text, or per withdrawal of one; append-only.
CREATE TABLE consents (
    id TEXT NOT NULL,
    matter_id TEXT NOT NULL,
    session_id TEXT,
    participant_id TEXT,
    party_id TEXT,
    item TEXT NOT NULL,
    text_version TEXT NOT NULL,
    answer BOOLEAN NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    given_by TEXT NOT NULL,
    authority TEXT NOT NULL,
    channel TEXT NOT NULL,
    operator_id TEXT,
    note TEXT NOT NULL,
    evidence TEXT NOT NULL,
    withdraws TEXT,
    CONSTRAINT pk_consents PRIMARY KEY (id),
    CONSTRAINT uq_consents_withdraws UNIQUE (withdraws),
    CONSTRAINT fk_consents_matter FOREIGN KEY (matter_id) REFERENCES matters (id),
    CONSTRAINT fk_consents_session FOREIGN KEY (session_id) REFERENCES sessions (id),
    CONSTRAINT fk_consents_participant FOREIGN KEY (participant_id) REFERENCES participants (id),
    CONSTRAINT fk_consents_party FOREIGN KEY (party_id) REFERENCES matter_parties (id),
    CONSTRAINT fk_consents_operator FOREIGN KEY (operator_id) REFERENCES users (id),
    CONSTRAINT fk_consents_withdraws FOREIGN KEY (withdraws) REFERENCES consents (id)
);
CREATE INDEX ix_consents_participant ON consents (participant_id);
CREATE INDEX ix_consents_matter ON consents (matter_id, party_id);
CREATE INDEX ix_consents_party ON consents (party_id);

-- The spine: append-only, hash-chained. Triggers (store/database.py, one form per dialect) refuse UPDATE and DELETE.
CREATE TABLE session_events (
    session_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    offset_ms BIGINT NOT NULL,
    actor TEXT NOT NULL,
    kind TEXT NOT NULL,
    payload JSON NOT NULL,
    previous TEXT NOT NULL,
    hash TEXT NOT NULL,
    CONSTRAINT pk_session_events PRIMARY KEY (session_id, seq),
    CONSTRAINT fk_session_events_session FOREIGN KEY (session_id) REFERENCES sessions (id)
);

CREATE TABLE recordings (
    id TEXT NOT NULL,
    session_id TEXT NOT NULL,
    state TEXT NOT NULL,
    started_at TIMESTAMP WITH TIME ZONE NOT NULL,
    duration_ms BIGINT,
    recorded_ms BIGINT,
    manifest_sha256 TEXT,
    sealed_at TIMESTAMP WITH TIME ZONE,
    root TEXT,
    CONSTRAINT pk_recordings PRIMARY KEY (id),
    CONSTRAINT fk_recordings_session FOREIGN KEY (session_id) REFERENCES sessions (id)
);
CREATE INDEX ix_recordings_session ON recordings (session_id);

-- Trusted time stamps over checkpoints and manifests: asked for, and kept once the authority has answered.
CREATE TABLE time_stamps (
    recording_id TEXT NOT NULL,
    subject TEXT NOT NULL,
    digest TEXT NOT NULL,
    asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    token TEXT NOT NULL,
    stamped_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_time_stamps PRIMARY KEY (recording_id, subject),
    CONSTRAINT fk_time_stamps_recording FOREIGN KEY (recording_id) REFERENCES recordings (id)
);
CREATE INDEX ix_time_stamps_waiting ON time_stamps (token, asked_at);

-- A granted viewing: purpose and basis stated first, rights checked again at every range request.
CREATE TABLE viewings (
    id TEXT NOT NULL,
    recording_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    purpose TEXT NOT NULL,
    basis TEXT NOT NULL,
    watermark TEXT NOT NULL,
    opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    request_id TEXT,
    approval_id TEXT,
    CONSTRAINT pk_viewings PRIMARY KEY (id),
    CONSTRAINT fk_viewings_recording FOREIGN KEY (recording_id) REFERENCES recordings (id),
    CONSTRAINT fk_viewings_user FOREIGN KEY (user_id) REFERENCES users (id)
);
CREATE INDEX ix_viewings_recording ON viewings (recording_id);

-- A party applies to see a recording; the court answers. Only a granted one opens anything, with a clerk beside the party.
CREATE TABLE viewing_requests (
    id TEXT NOT NULL,
    recording_id TEXT NOT NULL,
    party_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    reason TEXT NOT NULL,
    state TEXT NOT NULL,
    asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    answered_by TEXT,
    answered_at TIMESTAMP WITH TIME ZONE,
    answer TEXT NOT NULL,
    CONSTRAINT pk_viewing_requests PRIMARY KEY (id),
    CONSTRAINT fk_viewing_requests_recording FOREIGN KEY (recording_id) REFERENCES recordings (id),
    CONSTRAINT fk_viewing_requests_party FOREIGN KEY (party_id) REFERENCES matter_parties (id),
    CONSTRAINT fk_viewing_requests_user FOREIGN KEY (user_id) REFERENCES users (id),
    CONSTRAINT fk_viewing_requests_answered FOREIGN KEY (answered_by) REFERENCES users (id)
);
CREATE INDEX ix_viewing_requests_party ON viewing_requests (party_id, asked_at);
CREATE INDEX ix_viewing_requests_state ON viewing_requests (state, asked_at);

-- An exception of the recording wall: asked for on a ground, decided by the head of a division, never by whoever asked.
CREATE TABLE viewing_approvals (
    id TEXT NOT NULL,
    recording_id TEXT NOT NULL,
    asked_by TEXT NOT NULL,
    asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ground TEXT NOT NULL,
    reason TEXT NOT NULL,
    until TEXT NOT NULL,
    interest TEXT,
    number TEXT NOT NULL,
    authority TEXT NOT NULL,
    state TEXT NOT NULL,
    answered_by TEXT,
    answered_at TIMESTAMP WITH TIME ZONE,
    answer TEXT NOT NULL,
    CONSTRAINT pk_viewing_approvals PRIMARY KEY (id),
    CONSTRAINT fk_viewing_approvals_recording FOREIGN KEY (recording_id) REFERENCES recordings (id),
    CONSTRAINT fk_viewing_approvals_asked FOREIGN KEY (asked_by) REFERENCES users (id),
    CONSTRAINT fk_viewing_approvals_answered FOREIGN KEY (answered_by) REFERENCES users (id)
);
CREATE INDEX ix_viewing_approvals_asked ON viewing_approvals (recording_id, asked_by);
CREATE INDEX ix_viewing_approvals_state ON viewing_approvals (state, asked_at);

-- Composed films: working copies of a recording, one for each that was asked for, until they are kept no longer.
CREATE TABLE films (
    id TEXT NOT NULL,
    recording_id TEXT NOT NULL,
    viewing_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    layout TEXT NOT NULL,
    language TEXT NOT NULL,
    mark TEXT NOT NULL,
    state TEXT NOT NULL,
    asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    done INTEGER NOT NULL,
    total INTEGER NOT NULL,
    bytes BIGINT,
    sha256 TEXT,
    fault TEXT,
    expires_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_films PRIMARY KEY (id),
    CONSTRAINT fk_films_recording FOREIGN KEY (recording_id) REFERENCES recordings (id),
    CONSTRAINT fk_films_viewing FOREIGN KEY (viewing_id) REFERENCES viewings (id),
    CONSTRAINT fk_films_user FOREIGN KEY (user_id) REFERENCES users (id)
);
CREATE INDEX ix_films_reader ON films (recording_id, user_id, asked_at);
CREATE INDEX ix_films_state ON films (state, asked_at);

-- Bookmarks and notes of whoever watches: read by their writer alone, and only through a viewing that still holds.
CREATE TABLE review_notes (
    id TEXT NOT NULL,
    recording_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    text TEXT NOT NULL,
    written_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_review_notes PRIMARY KEY (id),
    CONSTRAINT fk_review_notes_recording FOREIGN KEY (recording_id) REFERENCES recordings (id),
    CONSTRAINT fk_review_notes_user FOREIGN KEY (user_id) REFERENCES users (id)
);
CREATE INDEX ix_review_notes_reader ON review_notes (recording_id, user_id, at_ms);

CREATE TABLE conclusions (
    id TEXT NOT NULL,
    session_id TEXT NOT NULL,
    matter_id TEXT NOT NULL,
    outcome TEXT NOT NULL,
    ground TEXT,
    terms TEXT NOT NULL,
    reasons TEXT NOT NULL,
    concluded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    concluded_by TEXT NOT NULL,
    CONSTRAINT pk_conclusions PRIMARY KEY (id),
    CONSTRAINT uq_conclusions_session UNIQUE (session_id),
    CONSTRAINT fk_conclusions_session FOREIGN KEY (session_id) REFERENCES sessions (id),
    CONSTRAINT fk_conclusions_matter FOREIGN KEY (matter_id) REFERENCES matters (id),
    CONSTRAINT fk_conclusions_user FOREIGN KEY (concluded_by) REFERENCES users (id)
);
CREATE INDEX ix_conclusions_matter ON conclusions (matter_id);

-- What must reach the court commits here with the fact itself; delivered after, in order per matter, at least once.
CREATE TABLE outbox (
    message_id TEXT NOT NULL,
    matter_id TEXT NOT NULL,
    session_id TEXT,
    seq INTEGER NOT NULL,
    type TEXT NOT NULL,
    business_key TEXT NOT NULL,
    payload JSON NOT NULL,
    occurred_at TIMESTAMP WITH TIME ZONE NOT NULL,
    attempts INTEGER NOT NULL,
    next_attempt_at TIMESTAMP WITH TIME ZONE NOT NULL,
    delivered_at TIMESTAMP WITH TIME ZONE,
    court_version INTEGER,
    last_error TEXT,
    dead BOOLEAN NOT NULL,
    CONSTRAINT pk_outbox PRIMARY KEY (message_id),
    CONSTRAINT uq_outbox_order UNIQUE (matter_id, seq),
    CONSTRAINT uq_outbox_business UNIQUE (matter_id, type, business_key),
    CONSTRAINT fk_outbox_matter FOREIGN KEY (matter_id) REFERENCES matters (id),
    CONSTRAINT fk_outbox_session FOREIGN KEY (session_id) REFERENCES sessions (id)
);
CREATE INDEX ix_outbox_due ON outbox (delivered_at, next_attempt_at);
CREATE INDEX ix_outbox_session ON outbox (session_id);

-- What the court told us and what it was answered, in order per matter; a repetition gets the same answer.
CREATE TABLE inbox (
    message_id TEXT NOT NULL,
    matter_ref TEXT NOT NULL,
    seq INTEGER NOT NULL,
    type TEXT NOT NULL,
    business_key TEXT NOT NULL,
    payload_sha256 TEXT NOT NULL,
    payload JSON NOT NULL,
    answer JSON NOT NULL,
    occurred_at TIMESTAMP WITH TIME ZONE NOT NULL,
    received_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_inbox PRIMARY KEY (message_id),
    CONSTRAINT uq_inbox_order UNIQUE (matter_ref, seq)
);
CREATE INDEX ix_inbox_business ON inbox (matter_ref, type, business_key);

-- Who touched which record, refusals included; append-only, kept so by the same triggers, and one chain of hashes.
CREATE TABLE audit (
    id TEXT NOT NULL,
    seq BIGINT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    object TEXT NOT NULL,
    allowed BOOLEAN NOT NULL,
    purpose TEXT NOT NULL,
    basis TEXT NOT NULL,
    details JSON NOT NULL,
    hash TEXT NOT NULL,
    CONSTRAINT pk_audit PRIMARY KEY (id),
    CONSTRAINT uq_audit_seq UNIQUE (seq)
);
CREATE INDEX ix_audit_object ON audit (object);
CREATE INDEX ix_audit_actor ON audit (actor, seq);
CREATE INDEX ix_audit_at ON audit (at);

-- Years whose holidays were published after the product was installed: an administrator brings the notice.
CREATE TABLE holiday_notices (
    year INTEGER NOT NULL,
    notice JSON NOT NULL,
    published_at TIMESTAMP WITH TIME ZONE NOT NULL,
    published_by TEXT NOT NULL,
    CONSTRAINT pk_holiday_notices PRIMARY KEY (year),
    CONSTRAINT fk_holiday_notices_user FOREIGN KEY (published_by) REFERENCES users (id)
);

-- Who acts for a party, by which papers; `powers` and `papers` are lists of words, `standing` says who may act already.
CREATE TABLE party_agents (
    id TEXT NOT NULL,
    party_id TEXT NOT NULL,
    ordinal INTEGER NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    phone TEXT NOT NULL,
    licence TEXT,
    firm TEXT,
    powers JSON NOT NULL,
    papers JSON NOT NULL,
    standing TEXT NOT NULL,
    user_id TEXT,
    settled_at TIMESTAMP WITH TIME ZONE,
    settled_by TEXT,
    reason TEXT NOT NULL,
    CONSTRAINT pk_party_agents PRIMARY KEY (id),
    CONSTRAINT fk_party_agents_party FOREIGN KEY (party_id) REFERENCES matter_parties (id),
    CONSTRAINT fk_party_agents_user FOREIGN KEY (user_id) REFERENCES users (id)
);
CREATE INDEX ix_party_agents_party ON party_agents (party_id);
CREATE INDEX ix_party_agents_phone ON party_agents (phone);
CREATE INDEX ix_party_agents_user ON party_agents (user_id);

-- What is said in a sitting in writing; the session log holds the hash. What is for the presider alone is never relayed.
CREATE TABLE writings (
    id TEXT NOT NULL,
    session_id TEXT NOT NULL,
    participant_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    audience TEXT NOT NULL,
    addressee_id TEXT,
    answers TEXT,
    text TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    written_at TIMESTAMP WITH TIME ZONE NOT NULL,
    relayed_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_writings PRIMARY KEY (id),
    CONSTRAINT fk_writings_session FOREIGN KEY (session_id) REFERENCES sessions (id),
    CONSTRAINT fk_writings_participant FOREIGN KEY (participant_id) REFERENCES participants (id),
    CONSTRAINT fk_writings_addressee FOREIGN KEY (addressee_id) REFERENCES participants (id),
    CONSTRAINT fk_writings_answers FOREIGN KEY (answers) REFERENCES writings (id)
);
CREATE INDEX ix_writings_session ON writings (session_id, written_at);

-- What parties hand in, and what whoever presides attaches to a word of their own (no party_id). Who may see a row is
-- decided by domain/material.py alone; relayed_to are sides.
CREATE TABLE materials (
    id TEXT NOT NULL,
    matter_id TEXT NOT NULL,
    party_id TEXT,
    side TEXT NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    title TEXT NOT NULL,
    proves TEXT NOT NULL,
    kept BOOLEAN NOT NULL,
    created_by TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    number INTEGER,
    submitted_at TIMESTAMP WITH TIME ZONE,
    returned_at TIMESTAMP WITH TIME ZONE,
    return_reason TEXT NOT NULL,
    withdrawn_at TIMESTAMP WITH TIME ZONE,
    released_at TIMESTAMP WITH TIME ZONE,
    relayed_at TIMESTAMP WITH TIME ZONE,
    relayed_by TEXT,
    relayed_to TEXT NOT NULL,
    agent_id TEXT,
    paper TEXT,
    writing_id TEXT,
    for_party_id TEXT,
    CONSTRAINT pk_materials PRIMARY KEY (id),
    CONSTRAINT uq_materials_number UNIQUE (matter_id, side, number),
    CONSTRAINT fk_materials_matter FOREIGN KEY (matter_id) REFERENCES matters (id),
    CONSTRAINT fk_materials_party FOREIGN KEY (party_id) REFERENCES matter_parties (id),
    CONSTRAINT fk_materials_maker FOREIGN KEY (created_by) REFERENCES users (id),
    CONSTRAINT fk_materials_relayer FOREIGN KEY (relayed_by) REFERENCES users (id),
    CONSTRAINT fk_materials_agent FOREIGN KEY (agent_id) REFERENCES party_agents (id),
    CONSTRAINT fk_materials_writing FOREIGN KEY (writing_id) REFERENCES writings (id),
    CONSTRAINT fk_materials_reader FOREIGN KEY (for_party_id) REFERENCES matter_parties (id)
);

-- The bytes lie in the data directory by their hash; here is whose page they are. name: what its owner called the file.
CREATE TABLE material_files (
    id TEXT NOT NULL,
    material_id TEXT NOT NULL,
    ordinal INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    media_type TEXT NOT NULL,
    bytes BIGINT NOT NULL,
    name TEXT NOT NULL,
    state TEXT NOT NULL,
    pages INTEGER NOT NULL,
    uploaded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    fault TEXT,
    scan TEXT NOT NULL,
    CONSTRAINT pk_material_files PRIMARY KEY (id),
    CONSTRAINT fk_material_files_material FOREIGN KEY (material_id) REFERENCES materials (id)
);
CREATE INDEX ix_material_files_material ON material_files (material_id);
CREATE INDEX ix_material_files_sha256 ON material_files (sha256);
CREATE INDEX ix_material_files_state ON material_files (state);

-- A file on its way; how much of it has come is what lies on the disk.
CREATE TABLE material_uploads (
    id TEXT NOT NULL,
    material_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    name TEXT NOT NULL,
    bytes BIGINT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_material_uploads PRIMARY KEY (id),
    CONSTRAINT fk_material_uploads_material FOREIGN KEY (material_id) REFERENCES materials (id),
    CONSTRAINT fk_material_uploads_user FOREIGN KEY (user_id) REFERENCES users (id)
);
CREATE INDEX ix_material_uploads_material ON material_uploads (material_id);

CREATE TABLE material_opinions (
    id TEXT NOT NULL,
    material_id TEXT NOT NULL,
    party_id TEXT NOT NULL,
    authentic BOOLEAN NOT NULL,
    lawful BOOLEAN NOT NULL,
    relevant BOOLEAN NOT NULL,
    reason TEXT NOT NULL,
    given_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_material_opinions PRIMARY KEY (id),
    CONSTRAINT uq_material_opinions_party UNIQUE (material_id, party_id),
    CONSTRAINT fk_material_opinions_material FOREIGN KEY (material_id) REFERENCES materials (id),
    CONSTRAINT fk_material_opinions_party FOREIGN KEY (party_id) REFERENCES matter_parties (id)
);

-- Mock SMS and mail of the demo; a real notifier keeps its receipts here too.
CREATE TABLE notices (
    id TEXT NOT NULL,
    channel TEXT NOT NULL,
    recipient TEXT NOT NULL,
    subject TEXT NOT NULL,
    body TEXT NOT NULL,
    sent_at TIMESTAMP WITH TIME ZONE NOT NULL,
    attachment_name TEXT NOT NULL,
    attachment TEXT NOT NULL,
    CONSTRAINT pk_notices PRIMARY KEY (id)
);

-- The spine of a matter, as session_events is of a sitting: append-only, hash-chained, kept so by the same triggers.
CREATE TABLE matter_events (
    matter_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    actor TEXT NOT NULL,
    role TEXT NOT NULL,
    kind TEXT NOT NULL,
    payload JSON NOT NULL,
    previous TEXT NOT NULL,
    hash TEXT NOT NULL,
    CONSTRAINT pk_matter_events PRIMARY KEY (matter_id, seq),
    CONSTRAINT fk_matter_events_matter FOREIGN KEY (matter_id) REFERENCES matters (id)
);

-- The next day on which a matter's clocks want something done; follows from matter_events, a row only while there is one.
CREATE TABLE clock_looks (
    matter_id TEXT NOT NULL,
    look_on TEXT NOT NULL,
    CONSTRAINT pk_clock_looks PRIMARY KEY (matter_id),
    CONSTRAINT fk_clock_looks_matter FOREIGN KEY (matter_id) REFERENCES matters (id)
);
CREATE INDEX ix_clock_looks_on ON clock_looks (look_on, matter_id);

-- Messages to people, committed with the fact they tell of and handed over after; a row only until then.
CREATE TABLE notice_queue (
    id TEXT NOT NULL,
    channel TEXT NOT NULL,
    recipient TEXT NOT NULL,
    subject TEXT NOT NULL,
    body TEXT NOT NULL,
    sent_at TIMESTAMP WITH TIME ZONE NOT NULL,
    attachment_name TEXT NOT NULL,
    attachment TEXT NOT NULL,
    CONSTRAINT pk_notice_queue PRIMARY KEY (id)
);

CREATE INDEX ix_matter_events_kind ON matter_events (kind, at, matter_id);

-- The answers of the filing desk about an application, kept from step to step; the diversion takes them into its log.
CREATE TABLE triages (
    matter_id TEXT NOT NULL,
    answers JSON NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE,
    updated_by TEXT,
    CONSTRAINT pk_triages PRIMARY KEY (matter_id),
    CONSTRAINT fk_triages_matter FOREIGN KEY (matter_id) REFERENCES matters (id),
    CONSTRAINT fk_triages_user FOREIGN KEY (updated_by) REFERENCES users (id)
);

-- What an application lacks, in plain words; the codes alone stand in its log.
CREATE TABLE defects (
    id TEXT NOT NULL,
    matter_id TEXT NOT NULL,
    round INTEGER NOT NULL,
    ordinal INTEGER NOT NULL,
    code TEXT NOT NULL,
    note TEXT NOT NULL,
    due TEXT NOT NULL,
    asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_defects PRIMARY KEY (id),
    CONSTRAINT uq_defects_place UNIQUE (matter_id, round, ordinal),
    CONSTRAINT fk_defects_matter FOREIGN KEY (matter_id) REFERENCES matters (id)
);

-- Attempts to reach a party; that one was made stands in the log, what came of it here.
CREATE TABLE contacts (
    id TEXT NOT NULL,
    matter_id TEXT NOT NULL,
    party_id TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    operator_id TEXT NOT NULL,
    channel TEXT NOT NULL,
    result TEXT NOT NULL,
    note TEXT NOT NULL,
    CONSTRAINT pk_contacts PRIMARY KEY (id),
    CONSTRAINT fk_contacts_matter FOREIGN KEY (matter_id) REFERENCES matters (id),
    CONSTRAINT fk_contacts_party FOREIGN KEY (party_id) REFERENCES matter_parties (id),
    CONSTRAINT fk_contacts_operator FOREIGN KEY (operator_id) REFERENCES users (id)
);
CREATE INDEX ix_contacts_matter ON contacts (matter_id);

-- Letters to parties: written with the step they tell of, sent after it.
CREATE TABLE letters (
    id TEXT NOT NULL,
    matter_id TEXT NOT NULL,
    party_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    kind TEXT NOT NULL,
    params JSON NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    sent_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_letters PRIMARY KEY (id),
    CONSTRAINT fk_letters_matter FOREIGN KEY (matter_id) REFERENCES matters (id),
    CONSTRAINT fk_letters_party FOREIGN KEY (party_id) REFERENCES matter_parties (id)
);
CREATE INDEX ix_letters_matter ON letters (matter_id);
CREATE INDEX ix_letters_waiting ON letters (sent_at, created_at);

-- The secret address of a person's own calendar: only its hash, one each.
CREATE TABLE calendar_feeds (
    user_id TEXT NOT NULL,
    token_hash TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_calendar_feeds PRIMARY KEY (user_id),
    CONSTRAINT uq_calendar_feeds_token UNIQUE (token_hash),
    CONSTRAINT fk_calendar_feeds_user FOREIGN KEY (user_id) REFERENCES users (id)
);

-- Applications while they are written, and after; what was typed, as it was typed. A browser that lost its login may
-- still save by the key whose hash is here, and read nothing.
CREATE TABLE applications (
    id TEXT NOT NULL,
    owner_id TEXT NOT NULL,
    helped_by TEXT,
    key_hash TEXT NOT NULL,
    draft JSON NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    saved_at TIMESTAMP WITH TIME ZONE NOT NULL,
    matter_id TEXT,
    submitted_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_applications PRIMARY KEY (id),
    CONSTRAINT uq_applications_matter UNIQUE (matter_id),
    CONSTRAINT fk_applications_owner FOREIGN KEY (owner_id) REFERENCES users (id),
    CONSTRAINT fk_applications_helper FOREIGN KEY (helped_by) REFERENCES users (id),
    CONSTRAINT fk_applications_matter FOREIGN KEY (matter_id) REFERENCES matters (id)
);
CREATE INDEX ix_applications_owner ON applications (owner_id);

-- The running numbers behind references: one row for each beginning, the number given last.
CREATE TABLE counters (
    name TEXT NOT NULL,
    last INTEGER NOT NULL,
    CONSTRAINT pk_counters PRIMARY KEY (name)
);

-- What somebody was told of a sitting, once for each of its revisions: reminders do not come twice, restarts or not.
CREATE TABLE sitting_notices (
    session_id TEXT NOT NULL,
    participant_id TEXT NOT NULL,
    about TEXT NOT NULL,
    revision INTEGER NOT NULL,
    sent_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_sitting_notices PRIMARY KEY (session_id, participant_id, about, revision),
    CONSTRAINT fk_sitting_notices_session FOREIGN KEY (session_id) REFERENCES sessions (id),
    CONSTRAINT fk_sitting_notices_participant FOREIGN KEY (participant_id) REFERENCES participants (id)
);

-- What a party asks of whoever presides, seen by nobody else: another time, or safety mode.
CREATE TABLE sitting_requests (
    id TEXT NOT NULL,
    session_id TEXT NOT NULL,
    participant_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    text TEXT NOT NULL,
    asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    settled_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_sitting_requests PRIMARY KEY (id),
    CONSTRAINT fk_sitting_requests_session FOREIGN KEY (session_id) REFERENCES sessions (id),
    CONSTRAINT fk_sitting_requests_participant FOREIGN KEY (participant_id) REFERENCES participants (id)
);
CREATE INDEX ix_sitting_requests_session ON sitting_requests (session_id);
CREATE INDEX ix_sitting_requests_open ON sitting_requests (kind, settled_at, asked_at);

-- In safety mode a side stays where it is after a sitting, until another has left.
CREATE TABLE exit_holds (
    session_id TEXT NOT NULL,
    matter_id TEXT NOT NULL,
    side TEXT NOT NULL,
    since TIMESTAMP WITH TIME ZONE NOT NULL,
    until TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_exit_holds PRIMARY KEY (session_id, side),
    CONSTRAINT fk_exit_holds_session FOREIGN KEY (session_id) REFERENCES sessions (id),
    CONSTRAINT fk_exit_holds_matter FOREIGN KEY (matter_id) REFERENCES matters (id)
);
CREATE INDEX ix_exit_holds_matter ON exit_holds (matter_id, until);

-- What waits for a person and no rule can do; `facts` is what somebody must know to do it. What was settled stays.
CREATE TABLE tasks (
    id TEXT NOT NULL,
    matter_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    court TEXT NOT NULL,
    opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
    due TEXT NOT NULL,
    facts JSON NOT NULL,
    done_at TIMESTAMP WITH TIME ZONE,
    done_by TEXT,
    note TEXT NOT NULL,
    CONSTRAINT pk_tasks PRIMARY KEY (id),
    CONSTRAINT fk_tasks_matter FOREIGN KEY (matter_id) REFERENCES matters (id)
);
CREATE INDEX ix_tasks_matter ON tasks (matter_id);
CREATE INDEX ix_tasks_court ON tasks (court, done_at, due);

-- Wrong attempts, by the hash of what was tried: counted over restarts and in every process, for minutes.
CREATE TABLE attempts (
    key_hash TEXT NOT NULL,
    since TIMESTAMP WITH TIME ZONE NOT NULL,
    count INTEGER NOT NULL,
    CONSTRAINT pk_attempts PRIMARY KEY (key_hash)
);
CREATE INDEX ix_attempts_since ON attempts (since);
CREATE INDEX ix_applications_saved ON applications (matter_id, saved_at);

-- Courts an administrator added or changed; `tracks` are lists of track, first and last day.
CREATE TABLE courts (
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    name_en TEXT NOT NULL,
    open BOOLEAN NOT NULL,
    tracks JSON NOT NULL,
    changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    changed_by TEXT NOT NULL,
    CONSTRAINT pk_courts PRIMARY KEY (code),
    CONSTRAINT uq_courts_name UNIQUE (name),
    CONSTRAINT fk_courts_user FOREIGN KEY (changed_by) REFERENCES users (id)
);
-- Who mediates a matter beside its presider; follows from matter_events, a row only while they do.
CREATE TABLE co_mediators (
    matter_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    CONSTRAINT pk_co_mediators PRIMARY KEY (matter_id, user_id),
    CONSTRAINT fk_co_mediators_matter FOREIGN KEY (matter_id) REFERENCES matters (id),
    CONSTRAINT fk_co_mediators_user FOREIGN KEY (user_id) REFERENCES users (id)
);
CREATE INDEX ix_co_mediators_user ON co_mediators (user_id);

-- What was disposed of, decided by two people; what is listed in it stays for good, the bytes are gone since destroyed_at.
CREATE TABLE disposals (
    id TEXT NOT NULL,
    matter_id TEXT NOT NULL,
    court TEXT NOT NULL,
    proposed_by TEXT NOT NULL,
    approved_by TEXT NOT NULL,
    decided_at TIMESTAMP WITH TIME ZONE NOT NULL,
    content JSON NOT NULL,
    sha256 TEXT NOT NULL,
    destroyed_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_disposals PRIMARY KEY (id),
    CONSTRAINT fk_disposals_matter FOREIGN KEY (matter_id) REFERENCES matters (id)
);
CREATE INDEX ix_disposals_matter ON disposals (matter_id, decided_at);
CREATE INDEX ix_disposals_court ON disposals (court, decided_at, id);
CREATE INDEX ix_disposals_open ON disposals (destroyed_at, id);

-- The second copy of a sealed recording: written after the seal, read back and compared; fault: why it is not good.
CREATE TABLE recording_copies (
    recording_id TEXT NOT NULL,
    bytes BIGINT NOT NULL,
    made_at TIMESTAMP WITH TIME ZONE NOT NULL,
    checked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    fault TEXT NOT NULL,
    CONSTRAINT pk_recording_copies PRIMARY KEY (recording_id),
    CONSTRAINT fk_recording_copies_recording FOREIGN KEY (recording_id) REFERENCES recordings (id)
);

-- Matters as one file: working copies, one for each that was asked for, until they are kept no longer.
CREATE TABLE bundle_orders (
    id TEXT NOT NULL,
    matter_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    language TEXT NOT NULL,
    state TEXT NOT NULL,
    asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    done BIGINT NOT NULL,
    total BIGINT NOT NULL,
    bytes BIGINT,
    sha256 TEXT,
    sources TEXT NOT NULL,
    fault TEXT,
    expires_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_bundle_orders PRIMARY KEY (id),
    CONSTRAINT fk_bundle_orders_matter FOREIGN KEY (matter_id) REFERENCES matters (id),
    CONSTRAINT fk_bundle_orders_user FOREIGN KEY (user_id) REFERENCES users (id)
);
CREATE INDEX ix_bundle_orders_reader ON bundle_orders (matter_id, user_id, asked_at);
CREATE INDEX ix_bundle_orders_state ON bundle_orders (state, asked_at);

-- Matters of other houses, taken in from their bundles; the files lie in the data directory under the id. said: facts
-- and lines as the other house signed them.
CREATE TABLE imported_matters (
    id TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    ref TEXT NOT NULL,
    court TEXT NOT NULL,
    key TEXT NOT NULL,
    key_known BOOLEAN NOT NULL,
    said JSON NOT NULL,
    bytes BIGINT NOT NULL,
    reason TEXT NOT NULL,
    imported_by TEXT NOT NULL,
    imported_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_imported_matters PRIMARY KEY (id),
    CONSTRAINT uq_imported_matters_bundle UNIQUE (sha256),
    CONSTRAINT fk_imported_matters_user FOREIGN KEY (imported_by) REFERENCES users (id)
);
CREATE INDEX ix_imported_matters_user ON imported_matters (imported_by, imported_at);

-- Looks at their recordings: what for, and until when.
CREATE TABLE imported_viewings (
    id TEXT NOT NULL,
    imported_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    user_id TEXT NOT NULL,
    reason TEXT NOT NULL,
    watermark TEXT NOT NULL,
    opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_imported_viewings PRIMARY KEY (id),
    CONSTRAINT fk_imported_viewings_matter FOREIGN KEY (imported_id) REFERENCES imported_matters (id),
    CONSTRAINT fk_imported_viewings_user FOREIGN KEY (user_id) REFERENCES users (id)
);
CREATE INDEX ix_imported_viewings_matter ON imported_viewings (imported_id);

-- Bookmarks in recordings of imported matters: read by their writer alone, gone with the matter.
CREATE TABLE imported_notes (
    id TEXT NOT NULL,
    imported_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    user_id TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    text TEXT NOT NULL,
    written_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_imported_notes PRIMARY KEY (id),
    CONSTRAINT fk_imported_notes_matter FOREIGN KEY (imported_id) REFERENCES imported_matters (id),
    CONSTRAINT fk_imported_notes_user FOREIGN KEY (user_id) REFERENCES users (id)
);
CREATE INDEX ix_imported_notes_reader ON imported_notes (imported_id, number, user_id, at_ms);
