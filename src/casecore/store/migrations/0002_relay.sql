create table casecore.relay_topics (
    topic    text primary key,
    topic_id text not null
);
comment on table casecore.relay_topics is
    'The topics into which this log is published. A topic with another id was deleted and created anew.';
comment on column casecore.relay_topics.topic is 'The topic''s full name, such as casecore.cases.';
comment on column casecore.relay_topics.topic_id is 'The id that Kafka gave the topic when it was created.';
