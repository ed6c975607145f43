-- CreateTable
CREATE TABLE "admin_price_import" (
    "source" TEXT NOT NULL,
    "file_sha256" TEXT NOT NULL,
    "claims" JSONB NOT NULL,
    "submitted_at" TIMESTAMPTZ(3) NOT NULL,
    "submitted_by" TEXT NOT NULL,

    CONSTRAINT "admin_price_import_pkey" PRIMARY KEY ("source")
);

-- CreateTable
CREATE TABLE "admin_price_change" (
    "id" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "source" TEXT NOT NULL,
    "definition" JSONB NOT NULL,
    "submitted_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "admin_price_change_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "admin_catalog_entry" (
    "id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "definition" JSONB NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_by" TEXT NOT NULL,

    CONSTRAINT "admin_catalog_entry_pkey" PRIMARY KEY ("kind","id")
);

-- CreateIndex
CREATE INDEX "admin_price_change_state_submitted_at_idx" ON "admin_price_change"("state", "submitted_at");


-- Words of libs/contracts.
ALTER TABLE admin_price_change ADD CONSTRAINT admin_price_change_state
  CHECK (state IN ('pending', 'approved', 'rejected', 'superseded'));
ALTER TABLE admin_catalog_entry ADD CONSTRAINT admin_catalog_entry_kind CHECK (kind IN ('model', 'venue'));

-- Refuses to touch a decided change.
-- Inputs: none (trigger). Outputs: the row, while its change is pending. Guarantee: what was approved, rejected or
-- superseded stays as it was decided, and nothing is deleted.
CREATE FUNCTION admin_price_change_decided() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' OR OLD.state <> 'pending' THEN
    RAISE EXCEPTION 'Price change % is %. Import again.', OLD.id, OLD.state USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END;
$$;
CREATE TRIGGER admin_price_change_decided BEFORE UPDATE OR DELETE ON admin_price_change
  FOR EACH ROW EXECUTE FUNCTION admin_price_change_decided();
ALTER TABLE admin_price_change ENABLE ALWAYS TRIGGER admin_price_change_decided;
