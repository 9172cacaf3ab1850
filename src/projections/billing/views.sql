-- What people ask of billing. Amounts are in cents; what is taken back counts below zero.

create view unbilled as
select c.stream_id, c.number, c.version, c.package, c.period, c.due_on, c.period_end_on, c.due_year, c.customer,
  c.seller, c.obligor, c.owed_by, case when c.is_reversed then -c.net_cents else c.net_cents end as net_cents,
  case when c.is_reversed then 'credit' else 'fee' end as item, c.document, coalesce(b.is_held, false) as is_held
from charges as c left join buyers as b on b.party = c.owed_by
where c.is_reversed = (c.document is not null);

create view unbilled_by_buyer as
select owed_by, obligor, count(*) filter (where item = 'fee') as fees, count(*) filter (where item = 'credit') as credits,
  sum(net_cents)::bigint as net_cents, min(due_on) as oldest_due_on, bool_or(is_held) as is_held
from unbilled group by owed_by, obligor;

create view held_items as
select u.stream_id, u.number, u.version, u.package, u.period, u.due_on, u.period_end_on, u.customer, u.seller, u.owed_by,
  u.net_cents, u.item, u.document, b.country, b.held_at
from unbilled as u join buyers as b on b.party = u.owed_by where b.is_held;

create view charges_by_package_and_year as
select stream_id, package, due_year, count(*) filter (where not is_reversed) as charges,
  count(*) filter (where is_reversed) as reversed,
  coalesce(sum(net_cents) filter (where not is_reversed), 0)::bigint as net_cents,
  coalesce(sum(net_cents) filter (where document is not null), 0)::bigint as billed_cents,
  coalesce(sum(net_cents) filter (where not is_reversed), 0)::bigint
    - coalesce(sum(net_cents) filter (where document is not null), 0)::bigint as unbilled_cents
from charges group by stream_id, package, due_year;

create view trial_balance as
select account, sum(debit_cents)::bigint as debit_cents, sum(credit_cents)::bigint as credit_cents,
  (sum(debit_cents) - sum(credit_cents))::bigint as balance_cents
from ledger group by account;

create view unbalanced as
select stream_id, version, position, sum(debit_cents)::bigint as debit_cents, sum(credit_cents)::bigint as credit_cents
from ledger group by stream_id, version, position having sum(debit_cents) <> sum(credit_cents);

create view receivables_by_party as
select party, coalesce(sum(debit_cents - credit_cents) filter (where account = 'receivable'), 0)::bigint as receivable_cents,
  coalesce(sum(debit_cents - credit_cents) filter (where account = 'unbilled_receivable'), 0)::bigint as unbilled_cents
from ledger where account in ('receivable', 'unbilled_receivable') group by party;

create view documents_with_corrections as
select d.number, d.kind, d.issued_on, d.buyer, d.settles_year, d.net_cents, d.vat_cents, d.gross_cents,
  coalesce(c.corrections, '{}') as corrections, coalesce(c.net_cents, 0)::bigint as credited_net_cents,
  coalesce(c.vat_cents, 0)::bigint as credited_vat_cents, coalesce(c.gross_cents, 0)::bigint as credited_gross_cents,
  (d.gross_cents - coalesce(c.gross_cents, 0))::bigint as remaining_gross_cents
from documents as d
left join (
  select corrects, array_agg(number order by version) as corrections, sum(net_cents) as net_cents,
    sum(vat_cents) as vat_cents, sum(gross_cents) as gross_cents
  from documents where corrects is not null group by corrects
) as c on c.corrects = d.number
where d.sign = 1;

create view settlement_documents as
select d.buyer as seller, d.settles_year as year, d.number as document, d.kind, d.part, d.parts, d.issued_on, d.corrects,
  d.correction_reason, d.lines, d.sign * d.net_cents as net_cents, d.sign * d.vat_cents as vat_cents,
  d.sign * d.gross_cents as gross_cents, d.sha256
from documents as d where d.settles_year is not null;

create view settlement_lines as
select s.seller, s.year, s.document, s.kind, s.corrects, l.line, l.package, l.charge, l.customer, l.period_start_on,
  l.period_end_on, l.late, case when s.kind = 'correction' then -l.net_cents else l.net_cents end as net_cents,
  l.category, l.percent
from settlement_documents as s join document_lines as l on l.document = s.document;

create view fee_statement_lines as
select party, due_year as year, customer, service, covers, case_reference, topic, minutes, year_start_on, year_end_on,
  due_on, net_cents, vat_percent, stream_id, number, version
from fee_memos where not is_reversed;

create view fee_statements as
select party, due_year as year, service, vat_percent, count(*) as memos, sum(net_cents)::bigint as net_cents
from fee_memos where not is_reversed group by party, due_year, service, vat_percent;

comment on view unbilled is 'Charges that no document bills yet, and those that were reversed and still stand billed, below zero.';
comment on view unbilled_by_buyer is 'What is not billed yet, summed up for each party who owes it.';
comment on view held_items is 'What is not billed because its buyer is held until someone decides.';
comment on view charges_by_package_and_year is 'The charges of each package that fell due in each year, and how much of them is billed.';
comment on view trial_balance is 'The sums of each account; the debits of all accounts equal their credits.';
comment on view unbalanced is 'Events whose debits do not equal their credits: there must be none.';
comment on view receivables_by_party is 'What each party was billed, and what it is to be billed yet; payments are not recorded here.';
comment on view documents_with_corrections is 'Each invoice and settlement statement, and what corrections took back from it.';
comment on view settlement_documents is 'The documents of each settlement; a correction counts below zero.';
comment on view settlement_lines is 'The lines of the documents of each settlement; those of a correction count below zero.';
comment on view fee_statement_lines is 'The fees of each seller and partner that stand, by the year in which they fell due.';
comment on view fee_statements is 'The sums of the fees of each seller and partner that stand, by service and rate of tax.';

