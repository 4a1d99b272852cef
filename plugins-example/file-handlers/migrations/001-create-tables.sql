CREATE TABLE webhook_log (
  source TEXT NOT NULL,
  event TEXT,
  payload TEXT NOT NULL
);
