create table casecore.logins (
    secret_sha256 bytea       primary key check (length(secret_sha256) = 32),
    role          text        not null,
    organisation  text        not null,
    person        text        not null,
    scopes        text[]      not null,
    shown_by      text        not null,
    by_key        boolean     not null,
    begun_at      timestamptz not null,
    expires_at    timestamptz not null,
    ended_at      timestamptz,
    id_token      text
);
create index on casecore.logins (expires_at);
comment on table casecore.logins is
    'Who is logged in to the page: a row for each browser, until some time after it has ended or expired.';
comment on column casecore.logins.secret_sha256 is 'SHA-256 of what the browser keeps in a cookie, and nobody else.';
comment on column casecore.logins.role is 'In which role the person acts.';
comment on column casecore.logins.organisation is 'The organisation for which the person acts.';
comment on column casecore.logins.person is 'Who it is.';
comment on column casecore.logins.scopes is 'For what the identity may be used.';
comment on column casecore.logins.shown_by is 'The id of the key, or the client of the issuer, by which the person was shown.';
comment on column casecore.logins.by_key is 'Whether it was a key: a login ends with the key by which it began.';
comment on column casecore.logins.begun_at is 'When the person logged in.';
comment on column casecore.logins.expires_at is 'From when on it is taken no more.';
comment on column casecore.logins.ended_at is 'When the person logged out; null while that has not happened.';
comment on column casecore.logins.id_token is 'What the issuer said of the login, by which one logs out there; null once it has ended or expired.';

create table casecore.login_attempts (
    secret_sha256 bytea       primary key check (length(secret_sha256) = 32),
    state         text        not null,
    nonce         text        not null,
    verifier      text        not null,
    return_to     text        not null,
    expires_at    timestamptz not null
);
create index on casecore.login_attempts (expires_at);
comment on table casecore.login_attempts is
    'Browsers that were sent to the issuer to log somebody in, and have not come back: a row for each, for some minutes.';
comment on column casecore.login_attempts.secret_sha256 is 'SHA-256 of what the browser keeps in a cookie meanwhile.';
comment on column casecore.login_attempts.state is 'What the issuer sends back (RFC 6749, 10.12).';
comment on column casecore.login_attempts.nonce is 'What the ID token has to name (OpenID Connect Core 1.0, 3.1.2.1).';
comment on column casecore.login_attempts.verifier is 'The secret of the code flow (RFC 7636), of which the issuer has seen a hash.';
comment on column casecore.login_attempts.return_to is 'The page to which the browser is sent then.';
comment on column casecore.login_attempts.expires_at is 'From when on it is taken no more.';