-- A column means the same in a view as in the table that the view stands on, unless it is said here.
do $$
declare
  said record;
begin
  for said in
    select v.view, a.attname as name, coalesce(w.meaning, first.meaning, second.meaning) as meaning
    from (values ('unbilled', 'charges', 'buyers'), ('unbilled_by_buyer', 'charges', 'buyers'),
      ('held_items', 'charges', 'buyers'), ('charges_by_package_and_year', 'charges', 'charges'),
      ('trial_balance', 'ledger', 'ledger'), ('unbalanced', 'ledger', 'ledger'),
      ('receivables_by_party', 'ledger', 'ledger'), ('documents_with_corrections', 'documents', 'documents'),
      ('settlement_documents', 'documents', 'document_lines'), ('settlement_lines', 'document_lines', 'documents'),
      ('fee_statement_lines', 'fee_memos', 'fee_memos'), ('fee_statements', 'fee_memos', 'fee_memos')
    ) as v (view, stands_on, and_on)
    join pg_attribute as a on a.attrelid = v.view::regclass and a.attnum > 0
    left join (values
      ('unbilled', 'net_cents', 'The net amount in cents, below zero where it is to be taken back.'),
      ('unbilled', 'item', 'fee: to be billed; credit: to be taken back.'),
      ('unbilled', 'document', 'The document from which it is to be taken back; null for a fee.'),
      ('unbilled', 'is_held', 'Whether its buyer is held, so that nothing is billed.'),
      ('unbilled_by_buyer', 'fees', 'How many fees are to be billed.'),
      ('unbilled_by_buyer', 'credits', 'How many are to be taken back.'),
      ('unbilled_by_buyer', 'net_cents', 'What is to be billed less what is to be taken back, in cents, net.'),
      ('unbilled_by_buyer', 'oldest_due_on', 'When the first of them fell due.'),
      ('unbilled_by_buyer', 'is_held', 'Whether the buyer is held, so that nothing is billed.'),
      ('held_items', 'net_cents', 'The net amount in cents, below zero where it is to be taken back.'),
      ('held_items', 'item', 'fee: to be billed; credit: to be taken back.'),
      ('held_items', 'document', 'The document from which it is to be taken back; null for a fee.'),
      ('held_items', 'held_at', 'Since when the buyer is held.'),
      ('charges_by_package_and_year', 'charges', 'How many stand; a reversed one does not.'),
      ('charges_by_package_and_year', 'reversed', 'How many were reversed.'),
      ('charges_by_package_and_year', 'net_cents', 'The net amount of those that stand, in cents.'),
      ('charges_by_package_and_year', 'billed_cents', 'The net amount of those that stand billed, in cents, reversed or not.'),
      ('charges_by_package_and_year', 'unbilled_cents', 'What is to be billed yet, in cents, net; below zero where more is to be taken back.'),
      ('trial_balance', 'debit_cents', 'The sum of its debits in cents.'),
      ('trial_balance', 'credit_cents', 'The sum of its credits in cents.'),
      ('trial_balance', 'balance_cents', 'The debits less the credits, in cents.'),
      ('unbalanced', 'debit_cents', 'The sum of its debits in cents.'),
      ('unbalanced', 'credit_cents', 'The sum of its credits in cents.'),
      ('receivables_by_party', 'party', 'Who owes it.'),
      ('receivables_by_party', 'receivable_cents', 'What documents bill less what corrections took back, in cents, gross.'),
      ('receivables_by_party', 'unbilled_cents', 'What no document bills yet, in cents, net.'),
      ('documents_with_corrections', 'corrections', 'The numbers of its corrections, in the order of issue.'),
      ('documents_with_corrections', 'credited_net_cents', 'What they took back, in cents, net.'),
      ('documents_with_corrections', 'credited_vat_cents', 'The tax that they took back, in cents.'),
      ('documents_with_corrections', 'credited_gross_cents', 'What they took back, in cents, gross.'),
      ('documents_with_corrections', 'remaining_gross_cents', 'What is left of it, in cents, gross.'),
      ('settlement_documents', 'seller', 'The reseller whose year it is.'),
      ('settlement_documents', 'year', 'The year that is settled.'),
      ('settlement_documents', 'net_cents', 'The net amount in cents, below zero for a correction.'),
      ('settlement_documents', 'vat_cents', 'The tax in cents, below zero for a correction.'),
      ('settlement_documents', 'gross_cents', 'The whole amount in cents, below zero for a correction.'),
      ('settlement_lines', 'seller', 'The reseller whose year it is.'),
      ('settlement_lines', 'year', 'The year that is settled.'),
      ('settlement_lines', 'net_cents', 'The net amount in cents, below zero in a correction.'),
      ('fee_statement_lines', 'year', 'The year in which it fell due.'),
      ('fee_statements', 'year', 'The year in which they fell due.'),
      ('fee_statements', 'memos', 'How many fees there are.'),
      ('fee_statements', 'net_cents', 'Their net sum in cents.')
    ) as w (view, name, meaning) on w.view = v.view and w.name = a.attname
    left join lateral (
      select col_description(t.attrelid, t.attnum) as meaning from pg_attribute as t
      where t.attrelid = v.stands_on::regclass and t.attname = a.attname
    ) as first on true
    left join lateral (
      select col_description(t.attrelid, t.attnum) as meaning from pg_attribute as t
      where t.attrelid = v.and_on::regclass and t.attname = a.attname
    ) as second on true
  loop
    execute format('comment on column %I.%I is %L', said.view, said.name, said.meaning);
  end loop;
end $$;
