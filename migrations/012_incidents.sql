-- The replies of which Chatwoot stored other words than those approved: a handful if any, looked for whenever the queue is shown.
create index agent_approvals_stored_differs on agent_approvals (created_at desc, id desc)
  where status = 'sent' and findings @> '[{"code": "stored_differs"}]';
