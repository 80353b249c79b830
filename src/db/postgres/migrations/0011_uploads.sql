CREATE TABLE "uploads" (
	"id" text COLLATE "C" PRIMARY KEY NOT NULL,
	"tenant" text COLLATE "C" NOT NULL,
	"url" text COLLATE "C" NOT NULL,
	"filename" text COLLATE "C" NOT NULL,
	"content_type" text COLLATE "C" NOT NULL,
	"bytes" integer NOT NULL,
	"hash" text COLLATE "C" NOT NULL,
	"created_at" bigint NOT NULL,
	"expires_at" bigint NOT NULL,
	"kept" text COLLATE "C"
);
--> statement-breakpoint
ALTER TABLE "usage" DROP CONSTRAINT "usage_kind";--> statement-breakpoint
ALTER TABLE "tenants" ADD COLUMN "uploads_per_day" integer;--> statement-breakpoint
CREATE INDEX "uploads_by_tenant" ON "uploads" USING btree ("tenant","id");--> statement-breakpoint
CREATE INDEX "uploads_by_hash" ON "uploads" USING btree ("tenant","hash","expires_at");--> statement-breakpoint
CREATE INDEX "uploads_by_url" ON "uploads" USING btree ("tenant","url","id");--> statement-breakpoint
ALTER TABLE "usage" ADD CONSTRAINT "usage_kind" CHECK (kind IN ('creation', 'upload'));