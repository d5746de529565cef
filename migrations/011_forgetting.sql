-- What is held of one conversation is found without reading every delivery ever received. Customers' messages have an index already, and
-- no delivery stands in both: recording costs as much as before.
create index webhook_deliveries_others on webhook_deliveries (account_id, conversation_id)
  where not (from_customer and outcome = 'accepted');

-- The newest decisions of a time.
create index agent_sdk_learning_data_created on agent_sdk_learning_data (created_at);
