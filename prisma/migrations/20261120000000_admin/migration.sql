-- Admin records. Tables come from prisma/schema.prisma (scripts/migrate-dev.mjs); the end of the file is written by hand.

-- CreateTable
CREATE TABLE "admin_venue" (
    "id" TEXT NOT NULL,
    "definition" JSONB NOT NULL,
    "revision" INTEGER NOT NULL DEFAULT 1,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_by" TEXT NOT NULL,

    CONSTRAINT "admin_venue_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "admin_route" (
    "id" TEXT NOT NULL,
    "venue" TEXT NOT NULL,
    "definition" JSONB NOT NULL,
    "revision" INTEGER NOT NULL DEFAULT 1,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_by" TEXT NOT NULL,

    CONSTRAINT "admin_route_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "admin_model_alias" (
    "model" TEXT NOT NULL,
    "route" TEXT NOT NULL,
    "revision" INTEGER NOT NULL DEFAULT 1,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_by" TEXT NOT NULL,

    CONSTRAINT "admin_model_alias_pkey" PRIMARY KEY ("model")
);

-- CreateTable
CREATE TABLE "admin_price_book" (
    "version" SERIAL NOT NULL,
    "hash" TEXT NOT NULL,
    "rows" JSONB NOT NULL,
    "row_count" INTEGER NOT NULL,
    "approved_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "approved_by" TEXT NOT NULL,

    CONSTRAINT "admin_price_book_pkey" PRIMARY KEY ("version")
);

-- CreateTable
CREATE TABLE "admin_use_case" (
    "slug" TEXT NOT NULL,
    "mode" TEXT NOT NULL,
    "definition" JSONB NOT NULL,
    "revision" INTEGER NOT NULL DEFAULT 1,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_by" TEXT NOT NULL,

    CONSTRAINT "admin_use_case_pkey" PRIMARY KEY ("slug")
);

-- CreateTable
CREATE TABLE "admin_suite" (
    "use_case" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "hash" TEXT NOT NULL,
    "case_count" INTEGER NOT NULL,
    "uploaded_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "uploaded_by" TEXT NOT NULL,

    CONSTRAINT "admin_suite_pkey" PRIMARY KEY ("use_case","version")
);

-- CreateTable
CREATE TABLE "admin_suite_case" (
    "use_case" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "input_digest" TEXT NOT NULL,
    "expected" JSONB NOT NULL,

    CONSTRAINT "admin_suite_case_pkey" PRIMARY KEY ("use_case","version","input_digest")
);

-- CreateTable
CREATE TABLE "admin_envelope" (
    "id" TEXT NOT NULL,
    "definition" JSONB NOT NULL,
    "revision" INTEGER NOT NULL DEFAULT 1,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_by" TEXT NOT NULL,

    CONSTRAINT "admin_envelope_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "admin_api_key" (
    "id" TEXT NOT NULL,
    "definition" JSONB NOT NULL,
    "revoked_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_by" TEXT NOT NULL,

    CONSTRAINT "admin_api_key_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "admin_member" (
    "name" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "token_hmac" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "created_by" TEXT NOT NULL,
    "revoked_at" TIMESTAMPTZ(3),

    CONSTRAINT "admin_member_pkey" PRIMARY KEY ("name")
);

-- CreateTable
CREATE TABLE "admin_verdict" (
    "id" TEXT NOT NULL,
    "use_case" TEXT NOT NULL,
    "gate" TEXT NOT NULL,
    "baseline" TEXT NOT NULL,
    "candidate" TEXT NOT NULL,
    "word" TEXT NOT NULL,
    "decided_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "definition" JSONB NOT NULL,

    CONSTRAINT "admin_verdict_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "admin_statement" (
    "id" TEXT NOT NULL,
    "use_case" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "definition" JSONB NOT NULL,
    "signature" JSONB,
    "question" TEXT,
    "revision" INTEGER NOT NULL DEFAULT 1,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_by" TEXT NOT NULL,

    CONSTRAINT "admin_statement_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "admin_snapshot" (
    "version" INTEGER NOT NULL,
    "sha256" TEXT NOT NULL,
    "body" TEXT NOT NULL,
    "published_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "published_by" TEXT NOT NULL,

    CONSTRAINT "admin_snapshot_pkey" PRIMARY KEY ("version")
);

-- CreateIndex
CREATE INDEX "admin_route_venue_idx" ON "admin_route"("venue");

-- CreateIndex
CREATE INDEX "admin_price_book_hash_idx" ON "admin_price_book"("hash");

-- CreateIndex
CREATE UNIQUE INDEX "admin_member_token_hmac_key" ON "admin_member"("token_hmac");

-- CreateIndex
CREATE INDEX "admin_verdict_use_case_baseline_candidate_decided_at_idx" ON "admin_verdict"("use_case", "baseline", "candidate", "decided_at");

-- CreateIndex
CREATE INDEX "admin_statement_use_case_state_idx" ON "admin_statement"("use_case", "state");

-- AddForeignKey
ALTER TABLE "admin_suite_case" ADD CONSTRAINT "admin_suite_case_use_case_version_fkey" FOREIGN KEY ("use_case", "version") REFERENCES "admin_suite"("use_case", "version") ON DELETE CASCADE ON UPDATE CASCADE;

-- Words of libs/contracts. A row that another tool writes must spell them too.
ALTER TABLE admin_use_case ADD CONSTRAINT admin_use_case_mode CHECK (mode IN ('off', 'shadow', 'enforce'));
ALTER TABLE admin_member ADD CONSTRAINT admin_member_role CHECK (role IN ('viewer', 'engineer', 'approver', 'finance', 'admin'));
ALTER TABLE admin_verdict ADD CONSTRAINT admin_verdict_word CHECK (word IN ('cleared', 'failed', 'undecided', 'futile'));
ALTER TABLE admin_statement ADD CONSTRAINT admin_statement_state
  CHECK (state IN ('draft', 'submitted', 'queried', 'signed', 'superseded'));
ALTER TABLE admin_statement ADD CONSTRAINT admin_statement_signed CHECK (state <> 'signed' OR signature IS NOT NULL);

-- Refuses every change of a published row.
-- Inputs: none (trigger). Outputs: never returns. Guarantee: a price book, once written, stays as it was, whoever asks.
CREATE FUNCTION admin_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'Rows of % are immutable. Publish a new version.', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END;
$$;
CREATE TRIGGER admin_price_book_immutable BEFORE UPDATE OR DELETE ON admin_price_book
  FOR EACH ROW EXECUTE FUNCTION admin_refuse_change();
CREATE TRIGGER admin_price_book_kept BEFORE TRUNCATE ON admin_price_book
  FOR EACH STATEMENT EXECUTE FUNCTION admin_refuse_change();
ALTER TABLE admin_price_book ENABLE ALWAYS TRIGGER admin_price_book_immutable;
ALTER TABLE admin_price_book ENABLE ALWAYS TRIGGER admin_price_book_kept;
