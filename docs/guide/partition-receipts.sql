-- Cuts the receipts of a new, empty inbox on PostgreSQL into partitions of ten million, which are a day's at 116 deliveries a
-- second; set `rows` to what a day brings. Run it once, with no host running, after a host has made the tables:
--   psql "$GATEHOUSE_DATABASE_URL" -v ON_ERROR_STOP=1 -c 'SET search_path TO gatehouse' -f partition-receipts.sql
DO $$
DECLARE
  rows constant bigint := 10000000;
  partitions constant integer := 60;
  parent text;
BEGIN
  IF EXISTS (SELECT 1 FROM receipt) THEN
    RAISE EXCEPTION 'there are receipts already: this is for an empty inbox';
  END IF;
  FOREACH parent IN ARRAY ARRAY['receipt', 'receipt_body'] LOOP
    EXECUTE format('CREATE TABLE parted (LIKE %I INCLUDING ALL) PARTITION BY RANGE (%I)',
      parent, CASE parent WHEN 'receipt' THEN 'id' ELSE 'receipt_id' END);
    EXECUTE format('DROP TABLE %I', parent);
    EXECUTE format('ALTER TABLE parted RENAME TO %I', parent);
    FOR number IN 0..partitions - 1 LOOP
      EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%s) TO (%s)',
        parent || '_' || number, parent, number * rows, (number + 1) * rows);
    END LOOP;
    -- Nothing is ever refused: what comes after the last one lies here until there are more.
    EXECUTE format('CREATE TABLE %I PARTITION OF %I DEFAULT', parent || '_rest', parent);
  END LOOP;
  -- Hosts draw ids from it by this name.
  ALTER SEQUENCE parted_id_seq RENAME TO receipt_id_seq;
END $$;
