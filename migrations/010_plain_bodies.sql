-- A delivery's body is written once and hardly ever read, and squeezing it costs the server more than all the rest of recording it.
-- Rows that fit a page stay as they came; only longer ones, e-mails mostly, are compressed and kept apart as before.
alter table webhook_deliveries set (toast_tuple_target = 8160);
